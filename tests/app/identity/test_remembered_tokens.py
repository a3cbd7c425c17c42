"""A token that was found valid is verified once, and remembered only for as long as it is valid."""

import time

import pytest

from app.identity.tokens import InvalidToken, TokenVerifier
from tests.fixtures.faults import becomes_true
from tests.fixtures.issuer import Clock, Issuer, is_accepted, jwk, signed
from tests.fixtures.tokens import a_token, seconds_from_now, token_settings


async def test_a_token_is_verified_once() -> None:
    verifier, token = TokenVerifier(token_settings()), a_token()
    assert await verifier.verify(token) is await verifier.verify(token)


async def test_a_remembered_token_expires() -> None:
    verifier = TokenVerifier(token_settings(auth_leeway_seconds=0))
    expires_at = seconds_from_now(2)
    token = a_token(exp=expires_at)
    assert await is_accepted(verifier, token)

    async def is_refused() -> bool:
        return not await is_accepted(verifier, token)

    await becomes_true(is_refused)
    assert time.time() >= expires_at


async def test_a_remembered_token_goes_with_its_key(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    token = signed("ec-1", "ES256")
    assert await is_accepted(verifier, token)
    issuer.keys = [jwk("ec-2")]
    clock.time += 301
    with pytest.raises(InvalidToken, match="unknown key"):
        await verifier.verify(token)


async def test_another_key_under_the_same_name_is_another_key(
    issuer: Issuer, verifier: TokenVerifier, clock: Clock
) -> None:
    token = signed("ec-1", "ES256")
    assert await is_accepted(verifier, token)
    issuer.keys = [jwk("ec-2", kid="ec-1")]
    clock.time += 301
    with pytest.raises(InvalidToken, match="signature"):
        await verifier.verify(token)


async def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.identity.tokens.VERIFIED_MAX", 2)
    verifier, tokens = TokenVerifier(token_settings()), [a_token(sub=sub) for sub in "abc"]
    first = await verifier.verify(tokens[0])
    for token in tokens:
        await verifier.verify(token)
    assert await verifier.verify(tokens[0]) == first
    assert await verifier.verify(tokens[0]) is not first
