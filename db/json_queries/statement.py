"""A compiled statement, and where its parameters come from."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from db.json_queries.templates import Constant


class Slot(NamedTuple):
    """An argument, and the number of the field that takes it."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of one column of JSON text, and where each of its parameters comes from."""

    sql: str
    _sources: tuple[Slot | Constant, ...]

    def parameters(self, values: Sequence[Map[str, Any]]) -> tuple[Any, ...]:
        """Returns the parameters to run it with: `values` are the arguments of each slot."""
        return tuple(
            values[source.number][source.name] if isinstance(source, Slot) else source.value
            for source in self._sources
        )
