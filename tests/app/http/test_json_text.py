"""Answers as JSON, whatever is in them."""

import json

import orjson

from app.http.json_text import encode

FRAGMENT = orjson.Fragment('{"name":"é 🦆"}')


def test_fragments_are_spliced() -> None:
    assert encode({"data": {"me": FRAGMENT}}) == '{"data":{"me":{"name":"é 🦆"}}}'.encode()


def test_lone_surrogates_are_escaped() -> None:
    assert encode({"errors": [{"message": "\ud800"}]}) == rb'{"errors":[{"message": "\ud800"}]}'


def test_both_at_once() -> None:
    body = {"data": {"me": FRAGMENT}, "errors": [{"message": "\ud800"}]}

    assert json.loads(encode(body)) == {
        "data": {"me": {"name": "é 🦆"}},
        "errors": [{"message": "\ud800"}],
    }
