"""A frontend: strict TypeScript, the package's documents, a real client, the service as served."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.node import Node
from codegen.paths import PACKAGE
from tests.fixtures.served import Served, data_folder, run, served

README = (PACKAGE / "README.md").read_text()
EXAMPLES = re.findall(r"```ts\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    with data_folder() as folder:
        yield {"LOYALTY_MODE": "development", "LOYALTY_DATA_DIR": str(folder)}


@pytest.fixture(scope="module")
def service(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(settings, tmp_path_factory.mktemp("log") / "serve.log") as service:
        yield service


def token(settings: dict[str, str], role: str, subject: str) -> str:
    said = run("token", "--role", role, "--subject", subject, settings=settings)
    return said.stdout.splitlines()[-1]


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert text.count(old) == 1, f"{text.count(old)} times {old!r}"
    file.write_text(text.replace(old, new))


def test_a_frontend_performs_a_whole_referral(
    consumer: Path,
    runtime: Node,
    service: Served,
    settings: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = runtime.npm("run", "build", cwd=consumer)
    assert built.returncode == 0, built.stdout
    monkeypatch.setenv("SERVICE_URL", service.url)
    monkeypatch.setenv("ADMIN_TOKEN", token(settings, "admin", "ops"))
    monkeypatch.setenv("ADA_TOKEN", token(settings, "member", "ada"))

    done = runtime.run("dist/main.js", cwd=consumer)

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    referral = shown["referral"]
    assert re.fullmatch(r"[0-9A-Z]{10}", referral.pop("code"))
    assert referral.pop("secondInvitee").startswith("used at 20")
    assert shown == {
        "tiers": ["bronze", "silver", "gold", "platinum"],
        "referral": {
            "users": ["ada is known", "grace is known", "mary is known"],
            "completion": "ada +600, grace +100",
            "replay": "ada +600, grace +100, as before",
            "unknownCode": "no such code: 0000000000",
            "earning": "EARN 500: 1100",
            "tooMuch": "1100 of 5000",
            "spending": "REDEEM -50: 1050",
        },
        "dashboard": {
            "balance": 1050,
            "tier": "silver",
            "next": "3900 to gold",
            "entries": ["3 REDEEM -50", "2 EARN 500", "1 REFERRAL_BONUS 600"],
            "invites": ['CONVERTED {"campaign":"spring"}'],
        },
        "members": ["ada 1100"],
        "restBalance": 1050,
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "refusal"),
    [
        pytest.param(
            "dashboard.ts",
            "me.pointsBalance",
            "me.pointBalance",
            "TS2551: Property 'pointBalance' does not exist on type",
            id="wrong field",
        ),
        pytest.param(
            "results.ts",
            "    case 'InsufficientPoints':\n"
            "      return `${result.balance} of ${result.requested}`;\n",
            "",
            'TS2345: Argument of type \'{ __typename: "InsufficientPoints"; code: ErrorCode; '
            "message: string; } & InsufficientPointsFieldsFragment' is not assignable to "
            "parameter of type 'never'.",
            id="missing case",
        ),
        pytest.param(
            "results.ts",
            "    case 'InviteCancelled':",
            "    case 'InviteWithdrawn':",
            "TS2678: Type '\"InviteWithdrawn\"' is not comparable to type",
            id="unknown case",
        ),
        pytest.param(
            "referral.ts",
            "points, idempotencyKey: `spend-${points}` }",
            "points: `${points}`, idempotencyKey: `spend-${points}` }",
            "Type 'string' is not assignable to type 'number'.",
            id="wrong scalar",
        ),
        pytest.param(
            "main.ts",
            "orderBy: 'LIFETIME_POINTS'",
            "orderBy: 'BALANCE'",
            "Type '\"BALANCE\"' is not assignable to type 'MemberOrder",
            id="unknown enum value",
        ),
    ],
)
def test_a_mistake_does_not_compile(
    consumer: Path, runtime: Node, file: str, old: str, new: str, refusal: str
) -> None:
    edit(consumer / "src" / file, old, new)
    done = runtime.npm("run", "--silent", "build", cwd=consumer)
    assert done.returncode != 0
    assert refusal in done.stdout
    mistaken = {line.split("(")[0] for line in done.stdout.splitlines() if line[0] != " "}
    assert mistaken == {f"src/{file}"}


def test_the_examples_of_the_readme_compile(consumer: Path, runtime: Node) -> None:
    assert len(EXAMPLES) == 5
    for number, example in enumerate(EXAMPLES):
        (consumer / "src" / f"example{number}.ts").write_text(example)
    done = runtime.npm("run", "--silent", "build", cwd=consumer)
    assert done.returncode == 0, done.stdout
