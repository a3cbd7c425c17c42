"""The scalars of the contract: Points and DateTime."""

from typing import TYPE_CHECKING, NewType

import strawberry
from graphql import GraphQLError, IntValueNode, ValueNode, print_ast
from strawberry.schema.types.base_scalars import DateTimeDefinition

from domain.points import POINTS_MAX
from domain.timestamps import serialized

if TYPE_CHECKING:
    Points = int
else:
    # A type of its own for Strawberry, which maps it to the scalar `Points`; an int for mypy.
    Points = NewType("Points", int)


def _points(value: object) -> int:
    # bool is an int to Python; a float such as 5.0 is no amount of points either.
    if type(value) is not int or not -POINTS_MAX <= value <= POINTS_MAX:
        raise GraphQLError(
            f"Points must be a whole number from -{POINTS_MAX} to {POINTS_MAX}, not {value!r:.40}."
        )
    return value


def _points_literal(node: ValueNode, _variables: object = None) -> int:
    # No amount of points has more than 16 digits, and Python refuses to read thousands.
    is_number = isinstance(node, IntValueNode) and len(node.value) <= len(str(-POINTS_MAX))
    return _points(int(print_ast(node)) if is_number else print_ast(node))


POINTS = strawberry.scalar(
    name="Points",
    description=(
        "A whole number of points, positive or negative, that JavaScript can represent exactly: "
        "from -9007199254740991 to 9007199254740991."
    ),
    serialize=int,
    parse_value=_points,
    parse_literal=_points_literal,
)


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description=(
        "A time in UTC by ISO 8601, to the microsecond: 1999-12-31T23:59:59.25+00:00. "
        "A fraction of a second has no trailing zeros, and is left out if it is 0."
    ),
    serialize=serialized,
    parse_value=DateTimeDefinition.parse_value,
)
