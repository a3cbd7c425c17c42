"""GraphiQL over HTTP: the page, its assets, its tokens, and how browsers find it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette

from app.config.settings import Settings
from app.identity.tokens import TokenVerifier
from app.interfaces.graphiql import CONTENT_SECURITY_POLICY, graphiql_routes
from domain.enums import Role
from tests.fixtures.actors import NOBODY
from tests.fixtures.graphql import Api

VISIT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ORIGIN = "http://127.0.0.1:8000"
FROM_OUR_PAGE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
THIS_MACHINE = ("127.0.0.1", 50_000)
SCRIPT = "index-BX1_a-9.js"


def client_of(
    app: FastAPI | Starlette, *, origin: str = ORIGIN, client: tuple[str, int] = THIS_MACHINE
) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=client)
    return httpx.AsyncClient(transport=transport, base_url=origin)


class TestEndpoint:
    async def test_a_browser_is_sent_to_the_page(self, api: Api) -> None:
        response = await api.request("GET", "/graphql", caller=NOBODY, headers=VISIT)

        assert (response.status_code, response.headers["Location"]) == (303, "/graphiql")
        assert response.headers["Vary"] == "Accept"

    @pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/htmlx"])
    async def test_programs_are_not(self, api: Api, accept: str) -> None:
        response = await api.request("GET", "/graphql", headers={"Accept": accept})

        assert response.is_client_error

    async def test_a_query_in_the_address_is_answered(self, api: Api) -> None:
        response = await api.request("GET", "/graphql?query={tiers{slug}}", headers=VISIT)

        assert response.json()["data"] == {"tiers": []}

    async def test_what_is_posted_is_answered(self, api: Api) -> None:
        body = {"query": "{ tiers { slug } }"}
        response = await api.request("POST", "/graphql", headers=VISIT, json=body)

        assert response.json()["data"] == {"tiers": []}


class TestPage:
    @pytest.fixture
    async def client(self, settings: Settings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
        app = Starlette(routes=graphiql_routes(settings, tmp_path))
        async with client_of(app) as client:
            yield client

    async def test_without_a_build_it_says_how_to_make_one(self, client: httpx.AsyncClient) -> None:
        response = await client.get("/graphiql")

        assert response.status_code == 503
        assert "make graphiql" in response.text

    async def test_is_there_as_soon_as_it_is_built(
        self, client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        (tmp_path / "index.html").write_text('<meta content="{{ token_source }}">')

        response = await client.get("/graphiql")

        assert response.text == '<meta content="paste">'
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert response.headers["Cache-Control"] == "no-cache"

    async def test_allows_nothing_from_elsewhere(self) -> None:
        directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))

        inline = {"style-src": "'self' 'unsafe-inline'", "img-src": "'self' data:"}
        for name, allowed in directives.items():
            assert allowed in {"'none'", "'self'"} or allowed == inline[name]
        assert directives["default-src"] == "'none'"
        assert directives["script-src"] == "'self'"


class TestAssets:
    @pytest.fixture
    async def client(self, settings: Settings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
        assets = tmp_path / "assets"
        assets.mkdir()
        (tmp_path / "index.html").write_text("the page")
        for name in (SCRIPT, f"{SCRIPT}.br", f"{SCRIPT}.gz", "font-1.woff2"):
            (assets / name).write_text(name)
        app = Starlette(routes=graphiql_routes(settings, tmp_path))
        async with client_of(app) as client:
            # As it was sent: these are no real archives.
            client.headers["Accept-Encoding"] = ""
            yield client

    @pytest.mark.parametrize(
        ("accepted", "encoding", "suffix"),
        [
            ("gzip, deflate, br, zstd", "br", ".br"),
            ("gzip", "gzip", ".gz"),
            ("gzip;q=1.0, br; q=0", "gzip", ".gz"),
            ("br;q=0.000,gzip;q=0", None, ""),
            ("", None, ""),
        ],
    )
    async def test_are_sent_as_small_as_the_browser_can_read(
        self, client: httpx.AsyncClient, accepted: str, encoding: str | None, suffix: str
    ) -> None:
        headers = {"Accept-Encoding": accepted}
        async with client.stream("GET", f"/graphiql/assets/{SCRIPT}", headers=headers) as response:
            sent = b"".join([part async for part in response.aiter_raw()])

        assert sent.decode() == f"{SCRIPT}{suffix}"
        assert response.headers.get("Content-Encoding") == encoding
        assert response.headers["Vary"] == "Accept-Encoding"
        assert response.headers["Content-Type"].startswith("text/javascript")

    async def test_may_be_kept_for_good_and_are_what_they_are(
        self, client: httpx.AsyncClient
    ) -> None:
        response = await client.get("/graphiql/assets/font-1.woff2")

        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"] == "font/woff2"
        assert "Content-Encoding" not in response.headers

    @pytest.mark.parametrize(
        "name",
        [
            "other.js",
            f"{SCRIPT}.br",
            "..%2findex.html",
            "%2e%2e/index.html",
            ".js",
            "%00.js",
            f"{300 * 'a'}.js",
        ],
    )
    async def test_are_all_that_is_served(self, client: httpx.AsyncClient, name: str) -> None:
        assert (await client.get(f"/graphiql/assets/{name}")).status_code == 404


class TestToken:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"mode": "development"})

    async def test_is_an_admins_and_short(self, app: FastAPI, settings: Settings) -> None:
        async with client_of(app) as client:
            response = await client.post("/graphiql/token", headers=FROM_OUR_PAGE)

        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers
        actor = await TokenVerifier(settings).verify(response.json()["token"])
        assert (actor.id, actor.role) == ("admin", Role.ADMIN)

    @pytest.mark.parametrize("origin", ["http://localhost:8000", "http://[::1]:8000"])
    async def test_is_had_by_every_name_of_this_machine(self, app: FastAPI, origin: str) -> None:
        headers = {**FROM_OUR_PAGE, "Origin": origin}
        async with client_of(app, origin=origin, client=("::1", 50_000)) as client:
            response = await client.post("/graphiql/token", headers=headers)

        assert response.status_code == 200

    @pytest.mark.parametrize(
        ("origin", "client", "headers"),
        [
            (ORIGIN, THIS_MACHINE, {}),
            (ORIGIN, THIS_MACHINE, {"Origin": "https://evil.example"}),
            (ORIGIN, THIS_MACHINE, {"Origin": "http://127.0.0.1:9000"}),
            (ORIGIN, THIS_MACHINE, {"Origin": "null"}),
            (ORIGIN, THIS_MACHINE, {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}),
            (ORIGIN, ("10.0.0.7", 50_000), FROM_OUR_PAGE),
            (
                "http://evil.example:8000",
                THIS_MACHINE,
                {**FROM_OUR_PAGE, "Origin": "http://evil.example:8000"},
            ),
        ],
        ids=[
            "no page",
            "another site",
            "another server here",
            "a sandboxed page",
            "a browser that says so",
            "another machine",
            "a name that was made to stand for this machine",
        ],
    )
    async def test_is_for_our_page_on_this_machine_alone(
        self, app: FastAPI, origin: str, client: tuple[str, int], headers: dict[str, str]
    ) -> None:
        async with client_of(app, origin=origin, client=client) as browser:
            response = await browser.post("/graphiql/token", headers=headers)

        assert response.status_code == 403
        assert "token" not in response.json()

    async def test_is_not_had_by_following_a_link(self, app: FastAPI) -> None:
        async with client_of(app) as client:
            response = await client.get("/graphiql/token", headers=FROM_OUR_PAGE)

        assert response.status_code == 405


class TestNoToken:
    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"mode": "development", "auth_jwks_url": "https://issuer.example/keys"},
        ],
        ids=["production", "an issuer's keys"],
    )
    async def test_there_is_no_such_route(
        self, settings: Settings, changed: dict[str, str]
    ) -> None:
        routes = graphiql_routes(settings.model_copy(update=changed))
        async with client_of(Starlette(routes=routes)) as client:
            response = await client.post("/graphiql/token", headers=FROM_OUR_PAGE)

        assert response.status_code == 404
