"""What one request may take: bytes, time, and a place among the others; nothing is half done."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.config.settings import Settings
from app.context import Contexts
from app.http.limits import BODY_BYTES_MAX, DRAINED_BYTES_MAX, HttpLimits, read_body
from tests.fixtures.actors import ADMIN, NOBODY
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api

EARN = "mutation($i: EarnPointsInput!) { earnPoints(input: $i) { __typename } }"
LOCKED = """mutation {
    earnPoints(input: {userId: "ada", points: 5, idempotencyKey: "k"}) { __typename }
}"""
PATHS = ["/graphql", "/api/v1/loyalty/referrals/complete"]


def earning(number: int = 1, user_id: str = "ada") -> dict[str, object]:
    return {"i": {"userId": user_id, "points": 5, "idempotencyKey": f"key-{number}"}}


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"length": len(await read_body(receive))})(scope, receive, send)


def client(limits: HttpLimits) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(limits), base_url="http://test")


def limited(**limits: float) -> HttpLimits:
    return HttpLimits(_echo, **{"requests_max": 10, "request_timeout_seconds": 60.0, **limits})  # type: ignore[arg-type]


class TestBody:
    @pytest.mark.promised
    @pytest.mark.parametrize("path", PATHS)
    async def test_of_just_so_many_bytes(self, figure: Figure, path: str) -> None:
        async with client(limited()) as http:
            largest = await http.post(path, content=b"x" * BODY_BYTES_MAX)
            too_large = await http.post(path, content=b"x" * (BODY_BYTES_MAX + 1))

        assert largest.json() == {"length": BODY_BYTES_MAX}
        assert too_large.status_code == 413
        assert "CONTENT_TOO_LARGE" in too_large.text
        assert "connection" not in too_large.headers
        seen = f"{largest.status_code} for 100,000 bytes, {too_large.status_code} for one more"
        figure("bodies over 100 KB", "413, read to their end", seen)

    @pytest.mark.parametrize("path", PATHS)
    async def test_beyond_all_bounds_is_not_read_to_its_end(self, path: str) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1_000_000
                yield b"x" * 1_000_000

        async with client(limited()) as http:
            response = await http.post(path, content=endless())

        assert response.status_code == 413
        assert response.headers["connection"] == "close"
        assert sent <= DRAINED_BYTES_MAX + 2_000_000

    @pytest.mark.parametrize("path", PATHS)
    async def test_that_stops_coming(self, path: str) -> None:
        async def stalled() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.Event().wait()

        async with client(limited(receive_timeout_seconds=0.05)) as http:
            response = await http.post(path, content=stalled())

        assert response.status_code == 408
        assert response.headers["connection"] == "close"
        assert "REQUEST_TIMEOUT" in response.text

    async def test_afterwards_a_hang_up_is_still_heard_of(self) -> None:
        heard: list[Message] = []

        async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
            heard.extend([await receive(), await receive()])

        messages: Iterator[Message] = iter(
            [
                {"type": "http.request", "body": b"a", "more_body": True},
                {"type": "http.request", "body": b"b"},
                {"type": "http.disconnect"},
            ]
        )

        async def receive() -> Message:
            return next(messages)

        async def send(_message: Message) -> None: ...

        limits = HttpLimits(app, requests_max=1, request_timeout_seconds=60)
        await limits({"type": "http", "method": "POST", "path": "/"}, receive, send)

        assert [message["type"] for message in heard] == ["http.request", "http.disconnect"]
        assert heard[0]["body"] == b"ab"


class TestPlaces:
    async def test_beyond_the_limit_requests_are_not_begun(self) -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/slow":
                begun.set()
                await may_end.wait()
            await JSONResponse({})(scope, receive, send)

        limits = HttpLimits(slow, requests_max=1, request_timeout_seconds=60)
        async with client(limits) as http:
            first = asyncio.ensure_future(http.get("/slow"))
            await begun.wait()
            second = await http.get("/other")
            health = await http.get("/healthz")
            may_end.set()
            assert (await first).status_code == 200
            third = await http.get("/other")

        assert (second.status_code, second.headers["Retry-After"]) == (503, "1")
        assert second.json()["code"] == "UNAVAILABLE"
        assert (health.status_code, third.status_code) == (200, 200)


class TestTime:
    async def test_an_error_of_its_own_is_not_taken_for_the_limit(self) -> None:
        async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise TimeoutError

        limits = HttpLimits(broken, requests_max=1, request_timeout_seconds=60)
        async with client(limits) as http:
            with pytest.raises(TimeoutError):
                await http.get("/")

    async def test_an_answer_that_has_begun_cannot_be_taken_back(self) -> None:
        async def halfway(scope: Scope, receive: Receive, send: Send) -> None:
            async def parts() -> AsyncIterator[bytes]:
                yield b"half"
                await asyncio.Event().wait()

            await StreamingResponse(parts())(scope, receive, send)

        limits = HttpLimits(halfway, requests_max=1, request_timeout_seconds=0.05)
        async with client(limits) as http:
            with pytest.raises(TimeoutError):
                await http.get("/")


class TestRequestTimeout:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"request_timeout_seconds": 1.0})

    async def test_undoes_what_has_been_done(
        self, api: Api, make: Make, rows: Rows, faults: Faults, contexts: Contexts
    ) -> None:
        await make.member("ada")
        body = {"query": EARN, "variables": earning()}

        async with rows.unchanged():
            async with faults.held_up("INSERT ON loyalty_ledger_entries"):
                response = await api.request("POST", "/graphql", json=body)
                assert connections_in_use(contexts) == 0
            await faults.nobody_works()
        again = await api.ask(EARN, earning())

        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}
        assert again == {"earnPoints": {"__typename": "EarnPointsSuccess"}}

    async def test_is_longer_for_a_change_of_tiers(
        self, api: Api, make: Make, faults: Faults
    ) -> None:
        await make.tier("gold", 100)
        change = """mutation { ...F } fragment F on Mutation {
            ... { archiveTier(input: {slug: "gold"}) { __typename } } }"""

        async with faults.locked("SELECT FROM loyalty_tiers FOR UPDATE"):
            archiving = asyncio.ensure_future(api.graphql(change))
            await faults.somebody_waits()
            # A request that is given up meanwhile shows that the ordinary time is over.
            other = await api.request("POST", "/graphql", json={"query": LOCKED})
        answer = await archiving

        assert other.status_code == 503
        assert answer.data == {"archiveTier": {"__typename": "ArchiveTierSuccess"}}

    async def test_over_rest(self, api: Api, make: Make, rows: Rows, faults: Faults) -> None:
        await make.member("ada")
        await make.user("bob")
        invite = await make.invite("ada")
        body = {"code": invite.code, "inviteeId": "bob"}

        async with rows.unchanged():
            async with faults.held_up("INSERT ON loyalty_ledger_entries"):
                response = await api.request(
                    "POST", "/api/v1/loyalty/referrals/complete", json=body
                )
            await faults.nobody_works()

        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert response.json()["code"] == "UNAVAILABLE"


class TestExhaustedPool:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.model_copy(update={"pool_size": 1, "pool_timeout_seconds": 0.2})

    async def test_is_refused_at_once_while_the_process_answers(
        self, api: Api, make: Make, faults: Faults
    ) -> None:
        await make.member("ada")
        await make.member("bob")

        async with faults.locked("SELECT FROM loyalty_members FOR UPDATE"):
            first = asyncio.ensure_future(api.graphql(EARN, earning(1)))
            await faults.somebody_waits()
            body = {"query": EARN, "variables": earning(2, "bob")}
            second = await api.request("POST", "/graphql", json=body, caller=ADMIN)
            health = await api.request("GET", "/healthz", caller=NOBODY)
        assert (await first).errors == []

        assert (second.status_code, second.headers["Retry-After"]) == (503, "1")
        assert second.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert health.status_code == 200


def connections_in_use(contexts: Contexts) -> int:
    """How many connections requests hold at the moment."""
    database = contexts.database
    return database.readers.taken + database.writers.taken
