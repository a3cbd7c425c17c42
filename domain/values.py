"""Validates and normalises values of callers: text, e-mail addresses, JSON.

Each function returns the value to store, or raises `InvalidInput` naming the field. PostgreSQL can
store neither NUL characters in text nor lone surrogates, so both are refused here for every text.
"""

import json
import math
import re
from typing import Any

from domain.errors.base import InvalidInput
from domain.points import POINTS_MAX

USER_ID_LENGTH_MAX = 128
NAME_LENGTH_MAX = 200
# RFC 5321, 4.5.3.1.3 leaves 254 characters for an address between its angle brackets.
EMAIL_LENGTH_MAX = 254
DESCRIPTION_LENGTH_MAX = 500
REFERENCE_LENGTH_MAX = 200
IDEMPOTENCY_KEY_LENGTH_MAX = 255
SLUG_LENGTH_MAX = 64
METADATA_BYTES_MAX = 8_192
BENEFITS_BYTES_MAX = 16_384
BENEFITS_COUNT_MAX = 50
JSON_DEPTH_MAX = 10
PAGE_SIZE_MAX = 100

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# One @ with something on either side and a dot in the domain: only a sent mail proves more.
_EMAIL = re.compile(r"""[^@\s\x00-\x1f\x7f<>()\[\],;:"\\]+@[\w-]+(\.[\w-]+)+""")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def text(field: str, value: str, *, length_max: int) -> str:
    """Returns `value` without surrounding white space, 1 to `length_max` characters long.

    Raises:
        InvalidInput: it is empty, too long, or holds a character that cannot be stored.
    """
    if _UNSTORABLE.search(value):
        raise InvalidInput(field, "must not contain NUL characters or lone surrogates.")
    stripped = value.strip()
    if not stripped:
        raise InvalidInput(field, "must not be empty.")
    if len(stripped) > length_max:
        raise InvalidInput(
            field, f"must have at most {length_max} characters, not {len(stripped)}."
        )
    return stripped


def optional_text(field: str, value: str | None, *, length_max: int) -> str | None:
    """As `text`, with None for an omitted value.

    Raises:
        InvalidInput: as for `text`.
    """
    return None if value is None else text(field, value, length_max=length_max)


def line(field: str, value: str, *, length_max: int) -> str:
    """As `text`, on a single line: it may become a subject or a label.

    Raises:
        InvalidInput: as for `text`, or it holds a line break or another control character.
    """
    stripped = text(field, value, length_max=length_max)
    if _CONTROL.search(stripped):
        raise InvalidInput(field, "must be a single line, without control characters.")
    return stripped


def optional_line(field: str, value: str | None, *, length_max: int) -> str | None:
    """As `line`, with None for an omitted value.

    Raises:
        InvalidInput: as for `line`.
    """
    return None if value is None else line(field, value, length_max=length_max)


def user_id(field: str, value: str) -> str:
    """Returns a user id of 1 to 128 characters, unchanged.

    Raises:
        InvalidInput: as for `text`, or white space surrounds it.
    """
    if text(field, value, length_max=USER_ID_LENGTH_MAX) != value:
        raise InvalidInput(field, "must not begin or end with white space.")
    return value


def slug(field: str, value: str) -> str:
    """Returns a tier's slug of 1 to 64 characters.

    Raises:
        InvalidInput: it is not lower-case letters, digits and single hyphens between them.
    """
    text(field, value, length_max=SLUG_LENGTH_MAX)
    if not _SLUG.fullmatch(value):
        raise InvalidInput(
            field, "must be lower-case letters and digits, with single hyphens between them."
        )
    return value


def email(field: str, value: str | None) -> str | None:
    """Returns an e-mail address of at most 254 characters, or None.

    Raises:
        InvalidInput: it does not look like an address.
    """
    address = optional_text(field, value, length_max=EMAIL_LENGTH_MAX)
    if address is not None and not _EMAIL.fullmatch(address):
        raise InvalidInput(field, "must be an e-mail address such as 'ada@example.com'.")
    return address


def same_email(one: str | None, other: str | None) -> bool:
    """Whether both are known and reach the same mailbox, regardless of letter case."""
    return one is not None and other is not None and one.casefold() == other.casefold()


def idempotency_key(value: str | None) -> str | None:
    """Returns a key of 1 to 255 characters, or None if it may be omitted and is.

    Raises:
        InvalidInput: as for `text`.
    """
    return optional_text("idempotencyKey", value, length_max=IDEMPOTENCY_KEY_LENGTH_MAX)


def json_object(field: str, value: object) -> dict[str, Any]:
    """Returns a JSON object of at most 8,192 bytes; None stands for the empty object.

    Raises:
        InvalidInput: it is no object, too large or deep, or holds what JSON or PostgreSQL cannot.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(field, "must be a JSON object, such as {}.")
    if value:
        _require_storable_json(field, value, bytes_max=METADATA_BYTES_MAX)
    return value


def json_list(field: str, value: object) -> list[Any]:
    """Returns a JSON list of at most 50 items and 16,384 bytes; None stands for the empty list.

    Raises:
        InvalidInput: it is no list, too large or deep, or holds what JSON or PostgreSQL cannot.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(field, "must be a JSON list, such as [].")
    if len(value) > BENEFITS_COUNT_MAX:
        raise InvalidInput(
            field, f"must have at most {BENEFITS_COUNT_MAX} items, not {len(value)}."
        )
    _require_storable_json(field, value, bytes_max=BENEFITS_BYTES_MAX)
    return value


def _require_storable_json(field: str, value: object, *, bytes_max: int) -> None:
    _require_storable_node(field, value, depth=1)
    size_bytes = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    if size_bytes > bytes_max:
        raise InvalidInput(field, f"must be at most {bytes_max} bytes of JSON, not {size_bytes}.")


def _require_storable_node(field: str, node: object, *, depth: int) -> None:
    if isinstance(node, dict | list) and depth > JSON_DEPTH_MAX:
        raise InvalidInput(field, f"must be nested at most {JSON_DEPTH_MAX} levels deep.")
    if isinstance(node, dict):
        for key, item in node.items():
            if not isinstance(key, str):
                raise InvalidInput(field, "must have text for every key.")
            _require_storable_leaf(field, key)
            _require_storable_node(field, item, depth=depth + 1)
    elif isinstance(node, list):
        for item in node:
            _require_storable_node(field, item, depth=depth + 1)
    else:
        _require_storable_leaf(field, node)


def _require_storable_leaf(field: str, leaf: object) -> None:
    match leaf:
        case None | bool():
            return
        case int():
            if not -POINTS_MAX <= leaf <= POINTS_MAX:
                raise InvalidInput(field, f"must not contain integers beyond {POINTS_MAX}.")
        case float():
            if not math.isfinite(leaf):
                raise InvalidInput(field, "must not contain NaN or infinite numbers.")
        case str():
            if _UNSTORABLE.search(leaf):
                raise InvalidInput(field, "must not contain NUL characters or lone surrogates.")
        case _:
            raise InvalidInput(field, "must be plain JSON.")
