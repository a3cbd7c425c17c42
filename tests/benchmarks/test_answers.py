"""Answers of different servers, made comparable."""

from benchmarks.answers import canonical, differences


class TestCanonical:
    def test_a_moment_is_a_moment_however_it_is_written(self) -> None:
        written = ["2026-11-14T09:15:12Z", "2026-11-14T09:15:12.000+00:00"]
        one, other = [canonical({"createdAt": moment}) for moment in written]
        assert one == other

    def test_points_as_text_are_points_and_other_text_stays_text(self) -> None:
        assert canonical({"points": "12", "reference": "12"}) == {"points": 12, "reference": "12"}

    def test_a_cursor_counts_only_as_one(self) -> None:
        pages = [{"pageInfo": {"endCursor": cursor}} for cursor in ("a", "b", None)]
        first, second, last = map(canonical, pages)
        assert first == second != last

    def test_what_postgraphile_reaches_through_a_row_is_beside_it(self) -> None:
        theirs = {"earnPoints": {"entry": {"seq": "1", "member": {"pointsBalance": "5"}}}}
        ours = {"earnPoints": {"entry": {"seq": 1}, "member": {"pointsBalance": 5}}}
        assert canonical(theirs) == canonical(ours)


class TestDifferences:
    def test_equal_answers_have_none(self) -> None:
        assert list(differences({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})) == []

    def test_each_is_named_by_its_path(self) -> None:
        left, right = {"a": [{"b": 1}], "c": 2}, {"a": [{"b": 3}]}
        assert list(differences(left, right)) == ["data.a[0].b: 1 and 3", "data.c: 2 and None"]

    def test_a_list_of_another_length_is_one(self) -> None:
        assert len(list(differences([1, 2], [1]))) == 1
