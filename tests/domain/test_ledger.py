"""`domain.ledger`: what an entry does to a balance, and what undoes it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entities import LedgerEntry, Member
from domain.enums import LedgerEntryKind
from domain.errors.conflicts import EntryNotReversible, InsufficientPoints, PointsLimitExceeded
from domain.ledger import QUALIFYING_KINDS, Posting, Totals, append, credit, reversal
from tests.domain.builders import ID, MAX, a_member, an_entry, refusal

EARN, REDEEM = LedgerEntryKind.EARN, LedgerEntryKind.REDEEM
ADJUSTMENT, REVERSAL = LedgerEntryKind.ADJUSTMENT, LedgerEntryKind.REVERSAL

QUALIFIES = {
    LedgerEntryKind.EARN: True,
    LedgerEntryKind.REFERRAL_BONUS: True,
    LedgerEntryKind.REFERRAL_WELCOME: True,
    LedgerEntryKind.TIER_BONUS: True,
    LedgerEntryKind.REDEEM: False,
    LedgerEntryKind.ADJUSTMENT: False,
    LedgerEntryKind.EXPIRE: False,
    LedgerEntryKind.REVERSAL: False,
}

AMOUNTS = st.integers(1, 100) | st.integers(1, MAX) | st.sampled_from([1, MAX - 1, MAX])


class TestQualifyingKinds:
    def test_every_kind_counts_towards_a_tier_or_does_not(self) -> None:
        assert {kind: kind in QUALIFYING_KINDS for kind in LedgerEntryKind} == QUALIFIES


class TestCredit:
    @pytest.mark.parametrize(("kind", "qualifies"), QUALIFIES.items())
    def test_lifetime_points_rise_with_qualifying_kinds_only(
        self, kind: LedgerEntryKind, qualifies: bool
    ) -> None:
        posting = credit(kind, 250)
        assert (posting.kind, posting.points) == (kind, 250)
        assert posting.lifetime_points == (250 if qualifies else 0)

    def test_it_carries_what_it_is_given(self) -> None:
        posting = credit(
            EARN,
            5,
            description="An order",
            reference="order-1",
            metadata={"channel": "web"},
            invite_id=ID,
        )
        assert posting == Posting(
            kind=EARN,
            points=5,
            lifetime_points=5,
            description="An order",
            reference="order-1",
            metadata={"channel": "web"},
            reverses_seq=None,
            invite_id=ID,
        )

    def test_what_it_is_not_given_is_empty(self) -> None:
        assert credit(EARN, 5) == Posting(EARN, 5, 5, None, None, {}, None, None)


class TestReversal:
    @pytest.mark.parametrize(
        ("kind", "points", "lifetime_points"),
        [
            (LedgerEntryKind.EARN, 5, -5),
            (LedgerEntryKind.REFERRAL_BONUS, 5, -5),
            (LedgerEntryKind.REFERRAL_WELCOME, 5, -5),
            (LedgerEntryKind.TIER_BONUS, 5, -5),
            (LedgerEntryKind.REDEEM, -5, 0),
            (LedgerEntryKind.ADJUSTMENT, 5, 0),
            (LedgerEntryKind.ADJUSTMENT, -5, 0),
            (LedgerEntryKind.EXPIRE, -5, 0),
        ],
    )
    def test_it_takes_back_the_points_and_the_lifetime_points_that_they_gave(
        self, kind: LedgerEntryKind, points: int, lifetime_points: int
    ) -> None:
        posting = reversal(an_entry(kind, points), "A mistake")
        assert (posting.points, posting.lifetime_points) == (-points, lifetime_points)

    def test_it_names_the_entry_and_keeps_its_reference(self) -> None:
        entry = an_entry(EARN, 5, seq=7, reference="order-1", description="An order")
        assert reversal(entry, "A mistake") == Posting(
            kind=REVERSAL,
            points=-5,
            lifetime_points=-5,
            description="A mistake",
            reference="order-1",
            reverses_seq=7,
        )

    def test_its_description_may_be_left_out(self) -> None:
        assert reversal(an_entry(EARN, 5, description="An order"), None).description is None

    @pytest.mark.parametrize("points", [5, -5])
    def test_a_reversal_is_final(self, points: int) -> None:
        error = refusal(
            EntryNotReversible, reversal, an_entry(REVERSAL, points, reverses_seq=1), "A mistake"
        )
        assert error.kind is REVERSAL


class TestAppend:
    @pytest.mark.parametrize(
        ("before", "posting", "after"),
        [
            ((0, 0, 0), credit(EARN, 250), Totals(1, 250, 250)),
            ((100, 900, 7), credit(EARN, 1), Totals(8, 101, 901)),
            ((100, 900, 7), Posting(REDEEM, -30), Totals(8, 70, 900)),
            ((100, 900, 7), Posting(ADJUSTMENT, 30), Totals(8, 130, 900)),
            ((100, 900, 7), Posting(ADJUSTMENT, -30), Totals(8, 70, 900)),
            ((100, 900, 7), reversal(an_entry(EARN, 30), None), Totals(8, 70, 870)),
            ((100, 900, 7), reversal(an_entry(REDEEM, -30), None), Totals(8, 130, 900)),
        ],
    )
    def test_both_totals_gain_what_the_posting_says(
        self, before: tuple[int, int, int], posting: Posting, after: Totals
    ) -> None:
        assert append(a_member(*before), posting) == after

    def test_the_whole_balance_can_be_taken(self) -> None:
        assert append(a_member(100, 900), Posting(REDEEM, -100)) == Totals(1, 0, 900)

    @pytest.mark.parametrize(("balance", "taken"), [(100, 101), (0, 1), (0, MAX), (MAX - 1, MAX)])
    def test_below_zero_it_is_refused_with_its_numbers(self, balance: int, taken: int) -> None:
        error = refusal(InsufficientPoints, append, a_member(balance, MAX), Posting(REDEEM, -taken))
        assert (error.balance, error.requested) == (balance, taken)

    def test_points_that_have_been_spent_are_not_taken_back(self) -> None:
        posting = reversal(an_entry(EARN, 100), None)
        error = refusal(InsufficientPoints, append, a_member(99, 100), posting)
        assert (error.balance, error.requested) == (99, 100)

    def test_the_balance_may_reach_the_limit(self) -> None:
        assert append(a_member(MAX - 1, 0), Posting(ADJUSTMENT, 1)) == Totals(1, MAX, 0)

    def test_the_balance_does_not_pass_the_limit(self) -> None:
        error = refusal(PointsLimitExceeded, append, a_member(MAX, 3), Posting(ADJUSTMENT, 1))
        assert (error.total, error.requested, error.limit) == (MAX, 1, MAX)

    def test_the_lifetime_points_may_reach_the_limit(self) -> None:
        assert append(a_member(0, MAX - 1), credit(EARN, 1)) == Totals(1, 1, MAX)

    def test_the_lifetime_points_do_not_pass_the_limit_either(self) -> None:
        error = refusal(PointsLimitExceeded, append, a_member(3, MAX - 4), credit(EARN, 5))
        assert (error.total, error.requested, error.limit) == (MAX - 4, 5, MAX)

    @given(
        balance=st.integers(0, MAX),
        lifetime=st.integers(0, MAX),
        kind=st.sampled_from([kind for kind in LedgerEntryKind if kind is not REVERSAL]),
        amount=AMOUNTS,
        sign=st.sampled_from([1, -1]),
    )
    def test_a_reversal_restores_both_totals(
        self, balance: int, lifetime: int, kind: LedgerEntryKind, amount: int, sign: int
    ) -> None:
        points = amount if QUALIFIES[kind] else sign * amount
        member = a_member(balance, lifetime, ledger_seq=3)
        try:
            done = append(member, credit(kind, points))
        except (InsufficientPoints, PointsLimitExceeded):
            return
        after = a_member(done.points_balance, done.lifetime_points, done.seq)
        undone = append(after, reversal(an_entry(kind, points, seq=done.seq), None))
        assert undone == Totals(5, balance, lifetime)

    # What to do next: the kind and the points of an entry, or which earlier entry to reverse.
    @given(
        st.lists(
            st.tuples(st.sampled_from(sorted(QUALIFYING_KINDS)), AMOUNTS)
            | st.tuples(st.sampled_from([REDEEM, LedgerEntryKind.EXPIRE]), AMOUNTS.map(int.__neg__))
            | st.tuples(st.just(ADJUSTMENT), AMOUNTS | AMOUNTS.map(int.__neg__))
            | st.tuples(st.just(REVERSAL), st.integers(0, 20)),
            max_size=30,
        )
    )
    def test_any_sequence_of_postings_keeps_the_books(
        self, steps: list[tuple[LedgerEntryKind, int]]
    ) -> None:
        member, entries = a_member(), list[LedgerEntry]()
        for kind, number in steps:
            posting = self._posting(kind, number, entries)
            if posting is None:
                continue
            balance = member.points_balance + posting.points
            lifetime = member.lifetime_points + posting.lifetime_points
            if balance < 0:
                refusal(InsufficientPoints, append, member, posting)
            elif max(balance, lifetime) > MAX:
                refusal(PointsLimitExceeded, append, member, posting)
            else:
                totals = append(member, posting)
                member = self._moved(member, totals)
                entries.append(self._written(posting, totals))

            assert [entry.seq for entry in entries] == list(range(1, member.ledger_seq + 1))
            assert sum(entry.points for entry in entries) == member.points_balance
            assert 0 <= member.points_balance <= MAX
            assert 0 <= member.lifetime_points <= MAX
            assert member.lifetime_points == self._lifetime_points(entries)

    def _posting(
        self, kind: LedgerEntryKind, number: int, entries: list[LedgerEntry]
    ) -> Posting | None:
        if kind is not REVERSAL:
            return credit(kind, number)
        # The caller sees to it that an entry is reversed only once.
        reversed_before = {entry.reverses_seq for entry in entries}
        open_entries = [
            entry
            for entry in entries
            if entry.kind is not REVERSAL and entry.seq not in reversed_before
        ]
        return reversal(open_entries[number % len(open_entries)], None) if open_entries else None

    def _moved(self, member: Member, totals: Totals) -> Member:
        return replace(
            member,
            ledger_seq=totals.seq,
            points_balance=totals.points_balance,
            lifetime_points=totals.lifetime_points,
        )

    def _written(self, posting: Posting, totals: Totals) -> LedgerEntry:
        return an_entry(
            posting.kind, posting.points, seq=totals.seq, reverses_seq=posting.reverses_seq
        )

    def _lifetime_points(self, entries: list[LedgerEntry]) -> int:
        gone = {entry.reverses_seq for entry in entries}
        return sum(
            entry.points for entry in entries if QUALIFIES[entry.kind] and entry.seq not in gone
        )
