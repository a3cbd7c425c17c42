"""`domain.tiering`: the tier that lifetime points reach, and the way to the next one."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entities import Tier
from domain.errors.base import InvalidInput
from domain.tiering import Progress, is_upgrade, progress, require_ascending, tier_reached
from tests.domain.builders import MAX, a_tier, refusal

BRONZE, SILVER, GOLD = a_tier("bronze", 100), a_tier("silver", 500), a_tier("gold", 2_000)
ACTIVE_TIERS = [BRONZE, SILVER, GOLD]

POINTS = st.integers(0, MAX) | st.integers(0, 50)
TIER_LISTS = st.sets(POINTS, max_size=6).flatmap(
    lambda thresholds: st.permutations([a_tier(f"from-{least}", least) for least in thresholds])
)


class TestTierReached:
    @pytest.mark.parametrize(
        ("lifetime_points", "expected"),
        [
            (0, None),
            (99, None),
            (100, BRONZE),
            (101, BRONZE),
            (499, BRONZE),
            (500, SILVER),
            (1_999, SILVER),
            (2_000, GOLD),
            (MAX, GOLD),
        ],
    )
    def test_a_tier_begins_exactly_at_its_threshold(
        self, lifetime_points: int, expected: Tier | None
    ) -> None:
        assert tier_reached(lifetime_points, ACTIVE_TIERS) is expected

    @pytest.mark.parametrize("lifetime_points", [0, MAX])
    def test_without_tiers_there_is_none(self, lifetime_points: int) -> None:
        assert tier_reached(lifetime_points, []) is None

    def test_a_tier_from_zero_holds_everybody(self) -> None:
        entry = a_tier("entry", 0)
        assert tier_reached(0, [entry, *ACTIVE_TIERS]) is entry

    @pytest.mark.parametrize("active_tiers", [[GOLD, BRONZE, SILVER], [GOLD, SILVER, BRONZE]])
    def test_the_order_of_the_tiers_does_not_matter(self, active_tiers: Sequence[Tier]) -> None:
        assert tier_reached(2_500, active_tiers) is GOLD
        assert tier_reached(600, active_tiers) is SILVER

    @given(lifetime_points=POINTS, active_tiers=TIER_LISTS)
    def test_it_is_the_highest_of_those_reached(
        self, lifetime_points: int, active_tiers: list[Tier]
    ) -> None:
        reached = tier_reached(lifetime_points, active_tiers)
        within = [
            tier.point_threshold for tier in active_tiers if tier.point_threshold <= lifetime_points
        ]
        assert (None if reached is None else reached.point_threshold) == max(within, default=None)


class TestIsUpgrade:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            (None, None, False),
            (None, BRONZE, True),
            (None, GOLD, True),
            (BRONZE, SILVER, True),
            (BRONZE, GOLD, True),
            (BRONZE, BRONZE, False),
            (SILVER, BRONZE, False),
            (GOLD, BRONZE, False),
            (BRONZE, None, False),
        ],
    )
    def test_only_a_move_up_is_one(
        self, before: Tier | None, after: Tier | None, expected: bool
    ) -> None:
        assert is_upgrade(before, after) is expected

    def test_another_tier_from_the_same_threshold_is_none(self) -> None:
        assert not is_upgrade(BRONZE, a_tier("copper", BRONZE.point_threshold))

    def test_a_tier_from_zero_is_a_move_up_from_none(self) -> None:
        assert is_upgrade(None, a_tier("entry", 0))

    def test_a_jump_over_two_tiers_is_one_move_up(self) -> None:
        assert is_upgrade(tier_reached(100, ACTIVE_TIERS), tier_reached(2_000, ACTIVE_TIERS))


class TestProgress:
    @pytest.mark.parametrize(
        ("lifetime_points", "next_tier", "points_to_next_tier", "fraction"),
        [
            (0, BRONZE, 100, 0.0),
            (25, BRONZE, 75, 0.25),
            (99, BRONZE, 1, 0.99),
            (100, SILVER, 400, 0.0),
            (300, SILVER, 200, 0.5),
            (499, SILVER, 1, 0.9975),
            (500, GOLD, 1_500, 0.0),
            (1_250, GOLD, 750, 0.5),
        ],
    )
    def test_it_counts_from_the_present_tier_to_the_next(
        self, lifetime_points: int, next_tier: Tier, points_to_next_tier: int, fraction: float
    ) -> None:
        for active_tiers in (ACTIVE_TIERS, ACTIVE_TIERS[::-1]):
            assert progress(lifetime_points, active_tiers) == Progress(
                next_tier, points_to_next_tier, fraction
            )

    @pytest.mark.parametrize("lifetime_points", [2_000, 2_001, MAX])
    def test_on_the_highest_tier_nothing_is_left(self, lifetime_points: int) -> None:
        assert progress(lifetime_points, ACTIVE_TIERS) == Progress(None, None, 1.0)

    def test_without_tiers_nothing_is_left(self) -> None:
        assert progress(0, []) == Progress(None, None, 1.0)

    def test_one_tier_from_zero_is_the_top(self) -> None:
        assert progress(0, [a_tier("entry", 0)]) == Progress(None, None, 1.0)

    def test_one_point_short_of_the_largest_threshold_is_not_yet_all_of_it(self) -> None:
        top = a_tier("top", MAX)
        short = progress(MAX - 1, [top])
        assert (short.next_tier, short.points_to_next_tier) == (top, 1)
        assert short.fraction < 1.0

    @given(lifetime_points=POINTS, active_tiers=TIER_LISTS)
    def test_the_points_that_are_missing_are_exactly_enough(
        self, lifetime_points: int, active_tiers: list[Tier]
    ) -> None:
        way = progress(lifetime_points, active_tiers)
        if way.next_tier is None or way.points_to_next_tier is None:
            assert all(tier.point_threshold <= lifetime_points for tier in active_tiers)
            assert way == Progress(None, None, 1.0)
        else:
            arrival = lifetime_points + way.points_to_next_tier
            assert tier_reached(arrival, active_tiers) == way.next_tier
            assert tier_reached(arrival - 1, active_tiers) == tier_reached(
                lifetime_points, active_tiers
            )
            assert 0.0 <= way.fraction < 1.0


class TestRequireAscending:
    @pytest.mark.parametrize("thresholds", [[], [0], [MAX], [0, 1], [0, 1_000, 5_000, MAX]])
    def test_rising_thresholds_pass(self, thresholds: list[int]) -> None:
        require_ascending(thresholds)

    @pytest.mark.parametrize(
        ("thresholds", "position", "lower", "upper"),
        [
            ([0, 0], 1, 0, 0),
            ([5, 4], 1, 5, 4),
            ([0, 10, 10], 2, 10, 10),
            ([0, 10, 20, 5], 3, 20, 5),
            ([3, 2, 1], 1, 3, 2),
        ],
    )
    def test_the_first_that_does_not_rise_is_named_with_its_numbers(
        self, thresholds: list[int], position: int, lower: int, upper: int
    ) -> None:
        error = refusal(InvalidInput, require_ascending, thresholds)
        assert error.field == f"tiers[{position}].pointThreshold"
        assert error.problem == (
            f"must be above the tier before it ({lower}), not {upper}. "
            "List the tiers from the lowest threshold to the highest."
        )

    @given(st.lists(st.integers(0, 20), max_size=5))
    def test_only_what_is_sorted_without_doubles_passes(self, thresholds: list[int]) -> None:
        if thresholds == sorted(set(thresholds)):
            require_ascending(thresholds)
        else:
            refusal(InvalidInput, require_ascending, thresholds)
