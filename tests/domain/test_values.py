"""`domain.values`: what text, addresses and JSON from outside must be."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import values
from domain.errors import InvalidInput
from tests.domain.builders import MAX, outcome, refusal

UNSTORABLE = "must not contain NUL characters or lone surrogates."
# At either end, in the middle and alone: the first and the last surrogate, and NUL.
unstorable_texts = pytest.mark.parametrize(
    "value",
    [text for one in "\x00\ud800\udbff\udc00\udfff" for text in (one, f"{one}a", f"a{one}b"),
    "a\ud83d", " \x00 "],
)
blank_texts = pytest.mark.parametrize("value", ["", " ", "   ", "\t\r\n", "\u00a0\u2003\u3000"])


class TestText:
    @pytest.mark.parametrize("value", ["a", "Ada Lovelace", "Gold ★", "🙂", "a\u0301", "0", "a\tb"])
    def test_what_can_be_stored_is_returned(self, value: str) -> None:
        assert values.text("name", value, length_max=20) == value

    @pytest.mark.parametrize("value", [" Gold", "Gold ", "\t\nGold\r\n", "\u00a0Gold\u3000"])
    def test_surrounding_white_space_is_dropped(self, value: str) -> None:
        assert values.text("name", value, length_max=4) == "Gold"

    @blank_texts
    def test_blank_text_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.text, "name", value, length_max=1)
        assert error.message == "name: must not be empty."

    @pytest.mark.parametrize("character", ["a", "é", "🙂"])
    def test_the_length_is_counted_in_characters(self, character: str) -> None:
        assert values.text("name", character * 5, length_max=5) == character * 5
        error = refusal(InvalidInput, values.text, "name", f" {character * 6} ", length_max=5)
        assert error.message == "name: must have at most 5 characters, not 6."

    @unstorable_texts
    def test_what_postgresql_cannot_store_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.text, "name", value, length_max=5)
        assert error.message == f"name: {UNSTORABLE}"

    @pytest.mark.parametrize("value", ["\ud7ff", "\ue000", "\x01"])
    def test_the_neighbours_of_what_cannot_be_stored_are_returned(self, value: str) -> None:
        assert values.text("name", value, length_max=1) == value

    @given(st.text(st.characters(codec=None), max_size=8))
    def test_whatever_passes_can_be_stored(self, value: str) -> None:
        stored = outcome(values.text, "name", value, length_max=6)
        if isinstance(stored, InvalidInput):
            assert stored.field == "name"
        else:
            assert 1 <= len(stored) <= 6
            assert stored == stored.strip() == stored.encode().decode()
            assert "\x00" not in stored
            assert values.text("name", stored, length_max=6) == stored


class TestOptionalText:
    def test_none_stays_none(self) -> None:
        assert values.optional_text("name", None, length_max=1) is None

    def test_text_is_treated_as_text(self) -> None:
        assert values.optional_text("name", " ab ", length_max=2) == "ab"

    @pytest.mark.parametrize("value", ["", " ", "abc", "\x00"])
    def test_it_does_not_excuse_bad_text(self, value: str) -> None:
        error = refusal(InvalidInput, values.optional_text, "name", value, length_max=2)
        assert error.field == "name"


class TestUserId:
    @pytest.mark.parametrize("value", ["a", "0", "auth0|42", "a b", "ä/ö:ü", "x" * 128, "🙂" * 128])
    def test_it_is_returned_as_the_platform_writes_it(self, value: str) -> None:
        assert values.user_id("userId", value) == value

    def test_one_character_more_than_128_is_refused(self) -> None:
        error = refusal(InvalidInput, values.user_id, "userId", "x" * 129)
        assert error.message == "userId: must have at most 128 characters, not 129."

    @pytest.mark.parametrize(
        "value", [" ada", "ada ", "ada\n", "\tada", "\u00a0ada", "x" * 128 + " "]
    )
    def test_white_space_around_it_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.user_id, "userId", value)
        assert error.message == "userId: must not begin or end with white space."

    @blank_texts
    def test_a_blank_one_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.user_id, "userId", value)
        assert error.message == "userId: must not be empty."

    @unstorable_texts
    def test_what_postgresql_cannot_store_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.user_id, "userId", value)
        assert error.message == f"userId: {UNSTORABLE}"


class TestSlug:
    @pytest.mark.parametrize("value", ["a", "0", "gold", "gold-2", "a-b-c", "2024-tier", "x" * 64])
    def test_lower_case_letters_digits_and_single_hyphens_pass(self, value: str) -> None:
        assert values.slug("slug", value) == value

    @pytest.mark.parametrize(
        "value",
        ["Gold", "gold_2", "-gold", "gold-", "gold--2", "-", " gold", "gold ", "gold\n", "go ld",
        "gøld", "٣", "gold.", "go\u2010ld", "ⅸ"],
    )
    def test_anything_else_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.slug, "slug", value)
        assert error.message == (
            "slug: must be lower-case letters and digits, with single hyphens between them."
        )

    def test_one_character_more_than_64_is_refused(self) -> None:
        error = refusal(InvalidInput, values.slug, "slug", "x" * 65)
        assert error.message == "slug: must have at most 64 characters, not 65."

    @blank_texts
    def test_a_blank_one_is_refused(self, value: str) -> None:
        assert refusal(InvalidInput, values.slug, "slug", value).problem == "must not be empty."


class TestEmail:
    @pytest.mark.parametrize(
        "value",
        ["ada@example.com", "a@b.c", "Ada.L+tag@Mail.Example.co.uk", "ü@ö.de", "a'b@x-y.museum",
        "a" * 242 + "@example.com"],
    )
    def test_an_address_is_returned_as_it_is_written(self, value: str) -> None:
        assert values.email("email", value) == value

    def test_none_stays_none(self) -> None:
        assert values.email("email", None) is None

    def test_surrounding_white_space_is_dropped(self) -> None:
        assert values.email("email", " ada@example.com\n") == "ada@example.com"

    @pytest.mark.parametrize(
        "value",
        ["ada", "@", "@example.com", "ada@", "ada@example", "ada@@example.com", "a@b@example.com",
        "ada@.com", "ada@example.", "ada@example..com", "ada@.", "a da@example.com",
        "ada@exa mple.com", "ada@example.com\nbcc: eve@example.com", "ada@example.com eve",
        "ada@exam@ple.com", "ada@example.c@m", "ada@example.\u2003com"],
    )
    def test_what_does_not_look_like_an_address_is_refused(self, value: str) -> None:
        error = refusal(InvalidInput, values.email, "inviteeEmail", value)
        assert error.message == (
            "inviteeEmail: must be an e-mail address such as 'ada@example.com'."
        )

    def test_one_character_more_than_254_is_refused(self) -> None:
        error = refusal(InvalidInput, values.email, "email", "a" * 243 + "@example.com")
        assert error.message == "email: must have at most 254 characters, not 255."

    @blank_texts
    def test_a_blank_one_is_refused(self, value: str) -> None:
        assert refusal(InvalidInput, values.email, "email", value).problem == "must not be empty."


class TestSameEmail:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ("ada@example.com", "ada@example.com", True),
            ("ada@example.com", "ADA@Example.COM", True),
            ("ÄDA@example.com", "äda@example.com", True),
            ("ada@example.com", "bob@example.com", False),
            ("ada@example.com", "ada@example.org", False),
            ("ada@example.com", None, False),
            (None, None, False),
        ],
    )
    def test_letter_case_does_not_matter_and_the_unknown_equals_nothing(
        self, one: str | None, other: str | None, expected: bool
    ) -> None:
        assert values.same_email(one, other) is expected
        assert values.same_email(other, one) is expected


class TestIdempotencyKey:
    @pytest.mark.parametrize("value", [None, "k", "k" * 255])
    def test_up_to_255_characters_it_is_returned(self, value: str | None) -> None:
        assert values.idempotency_key(value) == value

    def test_one_character_more_is_refused(self) -> None:
        error = refusal(InvalidInput, values.idempotency_key, "k" * 256)
        assert error.message == "idempotencyKey: must have at most 255 characters, not 256."

    @pytest.mark.parametrize("value", ["", " ", "\x00"])
    def test_bad_text_is_refused(self, value: str) -> None:
        assert refusal(InvalidInput, values.idempotency_key, value).field == "idempotencyKey"


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
        # 9 bytes are {"k": ""}.
        width = len(character.encode())
        content = character * ((8_192 - 9) // width) + "x" * ((8_192 - 9) % width)
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
