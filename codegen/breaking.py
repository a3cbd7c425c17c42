"""Compares two schemas, and classifies each change by its effect on existing clients."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graphql import GraphQLObjectType, GraphQLSchema
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes

# From the weakest to the strongest: a caller who passes one also passes those before it.
GUARDS = ("isAuthenticated", "isSelfOrAdmin", "isAdmin")
GUARD_TIGHTENED = "GUARD_TIGHTENED"
GUARD_LOOSENED = "GUARD_LOOSENED"


class Change(NamedTuple):
    """One change, and its kind: a kind of GraphQL's, or a changed guard."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


@dataclass(frozen=True)
class Changes:
    """The changes between two schemas, each list in the order of its text."""

    breaking: list[Change]  # a valid operation is refused, or its answer does not fit
    dangerous: list[Change]  # every operation stays valid, but may get an unexpected answer
    safe: list[Change]


def compared(old: GraphQLSchema, new: GraphQLSchema) -> Changes:
    """Returns the changes from one schema to another, both built from documents."""
    found = Changes([], [], [])
    for change in find_schema_changes(old, new):
        if isinstance(change, BreakingChange):
            changes = found.breaking
        elif isinstance(change, DangerousChange):
            changes = found.dangerous
        else:
            changes = found.safe
        changes.append(Change(change.type.name, " ".join(change.description.split())))
    for guard in _guard_changes(old, new):
        (found.breaking if guard.kind == GUARD_TIGHTENED else found.dangerous).append(guard)
    return Changes(sorted(found.breaking), sorted(found.dangerous), sorted(found.safe))


def _guard_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Yields the fields whose guard has changed, which GraphQL does not compare."""
    old_guards, new_guards = dict(_guards(old)), dict(_guards(new))
    for field in sorted(old_guards.keys() & new_guards.keys()):
        before, after = old_guards[field], new_guards[field]
        if _strength(before) == _strength(after):
            continue
        kind = GUARD_TIGHTENED if _strength(after) > _strength(before) else GUARD_LOOSENED
        yield Change(kind, f"Guard of {field} changed from {_named(before)} to {_named(after)}.")


def _guards(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for name, field in type_.fields.items():
            applied = field.ast_node.directives if field.ast_node else ()
            guards = [use.name.value for use in applied or () if use.name.value in GUARDS]
            yield f"{type_.name}.{name}", max(guards, key=GUARDS.index, default=None)


def _strength(guard: str | None) -> int:
    return -1 if guard is None else GUARDS.index(guard)


def _named(guard: str | None) -> str:
    return "none" if guard is None else f"@{guard}"
