"""Descriptions that several inputs share, and how an input becomes a command."""

from collections.abc import Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext
from strawberry.utils.str_converters import to_camel_case

KEY = (
    "Your own name for this request, 1 to 255 characters: repeated with the same input it is "
    "answered as before, and done only once. Keys are kept for 30 days, or as the operator decides."
)
USER_ID = "The platform's own id of the user, 1 to 128 characters."
BENEFITS = "What the tier gives: a JSON list of at most 50 items and 16,384 bytes."
METADATA = "A JSON object of at most 8,192 bytes, kept as it is given. No personal data."
AMOUNT = "How many points: at least 1."
DESCRIPTION = "What it is for, in words. At most 500 characters."
REFERENCE = "What it belongs to, such as an order's id. At most 200 characters."


InputT = TypeVar("InputT", bound=type)


def of_plain_values(input_type: InputT) -> InputT:
    """Makes an input from the values that graphql-core has coerced, without looking at each again.

    Strawberry looks for enums, lists and inputs in every field at every call. Inputs that have one,
    or that distinguish null from a value that was left out, do not use this decorator.
    """
    definition = get_object_definition(input_type, strict=True)
    names = {
        field.graphql_name or to_camel_case(field.python_name): field.python_name
        for field in definition.fields
    }

    def read(_type: type, values: Mapping[str, Any], _context: InputContext) -> Any:
        return input_type(**{names[name]: value for name, value in values.items()})

    definition.from_input = read
    return input_type


def given(values: object) -> dict[str, Any]:
    """Returns the values that were given; the command has defaults for the others.

    Where null differs from a value that was left out, null arrives as `Some(None)`.
    """
    return {
        name: value.value if isinstance(value, strawberry.Some) else value
        for name, value in vars(values).items()
        if value is not None
    }
