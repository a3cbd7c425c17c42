"""The plan cache keeps recent plans, and never more than its bound."""

from schema.compiled import operation
from schema.compiled.plan_cache import PLANS_MAX, PlanCache
from schema.compiled.planner import NotPlannable
from tests.fixtures.actors import NOBODY
from tests.fixtures.graphql import Api


def test_a_plan_is_made_once() -> None:
    cache: PlanCache[int] = PlanCache()
    plans = iter([1, 2])
    assert [cache.get("a", lambda: next(plans)) for _ in range(2)] == [1, 1]


def test_a_plan_that_cannot_be_made_is_known_as_such() -> None:
    cache: PlanCache[int] = PlanCache()

    def fails() -> int:
        raise NotPlannable

    assert cache.get("a", fails) is None
    assert cache.get("a", lambda: 1) is None


def test_the_least_recently_used_plan_goes_first() -> None:
    cache: PlanCache[int] = PlanCache()
    for key in range(PLANS_MAX):
        cache.get(key, lambda: 1)
    cache.get(0, lambda: 2)
    cache.get("one more", lambda: 3)
    assert len(cache) == PLANS_MAX
    assert cache.get(0, lambda: 4) == 1
    assert cache.get(1, lambda: 5) == 5


async def test_many_combinations_of_directives_do_not_fill_the_memory(api: Api) -> None:
    names = [f"v{number}" for number in range(9)]
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"slug @include(if: ${name})" for name in names)
    for number in range(2 ** len(names)):
        variables = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        query = f"query({declared}) {{ tiers {{ id {fields} }} }}"
        assert (await api.graphql(query, variables, caller=NOBODY)).errors == []
    assert len(operation._plans) <= PLANS_MAX
