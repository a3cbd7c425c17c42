"""From what a document asks of a field to a selection that the database layer understands.

graphql-core itself collects the fields, so that fragments, aliases and directives mean what they
mean to the resolvers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FieldDetailsList,
    FragmentDetails,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from db.json_queries import (
    CONNECTION_FIELDS,
    OWNER_SCOPE,
    TYPENAME,
    Connection,
    Mapping,
    Root,
    SelectedField,
    Selection,
    Selections,
    Value,
)
from domain.actor import Actor
from resolvers.context import Context
from schema.compiled.root_fields import ARGUMENTS_WITHIN, Arguments
from schema.permissions import definition_of, guards_of, is_always_allowed


class NotPlannable(Exception):
    """Something is asked for that only the resolvers can answer."""


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """What an operation asks of a root field, which may stand in it several times."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    nodes: list[FieldNode]
    return_type: GraphQLOutputType
    variables: dict[str, Any]  # as they are coerced

    @property
    def details(self) -> FieldDetailsList:
        """Where the field stands, as graphql-core hands it on."""
        return [FieldDetails(node, None, None) for node in self.nodes]


@dataclass(frozen=True, slots=True)
class _ListWithin:
    """A list within an object, whose arguments have variables in them."""

    field: GraphQLField
    node: FieldNode
    read: Callable[..., Arguments]

    def arguments(self, variables: VariableValues) -> Arguments:
        return self.read(**get_argument_values(self.field, self.node, variables))


