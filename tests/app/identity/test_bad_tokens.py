"""Every kind of bad token, by name: 401 that says why, and nothing of the request is read.

A token of the shared secret is bad in its form or in what it claims; one of an issuer's key set,
in what it is signed with as well. Where a header holds a key, or says where there is one, nobody
looks.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_decode, base64url_encode
from starlette.types import Receive, Scope, Send

from app.identity.tokens import TOKEN_BYTES_MAX, Authentication, InvalidToken, TokenVerifier
from tests.fixtures.figures import Figure
from tests.fixtures.issuer import Issuer, issuer_settings, jwk, private_key, signed
from tests.fixtures.tokens import (
    ABSENT,
    DAY,
    ISSUER,
    a_token,
    claims_with,
    seconds_from_now,
    token_settings,
    with_payload_of,
    with_signature,
)

pytestmark = pytest.mark.promised

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
KEY_UNKNOWN = "The token is signed with an unknown key."
TYPE_WRONG = "The token is of another type."
JWE_HEADER = base64url_encode(b'{"alg":"dir","enc":"A256GCM"}').decode()


def _unsigned(token: str) -> str:
    return token.rpartition(".")[0] + "."


OF_THE_SECRET: dict[str, tuple[str, str]] = {
    "expired": (a_token(exp=seconds_from_now(-DAY)), EXPIRED),
    "expired in text": (a_token(exp="1"), EXPIRED),
    "exp no time": (a_token(exp="soon"), MALFORMED),
    "exp infinite": (a_token(exp=float("inf")), MALFORMED),
    "nbf in the future": (a_token(nbf=seconds_from_now(DAY)), EARLY),
    "iat in the future": (a_token(iat=seconds_from_now(DAY)), EARLY),
    "iat no time": (a_token(iat=[1]), MALFORMED),
    "wrong issuer": (a_token(iss="https://issuer.example.evil"), ISSUER_WRONG),
    "issuer a list": (a_token(iss=[ISSUER]), ISSUER_WRONG),
    "wrong audience": (a_token(aud="loyalty-2"), AUDIENCE_WRONG),
    "audience a part": (a_token(aud="loyal"), AUDIENCE_WRONG),
    "audience an object": (a_token(aud={"loyalty": 1}), AUDIENCE_WRONG),
    "no exp": (a_token(exp=ABSENT), CLAIM_MISSING),
    "no iat": (a_token(iat=ABSENT), CLAIM_MISSING),
    "no iss": (a_token(iss=ABSENT), CLAIM_MISSING),
    "no aud": (a_token(aud=ABSENT), CLAIM_MISSING),
    "no sub": (a_token(sub=ABSENT), CLAIM_MISSING),
    "null sub": (a_token(sub=None), CLAIM_MISSING),
    "empty aud": (a_token(aud=[]), CLAIM_MISSING),
    "empty sub": (a_token(sub=""), SUBJECT_EMPTY),
    "blank sub": (a_token(sub=" "), SUBJECT_EMPTY),
    "sub a number": (a_token(sub=7), MALFORMED),
    "sub a list": (a_token(sub=["ada"]), MALFORMED),
    "sub too long": (
        a_token(sub="x" * 129),
        "The token's subject must have at most 128 characters, not 129.",
    ),
    "sub with NUL": (a_token(sub="ada\0"), SUBJECT_CONTROL),
    "sub with a line break": (a_token(sub="ada\nroot"), SUBJECT_CONTROL),
    "sub with a surrogate": (
        a_token(sub="ada\ud800"),
        "The token's subject must not contain NUL characters or lone surrogates.",
    ),
    "alg none": (a_token(header={"alg": "none"}), ALGORITHM_WRONG),
    "alg none, unsigned": (
        _unsigned(a_token(header={"alg": "none"})),
        ALGORITHM_WRONG,
    ),
    "alg None": (a_token(header={"alg": "None"}), ALGORITHM_WRONG),
    "no alg": (a_token(header={"typ": "JWT"}), ALGORITHM_WRONG),
    "alg HS512": (a_token(header={"alg": "HS512"}), ALGORITHM_WRONG),
    "alg RS256": (a_token(header={"alg": "RS256"}), ALGORITHM_WRONG),
    "alg a list": (a_token(header={"alg": ["HS256"]}), ALGORITHM_WRONG),
    "kid a number": (a_token(header={"alg": "HS256", "kid": 1}), MALFORMED),
    "unknown extension": (a_token(header={"alg": "HS256", "crit": ["x"], "x": 1}), MALFORMED),
    "detached": (a_token(header={"alg": "HS256", "crit": ["b64"], "b64": False}), MALFORMED),
    "another secret": (a_token(secret="another secret of more than 32 bytes"), SIGNATURE_WRONG),
    "empty secret": (a_token(secret=""), SIGNATURE_WRONG),
    "tampered payload": (with_payload_of(a_token(sub="eve"), a_token()), SIGNATURE_WRONG),
    "truncated": (a_token()[:-3], SIGNATURE_WRONG),
    "no signature": (_unsigned(a_token()), SIGNATURE_WRONG),
    "two parts": (a_token().rsplit(".", 1)[0], MALFORMED),
    "four parts": (a_token() + ".e30", MALFORMED),
    "no token at all": ("hello", MALFORMED),
    "two dots": ("..", MALFORMED),
    "header a list": (a_token(header=[1]), MALFORMED),
    "header no JSON": (a_token(header=b"{"), MALFORMED),
    "header too deep": (a_token(header=b"[" * 3_000), MALFORMED),
    "payload a list": (a_token(b"[1]"), MALFORMED),
    "payload no JSON": (a_token(b"\xff\xfe"), MALFORMED),
    "payload too deep": (a_token(b'{"a":' * 1_100), MALFORMED),
    "huge": (a_token(name="x" * 6_200), "The token must be at most 8192 ASCII characters."),
    "a JWE": (f"{JWE_HEADER}..AAAA.AAAA.AAAA", MALFORMED),
    "unicode": (a_token() + "é", "Send the token as: Bearer <token>."),
}


def _by_public_key(algorithm: str, encoding: Encoding) -> str:
    public = private_key("rsa-1").public_key()
    secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return a_token(header={"alg": algorithm, "kid": "rsa-1"}, secret=secret)


def _signed(key: str = "ec-1", algorithm: str = "ES256", /, **header: Any) -> str:
    """Returns a token of an issuer's key, with these parts of its header besides."""
    return jwt.encode(claims_with(), private_key(key), algorithm, headers={"kid": key} | header)


