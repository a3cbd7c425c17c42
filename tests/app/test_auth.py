"""Tokens that are signed with a shared secret, and what HTTP makes of them."""

import base64
import hashlib
import hmac
import json
import logging
import re
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from app.auth import (
    TOKEN_BYTES_MAX,
    Authentication,
    InvalidToken,
    TokenVerifier,
    actor_of,
    mint_token,
)
from app.settings import Settings, SettingsError
from domain.actor import ANONYMOUS, Actor
from domain.enums import Role

ISSUER, AUDIENCE = "https://issuer.example", "loyalty"
SECRET = "correct horse battery staple, and more of it"
ABSENT = object()
# Tokens are made when the tests are collected, which may be long before a test runs.
DAY = 86_400


def _settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "auth_issuer": ISSUER,
        "auth_audience": AUDIENCE,
        "auth_secret": SecretStr(SECRET),
    }
    return Settings(**(values | changes))


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + DAY} | changes
    return {name: value for name, value in claims.items() if value is not ABSENT}


def _token(
    payload: dict[str, Any] | bytes | None = None,
    *,
    header: Any = None,
    secret: str = SECRET,
    **changes: Any,
) -> str:
    """A token made by hand, since PyJWT would refuse to make most of these."""
    payload = _claims(**changes) if payload is None else payload
    parts = [header or {"alg": "HS256", "typ": "JWT"}, payload]
    encoded = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    signed = b".".join(map(_base64url, encoded))
    signature = hmac.digest(secret.encode(), signed, hashlib.sha256)
    return b".".join([signed, _base64url(signature)]).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _with_payload_of(other: str, token: str) -> str:
    header, _, signature = token.split(".")
    return ".".join([header, other.split(".")[1], signature])


def _seconds_from_now(seconds: int) -> int:
    return int(time.time()) + seconds


MALFORMED = "The token is malformed."
EXPIRED = "The token has expired."
EARLY = "The token is not valid yet."
ISSUER_WRONG = "The token is from another issuer."
AUDIENCE_WRONG = "The token is for another audience."
SIGNATURE_WRONG = "The token's signature is wrong."
ALGORITHM_WRONG = "The token's algorithm is not accepted."
CLAIM_MISSING = "The token lacks one of the claims exp, iat, iss, aud, sub."
SUBJECT_EMPTY = "The token's subject must not be empty."
SUBJECT_CONTROL = "The token's subject must not contain control characters."

