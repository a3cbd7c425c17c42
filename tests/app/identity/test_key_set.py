"""An issuer's keys: fetched when they are needed, kept for a while, and what an outage means."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.identity import key_set
from app.identity.tokens import Authentication, TokenVerifier
from domain.errors.base import Unavailable
from tests.fixtures.issuer import Clock, Issuer, is_accepted, jwk, signed, until_asked


class TestCache:
    async def test_nothing_is_fetched_before_it_is_needed(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert issuer.fetches == 0
        assert await is_accepted(verifier, signed("ec-1", "ES256"))
        assert issuer.fetches == 1

    async def test_it_is_kept_for_five_minutes(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        token = signed("ec-1", "ES256")
        for age_seconds, fetches in [(0, 1), (299, 1), (301, 2), (600, 2), (602, 3)]:
            clock.time = 1_000.0 + age_seconds
            assert await is_accepted(verifier, token)
            assert issuer.fetches == fetches, age_seconds

    async def test_fifty_callers_share_one_fetch(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        token = signed("ec-1", "ES256")
        issuer.may_answer.clear()
        callers = [asyncio.create_task(is_accepted(verifier, token)) for _ in range(50)]
        await until_asked(issuer)
        issuer.may_answer.set()
        assert await asyncio.gather(*callers) == [True] * 50
        assert issuer.fetches == 1

    async def test_a_caller_who_gives_up_spoils_it_for_nobody(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        token = signed("ec-1", "ES256")
        issuer.may_answer.clear()
        cancelled, waiting = (asyncio.create_task(is_accepted(verifier, token)) for _ in "12")
        await until_asked(issuer)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        issuer.may_answer.set()
        assert await waiting
        assert issuer.fetches == 1

    async def test_a_new_key_is_found_at_once(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert await is_accepted(verifier, signed("ec-1", "ES256"))
        issuer.keys = [jwk("ec-2")]
        assert await is_accepted(verifier, signed("ec-2", "ES256"))
        assert not await is_accepted(verifier, signed("ec-1", "ES256"))
        assert issuer.fetches == 2

    async def test_fifty_callers_with_a_new_key_share_one_fetch(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        assert await is_accepted(verifier, signed("ec-1", "ES256"))
        issuer.keys = [jwk("ec-2")]
        issuer.asked.clear()
        issuer.may_answer.clear()
        token = signed("ec-2", "ES256")
        callers = [asyncio.create_task(is_accepted(verifier, token)) for _ in range(50)]
        await until_asked(issuer)
        issuer.may_answer.set()
        assert await asyncio.gather(*callers) == [True] * 50
        assert issuer.fetches == 2

    async def test_unknown_keys_cause_one_fetch_a_minute(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        assert await is_accepted(verifier, signed("ec-1", "ES256"))
        for after_seconds, fetches in [(1, 2), (2, 2), (60, 2), (61, 3), (62, 3), (121, 4)]:
            clock.time = 1_000.0 + after_seconds
            made_up = signed("ec-2", "ES256", kid=f"made-up-{after_seconds}")
            assert not await is_accepted(verifier, made_up)
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
    "too large": {"body": json.dumps({"keys": [jwk("ec-1")]}).encode() + b" " * 262_144},
    "compressed": {"headers": {"Content-Encoding": "gzip"}, "body": b"\x1f\x8b"},
}


class TestOutage:
    @pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
    async def test_a_bad_answer_changes_nothing(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock, answer: dict[str, Any]
    ) -> None:
        token = signed("ec-1", "ES256")
        assert await is_accepted(verifier, token)
        vars(issuer).update(answer)
        clock.time += 301
        assert await is_accepted(verifier, token)
        assert issuer.fetches == 2

    @pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
    async def test_without_any_key_nobody_can_be_verified(
        self, issuer: Issuer, verifier: TokenVerifier, answer: dict[str, Any]
    ) -> None:
        vars(issuer).update(answer)
        with pytest.raises(Unavailable):
            await verifier.verify(signed("ec-1", "ES256"))

    async def test_nobody_answers(self, issuer: Issuer, verifier: TokenVerifier) -> None:
        issuer.close()
        with pytest.raises(Unavailable):
            await verifier.verify(signed("ec-1", "ES256"))

    async def test_an_answer_that_does_not_begin(
        self, issuer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_set, "FETCH_TIMEOUT_SECONDS", 0.1)
        issuer.may_answer.clear()
        with pytest.raises(Unavailable):
            await verifier.verify(signed("ec-1", "ES256"))

    async def test_an_answer_that_comes_in_drops(
        self, issuer: Issuer, verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(key_set, "FETCH_TIMEOUT_SECONDS", 0.1)
        issuer.blanks = 25
        with pytest.raises(Unavailable):
            await verifier.verify(signed("ec-1", "ES256"))

    async def test_the_first_keys_are_asked_for_every_second(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        issuer.status = 503
        token = signed("ec-1", "ES256")
        for after_seconds, fetches in [(0.0, 1), (0.9, 1), (1.0, 2), (1.9, 2)]:
            clock.time = 1_000.0 + after_seconds
            with pytest.raises(Unavailable):
                await verifier.verify(token)
            assert issuer.fetches == fetches, after_seconds
        issuer.status = 200
        clock.time = 1_002.0
        assert await is_accepted(verifier, token)

    async def test_later_keys_are_asked_for_every_minute(
        self, issuer: Issuer, verifier: TokenVerifier, clock: Clock
    ) -> None:
        token = signed("ec-1", "ES256")
        assert await is_accepted(verifier, token)
        issuer.status = 503
        for after_seconds, fetches in [(301, 2), (302, 2), (360, 2), (361, 3), (420, 3)]:
            clock.time = 1_000.0 + after_seconds
            assert await is_accepted(verifier, token)
            assert issuer.fetches == fetches, after_seconds
        issuer.status = 200
        issuer.keys = [jwk("ec-2")]
        clock.time = 1_421.0
        assert not await is_accepted(verifier, token)
        assert await is_accepted(verifier, signed("ec-2", "ES256"))

    async def test_over_http_it_is_a_reason_to_try_again(
        self, issuer: Issuer, verifier: TokenVerifier
    ) -> None:
        async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
            raise AssertionError("reached")

        issuer.status = 503
        transport = httpx.ASGITransport(Authentication(app, verifier))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"Authorization": f"Bearer {signed('ec-1', 'ES256')}"}
            response = await client.get("/", headers=headers)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert response.json()["code"] == "UNAVAILABLE"
