"""The Node interface, and the codec of global ids.

A global id is the URL-safe base64 of the type's name and the parts of the key, with colons between
them. Which parts a type has is said in `db/object_types.py`.
"""

import base64
import binascii
from collections.abc import Iterable

import strawberry

from db.object_types import Key, ObjectType
from domain.errors.base import InvalidInput
from domain.values import text

NODES_MAX = 100
# Base64 of a type, a key and a user id of 128 characters, four bytes each: at most 752 characters.
_ID_LENGTH_MAX = 1_024


@strawberry.interface(description="An object that can be read again by its id.")
class Node:
    """The Relay interface: https://relay.dev/graphql/objectidentification.htm."""

    id: strawberry.ID = strawberry.field(
        description="Identifies this object among all objects. Treat it as opaque."
    )


def global_id(type_name: str, *key: object) -> strawberry.ID:
    """Returns the id of the object of a type with this key; only its last part may have a colon."""
    return _encoded(":".join([type_name, *map(str, key)]))


def id_of(type_: ObjectType, entity: object) -> strawberry.ID:
    """Returns the global id of an entity."""
    content = type_.name
    for column in type_.key:
        content += f":{getattr(entity, column)}"
    return _encoded(content)


def _encoded(content: str) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(content.encode()).decode())


def key_of(type_: ObjectType, field: str, value: str) -> Key:
    """Returns the key in a global id of an object of this type.

    Raises:
        InvalidInput: the value is not the id of such an object.
    """
    parts = _parts(field, value, len(type_.key))
    if parts[0] != type_.name:
        raise _not_an_id_of(type_, field)
    return _read(type_, field, parts[1:])


def object_of(types: Iterable[ObjectType], field: str, value: str) -> tuple[ObjectType, Key]:
    """Returns the type and the key in a global id of an object of one of these types.

    Raises:
        InvalidInput: the value is not the id of such an object.
    """
    [type_name, rest] = _parts(field, value, 1)
    for type_ in types:
        parts = rest.split(":", len(type_.key) - 1)
        if type_.name == type_name and len(parts) == len(type_.key):
            return type_, _read(type_, field, parts)
    raise _unknown_id(field)


def _parts(field: str, value: str, count: int) -> list[str]:
    """Returns the type name in a global id, and so many parts of its key. Raises InvalidInput."""
    try:
        content = base64.urlsafe_b64decode(text(field, value, length_max=_ID_LENGTH_MAX)).decode()
    except (binascii.Error, ValueError):
        content = ""
    parts = text(field, content or ":", length_max=_ID_LENGTH_MAX).split(":", count)
    if len(parts) != count + 1:
        raise _unknown_id(field)
    return parts


def _read(type_: ObjectType, field: str, parts: Iterable[str]) -> Key:
    try:
        columns = zip(type_.key.items(), parts, strict=True)
        return {column: read(part) for (column, read), part in columns}
    except ValueError:
        raise _not_an_id_of(type_, field) from None


def _unknown_id(field: str) -> InvalidInput:
    return InvalidInput(field, "is not an id of this service. Take it from an object's id.")


def _not_an_id_of(type_: ObjectType, field: str) -> InvalidInput:
    if type_.noun is None:
        return InvalidInput(field, "is not an id of this service.")
    return InvalidInput(field, f"is not the id of a {type_.noun}.")