BAD_TOKENS: dict[str, tuple[str, str]] = {
    "expired": (_token(exp=_seconds_from_now(-DAY)), EXPIRED),
    "expired in text": (_token(exp="1"), EXPIRED),
    "exp no time": (_token(exp="soon"), MALFORMED),
    "exp infinite": (_token(exp=float("inf")), MALFORMED),
    "nbf in the future": (_token(nbf=_seconds_from_now(DAY)), EARLY),
    "iat in the future": (_token(iat=_seconds_from_now(DAY)), EARLY),
    "iat no time": (_token(iat=[1]), MALFORMED),
    "wrong issuer": (_token(iss="https://issuer.example.evil"), ISSUER_WRONG),
    "issuer a list": (_token(iss=[ISSUER]), ISSUER_WRONG),
    "wrong audience": (_token(aud="loyalty-2"), AUDIENCE_WRONG),
    "audience a part": (_token(aud="loyal"), AUDIENCE_WRONG),
    "audience an object": (_token(aud={"loyalty": 1}), AUDIENCE_WRONG),
    "no exp": (_token(exp=ABSENT), CLAIM_MISSING),
    "no iat": (_token(iat=ABSENT), CLAIM_MISSING),
    "no iss": (_token(iss=ABSENT), CLAIM_MISSING),
    "no aud": (_token(aud=ABSENT), CLAIM_MISSING),
    "no sub": (_token(sub=ABSENT), CLAIM_MISSING),
    "null sub": (_token(sub=None), CLAIM_MISSING),
    "empty aud": (_token(aud=[]), CLAIM_MISSING),
    "empty sub": (_token(sub=""), SUBJECT_EMPTY),
    "blank sub": (_token(sub=" "), SUBJECT_EMPTY),
    "sub a number": (_token(sub=7), MALFORMED),
    "sub a list": (_token(sub=["ada"]), MALFORMED),
    "sub too long": (
        _token(sub="x" * 129),
        "The token's subject must have at most 128 characters, not 129.",
    ),
    "sub with NUL": (_token(sub="ada\0"), SUBJECT_CONTROL),
    "sub with a line break": (_token(sub="ada\nroot"), SUBJECT_CONTROL),
    "sub with a surrogate": (
        _token(sub="ada\ud800"),
        "The token's subject must not contain NUL characters or lone surrogates.",
    ),
    "alg none": (_token(header={"alg": "none"}), ALGORITHM_WRONG),
    "alg none, unsigned": (_token(header={"alg": "none"}).rsplit(".", 1)[0] + ".", ALGORITHM_WRONG),
    "alg None": (_token(header={"alg": "None"}), ALGORITHM_WRONG),
    "no alg": (_token(header={"typ": "JWT"}), ALGORITHM_WRONG),
    "alg HS512": (_token(header={"alg": "HS512"}), ALGORITHM_WRONG),
    "alg RS256": (_token(header={"alg": "RS256"}), ALGORITHM_WRONG),
    "alg a list": (_token(header={"alg": ["HS256"]}), ALGORITHM_WRONG),
    "kid a number": (_token(header={"alg": "HS256", "kid": 1}), MALFORMED),
    "unknown extension": (_token(header={"alg": "HS256", "crit": ["x"], "x": 1}), MALFORMED),
    "detached": (_token(header={"alg": "HS256", "crit": ["b64"], "b64": False}), MALFORMED),
    "another secret": (_token(secret="another secret of more than 32 bytes"), SIGNATURE_WRONG),
    "empty secret": (_token(secret=""), SIGNATURE_WRONG),
    "tampered payload": (_with_payload_of(_token(sub="eve"), _token()), SIGNATURE_WRONG),
    "truncated": (_token()[:-3], SIGNATURE_WRONG),
    "no signature": (_token().rsplit(".", 1)[0] + ".", SIGNATURE_WRONG),
    "two parts": (_token().rsplit(".", 1)[0], MALFORMED),
    "four parts": (_token() + ".e30", MALFORMED),
    "no token at all": ("hello", MALFORMED),
    "two dots": ("..", MALFORMED),
    "header a list": (_token(header=[1]), MALFORMED),
    "header no JSON": (_token(header=b"{"), MALFORMED),
    "header too deep": (_token(header=b"[" * 3_000), MALFORMED),
    "payload a list": (_token(b"[1]"), MALFORMED),
    "payload no JSON": (_token(b"\xff\xfe"), MALFORMED),
    "payload too deep": (_token(b'{"a":' * 1_100), MALFORMED),
    "huge": (_token(name="x" * 6_200), "The token must be at most 8192 ASCII characters."),
}


