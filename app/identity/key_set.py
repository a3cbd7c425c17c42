"""The issuer's public keys: fetched on demand, cached, and found by id."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt

from domain.errors.base import Unavailable

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
AGE_SECONDS_MAX = 300.0
# How often a key that the set does not hold may cause a fetch: any caller can invent such a token.
UNKNOWN_KEY_PAUSE_SECONDS = 60.0
# How soon a failed fetch is repeated: without any key every call waits for it, so sooner.
FAILURE_PAUSE_SECONDS = 60.0
FIRST_FAILURE_PAUSE_SECONDS = 1.0
FETCH_TIMEOUT_SECONDS = 5.0
SIZE_BYTES_MAX = 262_144

_ALGORITHMS_BY_KIND = {
    "RSA None": ("RS256", "PS256"),
    "EC P-256": ("ES256",),
    "OKP Ed25519": ("EdDSA",),
}

_log = logging.getLogger(__name__)


class KeySet:
    """The key set at `url`. Concurrent calls share one fetch; `now` reads a clock in seconds.

    If a fetch fails, the cached keys stay in use: the issuer's outage does not stop the service.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._keys: tuple[jwt.PyJWK, ...] = ()
        self._fetched_at = float("-inf")
        self._failed_at = float("-inf")
        self._missed_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, algorithm: str, key_id: str | None) -> jwt.PyJWK | None:
        """Returns the key for a token's `alg` and `kid`, or None if the issuer has no such key.

        A token without `kid` is taken to mean the only key for its algorithm.

        Raises:
            Unavailable: no key set could be fetched so far.
        """
        if self._age(self._fetched_at) >= AGE_SECONDS_MAX:
            await self._refresh()
        if not self._keys:
            raise Unavailable
        key = self._held(algorithm, key_id)
        if key is None and self._may_look_again():
            await self._refresh()
            key = self._held(algorithm, key_id)
        return key

    def _may_look_again(self) -> bool:
        if self._fetching is not None:
            return True
        if self._age(self._missed_at) < UNKNOWN_KEY_PAUSE_SECONDS:
            return False
        self._missed_at = self._now()
        return True

    def _held(self, algorithm: str, key_id: str | None) -> jwt.PyJWK | None:
        keys = [key for key in self._keys if key.algorithm_name == algorithm]
        if key_id is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.key_id == key_id), None)

    def _age(self, timestamp: float) -> float:
        return self._now() - timestamp

    async def _refresh(self) -> None:
        if self._fetching is None:
            pause = FAILURE_PAUSE_SECONDS if self._keys else FIRST_FAILURE_PAUSE_SECONDS
            if self._age(self._failed_at) < pause:
                return
            self._fetching = asyncio.create_task(self._replace())
        # A caller who gives up must not take the fetch away from the others.
        await asyncio.shield(self._fetching)

    async def _replace(self) -> None:
        try:
            self._keys = _signing_keys(await _fetch(self._url))
            self._fetched_at = self._now()
        except Exception as exc:  # noqa: BLE001 - whatever the issuer sends must not break us
            self._failed_at = self._now()
            _log.warning("The key set at %s could not be fetched: %r.", self._url, exc)
        finally:
            self._fetching = None


async def _fetch(url: str) -> bytes:
    body = b""
    # An answer that is compressed could unpack to any size before it is measured.
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with (
        asyncio.timeout(FETCH_TIMEOUT_SECONDS),
        httpx.AsyncClient(headers=headers, timeout=FETCH_TIMEOUT_SECONDS) as client,
        client.stream("GET", url) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"the answer has the status {response.status_code}")
        async for part in response.aiter_raw():
            body += part
            if len(body) > SIZE_BYTES_MAX:
                raise ValueError(f"the answer exceeds {SIZE_BYTES_MAX} bytes")
    return body


def _signing_keys(body: bytes) -> tuple[jwt.PyJWK, ...]:
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("the answer is no key set")
    keys = tuple(key for entry in entries for key in _keys_of(entry))
    if not keys:
        raise ValueError(f"no key in it can verify {', '.join(ALGORITHMS)}")
    return keys


def _keys_of(entry: Any) -> Iterator[jwt.PyJWK]:
    if not isinstance(entry, dict) or entry.get("use") not in (None, "sig"):
        return
    # A key that names no algorithm serves every one of its type.
    kind = f"{entry.get('kty')} {entry.get('crv')}"
    for algorithm in [entry["alg"]] if "alg" in entry else _ALGORITHMS_BY_KIND.get(kind, ()):
        # Never a symmetric algorithm, whatever the set says: a published key is not secret.
        if algorithm not in ALGORITHMS:
            continue
        try:
            key = jwt.PyJWK(entry, algorithm)
        except jwt.PyJWTError as exc:
            _log.warning("The key %r is left out: %s.", entry.get("kid"), type(exc).__name__)
            continue
        if weakness := key.Algorithm.check_key_length(key.key):
            _log.warning("The key %r is left out: %s", entry.get("kid"), weakness)
            continue
        yield key
