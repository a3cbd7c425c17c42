"""The selected fields of an object, nested, without anything of GraphQL or of the caller."""

from dataclasses import dataclass
from typing import TypeAlias

TYPENAME = "__typename"
CONNECTION_FIELDS = frozenset(
    [
        "edges",
        "cursor",
        "node",
        "pageInfo",
        "hasNextPage",
        "hasPreviousPage",
        "startCursor",
        "endCursor",
    ]
)
"""What every list in pages is asked for, whatever is listed."""

ArgumentSignature: TypeAlias = tuple[tuple[str, ...], ...]
"""For each slot, which is a field that takes arguments, by its number: which ones are given.

Their values are bound, so that they do not belong to it; slot 0 is the root.
"""


@dataclass(frozen=True, slots=True, eq=False)
class SelectedField:
    """One field: its name, the key under which it is answered, and what is asked of its value.

    `slot` is the number of a field that takes arguments.
    """

    key: str
    field: str
    selection: "Selection | None" = None
    slot: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """What is asked of an object of a type, in the order of the answer.

    Two selections are equal only if they are one object. A caller that keeps its selection finds
    the statement that was made of it.
    """

    type_name: str
    fields: tuple[SelectedField, ...]


Selections: TypeAlias = tuple[Selection, ...]
"""What is asked of objects of several types, of each its own."""
