"""What the fuzzer puts where our own scalars are asked for, and what it takes for a failure."""

from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

_POINTS_MAX = 2**53 - 1

schemathesis.graphql.scalar(
    "Points",
    st.one_of(
        st.integers(-_POINTS_MAX - 1, _POINTS_MAX + 1).map(nodes.Int),
        st.integers(1, 1_000).map(nodes.Int),
    ),
)
schemathesis.graphql.scalar(
    "JSON",
    st.one_of(
        st.text(max_size=20).map(nodes.String),
        st.integers().map(nodes.Int),
        st.just(nodes.Object([])),
        st.just(nodes.List([])),
    ),
)


@schemathesis.check
def no_fault_of_ours(
    _context: schemathesis.CheckContext,
    response: schemathesis.Response,
    _case: schemathesis.Case[Any],
) -> None:
    """A refusal has a code that says so; what is our fault, another status or another code."""
    assert response.status_code < 500
    assert "INTERNAL_SERVER_ERROR" not in response.text
