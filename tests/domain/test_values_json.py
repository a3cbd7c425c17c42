"""`domain.values`: what JSON from outside must be."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import values
from domain.errors.base import InvalidInput
from tests.domain.builders import MAX, outcome, refusal, unstorable_texts

UNSTORABLE = "must not contain NUL characters or lone surrogates."


def nested(lists: int) -> list[Any]:
    """Returns as many lists, each inside the one before it, and the last one empty."""
    value: list[Any] = []
    for _ in range(lists - 1):
        value = [value]
    return value


def in_object(value: object) -> dict[str, object]:
    return {"key": value}


def in_list(value: object) -> list[object]:
    return [value]


both = pytest.mark.parametrize(
    ("check", "wrap"), [(values.json_object, in_object), (values.json_list, in_list)]
)
Check = Callable[[str, object], object]
Wrap = Callable[[object], Any]

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([MAX, MAX + 1, -MAX, -MAX - 1])
    | st.floats()
    | st.text(st.characters(codec=None), max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec=None), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def leaves(node: object) -> list[object]:
    """Returns every key and every value that is neither an object nor a list."""
    match node:
        case dict():
            return [*node, *(leaf for item in node.values() for leaf in leaves(item))]
        case list():
            return [leaf for item in node for leaf in leaves(item)]
        case _:
            return [node]


class TestWhatJsonMayHold:
    @both
    @pytest.mark.parametrize(
        "value",
        [None, True, False, 0, -1, MAX, -MAX, 0.5, 1e300, "", " ", "é🙂", [], {}, {"": [{"a": 1}]}],
    )
    def test_plain_json_is_returned(self, check: Check, wrap: Wrap, value: object) -> None:
        assert check("field", wrap(value)) == wrap(value)

    @both
    @pytest.mark.parametrize("value", [MAX + 1, -MAX - 1, 10**100])
    @pytest.mark.parametrize("place", [lambda it: it, in_object, in_list])
    def test_an_integer_that_javascript_cannot_hold_is_refused(
        self, check: Check, wrap: Wrap, place: Wrap, value: int
    ) -> None:
        error = refusal(InvalidInput, check, "field", wrap(place(value)))
        assert error.message == "field: must not contain integers beyond 9007199254740991."

    @both
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize("place", [lambda it: it, in_object, in_list])
    def test_a_number_that_json_does_not_have_is_refused(
        self, check: Check, wrap: Wrap, place: Wrap, value: float
    ) -> None:
        error = refusal(InvalidInput, check, "field", wrap(place(value)))
        assert error.message == "field: must not contain NaN or infinite numbers."

    @both
    @unstorable_texts
    @pytest.mark.parametrize("place", [lambda it: it, in_object, in_list, lambda it: {it: 1}])
    def test_unstorable_text_is_refused_in_keys_as_in_values(
        self, check: Check, wrap: Wrap, place: Wrap, value: str
    ) -> None:
        error = refusal(InvalidInput, check, "field", wrap(place(value)))
        assert error.message == f"field: {UNSTORABLE}"

    @both
    @pytest.mark.parametrize(
        "value", [(1, 2), {1}, b"bytes", datetime(2026, 1, 1, tzinfo=UTC), object(), 1j]
    )
    def test_what_only_python_has_is_refused(self, check: Check, wrap: Wrap, value: object) -> None:
        error = refusal(InvalidInput, check, "field", wrap(value))
        assert error.message == "field: must be plain JSON."

    @both
    def test_ten_levels_pass_and_eleven_do_not(self, check: Check, wrap: Wrap) -> None:
        assert check("field", wrap(nested(9))) == wrap(nested(9))
        innermost = ["key", {"key": 1}]
        assert check("field", wrap([[[[[[innermost]]]]]])) == wrap([[[[[[innermost]]]]]])
        error = refusal(InvalidInput, check, "field", wrap(nested(10)))
        assert error.message == "field: must be nested at most 10 levels deep."

    @both
    def test_objects_count_as_levels_too(self, check: Check, wrap: Wrap) -> None:
        value: dict[str, Any] = {}
        for _ in range(8):
            value = {"key": value}
        assert check("field", wrap(value)) == wrap(value)
        assert "10 levels" in refusal(InvalidInput, check, "field", wrap([value])).problem

    @both
    def test_a_value_that_holds_itself_is_refused(self, check: Check, wrap: Wrap) -> None:
        value: list[Any] = []
        value.append(value)
        assert "10 levels" in refusal(InvalidInput, check, "field", wrap(value)).problem

    @both
    @given(value=ANYTHING)
    def test_whatever_passes_can_be_stored_and_read_by_javascript(
        self, check: Check, wrap: Wrap, value: object
    ) -> None:
        stored = outcome(check, "field", wrap(value))
        if isinstance(stored, InvalidInput):
            assert stored.field == "field"
            return
        assert stored == wrap(value)
        json.dumps(stored, allow_nan=False, ensure_ascii=False).encode()
        for leaf in leaves(stored):
            assert not (isinstance(leaf, str) and "\x00" in leaf)
            assert not (isinstance(leaf, int) and abs(leaf) > MAX)


class TestJsonObject:
    def test_none_stands_for_the_empty_object(self) -> None:
        assert values.json_object("metadata", None) == {}

    @pytest.mark.parametrize("value", [[], [{}], "{}", "", 0, False, 1.5, (), b"{}"])
    def test_what_is_no_object_is_refused(self, value: object) -> None:
        error = refusal(InvalidInput, values.json_object, "metadata", value)
        assert error.message == "metadata: must be a JSON object, such as {}."

    @pytest.mark.parametrize("character", ["x", "é", "🙂"])
    def test_its_size_is_counted_in_bytes_of_utf8(self, character: str) -> None:
        # 8 bytes are {"k":""}.
        width = len(character.encode())
        content = character * ((8_192 - 8) // width) + "x" * ((8_192 - 8) % width)
        assert values.json_object("metadata", {"k": content}) == {"k": content}
        error = refusal(InvalidInput, values.json_object, "metadata", {"k": content + "x"})
        assert error.message == "metadata: must be at most 8192 bytes of JSON, not 8193."

    def test_its_keys_count_as_bytes_too(self) -> None:
        error = refusal(InvalidInput, values.json_object, "metadata", {"k" * 8_192: 1})
        assert "at most 8192 bytes" in error.problem

    def test_it_may_have_more_than_fifty_keys(self) -> None:
        value = {str(number): number for number in range(51)}
        assert values.json_object("metadata", value) == value


class TestJsonList:
    def test_none_stands_for_the_empty_list(self) -> None:
        assert values.json_list("benefits", None) == []

    @pytest.mark.parametrize("value", [{}, {"a": []}, "[]", "", 0, False, (), {1}])
    def test_what_is_no_list_is_refused(self, value: object) -> None:
        error = refusal(InvalidInput, values.json_list, "benefits", value)
        assert error.message == "benefits: must be a JSON list, such as []."

    def test_fifty_items_pass_and_fifty_one_do_not(self) -> None:
        assert len(values.json_list("benefits", list(range(50)))) == 50
        error = refusal(InvalidInput, values.json_list, "benefits", list(range(51)))
        assert error.message == "benefits: must have at most 50 items, not 51."

    def test_only_its_own_items_are_counted(self) -> None:
        assert values.json_list("benefits", [list(range(51))]) == [list(range(51))]

    @pytest.mark.parametrize("character", ["x", "é", "🙂"])
    def test_its_size_is_counted_in_bytes_of_utf8(self, character: str) -> None:
        # 4 bytes are [""].
        content = character * ((16_384 - 4) // len(character.encode()))
        assert values.json_list("benefits", [content]) == [content]
        error = refusal(InvalidInput, values.json_list, "benefits", [content + "x"])
        assert error.message == "benefits: must be at most 16384 bytes of JSON, not 16385."


class TestStorableJson:
    def test_ten_levels_may_hold_something(self) -> None:
        nested: object = 1
        for _ in range(10):
            nested = [nested]
        assert values.json_list("benefits", nested) == nested
        refusal(InvalidInput, values.json_list, "benefits", [nested])

    def test_a_key_that_is_no_text_is_refused(self) -> None:
        error = refusal(InvalidInput, values.json_object, "metadata", {1: 2, "a": 3})
        assert error.message == "metadata: must have text for every key."
