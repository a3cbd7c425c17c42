"""The runbook's QA checklist on a new installation: real commands, a real process, real HTTP."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.database import SECRET, Rows, execute, named
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.served import Served, run, served

LOYALTY = "/api/v1/loyalty"
REWARD = 1_500
TIERS = [
    {"slug": "bronze", "name": "Bronze", "pointThreshold": 0},
    {"slug": "silver", "name": "Silver", "pointThreshold": 1_000, "benefits": ["5% off"]},
    {"slug": "gold", "name": "Gold", "pointThreshold": 5_000, "benefits": [{"percent": 10}]},
]
MEMBER = """
    userId referralCode pointsBalance lifetimePoints tier { slug }
    ledger(first: 1) { edges { node { kind points balanceAfter reference } } }
"""


@dataclass
class Installation:
    """A service that was installed by the book, and the tokens of its callers."""

    service: Served
    settings: dict[str, str]
    rows: Rows
    tokens: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, *, caller: str, **options: Any) -> Any:
        """Sends a request, which must succeed, and returns its body."""
        headers = {"Authorization": f"Bearer {self._token(caller)}"}
        answer = httpx.request(method, f"{self.service.url}{path}", headers=headers, **options)
        assert answer.is_success, answer.text
        return answer.json()

    def graphql(self, query: str, *, caller: str, **variables: Any) -> Any:
        """Sends a GraphQL document, which must be answered without errors; returns its data."""
        body = {"query": query, "variables": variables}
        answer = self.request("POST", "/graphql", caller=caller, json=body)
        assert "errors" not in answer
        return answer["data"]

    def _token(self, caller: str) -> str:
        if caller not in self.tokens:
            role = "admin" if caller == "ops" else "member"
            printed = run(
                "token", "--role", role, "--subject", caller, settings=self.settings
            ).stdout
            self.tokens[caller] = printed.splitlines()[-1]
        return self.tokens[caller]


@pytest.fixture(scope="module")
def installation(
    server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("qa")
    name = f"qa_{uuid4().hex}"
    asyncio.run(execute(server_url, f"CREATE DATABASE {name}"))
    url = named(server_url, name)
    settings = {
        "LOYALTY_MODE": "production",
        "LOYALTY_DATABASE_URL": url,
        "LOYALTY_AUTH_ISSUER": "https://issuer.example",
        "LOYALTY_AUTH_AUDIENCE": "loyalty",
        "LOYALTY_AUTH_SECRET": SECRET,
        "LOYALTY_REFERRAL_REWARD_POINTS": str(REWARD),
        "LOYALTY_REFERRAL_INVITEE_REWARD_POINTS": "100",
    }
    (tiers := folder / "tiers.json").write_text(json.dumps(TIERS))
    try:
        for command in (["migrate"], ["seed", "--tiers", str(tiers)]):
            done = run(*command, settings=settings)
            assert done.returncode == 0, done.stderr
        with served(settings, folder / "serve.log") as service:
            yield Installation(service, settings, Rows(url))
    finally:
        asyncio.run(execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


def _assert_recorded(installation: Installation, referrer: str, invitee: str, code: str) -> None:
    """What the tables say after the checklist was followed to its end."""

    async def look() -> None:
        rows = installation.rows
        assert await rows.all(
            "SELECT member_id, kind, points, balance_after, reference, actor_id "
            "FROM loyalty_ledger_entries WHERE reference = :code ORDER BY kind",
            code=code,
        ) == [
            dict(zip(["member_id", "kind", "points"], entry, strict=True))
            | {"balance_after": entry[2], "reference": code, "actor_id": "ops"}
            for entry in [
                (referrer, "REFERRAL_BONUS", REWARD),
                (invitee, "REFERRAL_WELCOME", 100),
            ]
        ]
        [event] = await rows.all(
            "SELECT kind, payload, delivered_at FROM outbox_events WHERE user_id = :id", id=referrer
        )
        assert event["kind"] == "TIER_UPGRADED"
        assert event["payload"] == {
            "userId": referrer,
            "ledgerSeq": 1,
            "tierId": str(await rows.value("SELECT id FROM loyalty_tiers WHERE slug = 'silver'")),
            "tierSlug": "silver",
            "tierName": "Silver",
            "previousTierSlug": "bronze",
            "lifetimePoints": REWARD,
        }
        await assert_invariants(rows)

    asyncio.run(look())


def test_the_service_is_ready_and_its_tiers_ascend(installation: Installation) -> None:
    assert httpx.get(f"{installation.service.url}/readyz").json()["status"] == "ready"
    listed = httpx.get(f"{installation.service.url}{LOYALTY}/tiers").json()
    assert listed == [{"benefits": [], **tier} for tier in TIERS]


def test_the_referral_over_rest(installation: Installation) -> None:
    request = installation.request
    # Their own tokens make both known to the platform.
    for user_id in ("ada", "bob"):
        member = request("GET", f"{LOYALTY}/members/{user_id}", caller=user_id)
        assert member["pointsBalance"] == member["lifetimePoints"] == 0
        assert member["tier"]["slug"] == "bronze"
        assert len(member["referralCode"]) == 8
        by_graphql = f'{{ member(userId: "{user_id}") {{ referralCode }} }}'
        found = installation.graphql(by_graphql, caller="ops")["member"]
        assert found == {"referralCode": member["referralCode"]}

    invite = request("POST", f"{LOYALTY}/members/ada/referrals", caller="ops", json={})
    assert (invite["status"], invite["rewardPoints"]) == ("SENT", REWARD)

    completion = {"code": invite["code"], "inviteeId": "bob"}
    completed = request("POST", f"{LOYALTY}/referrals/complete", caller="ops", json=completion)
    assert completed["replayed"] is False
    assert completed["invite"]["status"] == "CONVERTED"
    repeated = request("POST", f"{LOYALTY}/referrals/complete", caller="ops", json=completion)
    assert repeated == completed | {"replayed": True}

    member = request("GET", f"{LOYALTY}/members/ada", caller="ada")
    assert member["pointsBalance"] == member["lifetimePoints"] == REWARD
    assert member["tier"]["slug"] == "silver"
    assert member["progress"]["pointsToNextTier"] == 5_000 - REWARD
    assert request("GET", f"{LOYALTY}/members/bob", caller="bob")["pointsBalance"] == 100
    _assert_recorded(installation, "ada", "bob", invite["code"])


def test_the_referral_over_graphql(installation: Installation) -> None:
    graphql = installation.graphql
    for user_id in ("grace", "alan"):
        graphql(
            "mutation($input: UpsertUserInput!) { upsertUser(input: $input) { __typename } }",
            caller="ops",
            input={"userId": user_id, "email": f"{user_id}@example.com"},
        )
    look_up = f"query($id: ID!) {{ member(userId: $id) {{ {MEMBER} }} }}"
    member = graphql(look_up, caller="ops", id="grace")["member"]
    assert (member["pointsBalance"], member["tier"]["slug"]) == (0, "bronze")
    assert member["ledger"]["edges"] == []

    issued = graphql(
        """mutation { issueReferralInvite(input: {userId: "grace", idempotencyKey: "qa"}) {
            ... on IssueReferralInviteSuccess { invite { code status } }
        } }""",
        caller="ops",
    )["issueReferralInvite"]["invite"]
    assert issued["status"] == "SENT"

    complete = f"""mutation {{
        completeReferral(input: {{code: "{issued["code"]}", inviteeId: "alan"}}) {{
            ... on CompleteReferralSuccess {{
                replayed invite {{ status }} referrer {{ {MEMBER} }}
            }}
        }}
    }}"""
    completed = graphql(complete, caller="ops")["completeReferral"]
    assert (completed["replayed"], completed["invite"]["status"]) == (False, "CONVERTED")
    repeated = graphql(complete, caller="ops")["completeReferral"]
    assert repeated == completed | {"replayed": True}

    member = graphql(look_up, caller="grace", id="grace")["member"]
    assert member == completed["referrer"]
    assert member["pointsBalance"] == member["lifetimePoints"] == REWARD
    assert member["tier"]["slug"] == "silver"
    [entry] = member["ledger"]["edges"]
    assert entry["node"] == {
        "kind": "REFERRAL_BONUS",
        "points": REWARD,
        "balanceAfter": REWARD,
        "reference": issued["code"],
    }
    _assert_recorded(installation, "grace", "alan", issued["code"])
