"""Statements of JSON queries: what they may contain, and how many are kept."""

import pytest

from db.json_queries import MAPPING, OWNER_SCOPE, JsonQueries, SelectedField, Selection
from db.json_queries import compiler as compilers
from db.json_queries.roots import MEMBER, TIERS


def tiers(key: str = "slug") -> Selection:
    return Selection("Tier", (SelectedField(key, "slug"),))


@pytest.mark.parametrize("key", ["", "a b", "a'", 'a"', "é", "a\\", "a:b", "$1", "a\n"])
def test_only_names_become_keys(key: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        JsonQueries(MAPPING).statement(TIERS, (tiers(key),), ((),))


def test_values_are_bound() -> None:
    selection = Selection("Member", (SelectedField("userId", "userId"),))

    statement = JsonQueries(MAPPING).statement(MEMBER, (selection,), (("user_id", OWNER_SCOPE),))

    assert statement.parameters([{"user_id": "o'hara", OWNER_SCOPE: "me"}]) == ("o'hara", "me")
    assert "o'hara" not in statement.sql


def test_a_selection_asked_again_is_not_compiled_again() -> None:
    json_queries, selection = JsonQueries(MAPPING), tiers()

    first = json_queries.statement(TIERS, (selection,), ((),))

    assert json_queries.statement(TIERS, (selection,), ((),)) is first
    assert json_queries.statement(TIERS, (selection,), (("only_active",),)) is not first


def test_no_more_statements_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilers, "STATEMENTS_MAX", 2)
    json_queries, old, other, new = JsonQueries(MAPPING), tiers(), tiers(), tiers()
    first = json_queries.statement(TIERS, (old,), ((),))
    second = json_queries.statement(TIERS, (other,), ((),))

    assert json_queries.statement(TIERS, (old,), ((),)) is first
    json_queries.statement(TIERS, (new,), ((),))

    assert json_queries.statement(TIERS, (old,), ((),)) is first
    assert json_queries.statement(TIERS, (other,), ((),)) is not second
