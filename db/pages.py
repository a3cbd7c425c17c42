"""Pages: a stretch of a list, and whether the list goes on after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """At most as many items as were asked for."""

    items: Sequence[ItemT]
    has_next: bool


def cut(items: Sequence[ItemT], limit: int) -> Page[ItemT]:
    """Returns the first `limit` of the items; whoever read them asked for one more, to know."""
    return Page(items=items[:limit], has_next=len(items) > limit)
