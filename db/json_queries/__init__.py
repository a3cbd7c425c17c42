"""JSON queries: one statement reads an object with all selected fields, as the JSON that is served.

A *selection* lists the requested fields, the *mapping* says where each is in the database, and the
compiler makes one statement of both. None of them knows where the selection came from.
"""

from db.json_queries.compiler import JsonQueries
from db.json_queries.declarations import Connection, Entity, Mapping, Value
from db.json_queries.mapping import MAPPING
from db.json_queries.roots import OWNER_SCOPE, FieldsRoot, Root
from db.json_queries.selection import (
    CONNECTION_FIELDS,
    TYPENAME,
    ArgumentSignature,
    SelectedField,
    Selection,
    Selections,
)
from db.json_queries.statement import Statement

__all__ = [
    "CONNECTION_FIELDS",
    "MAPPING",
    "OWNER_SCOPE",
    "TYPENAME",
    "ArgumentSignature",
    "Connection",
    "Entity",
    "FieldsRoot",
    "JsonQueries",
    "Mapping",
    "Root",
    "SelectedField",
    "Selection",
    "Selections",
    "Statement",
    "Value",
]
