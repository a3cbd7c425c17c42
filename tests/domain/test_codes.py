"""`domain.codes`: referral codes, forgiving of how people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import codes

DIGITS_AND_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODES = st.sampled_from([8, 10]).flatmap(
    lambda length: st.text(DIGITS_AND_LETTERS, min_size=length, max_size=length)
)


class TestAlphabet:
    def test_it_is_base32_without_lookalikes(self) -> None:
        assert codes.ALPHABET == DIGITS_AND_LETTERS
        assert len(set(codes.ALPHABET)) == 32
        assert set(codes.ALPHABET).isdisjoint("ILOU")

    def test_the_two_sorts_of_code_differ_in_length(self) -> None:
        assert (codes.MEMBER_CODE_LENGTH, codes.INVITE_CODE_LENGTH) == (8, 10)

    def test_a_code_is_drawn_at_most_eight_times(self) -> None:
        assert codes.DRAWS_MAX == 8


class TestNormalize:
    @pytest.mark.parametrize(
        ("typed", "code"),
        [
            ("ABCD2345", "ABCD2345"),
            ("ABCDE23456", "ABCDE23456"),
            ("abcd2345", "ABCD2345"),
            ("ABCD-2345", "ABCD2345"),
            ("ABCD 2345", "ABCD2345"),
            (" - abcd -- 23 45 - ", "ABCD2345"),
            ("abcde-23456", "ABCDE23456"),
        ],
    )
    def test_letter_case_spaces_and_hyphens_are_forgiven(self, typed: str, code: str) -> None:
        assert codes.normalize(typed) == code

    @pytest.mark.parametrize(
        ("lookalike", "meant"),
        [("I", "1"), ("i", "1"), ("L", "1"), ("l", "1"), ("O", "0"), ("o", "0")],
    )
    def test_a_lookalike_is_read_as_the_digit(self, lookalike: str, meant: str) -> None:
        assert codes.normalize(f"ABC{lookalike}2345") == f"ABC{meant}2345"
        assert codes.normalize(lookalike * 10) == meant * 10

    @pytest.mark.parametrize("length", [0, 1, 7, 9, 11, 10_000])
    def test_another_length_is_no_code(self, length: int) -> None:
        assert codes.normalize("A" * length) is None

    @pytest.mark.parametrize("typed", ["", "        ", "----------", "A B-C D"])
    def test_what_is_forgiven_does_not_count_as_length(self, typed: str) -> None:
        assert codes.normalize(typed) is None

    @pytest.mark.parametrize(
        "stranger", ["U", "u", "_", "!", "'", "%", "\x00", "\ud800", "é", "Ω", "٣", "🙂", "\\"]
    )
    def test_a_character_outside_the_alphabet_is_no_code(self, stranger: str) -> None:
        assert codes.normalize(f"ABCD234{stranger}") is None
        assert codes.normalize(stranger * 8) is None

    @given(CODES)
    def test_every_code_stands_for_itself(self, code: str) -> None:
        assert codes.normalize(code) == code

    @given(code=CODES, data=st.data())
    def test_however_it_is_broken_up_it_is_the_same_code(
        self, code: str, data: st.DataObject
    ) -> None:
        gaps = st.text(" -", max_size=3)
        typed = "".join(data.draw(gaps) + character for character in code) + data.draw(gaps)
        assert codes.normalize(typed.lower()) == code

    @given(st.text(st.characters(codec=None)) | st.text("ilouILOU -01AZaz", max_size=14))
    def test_whatever_is_typed_is_a_code_or_none(self, typed: str) -> None:
        code = codes.normalize(typed)
        if code is not None:
            assert len(code) in (8, 10)
            assert set(code) <= set(DIGITS_AND_LETTERS)
            assert codes.normalize(code) == code

    @pytest.mark.parametrize(
        "typed", ["ABCD\u20112345", "ABCD\t2345", "ABCD\xa02345\n", "ABCD\u20132345"]
    )
    def test_any_white_space_and_any_hyphen_is_forgiven(self, typed: str) -> None:
        assert codes.normalize(typed) == "ABCD2345"

    @pytest.mark.parametrize("typed", ["ßßßß", "\u017f" * 8, "ABC\u01312345"])
    def test_a_letter_that_only_looks_latin_in_capitals_is_no_code(self, typed: str) -> None:
        assert codes.normalize(typed) is None
