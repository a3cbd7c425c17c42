"""Authentication: which tokens are accepted, and how HTTP refuses the others."""

import logging

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from app.identity.tokens import Authentication, TokenVerifier, actor_of
from domain.actor import ANONYMOUS
from domain.enums import Role
from tests.fixtures.tokens import a_token, token_settings, with_payload_of


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    actor = actor_of(scope)
    await JSONResponse({"id": actor.id, "role": actor.role})(scope, receive, send)


async def _get(*headers: tuple[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(Authentication(_app, TokenVerifier(token_settings())))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/", headers=httpx.Headers(headers, encoding="latin-1"))


class TestOverHttp:
    async def test_without_a_header_the_caller_is_anonymous(self) -> None:
        response = await _get()
        assert response.json() == {"id": ANONYMOUS.id, "role": Role.ANONYMOUS}

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
    async def test_the_scheme_is_bearer_in_any_case(self, scheme: str) -> None:
        response = await _get(("Authorization", scheme + a_token(role="admin")))
        assert response.json() == {"id": "ada", "role": Role.ADMIN}

    @pytest.mark.parametrize(
        "credentials",
        [
            "",
            "Bearer",
            "Bearer ",
            "TOKEN",
            "Basic TOKEN",
            "Token TOKEN",
            "BearerX TOKEN",
            "Bearer: TOKEN",
            "BearerTOKEN",
            "Bearer\tTOKEN",
            "Bearer TOKEN TOKEN",
            "Bearer TOKEN, Bearer TOKEN",
            'Bearer "TOKEN"',
            "Bearer h\u00e9llo",
        ],
    )
    async def test_anything_else_is_refused(self, credentials: str) -> None:
        response = await _get(("Authorization", credentials.replace("TOKEN", a_token())))
        assert response.status_code == 401
        assert response.json()["detail"] == "Send the token as: Bearer <token>."

    async def test_two_headers_are_refused_even_if_equal(self) -> None:
        header = ("Authorization", f"Bearer {a_token()}")
        response = await _get(header, header)
        assert response.status_code == 401
        assert response.json()["detail"] == "Send one Authorization header, not several."

    async def test_a_refusal_reads_no_body_and_reaches_nobody(self) -> None:
        sent: list[Message] = []

        async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError("reached")

        async def receive() -> Message:
            raise AssertionError("read")

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {"type": "http", "method": "POST", "headers": [(b"authorization", b"x")]}
        await Authentication(app, TokenVerifier(token_settings()))(scope, receive, send)
        assert sent[0]["status"] == 401

    async def test_the_token_is_neither_logged_nor_echoed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        tampered = with_payload_of(a_token(sub="eve"), a_token())
        response = await _get(("Authorization", f"Bearer {tampered}"))
        answer = response.text + str(response.headers)
        for part in tampered.split("."):
            assert part not in answer
            assert part not in caplog.text

    async def test_other_scopes_pass_untouched(self) -> None:
        passed: list[Scope] = []

        async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
            passed.append(scope)

        async def receive() -> Message:
            return {"type": "lifespan.startup"}

        async def send(_message: Message) -> None: ...

        await Authentication(app, TokenVerifier(token_settings()))(
            {"type": "lifespan"}, receive, send
        )
        assert passed == [{"type": "lifespan"}]

    def test_a_request_without_authentication_has_no_caller(self) -> None:
        with pytest.raises(KeyError):
            actor_of({"type": "http", "state": {}})
