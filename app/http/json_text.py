"""Encodes answers as JSON, including JSON fragments and lone surrogates."""

import json
from collections.abc import Mapping
from typing import Any

import orjson


def encode(answer: Mapping[str, Any]) -> bytes:
    """Returns an answer as JSON, with the `orjson.Fragment`s of its data as they are."""
    try:
        return orjson.dumps(answer)
    except orjson.JSONEncodeError:
        members = (f"{json.dumps(key)}:".encode() + _any(value) for key, value in answer.items())
        return b"{" + b",".join(members) + b"}"


def _any(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # A message that quotes a lone surrogate: UTF-8 has no form for it, JSON's escape does.
        return json.dumps(value).encode()
