"""What a valid token says of its bearer, and the tokens that the service makes itself."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.config.settings import Settings, SettingsError
from app.identity.tokens import InvalidToken, TokenVerifier, mint_token
from domain.actor import Actor
from domain.enums import Role
from tests.fixtures.tokens import AUDIENCE, a_token, claims_with, seconds_from_now, token_settings

EXPIRED, EARLY = "has expired", "not valid yet"


class TestAValidToken:
    async def _actor(self, settings: Settings | None = None, /, **changes: Any) -> Actor:
        return await TokenVerifier(settings or token_settings()).verify(a_token(**changes))

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
        early, late = seconds_from_now(20), seconds_from_now(-20)
        assert (await self._actor(iat=early, nbf=early)).id == "ada"
        assert (await self._actor(exp=late)).id == "ada"
        with pytest.raises(InvalidToken, match="expired"):
            await self._actor(token_settings(auth_leeway_seconds=0), exp=late)

    async def test_beyond_the_leeway(self) -> None:
        early, late = seconds_from_now(45), seconds_from_now(-35)
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
            (["owner_scope", "admin"], Role.ADMIN),
            ("Admin", Role.MEMBER),
            ("admin ", Role.MEMBER),
            ("owner_scope admin", Role.MEMBER),
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
        settings = token_settings(auth_role_claim="https://x/roles", auth_admin_role="owner,boss")
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
        verifier = TokenVerifier(token_settings(auth_token_type="at+jwt"))
        assert (await verifier.verify(a_token(header={"alg": "HS256", "typ": typ}))).id == "ada"

    @pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": None}, {"typ": ["at+jwt"]}, {}])
    async def test_another(self, header: dict[str, object]) -> None:
        verifier = TokenVerifier(token_settings(auth_token_type="at+jwt"))
        with pytest.raises(InvalidToken, match="of another type"):
            await verifier.verify(a_token(header={"alg": "HS256"} | header))


class TestMinting:
    @pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
    async def test_the_verifier_accepts_it(self, role: Role) -> None:
        settings = token_settings(
            auth_token_type="at+jwt", auth_admin_role="boss", auth_role_claim="r"
        )
        token = mint_token(settings, "ada", role, lifetime_seconds=60)
        assert await TokenVerifier(settings).verify(token) == Actor("ada", role)

    async def test_it_lives_as_long_as_it_says(self) -> None:
        token = mint_token(token_settings(), "ada", Role.MEMBER, lifetime_seconds=60)
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["exp"] - claims["iat"] == 60
        assert abs(claims["iat"] - time.time()) < 5

    def test_nobody_else_signs_for_a_key_set(self) -> None:
        settings = token_settings(auth_secret=None, auth_jwks_url="https://issuer.example/jwks")
        with pytest.raises(SettingsError, match="LOYALTY_AUTH_JWKS_URL is set"):
            mint_token(settings, "ada", Role.ADMIN, lifetime_seconds=60)

    @pytest.mark.parametrize("subject", ["", "x" * 129, "a\0", "a\n", " a", "\ud800"])
    def test_a_subject_that_no_verifier_would_take(self, subject: str) -> None:
        with pytest.raises(ValueError, match="subject"):
            mint_token(token_settings(), subject, Role.ADMIN, lifetime_seconds=60)

    def test_what_makes_no_sense(self) -> None:
        with pytest.raises(ValueError, match="member or an admin"):
            mint_token(token_settings(), "ada", Role.ANONYMOUS, lifetime_seconds=60)
        with pytest.raises(ValueError, match="at least 1 second"):
            mint_token(token_settings(), "ada", Role.MEMBER, lifetime_seconds=0)


def test_a_verifier_without_any_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="LOYALTY_AUTH_SECRET"):
        TokenVerifier(Settings(mode="development"))


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
    for one, other in [
        ({"alg": "HS256"}, claims_with(**claims)),
        ({"alg": "HS256"} | header, claims),
    ]:
        try:
            actor = await TokenVerifier(token_settings()).verify(a_token(other, header=one))
        except InvalidToken:
            continue
        assert actor.id == other["sub"]
