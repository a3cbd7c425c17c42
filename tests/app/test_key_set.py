"""Tokens that are signed with an issuer's keys, which a real server on this host hands out."""

import asyncio
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode
from starlette.types import Receive, Scope, Send

from app import key_set
from app.auth import Authentication, InvalidToken, TokenVerifier
from app.settings import Settings
from domain.errors import Unavailable

ISSUER, AUDIENCE = "https://issuer.example", "loyalty"
UNKNOWN_KEY = "signed with an unknown key"


@cache
def _private_key(name: str) -> Any:
    if name.startswith("rsa"):
        return rsa.generate_private_key(65_537, 1024 if name == "rsa-weak" else 2048)
    if name.startswith("ed"):
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def _jwk(name: str, **members: object) -> dict[str, object]:
    family = {"rsa": "RS256", "ed": "EdDSA", "ec": "ES256"}[name.split("-", maxsplit=1)[0]]
    public = _private_key(name).public_key()
    described = jwt.get_algorithm_by_name(family).to_jwk(public, as_dict=True)
    # PyJWT names what a key may be used for; most issuers do not.
    described.pop("key_ops", None)
    return {**described, "kid": name, **members}


def _token(
    key: str, algorithm: str, *, kid: str | None = None, without_kid: bool = False, **changes: Any
) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600} | changes
    headers = {} if without_kid else {"kid": kid or key}
    return jwt.encode(claims, _private_key(key), algorithm, headers=headers)


class Issuer:
    """An issuer's server, which counts what it is asked and answers as it is told."""

    def __init__(self) -> None:
        self.keys: list[dict[str, object]] = [_jwk("ec-1")]
        self.status = 200
        self.body: bytes | None = None
        self.headers: dict[str, str] = {}
        self.blanks = 0
        self.fetches = 0
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.fetches += 1
                body = issuer.body or json.dumps({"keys": issuer.keys}).encode()
                issuer.asked.set()
                issuer.may_answer.wait()
                # Some tests are about callers who hang up before the end.
                with suppress(ConnectionError):
                    self.send_response(issuer.status)
                    for name, value in issuer.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for _ in range(issuer.blanks):
                        self.wfile.write(b" ")
                        time.sleep(0.02)
                    self.wfile.write(body)

        return Handler