def _good(**changes: Any) -> str:
    return signed("ec-1", "ES256", **changes)


def _in_der() -> str:
    good = _good()
    raw = base64url_decode(good.rpartition(".")[2])
    r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
    return with_signature(good, encode_dss_signature(r, s))


PUBLISHED = b"published for everybody to read it"
# The issuer's keys are ec-1 and rsa-1, ec-stranger is somebody else's. Each token is made when it
# is needed: keys take their time.
OF_A_KEY_SET: dict[str, tuple[Callable[[], str], str]] = {
    "public key as secret, PEM": (lambda: _by_public_key("HS256", Encoding.PEM), ALGORITHM_WRONG),
    "public key as secret, DER": (lambda: _by_public_key("HS256", Encoding.DER), ALGORITHM_WRONG),
    "public key, HS384": (lambda: _by_public_key("HS384", Encoding.PEM), ALGORITHM_WRONG),
    "public key, HS512": (lambda: _by_public_key("HS512", Encoding.PEM), ALGORITHM_WRONG),
    "public key as secret, JWK": (
        lambda: a_token(header={"alg": "HS256", "kid": "rsa-1"}, secret=json.dumps(jwk("rsa-1"))),
        ALGORITHM_WRONG,
    ),
    "a published secret": (
        lambda: a_token(header={"alg": "HS256", "kid": "oct"}, secret=PUBLISHED),
        ALGORITHM_WRONG,
    ),
    "alg none": (
        lambda: jwt.encode(claims_with(), "", "none", headers={"kid": "ec-1"}),
        ALGORITHM_WRONG,
    ),
    "alg RS512": (lambda: _signed("rsa-1", "RS512"), ALGORITHM_WRONG),
    "alg PS384": (lambda: _signed("rsa-1", "PS384"), ALGORITHM_WRONG),
    "alg in small letters": (
        lambda: a_token(header={"alg": "es256", "kid": "ec-1"}),
        ALGORITHM_WRONG,
    ),
    "alg of another kind of key": (lambda: _signed("rsa-1", "RS256", kid="ec-1"), KEY_UNKNOWN),
    "kid unknown": (lambda: _signed(kid="ec-9"), KEY_UNKNOWN),
    "kid in capitals": (lambda: _signed(kid="EC-1"), KEY_UNKNOWN),
    "kid empty": (lambda: _signed(kid=""), KEY_UNKNOWN),
    "kid a path": (lambda: _signed(kid="../../../../../../dev/null"), KEY_UNKNOWN),
    "kid a query": (lambda: _signed(kid="ec-1' OR '1'='1"), KEY_UNKNOWN),
    "kid with NUL": (lambda: _signed(kid="ec-1\0"), KEY_UNKNOWN),
    "another key": (lambda: _signed("ec-stranger", kid="ec-1"), SIGNATURE_WRONG),
    "its own key within": (
        lambda: _signed("ec-stranger", kid="ec-1", jwk=jwk("ec-stranger", kid="ec-1")),
        SIGNATURE_WRONG,
    ),
    "its own key within, by its name": (
        lambda: _signed("ec-stranger", jwk=jwk("ec-stranger")),
        KEY_UNKNOWN,
    ),
    "crit with what we do not know": (lambda: _signed(crit=["x"], x=1), MALFORMED),
    "signature of zeros": (lambda: with_signature(_good(), bytes(64)), SIGNATURE_WRONG),
    "signature in DER": (_in_der, SIGNATURE_WRONG),
    "signature of another token": (
        lambda: with_payload_of(_good(sub="eve"), _good()),
        SIGNATURE_WRONG,
    ),
    "no signature": (lambda: _unsigned(_good()), SIGNATURE_WRONG),
    "truncated": (lambda: _good()[:-2], SIGNATURE_WRONG),
    "expired": (lambda: _good(exp=seconds_from_now(-DAY)), EXPIRED),
    "wrong audience": (lambda: _good(aud=["a", "b"]), AUDIENCE_WRONG),
    "wrong issuer": (lambda: _good(iss="https://issuer.evil"), ISSUER_WRONG),
}
WRONG_TYPES: dict[str, dict[str, Any]] = {
    "of access tokens no more": {"typ": "JWT"},
    "of ID tokens": {"typ": "id+jwt"},
    "null": {"typ": None},
    "a list": {"typ": ["at+jwt"]},
    "none": {},
}


