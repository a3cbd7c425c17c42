"""What every answer says to browsers, which hosts are answered for, and which origins may ask."""

import httpx
import pytest

from app.config.settings import Settings
from tests.fixtures.actors import ADA, ADMIN, NOBODY
from tests.fixtures.graphql import Api

ORIGIN = "https://app.example.com"
QUERY = {"query": "{ tiers { slug } }"}
PATHS = ["/graphql", "/healthz", "/nowhere", "/api/v1/loyalty/tiers", "/openapi.json"]


class TestSecurityHeaders:
    @pytest.mark.parametrize("path", PATHS)
    async def test_of_data(self, api: Api, path: str) -> None:
        response = await api.request("GET", path, caller=NOBODY)

        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Content-Security-Policy"] == (
            "default-src 'none'; frame-ancestors 'none'"
        )
        assert "Server" not in response.headers

    async def test_of_the_documentation_page(self, api: Api) -> None:
        response = await api.request("GET", "/docs", caller=NOBODY)

        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy

    async def test_what_a_token_was_answered_is_kept_by_nobody(self, api: Api) -> None:
        for path in PATHS:
            known = await api.request("GET", path, caller=ADA)
            unknown = await api.request("GET", path, caller=NOBODY)
            assert known.headers["Cache-Control"] == "no-store"
            assert "Cache-Control" not in unknown.headers

    async def test_of_a_refused_token(self, api: Api) -> None:
        response = await api.request(
            "GET", "/graphql", caller=NOBODY, headers={"Authorization": "Bearer x"}
        )

        assert response.status_code == 401
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Cache-Control"] == "no-store"


class TestAllowedHosts:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        hosts = "loyalty.example.com, *.internal, [::1]"
        return settings.model_copy(update={"allowed_hosts": hosts})

    @pytest.mark.parametrize(
        "host",
        [
            "loyalty.example.com",
            "Loyalty.Example.com:8443",
            "a.internal",
            "a.b.internal",
            "[::1]:80",
        ],
    )
    async def test_are_answered_for(self, api: Api, host: str) -> None:
        response = await api.request("POST", "/graphql", json=QUERY, headers={"Host": host})

        assert response.status_code == 200

    @pytest.mark.parametrize("path", ["/graphql", "/docs", "/api/v1/loyalty/tiers"])
    @pytest.mark.parametrize(
        "host", ["example.com", "evil-loyalty.example.com", "internal", "", "[::1", "::1"]
    )
    async def test_others_are_not(self, api: Api, path: str, host: str) -> None:
        response = await api.request("GET", path, headers={"Host": host})

        assert response.status_code == 400
        assert "BAD_REQUEST" in response.text

    async def test_a_probe_of_health_may_come_by_address(self, api: Api) -> None:
        response = await api.request("GET", "/healthz", headers={"Host": "10.0.0.7:8000"})

        assert response.status_code == 200


async def preflight(api: Api, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return await api.request("OPTIONS", "/graphql", caller=NOBODY, headers=headers)


class TestAllowedOrigins:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"allowed_origins": ORIGIN})

    async def test_may_ask_with_a_token(self, api: Api) -> None:
        allowed = await preflight(api, ORIGIN)
        answer = await api.request(
            "POST", "/graphql", caller=ADMIN, json=QUERY, headers={"Origin": ORIGIN}
        )

        assert allowed.status_code == 200
        assert allowed.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "X-Request-Id" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers

    async def test_may_read_refusals(self, api: Api) -> None:
        headers = {"Origin": ORIGIN, "Authorization": "Bearer x"}

        response = await api.request("POST", "/graphql", caller=NOBODY, json=QUERY, headers=headers)

        assert response.status_code == 401
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN

    async def test_others_may_not(self, api: Api) -> None:
        refused = await preflight(api, "https://evil.example.com")
        answer = await api.request(
            "POST", "/graphql", json=QUERY, headers={"Origin": "https://evil.example.com"}
        )

        assert refused.status_code == 400
        assert "Access-Control-Allow-Origin" not in refused.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_without_the_setting_no_origin_may_ask(api: Api) -> None:
    refused = await preflight(api, ORIGIN)

    assert refused.status_code == 405
    assert "Access-Control-Allow-Origin" not in refused.headers