@pytest.mark.parametrize(("token", "reason"), BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_refused(token: str, reason: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        await TokenVerifier(_settings()).verify(token)
    assert refused.value.reason == reason

    response = await _get(("Authorization", f"Bearer {token}"))
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["www-authenticate"] == (
        f'Bearer error="invalid_token", error_description="{reason}"'
    )
    assert response.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": reason,
        "code": "UNAUTHENTICATED",
    }
    # RFC 6750, 3: the characters that a description may have.
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", reason)


def test_the_huge_token_is_just_too_large() -> None:
    assert 0 < len(BAD_TOKENS["huge"][0]) - TOKEN_BYTES_MAX < 400


async def test_a_token_of_other_characters() -> None:
    for token in ("\ud800.\ud800.\ud800", "ä.ö.ü", _token() + "é"):
        with pytest.raises(InvalidToken):
            await TokenVerifier(_settings()).verify(token)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


@hypothesis_settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), _JSON),
    claims=st.dictionaries(
        st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "jti", "role", "email", "name"]),
        _JSON,
    ),
)
async def test_whatever_is_signed_is_refused_or_understood(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    for one, other in [({"alg": "HS256"}, _claims(**claims)), ({"alg": "HS256"} | header, claims)]:
        try:
            actor = await TokenVerifier(_settings()).verify(_token(other, header=one))
        except InvalidToken:
            continue
        assert actor.id == other["sub"]


class TestAValidToken:
    async def _actor(self, settings: Settings | None = None, /, **changes: Any) -> Actor:
        return await TokenVerifier(settings or _settings()).verify(_token(**changes))

    async def test_of_a_member(self) -> None:
        assert await self._actor() == Actor(id="ada", role=Role.MEMBER)

    async def test_with_everything(self) -> None:
        actor = await self._actor(role="admin", email="ada@example.com", name=" Ada Lovelace ")
        assert actor == Actor("ada", Role.ADMIN, "ada@example.com", "Ada Lovelace")

    async def test_for_several_audiences(self) -> None:
        assert (await self._actor(aud=["other", AUDIENCE])).id == "ada"

    async def test_with_a_subject_of_128_characters(self) -> None:
        assert (await self._actor(sub="é" * 128)).id == "é" * 128

    async def test_within_the_leeway(self) -> None:
        early, late = _seconds_from_now(20), _seconds_from_now(-20)
        assert (await self._actor(iat=early, nbf=early)).id == "ada"
        assert (await self._actor(exp=late)).id == "ada"
        with pytest.raises(InvalidToken, match="expired"):
            await self._actor(_settings(auth_leeway_seconds=0), exp=late)

    async def test_beyond_the_leeway(self) -> None:
        early, late = _seconds_from_now(45), _seconds_from_now(-35)
        for changes, reason in [
            ({"iat": early}, EARLY),
            ({"nbf": early}, EARLY),
            ({"exp": late}, EXPIRED),
        ]:
            with pytest.raises(InvalidToken, match=reason):
                await self._actor(**changes)

    @pytest.mark.parametrize(
        ("claim", "role"),
        [
            ("admin", Role.ADMIN),
            (["viewer", "admin"], Role.ADMIN),
            ("Admin", Role.MEMBER),
            ("admin ", Role.MEMBER),
            ("viewer admin", Role.MEMBER),
            (["ad", "min"], Role.MEMBER),
            ([], Role.MEMBER),
            (None, Role.MEMBER),
            (True, Role.MEMBER),
            ({"admin": True}, Role.MEMBER),
            ([["admin"]], Role.MEMBER),
        ],
    )
    async def test_role(self, claim: object, role: Role) -> None:
        assert (await self._actor(role=claim)).role is role

    async def test_role_by_the_operators_words(self) -> None:
        settings = _settings(auth_role_claim="https://x/roles", auth_admin_role="owner,boss")
        for claim in ("owner", ["boss"]):
            assert (await self._actor(settings, **{"https://x/roles": claim})).is_admin
        assert not (await self._actor(settings, role="owner")).is_admin
        assert not (await self._actor(settings, **{"https://x/roles": "admin"})).is_admin

    @pytest.mark.parametrize(
        "changes",
        [
            {"email": "a" * 243 + "@example.com"},
            {"email": "no address"},
            {"email": "ada\x01@example.com"},
            {"email": "ada\ud800@example.com"},
            {"email": ["ada@example.com"]},
            {"email": "ada@example.com", "email_verified": False},
            {"email": "ada@example.com", "email_verified": "false"},
        ],
    )
    async def test_an_unclean_email_is_left_out(self, changes: dict[str, object]) -> None:
        assert await self._actor(**changes) == Actor("ada", Role.MEMBER)

    async def test_a_verified_email_of_254_characters(self) -> None:
        email = "a" * 242 + "@example.com"
        assert (await self._actor(email=email, email_verified=True)).email == email

    @pytest.mark.parametrize("name", ["", " ", "x" * 201, "Ada\n", "Ada\0", "\udfff", 7, None])
    async def test_an_unclean_name_is_left_out(self, name: object) -> None:
        assert await self._actor(name=name) == Actor("ada", Role.MEMBER)


class TestTokenType:
    @pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
    async def test_as_configured(self, typ: str) -> None:
        verifier = TokenVerifier(_settings(auth_token_type="at+jwt"))
        assert (await verifier.verify(_token(header={"alg": "HS256", "typ": typ}))).id == "ada"

    @pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}, {"typ": ["at+jwt"]}, {}])
    async def test_another(self, header: dict[str, object]) -> None:
        verifier = TokenVerifier(_settings(auth_token_type="at+jwt"))
        with pytest.raises(InvalidToken, match="of another type"):
            await verifier.verify(_token(header={"alg": "HS256"} | header))


