"""Objects that can be asked for again by one id, and what such an id says."""

import base64
import binascii
from uuid import UUID

import strawberry

from domain.errors import InvalidInput
from domain.values import text

NODES_MAX = 100
# Base64 of a type, a key and a user id of 128 characters, four bytes each: at most 752 characters.
_ID_LENGTH_MAX = 1_024


@strawberry.interface(description="Something that can be asked for again by its id.")
class Node:
    """The Relay interface: https://relay.dev/graphql/objectidentification.htm."""

    id: strawberry.ID = strawberry.field(
        description="Identifies this object among all objects. Treat it as opaque."
    )


def global_id(type_name: str, *key: object) -> strawberry.ID:
    """Returns the id of the object of a type that has this key; only its last part is free text."""
    content = ":".join([type_name, *map(str, key)])
    return strawberry.ID(base64.urlsafe_b64encode(content.encode()).decode())


def key_of(field: str, value: str, parts: int) -> tuple[str, ...]:
    """Returns the type name and the `parts` parts of the key that a global id stands for.

    Raises:
        InvalidInput: it is no global id with so many parts.
    """
    try:
        content = base64.urlsafe_b64decode(text(field, value, length_max=_ID_LENGTH_MAX)).decode()
    except (binascii.Error, ValueError):
        content = ""
    key = tuple(text(field, content or ":", length_max=_ID_LENGTH_MAX).split(":", parts))
    if len(key) != parts + 1:
        raise InvalidInput(field, "is not an id of this service. Take it from an object's id.")
    return key


def uuid_of(field: str, value: str) -> UUID:
    """Returns the UUID in the key of a global id.

    Raises:
        InvalidInput: it is none.
    """
    try:
        return UUID(value)
    except ValueError as error:
        raise InvalidInput(field, "is not an id of this service.") from error
