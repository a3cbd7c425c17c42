"""Bearer tokens: verification, the actor of a token, and the answer to an invalid one.

A token is a JWT in the `Authorization` header. Without the header a caller is anonymous; with a bad
one the request ends here, before its body is read. Tokens are neither logged nor echoed.
"""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import jwt
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config.settings import PREFIX, Settings, SettingsError
from app.http.headers import header_values
from app.http.problems import problem, problem_response
from app.identity import key_set
from app.identity.key_set import KeySet
from domain import values
from domain.actor import ANONYMOUS, Actor
from domain.enums import Role
from domain.errors.base import InvalidInput, Unauthenticated, Unavailable

TOKEN_BYTES_MAX = 8_192
SECRET_ALGORITHM = "HS256"
REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub")
# About 1 KB each. A token that was evicted is verified again.
VERIFIED_MAX = 4_096

# RFC 6750, 2.1: "Bearer", in any case, one space or more, and characters of this set only.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]+) *", re.IGNORECASE)
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f]")

_REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "The token has expired."),
    (jwt.ImmatureSignatureError, "The token is not valid yet."),
    (jwt.InvalidIssuerError, "The token is from another issuer."),
    (jwt.InvalidAudienceError, "The token is for another audience."),
    (jwt.InvalidAlgorithmError, "The token's algorithm is not accepted."),
    (jwt.InvalidSignatureError, "The token's signature is wrong."),
    (
        jwt.MissingRequiredClaimError,
        f"The token lacks one of the claims {', '.join(REQUIRED_CLAIMS)}.",
    ),
)


