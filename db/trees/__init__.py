"""Whole trees in one statement: what is asked of an object, read as the JSON text that is served.

A *selection* says what is asked for, the *mapping* what each of it is in the database, and the
compiler makes one statement of both. None of them knows where the selection came from.
"""

from db.trees.compiler import Statement, Trees
from db.trees.declarations import Entity, Mapping, Pages
from db.trees.mapping import MAPPING
from db.trees.roots import VIEWER, FieldsRoot, Root
from db.trees.selection import PARTS_OF_PAGES, TYPENAME, Asked, Selection, Selections, Shape

__all__ = [
    "MAPPING",
    "PARTS_OF_PAGES",
    "TYPENAME",
    "VIEWER",
    "Asked",
    "Entity",
    "FieldsRoot",
    "Mapping",
    "Pages",
    "Root",
    "Selection",
    "Selections",
    "Shape",
    "Statement",
    "Trees",
]
