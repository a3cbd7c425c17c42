"""`domain.benefits`: the words that an operator's JSON is shown with."""

import pytest

from domain.benefits import labels


@pytest.mark.parametrize(
    ("benefit", "expected"),
    [
        (" Free gifts ", ["Free gifts"]),
        ({"label": "5% off", "kind": "discount"}, ["5% off"]),
        ({"label": " ", "title": "5% off"}, ["5% off"]),
        ({"name": "Lounge"}, ["Lounge"]),
        ({"kind": "free_shipping", "label": 5}, ["Free shipping"]),
        *((other, []) for other in ("", {}, {"kind": 5}, 5, None, True, ["x"], {"value": 1})),
    ],
)
def test_a_benefit_in_words(benefit: object, expected: list[str]) -> None:
    assert labels([benefit]) == expected


def test_they_stay_in_order() -> None:
    assert labels(["b", 5, "a"]) == ["b", "a"]