Refused = Callable[[TokenVerifier, str, str], Awaitable[None]]


@pytest.fixture
def assert_refused(figure: Figure) -> Refused:
    """Fails unless a token gets 401 that says why, before the request's body is read."""

    async def noted(verifier: TokenVerifier, token: str, reason: str) -> None:
        status = await refusal_of(verifier, token, reason)
        figure("kinds of bad tokens", "401 before anything is read, for 22 or more", status)

    return noted


async def refusal_of(verifier: TokenVerifier, token: str, reason: str) -> int:

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError("reached")

    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    transport = httpx.ASGITransport(Authentication(app, verifier))
    headers = httpx.Headers({"Authorization": f"Bearer {token}"}, encoding="latin-1")
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/graphql", headers=headers, content=body())
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
    return response.status_code


@pytest.mark.parametrize(("token", "reason"), OF_THE_SECRET.values(), ids=OF_THE_SECRET.keys())
async def test_of_the_secret(assert_refused: Refused, token: str, reason: str) -> None:
    await assert_refused(TokenVerifier(token_settings()), token, reason)


@pytest.mark.parametrize(("make", "reason"), OF_A_KEY_SET.values(), ids=OF_A_KEY_SET.keys())
async def test_of_a_key_set(
    assert_refused: Refused, issuer: Issuer, make: Callable[[], str], reason: str
) -> None:
    octets: dict[str, object] = {
        "kty": "oct",
        "kid": "oct",
        "k": base64url_encode(PUBLISHED).decode(),
    }
    issuer.keys = [jwk("ec-1"), jwk("rsa-1"), octets, octets | {"alg": "HS256"}]
    verifier = TokenVerifier(issuer_settings(issuer.url))

    await assert_refused(verifier, make(), reason)


@pytest.mark.parametrize("header", WRONG_TYPES.values(), ids=WRONG_TYPES.keys())
async def test_of_another_type(assert_refused: Refused, header: dict[str, Any]) -> None:
    verifier = TokenVerifier(token_settings(auth_token_type="at+jwt"))
    await assert_refused(verifier, a_token(header={"alg": "HS256"} | header), TYPE_WRONG)


@pytest.mark.parametrize("name", ["jku", "x5u"])
async def test_nobody_looks_where_a_header_says(
    assert_refused: Refused, issuer: Issuer, name: str
) -> None:
    issuer.keys = [jwk("ec-1")]
    verifier = TokenVerifier(issuer_settings(issuer.url))
    assert (await verifier.verify(_good())).id == "ada"
    elsewhere = issuer.url.replace("jwks", "elsewhere")

    await assert_refused(
        verifier, _signed("ec-stranger", kid="ec-1", **{name: elsewhere}), SIGNATURE_WRONG
    )

    assert issuer.fetches == 1


def test_the_huge_token_is_just_too_large() -> None:
    assert 0 < len(OF_THE_SECRET["huge"][0]) - TOKEN_BYTES_MAX < 400


async def test_other_characters() -> None:
    for token in ("\ud800.\ud800.\ud800", "ä.ö.ü", a_token() + "é"):
        with pytest.raises(InvalidToken):
            await TokenVerifier(token_settings()).verify(token)
