"""Pages: consecutive items of a list, and whether more follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """At most as many items as were requested; `has_next` says whether more follow."""

    items: Sequence[ItemT]
    has_next: bool


def cut(items: Sequence[ItemT], limit: int) -> Page[ItemT]:
    """Returns the page of the first `limit` items. Read one more, so that `has_next` is known."""
    return Page(items=items[:limit], has_next=len(items) > limit)