class Clock:
    """A clock that stands still unless it is moved; in seconds."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> TokenVerifier:
    return TokenVerifier(_settings(issuer.url), now=clock)


def _settings(url: str) -> Settings:
    return Settings(auth_issuer=ISSUER, auth_audience=AUDIENCE, auth_jwks_url=url)


async def _is_accepted(verifier: TokenVerifier, token: str) -> bool:
    try:
        return (await verifier.verify(token)).id == "ada"
    except InvalidToken:
        return False


async def _until_asked(issuer: Issuer) -> None:
    assert await asyncio.to_thread(issuer.asked.wait, 10)


class TestAlgorithms:
    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [("rsa-1", "RS256"), ("rsa-1", "PS256"), ("ec-1", "ES256"), ("ed-1", "EdDSA")],
    )
    async def test_accepted(
        self, issuer: Issuer, verifier: TokenVerifier, key: str, algorithm: str
    ) -> None:
        issuer.keys = [_jwk("rsa-1"), _jwk("ec-1"), _jwk("ed-1")]
        assert (await verifier.verify(_token(key, algorithm))).id == "ada"

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512"])
    async def test_others_are_refused(
        self, issuer: Issuer, verifier: TokenVerifier, algorithm: str
    ) -> None:
        issuer.keys = [_jwk("rsa-1")]
        with pytest.raises(InvalidToken, match="algorithm is not accepted"):
            await verifier.verify(_token("rsa-1", algorithm))

    async def test_a_key_for_one_algorithm_serves_no_other(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        issuer.keys = [_jwk("rsa-1", alg="RS256")]
        assert await _is_accepted(verifier, _token("rsa-1", "RS256"))
        with pytest.raises(InvalidToken, match=UNKNOWN_KEY):
            await verifier.verify(_token("rsa-1", "PS256"))

    @pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
    async def test_the_public_key_is_no_secret(
        self, issuer: Issuer, verifier: TokenVerifier, algorithm: str
    ) -> None:
        issuer.keys = [_jwk("rsa-1")]
        public = _private_key("rsa-1").public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for secret in (der, pem, json.dumps(_jwk("rsa-1")).encode()):
            with pytest.raises(InvalidToken, match="algorithm is not accepted"):
                await verifier.verify(_forged(algorithm, secret))

    async def test_a_published_secret_is_no_key(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        secret = b"published for everybody to read it"
        encoded = base64url_encode(secret).decode()
        issuer.keys += [{"kty": "oct", "kid": "oct", "k": encoded, "alg": "HS256"}]
        with pytest.raises(InvalidToken, match="algorithm is not accepted"):
            await verifier.verify(_forged("HS256", secret, kid="oct"))

    async def test_none_is_refused(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        unsigned = jwt.encode({"sub": "ada"}, "", "none", headers={"kid": "ec-1"})
        with pytest.raises(InvalidToken, match="algorithm is not accepted"):
            await verifier.verify(unsigned)
        assert issuer.fetches == 0


def _forged(algorithm: str, secret: bytes, kid: str = "rsa-1") -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600}
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    header = {"alg": algorithm, "kid": kid}
    parts = [base64url_encode(json.dumps(part).encode()) for part in (header, claims)]
    signature = hmac.digest(secret, b".".join(parts), digest)
    return b".".join([*parts, base64url_encode(signature)]).decode()


UNUSABLE_KEYS: dict[str, Any] = {
    "for encryption": _jwk("ec-1", use="enc"),
    "for another algorithm": _jwk("ec-1", alg="ES512"),
    "alg a list": _jwk("ec-1", alg=["ES256"]),
    "alg of another type": {"kty": "RSA", "kid": "ec-1", "alg": "ES256"},
    "on another curve": _jwk("ec-1", crv="P-384"),
    "crv an object": _jwk("ec-1", crv={}),
    "x too short": _jwk("ec-1", x="AA"),
    "x a number": _jwk("ec-1", x=7),
    "no point": {"kty": "EC", "kid": "ec-1", "crv": "P-256"},
    "no type": {"kid": "ec-1"},
    "nothing": {},
    "a list": [],
    "null": None,
    "text": "ec-1",
}


class TestChoiceOfKey:
    async def test_an_unknown_kid(self, verifier: TokenVerifier) -> None:
        with pytest.raises(InvalidToken, match=UNKNOWN_KEY):
            await verifier.verify(_token("ec-1", "ES256", kid="ec-2"))

    async def test_another_key_under_a_known_kid(self, verifier: TokenVerifier) -> None:
        with pytest.raises(InvalidToken, match="signature is wrong"):
            await verifier.verify(_token("ec-2", "ES256", kid="ec-1"))

    async def test_without_kid_it_is_the_only_one(self, verifier: TokenVerifier) -> None:
        assert await _is_accepted(verifier, _token("ec-1", "ES256", without_kid=True))

    async def test_without_kid_there_must_be_only_one(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        issuer.keys = [_jwk("ec-1"), _jwk("ec-2")]
        with pytest.raises(InvalidToken, match=UNKNOWN_KEY):
            await verifier.verify(_token("ec-1", "ES256", without_kid=True))

    @pytest.mark.parametrize("unusable", UNUSABLE_KEYS.values(), ids=UNUSABLE_KEYS.keys())
    async def test_an_unusable_key_is_left_out(
        self, issuer: Issuer, verifier: TokenVerifier, unusable: Any
    ) -> None:
        issuer.keys = [unusable, _jwk("ec-2")]
        assert await _is_accepted(verifier, _token("ec-2", "ES256"))
        assert not await _is_accepted(verifier, _token("ec-1", "ES256"))

    async def test_a_weak_key_is_left_out_and_reported(
        self, issuer: Issuer, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        issuer.keys = [_jwk("rsa-weak", alg="RS256"), _jwk("ec-1")]
        assert await _is_accepted(verifier, _token("ec-1", "ES256"))
        assert "The key 'rsa-weak' is left out: The RSA key is 1024 bits long" in caplog.text


class TestCache:
    async def test_nothing_is_fetched_before_it_is_needed(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert issuer.fetches == 0
        assert await _is_accepted(verifier, _token("ec-1", "ES256"))
        assert issuer.fetches == 1

    async def test_it_is_kept_for_five_minutes(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        token = _token("ec-1", "ES256")
        for age_seconds, fetches in [(0, 1), (299, 1), (301, 2), (600, 2), (602, 3)]:
            clock.time = 1_000.0 + age_seconds
            assert await _is_accepted(verifier, token)
            assert issuer.fetches == fetches, age_seconds

    async def test_fifty_callers_share_one_fetch(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        token = _token("ec-1", "ES256")
        issuer.may_answer.clear()
        callers = [asyncio.create_task(_is_accepted(verifier, token)) for _ in range(50)]
        await _until_asked(issuer)
        issuer.may_answer.set()
        assert await asyncio.gather(*callers) == [True] * 50
        assert issuer.fetches == 1

    async def test_a_caller_who_gives_up_spoils_it_for_nobody(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        token = _token("ec-1", "ES256")
        issuer.may_answer.clear()
        impatient, patient = (asyncio.create_task(_is_accepted(verifier, token)) for _ in "12")
        await _until_asked(issuer)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        issuer.may_answer.set()
        assert await patient
        assert issuer.fetches == 1

    async def test_a_new_key_is_found_at_once(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert await _is_accepted(verifier, _token("ec-1", "ES256"))
        issuer.keys = [_jwk("ec-2")]
        assert await _is_accepted(verifier, _token("ec-2", "ES256"))
        assert not await _is_accepted(verifier, _token("ec-1", "ES256"))
        assert issuer.fetches == 2

    async def test_fifty_callers_with_a_new_key_share_one_fetch(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert await _is_accepted(verifier, _token("ec-1", "ES256"))
        issuer.keys = [_jwk("ec-2")]
        issuer.asked.clear()
        issuer.may_answer.clear()
        token = _token("ec-2", "ES256")
        callers = [asyncio.create_task(_is_accepted(verifier, token)) for _ in range(50)]
        await _until_asked(issuer)
        issuer.may_answer.set()
        assert await asyncio.gather(*callers) == [True] * 50
        assert issuer.fetches == 2

    async def test_unknown_keys_cause_one_fetch_a_minute(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        assert await _is_accepted(verifier, _token("ec-1", "ES256"))
        for after_seconds, fetches in [(1, 2), (2, 2), (60, 2), (61, 3), (62, 3), (121, 4)]:
            clock.time = 1_000.0 + after_seconds
            made_up = _token("ec-2", "ES256", kid=f"made-up-{after_seconds}")
            assert not await _is_accepted(verifier, made_up)
            assert issuer.fetches == fetches, after_seconds


BAD_ANSWERS: dict[str, dict[str, Any]] = {
    "an error": {"status": 500},
    "no content": {"status": 204},
    "a redirect": {"status": 302, "headers": {"Location": "/elsewhere"}},
    "no JSON": {"body": b"<html>"},
    "no text": {"body": b"\xff\xfe\xff"},
    "no object": {"body": b"[]"},
    "no keys": {"body": b"{}"},
    "keys no list": {"body": b'{"keys": {}}'},
    "an empty list": {"body": b'{"keys": []}'},
    "too deep": {"body": b"[" * 100_000},
    "too large": {"body": json.dumps({"keys": [_jwk("ec-1")]}).encode() + b" " * 262_144},
    "compressed": {"headers": {"Content-Encoding": "gzip"}, "body": b"\x1f\x8b"},
}


class TestOutage:
    @pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
    async def test_a_bad_answer_changes_nothing(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock, answer: dict[str, Any]
    ) -> None:
        token = _token("ec-1", "ES256")
        assert await _is_accepted(verifier, token)
        vars(issuer).update(answer)
        clock.time += 301
        assert await _is_accepted(verifier, token)
        assert issuer.fetches == 2

    @pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
    async def test_without_any_key_nobody_can_be_verified(
        self, issuer: Issuer, verifier: TokenVerifier, answer: dict[str, Any]
    ) -> None:
        vars(issuer).update(answer)
        with pytest.raises(Unavailable):
            await verifier.verify(_token("ec-1", "ES256"))

    async def test_nobody_answers(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        issuer.close()
        with pytest.raises(Unavailable):
            await verifier.verify(_token("ec-1", "ES256"))

    async def test_an_answer_that_does_not_begin(
        self, issuer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_set, "FETCH_TIMEOUT_SECONDS", 0.1)
        issuer.may_answer.clear()
        with pytest.raises(Unavailable):
            await verifier.verify(_token("ec-1", "ES256"))

    async def test_an_answer_that_comes_in_drops(
        self, issuer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_set, "FETCH_TIMEOUT_SECONDS", 0.1)
        issuer.blanks = 25
        with pytest.raises(Unavailable):
            await verifier.verify(_token("ec-1", "ES256"))

    async def test_the_first_keys_are_asked_for_every_second(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        issuer.status = 503
        token = _token("ec-1", "ES256")
        for after_seconds, fetches in [(0.0, 1), (0.9, 1), (1.0, 2), (1.9, 2)]:
            clock.time = 1_000.0 + after_seconds
            with pytest.raises(Unavailable):
                await verifier.verify(token)
            assert issuer.fetches == fetches, after_seconds
        issuer.status = 200
        clock.time = 1_002.0
        assert await _is_accepted(verifier, token)

    async def test_later_keys_are_asked_for_every_minute(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        token = _token("ec-1", "ES256")
        assert await _is_accepted(verifier, token)
        issuer.status = 503
        for after_seconds, fetches in [(301, 2), (302, 2), (360, 2), (361, 3), (420, 3)]:
            clock.time = 1_000.0 + after_seconds
            assert await _is_accepted(verifier, token)
            assert issuer.fetches == fetches, after_seconds
        issuer.status = 200
        issuer.keys = [_jwk("ec-2")]
        clock.time = 1_421.0
        assert not await _is_accepted(verifier, token)
        assert await _is_accepted(verifier, _token("ec-2", "ES256"))

    async def test_over_http_it_is_a_reason_to_try_again(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError("reached")

        issuer.status = 503
        transport = httpx.ASGITransport(Authentication(app, verifier))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"Authorization": f"Bearer {_token('ec-1', 'ES256')}"}
            response = await client.get("/", headers=headers)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert response.json()["code"] == "UNAVAILABLE"
