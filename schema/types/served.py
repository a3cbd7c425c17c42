"""Values of GraphQL fields that follow from the fields of an entity."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

ServedT = TypeVar("ServedT")


def served(type_: type[ServedT], entity: object, **exceptions: Any) -> ServedT:
    """Returns an object of a GraphQL type, with the values that an entity has by the same names.

    `exceptions` has the fields that the entity lacks, and those that show another value.
    """
    class_: Any = type_  # mypy does not take the type of a type variable for hashable
    names, read = _plain_fields(class_, *exceptions)
    return type_(**dict(zip(names, read(entity), strict=False)), **exceptions)


@cache
def _plain_fields(
    type_: Any, *exceptions: str
) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    """Returns the names of the fields that are no exceptions, and what reads their values."""
    # @strawberry.type makes a dataclass; a field with a resolver takes no value.
    names = tuple(each.name for each in fields(type_) if each.init and each.name not in exceptions)
    if len(names) > 1:
        return names, attrgetter(*names)
    # For one name, attrgetter returns no tuple.
    return names, lambda entity: tuple(getattr(entity, name) for name in names)
