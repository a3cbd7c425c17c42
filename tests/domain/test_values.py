"""`domain.values`: what text and addresses from outside must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import values
from domain.errors.base import InvalidInput
from tests.domain.builders import outcome, refusal, unstorable_texts

UNSTORABLE = "must not contain NUL characters or lone surrogates."
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
        [
            "Gold",
            "gold_2",
            "-gold",
            "gold-",
            "gold--2",
            "-",
            " gold",
            "gold ",
            "gold\n",
            "go ld",
            "gøld",
            "٣",
            "gold.",
            "go\u2010ld",
            "ⅸ",
        ],
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
        [
            "ada@example.com",
            "a@b.c",
            "Ada.L+tag@Mail.Example.co.uk",
            "ü@ö.de",
            "a'b@x-y.museum",
            "a" * 242 + "@example.com",
        ],
    )
    def test_an_address_is_returned_as_it_is_written(self, value: str) -> None:
        assert values.email("email", value) == value

    def test_none_stays_none(self) -> None:
        assert values.email("email", None) is None

    def test_surrounding_white_space_is_dropped(self) -> None:
        assert values.email("email", " ada@example.com\n") == "ada@example.com"

    @pytest.mark.parametrize(
        "value",
        [
            "ada",
            "@",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@@example.com",
            "a@b@example.com",
            "ada@.com",
            "ada@example.",
            "ada@example..com",
            "ada@.",
            "a da@example.com",
            "ada@exa mple.com",
            "ada@example.com\nbcc: eve@example.com",
            "ada@example.com eve",
            "ada@exam@ple.com",
            "ada@example.c@m",
            "ada@example.\u2003com",
        ],
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


class TestLine:
    @pytest.mark.parametrize("control", ["\n", "\r", "\x01", "\x7f", "\x85", "\u2028"])
    def test_a_control_character_is_refused(self, control: str) -> None:
        error = refusal(InvalidInput, values.line, "name", f"Gold{control}Tier", length_max=20)
        assert error.message == "name: must be a single line, without control characters."

    def test_anything_else_is_as_in_a_text(self) -> None:
        assert values.line("name", " Gøld 🙂 ", length_max=20) == "Gøld 🙂"
        refusal(InvalidInput, values.line, "name", " ", length_max=20)

    def test_left_out_it_stays_so(self) -> None:
        assert values.optional_line("name", None, length_max=20) is None


class TestEmailForms:
    @pytest.mark.parametrize(
        "address",
        ["<ada@example.com>", "x,ada@example.com", "a\x01b@example.com", "a;b@example.com"],
    )
    def test_what_only_contains_an_address_is_refused(self, address: str) -> None:
        refusal(InvalidInput, values.email, "email", address)
