"""Reads the headers of a request."""

from starlette.types import Scope


def header_values(scope: Scope, name: bytes) -> list[str]:
    """Returns the values of a header, whose name is in small letters: one for each time it came."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]