class InvalidToken(Exception):
    """The token is not valid; `reason` says why, and may be shown to any caller."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Verified:
    """A verified token: it stays valid until it expires or its key is withdrawn."""

    actor: Actor
    header: dict[str, Any]
    key: jwt.PyJWK | bytes
    expires_at: float  # seconds since the epoch, with the leeway


class TokenVerifier:
    """Verifies tokens with the settings' secret or key set, never with both.

    `now` reads a clock in seconds, for the age of the key set. A verified token is cached by its
    SHA-256, so that its signature is verified once and not at every request.
    """

    def __init__(self, settings: Settings, *, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._admin_roles = settings.admin_roles
        self._jwt = jwt.PyJWT({"require": list(REQUIRED_CLAIMS)})
        self._keys: KeySet | bytes = (
            _secret_of(settings)
            if settings.auth_jwks_url is None
            else KeySet(settings.auth_jwks_url, now=now)
        )
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Actor:
        """Returns the actor of a token.

        Raises:
            InvalidToken: it is malformed, for another service, expired, not valid yet, or has a
                wrong signature.
            Unavailable: the issuer's keys cannot be fetched now.
        """
        if len(token) > TOKEN_BYTES_MAX or not token.isascii():
            raise InvalidToken(f"The token must be at most {TOKEN_BYTES_MAX} ASCII characters.")
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest)
        if verified is None or not await self._still_holds(verified):
            verified = await self._verify(token)
            self._verified[digest] = verified
            if len(self._verified) > VERIFIED_MAX:
                self._verified.popitem(last=False)
        return verified.actor

    async def _still_holds(self, verified: _Verified) -> bool:
        if verified.expires_at <= time.time():
            return False
        return await self._key(verified.header) is verified.key

    async def _verify(self, token: str) -> _Verified:
        try:
            # Before the signature is verified, the header may only choose among the issuer's keys.
            key = await self._key(jwt.get_unverified_header(token))
            decoded = self._jwt.decode_complete(
                token,
                key,
                algorithms=self._algorithms,
                issuer=self._settings.auth_issuer,
                audience=self._settings.auth_audience,
                leeway=self._settings.auth_leeway_seconds,
            )
        except jwt.PyJWTError as exc:
            raise InvalidToken(_reason(exc)) from None
        header, claims = decoded["header"], decoded["payload"]
        if not self._is_expected_type(header.get("typ")):
            raise InvalidToken("The token is of another type.")
        expires_at = int(claims["exp"]) + self._settings.auth_leeway_seconds
        return _Verified(self._actor(claims), header, key, expires_at)

    async def _key(self, header: dict[str, Any]) -> jwt.PyJWK | bytes:
        if isinstance(self._keys, bytes):
            return self._keys
        if header.get("alg") not in key_set.ALGORITHMS:
            raise jwt.InvalidAlgorithmError
        key = await self._keys.find(header["alg"], header.get("kid"))
        if key is None:
            raise InvalidToken("The token is signed with an unknown key.")
        return key

    @property
    def _algorithms(self) -> tuple[str, ...]:
        return (SECRET_ALGORITHM,) if isinstance(self._keys, bytes) else key_set.ALGORITHMS

    def _is_expected_type(self, typ: object) -> bool:
        expected = self._settings.auth_token_type
        return expected is None or (
            isinstance(typ, str) and _media_type(typ) == _media_type(expected)
        )

    def _actor(self, claims: dict[str, Any]) -> Actor:
        return Actor(
            id=_subject(claims["sub"]),
            role=self._role(claims.get(self._settings.auth_role_claim)),
            email=_email(claims),
            display_name=_display_name(claims),
        )

    def _role(self, claim: object) -> Role:
        roles = claim if isinstance(claim, list) else [claim]
        is_admin = any(role in self._admin_roles for role in roles)
        return Role.ADMIN if is_admin else Role.MEMBER


class Authentication:
    """ASGI middleware that puts the actor into `scope["state"]`, or refuses the request."""

    def __init__(self, app: ASGIApp, verifier: TokenVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            actor = await self._caller(header_values(scope, b"authorization"))
        except InvalidToken as exc:
            await _refusal(exc.reason)(scope, receive, send)
        except Unavailable as exc:
            await problem(exc)(scope, receive, send)
        else:
            scope.setdefault("state", {})["actor"] = actor
            await self._app(scope, receive, send)

    async def _caller(self, credentials: list[str]) -> Actor:
        if not credentials:
            return ANONYMOUS
        if len(credentials) > 1:
            raise InvalidToken("Send one Authorization header, not several.")
        bearer = _BEARER.fullmatch(credentials[0])
        if bearer is None:
            raise InvalidToken("Send the token as: Bearer <token>.")
        return await self._verifier.verify(bearer[1])


def actor_of(scope: Scope) -> Actor:
    """Returns the caller of a request that came through `Authentication`.

    Raises:
        KeyError: it did not; an anonymous actor instead would hide the mistake.
    """
    actor: Actor = scope["state"]["actor"]
    return actor


def mint_token(settings: Settings, subject: str, role: Role, lifetime_seconds: int) -> str:
    """Returns a token for `subject`, a member or an admin, as this service's issuer would sign it.

    Raises:
        SettingsError: tokens are signed with keys that only the issuer has.
        ValueError: the subject cannot be a user id, the role is neither, or the lifetime is not
            positive.
    """
    if settings.auth_jwks_url is not None:
        raise SettingsError(
            f"{PREFIX}AUTH_JWKS_URL is set: only its issuer can sign tokens; ask there for one"
        )
    if role is Role.ANONYMOUS or lifetime_seconds < 1:
        raise ValueError("a token is for a member or an admin, for at least 1 second")
    try:
        _subject(subject)
    except InvalidToken as exc:
        raise ValueError(exc.reason) from None
    now = int(time.time())
    claims = {
        "iss": settings.auth_issuer,
        "aud": settings.auth_audience,
        "sub": subject,
        "iat": now,
        "exp": now + lifetime_seconds,
        settings.auth_role_claim: settings.admin_roles[0] if role is Role.ADMIN else "member",
    }
    typ = {"typ": settings.auth_token_type} if settings.auth_token_type else None
    return jwt.encode(claims, _secret_of(settings), SECRET_ALGORITHM, headers=typ)


def _secret_of(settings: Settings) -> bytes:
    if settings.auth_secret is None:
        raise SettingsError(f"{PREFIX}AUTH_SECRET or {PREFIX}AUTH_JWKS_URL: set one of them")
    return settings.auth_secret.get_secret_value().encode()


def _reason(exc: jwt.PyJWTError) -> str:
    reasons = (reason for kind, reason in _REASONS if isinstance(exc, kind))
    return next(reasons, "The token is malformed.")


def _media_type(typ: str) -> str:
    # RFC 7515, 4.1.9: the prefix may be left out, and case does not matter.
    return typ.lower().removeprefix("application/")


def _subject(claim: str) -> str:
    try:
        if _CONTROL_CHARACTERS.search(claim):
            raise InvalidInput("sub", "must not contain control characters.")
        return values.user_id("sub", claim)
    except InvalidInput as exc:
        raise InvalidToken(f"The token's subject {exc.problem}") from None


def _email(claims: dict[str, Any]) -> str | None:
    # Some issuers write booleans as text.
    if claims.get("email_verified") in (False, "false"):
        return None
    return _clean(claims.get("email"), values.email)


def _display_name(claims: dict[str, Any]) -> str | None:
    return _clean(
        claims.get("name"),
        lambda field, name: values.optional_text(field, name, length_max=values.NAME_LENGTH_MAX),
    )


def _clean(claim: object, rule: Callable[[str, str], str | None]) -> str | None:
    # An invalid claim is omitted, not refused: it only fills in the caller's own row.
    if not isinstance(claim, str) or _CONTROL_CHARACTERS.search(claim):
        return None
    try:
        return rule("claim", claim)
    except InvalidInput:
        return None


def _refusal(reason: str) -> Response:
    return problem_response(
        HTTPStatus.UNAUTHORIZED,
        detail=reason,
        code=Unauthenticated.code,
        headers={"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{reason}"'},
    )