@dataclass(frozen=True, slots=True)
class BoundStatement:
    """A statement, and what it is to be run with."""

    sql: str
    parameters: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is selected beneath a root field, of each type that its value may be of.

    It holds whatever the values of the variables in arguments are.
    """

    selections: Selections
    _lists: tuple[Arguments | _ListWithin, ...]

    def list_arguments(self, variables: dict[str, Any]) -> list[Arguments]:
        """Returns the arguments of the lists within objects.

        Raises:
            InvalidInput: an argument is out of its range.
            GraphQLError: an argument is of a wrong type.
        """
        values = VariableValues({}, variables)
        return [
            each.arguments(values) if isinstance(each, _ListWithin) else each
            for each in self._lists
        ]

    def bound(
        self, context: Context, root: Root, arguments: Arguments, lists: list[Arguments]
    ) -> BoundStatement:
        """Returns the statement that reads, for the caller, the selections from `root` on."""
        owner_scope = context.actor.owner_scope
        scope = {} if owner_scope is None else {OWNER_SCOPE: owner_scope}
        slots = [arguments | scope, *lists]
        statement = context.json_queries.statement(root, self.selections, tuple(map(tuple, slots)))
        return BoundStatement(statement.sql, statement.parameters(slots))


def plan(asking: FieldSelection, root: Root, mapping: Mapping, actor: Actor) -> Plan:
    """Returns the plan of what is asked of a root field.

    Raises:
        NotPlannable: something of it is not in the mapping, or not surely this caller's to see.
        InvalidInput: an argument is out of its range.
        GraphQLError: an argument is of a wrong type.
    """
    if not mapping.keys() >= set(root.type_names):
        raise NotPlannable(f"of {root.type_names}, not all are in the mapping")
    value_type = get_named_type(asking.return_type)
    # Of an interface, it is the root that says which objects there may be.
    value_types = (
        [value_type]
        if is_object_type(value_type)
        else [cast(GraphQLObjectType, asking.schema.get_type(each)) for each in root.type_names]
    )
    planner = Planner(asking, mapping, actor)
    return planner.plan(tuple(planner.selection(type_, asking.details) for type_ in value_types))


class Planner:
    """Makes the selections of one plan; the lists in them are numbered one after the other.

    Its methods raise what `plan` does.
    """

    def __init__(self, asking: FieldSelection, mapping: Mapping, actor: Actor) -> None:
        self._lists: list[Arguments | _ListWithin] = []
        self._asking = asking
        self._mapping = mapping
        self._actor = actor
        self._variables = VariableValues({}, asking.variables)
        self._fragments = {
            name: FragmentDetails(definition) for name, definition in asking.fragments.items()
        }

    def plan(self, selections: Selections) -> Plan:
        """Returns the plan of all that was selected."""
        return Plan(selections, tuple(self._lists))

    def selection(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        """Returns what is selected of an object."""
        fields = self.fields(type_, details).items()
        return Selection(type_.name, tuple(self.asked(type_, *field) for field in fields))

    def fields(
        self, type_: GraphQLObjectType, details: FieldDetailsList
    ) -> dict[str, FieldDetailsList]:
        """Returns where an object's fields stand in the document, by the keys of the answer."""
        collected = collect_subfields(
            self._asking.schema,
            self._fragments,
            self._variables,
            self._asking.operation,
            type_,
            details,
        )
        return collected.grouped_field_set

    def asked(self, type_: GraphQLObjectType, key: str, details: FieldDetailsList) -> SelectedField:
        """Returns what is asked of one field of an object."""
        node = details[0].node
        name = node.name.value
        if name == TYPENAME:
            return SelectedField(key, name)
        declared = _declared(type_, name)
        if not declared.is_allowed(self._actor):
            raise NotPlannable(f"{type_.name}.{name} is guarded")
        if declared.has_resolver and self._is_default(type_.name, name):
            raise NotPlannable(f"{type_.name}.{name} is not the column of that name")
        is_list = self._is_list_within(type_.name, name)
        if is_list:
            self._lists.append(self._list_within(type_.name, name, declared.field, node))
        elif declared.field.args:
            raise NotPlannable(f"{type_.name}.{name} takes arguments")
        slot = len(self._lists) if is_list else None
        beneath = self.selection(declared.object, details) if declared.object else None
        return SelectedField(key, name, beneath, slot)

    def _list_within(
        self, type_name: str, name: str, field: GraphQLField, node: FieldNode
    ) -> Arguments | _ListWithin:
        read = ARGUMENTS_WITHIN[type_name, name]
        each = _ListWithin(field, node, read)
        return each if varies(node) else each.arguments(self._variables)

    def _is_default(self, type_name: str, name: str) -> bool:
        entity = self._mapping.get(type_name)
        value = entity.fields.get(name) if entity else None
        return isinstance(value, Value) and value.is_default

    def _is_list_within(self, type_name: str, name: str) -> bool:
        entity = self._mapping.get(type_name)
        if entity is None:
            # The parts of a page are the same for every list.
            if name not in CONNECTION_FIELDS:
                raise NotPlannable(f"{type_name} is not in the mapping")
            return False
        if name not in entity.fields:
            raise NotPlannable(f"{type_name}.{name} is not in the mapping")
        return isinstance(entity.fields[name], Connection)


@dataclass(frozen=True, slots=True)
class _Declared:
    """A field of the schema, and the type of the objects that it has, if it has objects."""

    field: GraphQLField
    object: GraphQLObjectType | None
    is_unguarded: bool
    has_resolver: bool

    def is_allowed(self, actor: Actor) -> bool:
        return self.is_unguarded or is_always_allowed(self.field, actor)


@cache
def _declared(type_: GraphQLObjectType, name: str) -> _Declared:
    field = type_.fields[name]
    value_type = get_named_type(field.type)
    return _Declared(
        field,
        object=value_type if is_object_type(value_type) else None,
        is_unguarded=not guards_of(field),
        has_resolver=definition_of(field).base_resolver is not None,
    )


def varies(node: FieldNode) -> bool:
    """Whether the values of a field's arguments may be others at every request."""
    return any(_has_variable(argument.value) for argument in node.arguments or ())


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(map(_has_variable, value.values))
    return isinstance(value, VariableNode | ObjectValueNode)