class TestMinting:
    @pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
    async def test_the_verifier_accepts_it(self, role: Role) -> None:
        settings = _settings(auth_token_type="at+jwt", auth_admin_role="boss", auth_role_claim="r")
        token = mint_token(settings, "ada", role, lifetime_seconds=60)
        assert await TokenVerifier(settings).verify(token) == Actor("ada", role)

    async def test_it_lives_as_long_as_it_says(self) -> None:
        token = mint_token(_settings(), "ada", Role.MEMBER, lifetime_seconds=60)
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["exp"] - claims["iat"] == 60
        assert abs(claims["iat"] - time.time()) < 5

    def test_nobody_else_signs_for_a_key_set(self) -> None:
        settings = _settings(auth_secret=None, auth_jwks_url="https://issuer.example/jwks")
        with pytest.raises(SettingsError, match="LOYALTY_AUTH_JWKS_URL is set"):
            mint_token(settings, "ada", Role.ADMIN, lifetime_seconds=60)

    @pytest.mark.parametrize("subject", ["", "x" * 129, "a\0", "a\n", " a", "\ud800"])
    def test_a_subject_that_no_verifier_would_take(self, subject: str) -> None:
        with pytest.raises(ValueError, match="subject"):
            mint_token(_settings(), subject, Role.ADMIN, lifetime_seconds=60)

    def test_what_makes_no_sense(self) -> None:
        with pytest.raises(ValueError, match="member or an admin"):
            mint_token(_settings(), "ada", Role.ANONYMOUS, lifetime_seconds=60)
        with pytest.raises(ValueError, match="at least 1 second"):
            mint_token(_settings(), "ada", Role.MEMBER, lifetime_seconds=0)


def test_a_verifier_without_any_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="LOYALTY_AUTH_SECRET"):
        TokenVerifier(Settings(mode="development"))


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    actor = actor_of(scope)
    await JSONResponse({"id": actor.id, "role": actor.role})(scope, receive, send)


async def _get(*headers: tuple[str, str]) -> httpx.Response:
    transport = httpx.ASGITransport(Authentication(_app, TokenVerifier(_settings())))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get("/", headers=httpx.Headers(headers, encoding="latin-1"))


class TestOverHttp:
    async def test_without_a_header_the_caller_is_anonymous(self) -> None:
        response = await _get()
        assert response.json() == {"id": ANONYMOUS.id, "role": Role.ANONYMOUS}

    @pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER   "])
    async def test_the_scheme_is_bearer_in_any_case(self, scheme: str) -> None:
        response = await _get(("Authorization", scheme + _token(role="admin")))
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
        response = await _get(("Authorization", credentials.replace("TOKEN", _token())))
        assert response.status_code == 401
        assert response.json()["detail"] == "Send the token as: Bearer <token>."

    async def test_two_headers_are_refused_even_if_equal(self) -> None:
        header = ("Authorization", f"Bearer {_token()}")
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
        await Authentication(app, TokenVerifier(_settings()))(scope, receive, send)
        assert sent[0]["status"] == 401

    async def test_the_token_is_neither_logged_nor_echoed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        token, _ = BAD_TOKENS["tampered payload"]
        response = await _get(("Authorization", f"Bearer {token}"))
        answer = response.text + str(response.headers)
        for part in token.split("."):
            assert part not in answer
            assert part not in caplog.text

    async def test_other_scopes_pass_untouched(self) -> None:
        passed: list[Scope] = []

        async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
            passed.append(scope)

        async def receive() -> Message:
            return {"type": "lifespan.startup"}

        async def send(_message: Message) -> None: ...

        await Authentication(app, TokenVerifier(_settings()))({"type": "lifespan"}, receive, send)
        assert passed == [{"type": "lifespan"}]

    def test_a_request_that_went_around_the_door_has_no_caller(self) -> None:
        with pytest.raises(KeyError):
            actor_of({"type": "http", "state": {}})
