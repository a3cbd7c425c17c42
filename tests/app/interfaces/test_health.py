"""Whether the service lives and can work, and what it says of itself."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from app.config.settings import Settings
from app.database.migrate import newest_revision
from tests.fixtures.actors import EVERYBODY, NOBODY, Caller
from tests.fixtures.database import Rows, execute, named
from tests.fixtures.graphql import Api

AWAY = "postgresql+asyncpg://postgres@127.0.0.1:1/nowhere"


async def readiness(api: Api) -> tuple[int, Any]:
    response = await api.request("GET", "/readyz", caller=NOBODY)
    return response.status_code, response.json()


class TestReady:
    @pytest.mark.parametrize("caller", EVERYBODY)
    async def test_for_everybody(self, api: Api, caller: Caller) -> None:
        response = await api.request("GET", "/readyz", caller=caller)

        revision = newest_revision()
        assert response.status_code == 200
        assert response.json() == {
            "status": "ready",
            "database": "ok",
            "revision": revision,
            "expected_revision": revision,
            "outbox_due": 0,
            "outbox_oldest_due_seconds": None,
            "outbox_worker": None,
        }

    async def test_tells_what_is_due_and_for_how_long(self, api: Api, rows: Rows) -> None:
        await rows.execute(
            "INSERT INTO outbox_events (id, kind, user_id, payload, available_at)"
            " SELECT gen_random_uuid(), 'TIER_UPGRADED', 'ada', '{}', now() - age"
            " FROM unnest(ARRAY['1 minute', '1 hour', '-1 hour']::interval[]) AS age"
        )

        _, body = await readiness(api)

        assert (body["status"], body["outbox_due"]) == ("ready", 2)
        assert 3_600 <= body["outbox_oldest_due_seconds"] < 3_700

    async def test_not_at_another_step_of_the_migrations(self, api: Api, rows: Rows) -> None:
        await rows.execute("UPDATE alembic_version SET version_num = 'older'")

        assert await readiness(api) == (
            503,
            {
                "status": "unavailable",
                "database": "not migrated",
                "revision": "older",
                "expected_revision": newest_revision(),
                "outbox_due": None,
                "outbox_oldest_due_seconds": None,
                "outbox_worker": None,
            },
        )


class TestNeverMigrated:
    @pytest.fixture
    async def database_url(self, server_url: str) -> AsyncIterator[str]:
        # An empty database on the same server.
        name = f"empty_{uuid4().hex}"
        await execute(server_url, f"CREATE DATABASE {name}")
        yield named(server_url, name)
        await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")

    async def test_is_not_ready(self, api: Api) -> None:
        assert await readiness(api) == (
            503,
            {
                "status": "unavailable",
                "database": "not migrated",
                "revision": None,
                "expected_revision": newest_revision(),
                "outbox_due": None,
                "outbox_oldest_due_seconds": None,
                "outbox_worker": None,
            },
        )


class TestNoRoleToAskAs(TestNeverMigrated):
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"database_role": "nobody"})


class TestDatabaseAway:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"database_url": AWAY})

    async def test_is_not_ready(self, api: Api) -> None:
        assert await readiness(api) == (
            503,
            {
                "status": "unavailable",
                "database": "away",
                "revision": None,
                "expected_revision": newest_revision(),
                "outbox_due": None,
                "outbox_oldest_due_seconds": None,
                "outbox_worker": None,
            },
        )

    @pytest.mark.parametrize("caller", EVERYBODY)
    async def test_lives_all_the_same(self, api: Api, caller: Caller) -> None:
        response = await api.request("GET", "/healthz", caller=caller)

        assert (response.status_code, response.json()) == (200, {"status": "ok"})


class TestDocumentation:
    async def test_loads_nothing_from_elsewhere(self, api: Api) -> None:
        page = await api.request("GET", "/docs", caller=NOBODY)

        assert page.status_code == 200
        assert "swagger" in page.text.lower()
        assert re.findall(r"""["'(=](?:https?:)?//[^"')\s]+""", page.text) == []
        loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
        assert loaded
        for path in loaded:
            assert (await api.request("GET", path, caller=NOBODY)).status_code == 200

    async def test_lists_every_path_and_what_it_answers(self, api: Api) -> None:
        document = (await api.request("GET", "/openapi.json", caller=NOBODY)).json()

        answers = {
            f"{method.upper()} {path}": sorted(operation["responses"])
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        }
        base = "/api/v1/loyalty"
        refusals = ["400", "401", "403", "404"]
        assert {
            path: codes for path, codes in answers.items() if path.split()[1].startswith(base)
        } == {
            f"GET {base}/tiers": ["200", "401", "503"],
            f"GET {base}/members/{{user_id}}": ["200", *refusals, "503"],
            f"POST {base}/members/{{user_id}}/referrals": ["201", *refusals, "409", "413", "503"],
            f"POST {base}/referrals/complete": ["200", *refusals, "409", "413", "503"],
        }
        assert {"GET /healthz", "GET /readyz"} <= set(answers)

    async def test_names_operations_and_refusals_for_whoever_generates_a_client(
        self, api: Api
    ) -> None:
        document = (await api.request("GET", "/openapi.json", caller=NOBODY)).json()

        operations = [each for path in document["paths"].values() for each in path.values()]
        assert [operation["operationId"] for operation in operations] == [
            "getTiers",
            "getMember",
            "issueReferral",
            "completeReferral",
            "getHealth",
            "getReadiness",
        ]
        for operation in operations[:4]:
            for status, response in operation["responses"].items():
                if status >= "400":
                    [(media_type, content)] = response["content"].items()
                    assert media_type == "application/problem+json"
                    assert content["schema"] == {"$ref": "#/components/schemas/ProblemBody"}
        assert "HTTPValidationError" not in document["components"]["schemas"]

    async def test_describes_every_field_of_every_body(self, api: Api) -> None:
        document = (await api.request("GET", "/openapi.json", caller=NOBODY)).json()

        silent = [
            f"{name}.{field}"
            for name, body in document["components"]["schemas"].items()
            if name.endswith("Body")
            for field, described in body["properties"].items()
            if not described.get("description")
        ]
        assert silent == []
