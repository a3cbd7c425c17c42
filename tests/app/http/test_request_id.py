import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from app.http.request_id import RequestId, request_id_of


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"id": request_id_of(scope)})(scope, receive, send)


async def _get(*ids: str) -> httpx.Response:
    transport = httpx.ASGITransport(RequestId(_app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        values = [(b"X-Request-Id", value.encode("latin-1")) for value in ids]
        return await client.get("/", headers=values)


@pytest.mark.parametrize("clean", ["a", "4f.A_9-z", "x" * 128])
async def test_a_clean_id_is_kept(clean: str) -> None:
    response = await _get(clean)
    assert response.json() == {"id": clean}
    assert response.headers.get_list("x-request-id") == [clean]


@pytest.mark.parametrize(
    "unclean", ["", "x" * 129, "two words", "a,b", "<script>", "naïve", "a\tb", "id\n"]
)
async def test_an_unclean_id_is_replaced(unclean: str) -> None:
    response = await _get(unclean)
    assert len(response.json()["id"]) == 32
    assert response.headers.get_list("x-request-id") == [response.json()["id"]]


async def test_two_ids_are_replaced_by_one() -> None:
    response = await _get("one", "two")
    assert response.json()["id"] not in ("one", "two")
    assert response.headers.get_list("x-request-id") == [response.json()["id"]]


async def test_every_request_without_an_id_gets_its_own() -> None:
    ids = {(await _get()).json()["id"] for _ in range(3)}
    assert len(ids) == 3


async def test_the_header_of_the_application_gives_way() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({}, headers={"X-Request-Id": "other"})(scope, receive, send)

    transport = httpx.ASGITransport(RequestId(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/", headers={"X-Request-Id": "mine"})
    assert response.headers.get_list("x-request-id") == ["mine"]


async def test_the_state_of_the_lifespan_is_kept() -> None:
    scope: Scope = {"type": "http", "headers": [], "state": {"database": "here"}}

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        pass

    await RequestId(_app)(scope, receive, send)
    assert scope["state"]["database"] == "here"
    assert request_id_of(scope)


async def test_other_scopes_pass_untouched() -> None:
    passed: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        passed.append(scope)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(_message: Message) -> None:
        pass

    await RequestId(app)({"type": "lifespan"}, receive, send)
    assert passed == [{"type": "lifespan"}]


def test_without_the_middleware_there_is_no_id() -> None:
    assert request_id_of({"type": "http"}) is None
