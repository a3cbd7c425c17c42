"""How much a document may ask for, counted through all its fragments."""

import pytest
from graphql import get_introspection_query, parse

from schema.limits.size import excess
from tests.fixtures.figures import Figure

PARTS = "fragment Parts on Tier { slug } "


def exceeded(document: str) -> str | None:
    """Returns what is wrong with a document."""
    error = excess(parse(document))
    return error.message if error else None


def nested(levels: int) -> str:
    """Returns a query with a field on so many levels."""
    return "{ a " * levels + "}" * levels


def doubling(levels: int) -> str:
    """Returns a small document that is two to the power of `levels` fields, written out."""
    fragments = " ".join(
        f"fragment F{n} on Tier {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)
    )
    return f"{{ tiers {{ ...F0 }} }} {fragments} fragment F{levels} on Tier {{ slug }}"


def times(count: int, text: str) -> str:
    """Returns the text so many times, with the number in place of `#`."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


AT_THE_LIMIT = {
    "depth": nested(10),
    "aliases": f"{{ tiers {{ {times(15, 'a#: slug')} }} }}",
    "root fields": f"{{ {times(20, 'f#')} }}",
    "directives": f"{{ tiers {times(10, '@d#')} {{ slug }} }}",
    "repeats": f"{{ tiers {{ {times(20, 'slug')} }} }}",
    "introspection": get_introspection_query(),
    # Spread again in the same place, a fragment adds nothing.
    "one fragment": f"{{ tiers {{ {times(30, '...F')} }} }} fragment F on Tier {{ slug }}",
}
BEYOND = {
    nested(11): "The document is more than 10 levels deep.",
    f"{{ tiers {{ {times(16, 'a#: slug')} }} }}": "The document has more than 15 aliases.",
    f"{{ {times(21, 'f#')} }}": "The document has more than 20 root fields.",
    f"{{ tiers {{ slug {times(11, '@d#')} }} }}": "The document has more than 10 directives.",
    f"query {times(11, '@d#')} {{ a }}": "The document has more than 10 directives.",
    f"{{ tiers {{ {times(21, 'slug')} }} }}": (
        "The document selects 'slug' more than 20 times in one place."
    ),
    # The same, in disguise.
    f"{{ a {{ ...F }} }} fragment F on T {nested(10)}": "The document is more than 10 levels deep.",
    "{ a ... on T @d { ...F @d } } fragment F on T @d { "
    + times(8, "f @d")
    + " }": "The document has more than 10 directives.",
    "{ a { ...F ...G } } fragment F on T { ...G ...G ...G } fragment G on T "
    f"{{ {times(4, 'a#: b')} }}": "The document has more than 15 aliases.",
    "{ ...F ...F } fragment F on Query { " + times(11, "f#") + " }": (
        "The document has more than 20 root fields."
    ),
    f"{{ tiers {{ {times(21, '... { slug }')} }} }}": (
        "The document selects 'slug' more than 20 times in one place."
    ),
    f"{{ {times(11, 'a { b { c } }')} ...F }} fragment F on T {{ {times(9, 'a { b {c c} }')} }}": (
        "The document selects 'c' more than 20 times in one place."
    ),
    f"{{ __schema {nested(15)} }}": "The document is more than 15 levels of introspection deep.",
    "{ a { ...F } } fragment F on T { ...F }": "Cannot spread fragment 'F' within itself.",
    "{ a { ...F } } fragment F on T { ...G } fragment G on T { b { ...F } }": (
        "Cannot spread fragment 'F' within itself."
    ),
    doubling(70): "The document has more than 1,000 selections with its fragments written out.",
}


@pytest.mark.parametrize("document", AT_THE_LIMIT.values(), ids=AT_THE_LIMIT)
def test_what_is_just_allowed(document: str) -> None:
    assert exceeded(document) is None


@pytest.mark.promised
@pytest.mark.parametrize(("document", "message"), BEYOND.items())
def test_what_is_too_much(figure: Figure, document: str, message: str) -> None:
    assert exceeded(document) == message
    figure("documents beyond a limit", "refused before anything is executed", "refused by name")


def test_each_operation_has_the_limits_for_itself() -> None:
    aliases = times(15, "a#: slug")

    assert (
        exceeded(f"query A {{ tiers {{ {aliases} }} }} query B {{ tiers {{ {aliases} }} }}") is None
    )


def test_an_unknown_fragment_is_left_to_validation() -> None:
    assert exceeded("{ a { ...Unknown } }") is None


def test_a_repetition_is_found_in_a_fragment_that_nobody_spreads() -> None:
    unused = f"fragment F on Tier {{ {times(21, 'slug')} }}"

    assert exceeded("{ a } " + unused) == (
        "The document selects 'slug' more than 20 times in one place."
    )
