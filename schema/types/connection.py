"""Relay connections: pages of a list, with keyset cursors.

A cursor holds the sort key of an item, not its index. So concurrent writes neither repeat nor skip
items.
"""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
import strawberry
from graphql import GraphQLNamedType
from strawberry.relay import PageInfo
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition

from db.pages import Page
from domain.errors.base import InvalidInput
from domain.points import POINTS_MAX
from domain.timestamps import serialized
from domain.values import PAGE_SIZE_MAX, user_id

PAGE_SIZE_DEFAULT = 20

First = Annotated[
    int, strawberry.argument(description=f"How many items to list: 1 to {PAGE_SIZE_MAX}.")
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The `endCursor` of the previous page; null for the first one."
    ),
]

NodeT = TypeVar("NodeT")
ItemT = TypeVar("ItemT")


@strawberry.type(description="An item of a list, and its position in the list.")
class Edge(Generic[NodeT]):
    """One item of a connection."""

    cursor: str = strawberry.field(description="The position of the item. Pass it as `after`.")
    node: NodeT = strawberry.field(description="The item itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    """One page: https://relay.dev/graphql/connections.htm."""

    edges: list[Edge[NodeT]] = strawberry.field(description="The items of this page, in order.")
    page_info: PageInfo = strawberry.field(
        description="Whether more items follow, and the cursors of this page."
    )


def is_part_of_page(type_: GraphQLNamedType) -> bool:
    """Whether a type holds the edges of a page, or its page info, and no item of its own."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition):
        return False
    return (definition.concrete_of or definition).origin in (Edge, PageInfo)


def connection(
    page: Page[ItemT],
    *,
    after: str | None,
    cursor_of: Callable[[ItemT], str],
    node_of: Callable[[ItemT], NodeT],
) -> Connection[NodeT]:
    """Returns a page of items as a connection."""
    edges = [Edge(cursor=cursor_of(item), node=node_of(item)) for item in page.items]
    return Connection(
        edges=edges,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
    )


def page_size(first: int) -> int:
    """Returns `first` if it is an allowed page size.

    Raises:
        InvalidInput: it is not from 1 to 100.
    """
    if not 1 <= first <= PAGE_SIZE_MAX:
        raise InvalidInput("first", f"must be from 1 to {PAGE_SIZE_MAX}, not {first}.")
    return first


def cursor(list_name: str, *sort_key: Any) -> str:
    """Returns the cursor of the item with this sort key in the named list."""
    key = orjson.dumps(
        [list_name, *sort_key], default=serialized, option=orjson.OPT_PASSTHROUGH_DATETIME
    )
    return base64.urlsafe_b64encode(key).decode()


def integer_part(part: Any) -> int:
    """Reads a whole number from a cursor. Raises ValueError."""
    if type(part) is not int or abs(part) > POINTS_MAX:
        raise ValueError("not an integer within the limits")
    return part


def timestamp_part(part: Any) -> datetime:
    """Reads a timestamp from a cursor. Raises ValueError, TypeError or OverflowError."""
    when = datetime.fromisoformat(part)
    if when.tzinfo is None:
        raise ValueError("a timestamp needs a time zone")
    return when.astimezone(UTC)


def user_id_part(part: Any) -> str:
    """Reads a user id from a cursor. Raises InvalidInput or TypeError."""
    return user_id("after", part)


def position(list_name: str, after: str | None, *read_key: Callable[[Any], Any]) -> tuple[Any, ...]:
    """Returns the sort key in a cursor of the named list; each part is read by its function.

    Without a cursor (None) every part is None: the page begins at the first item.

    Raises:
        InvalidInput: `after` is not a cursor of this list.
    """
    if after is None:
        return (None,) * len(read_key)
    try:
        name, *sort_key = orjson.loads(base64.urlsafe_b64decode(after))
        if name != list_name:
            raise ValueError(f"a cursor of {name}")
        return tuple(read(part) for read, part in zip(read_key, sort_key, strict=True))
    except (ValueError, TypeError, AttributeError, OverflowError, InvalidInput) as error:
        raise InvalidInput(
            "after", "is not a cursor of this list. Take it from its pageInfo.endCursor."
        ) from error
