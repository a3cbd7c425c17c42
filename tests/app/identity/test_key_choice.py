"""Which of an issuer's keys a token is verified with, and by which algorithm."""

from typing import Any

import pytest

from app.identity.tokens import InvalidToken, TokenVerifier
from tests.fixtures.issuer import Issuer, is_accepted, jwk, signed

UNKNOWN_KEY = "signed with an unknown key"


class TestAlgorithms:
    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [("rsa-1", "RS256"), ("rsa-1", "PS256"), ("ec-1", "ES256"), ("ed-1", "EdDSA")],
    )
    async def test_accepted(
        self, issuer: Issuer, verifier: TokenVerifier, key: str, algorithm: str
    ) -> None:
        issuer.keys = [jwk("rsa-1"), jwk("ec-1"), jwk("ed-1")]
        assert (await verifier.verify(signed(key, algorithm))).id == "ada"

    @pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512"])
    async def test_others_are_refused(
        self, issuer: Issuer, verifier: TokenVerifier, algorithm: str
    ) -> None:
        issuer.keys = [jwk("rsa-1")]
        with pytest.raises(InvalidToken, match="algorithm is not accepted"):
            await verifier.verify(signed("rsa-1", algorithm))

    async def test_a_key_for_one_algorithm_serves_no_other(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        issuer.keys = [jwk("rsa-1", alg="RS256")]
        assert await is_accepted(verifier, signed("rsa-1", "RS256"))
        with pytest.raises(InvalidToken, match=UNKNOWN_KEY):
            await verifier.verify(signed("rsa-1", "PS256"))


UNUSABLE_KEYS: dict[str, Any] = {
    "for encryption": jwk("ec-1", use="enc"),
    "for another algorithm": jwk("ec-1", alg="ES512"),
    "alg a list": jwk("ec-1", alg=["ES256"]),
    "alg of another type": {"kty": "RSA", "kid": "ec-1", "alg": "ES256"},
    "on another curve": jwk("ec-1", crv="P-384"),
    "crv an object": jwk("ec-1", crv={}),
    "x too short": jwk("ec-1", x="AA"),
    "x a number": jwk("ec-1", x=7),
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
            await verifier.verify(signed("ec-1", "ES256", kid="ec-2"))

    async def test_another_key_under_a_known_kid(self, verifier: TokenVerifier) -> None:
        with pytest.raises(InvalidToken, match="signature is wrong"):
            await verifier.verify(signed("ec-2", "ES256", kid="ec-1"))

    async def test_without_kid_it_is_the_only_one(self, verifier: TokenVerifier) -> None:
        assert await is_accepted(verifier, signed("ec-1", "ES256", without_kid=True))

    async def test_without_kid_there_must_be_only_one(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        issuer.keys = [jwk("ec-1"), jwk("ec-2")]
        with pytest.raises(InvalidToken, match=UNKNOWN_KEY):
            await verifier.verify(signed("ec-1", "ES256", without_kid=True))

    @pytest.mark.parametrize("unusable", UNUSABLE_KEYS.values(), ids=UNUSABLE_KEYS.keys())
    async def test_an_unusable_key_is_left_out(
        self, issuer: Issuer, verifier: TokenVerifier, unusable: Any
    ) -> None:
        issuer.keys = [unusable, jwk("ec-2")]
        assert await is_accepted(verifier, signed("ec-2", "ES256"))
        assert not await is_accepted(verifier, signed("ec-1", "ES256"))

    async def test_a_weak_key_is_left_out_and_reported(
        self, issuer: Issuer, verifier: TokenVerifier, caplog: pytest.LogCaptureFixture
    ) -> None:
        issuer.keys = [jwk("rsa-weak", alg="RS256"), jwk("ec-1")]
        assert await is_accepted(verifier, signed("ec-1", "ES256"))
        assert "The key 'rsa-weak' is left out: The RSA key is 1024 bits long" in caplog.text
