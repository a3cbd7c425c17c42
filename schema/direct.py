"""The short way: a query of one field that one statement answers, past the executor.

What the executor would do for it (collect one field, wait for it, leave its JSON as it is) takes
longer than reading it. Whatever is not as simple as that is the executor's, and so is whatever
does not pass before the database is asked: errors are made in one place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    OperationDefinitionNode,
    OperationType,
    is_non_null_type,
    located_error,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from strawberry.types.arguments import convert_arguments

from resolvers.context import Context
from schema import schema
from schema.permissions import Guard, definition_of, guards_of
from schema.plans import Asking
from schema.roads import UNANSWERED, WholeTree
from schema.starts import Arguments

_CORE = schema._schema


@dataclass(frozen=True, slots=True)
class Direct:
    """A query of one field, and all that is the same for every request of it."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    node: FieldNode
    field: GraphQLField
    whole_tree: WholeTree
    guards: tuple[Guard, ...]

    @property
    def key(self) -> str:
        """The name of the field in the answer."""
        return (self.node.alias or self.node.name).value

    async def answer(
        self, variables: Mapping[str, Any], context: Context
    ) -> ExecutionResult | None:
        """Returns the answer, or None if the executor has to find it."""
        definitions = self.operation.variable_definitions or ()
        values = get_variable_values(_CORE, definitions, dict(variables))
        if isinstance(values, list):
            return None
        try:
            arguments = self._arguments(values)
            for guard in self.guards:
                guard.require(context.actor, arguments)
        except Exception:  # noqa: BLE001 - whatever it is, the executor meets it again
            return None
        asking = Asking(
            _CORE, self.operation, self.fragments, [self.node], self.field.type, values.coerced
        )
        try:
            value = await self.whole_tree.read(asking, context, arguments, is_all=True)
        except Exception as error:  # noqa: BLE001 - as the executor does, whatever a field raises
            data = None if is_non_null_type(self.field.type) else {self.key: None}
            return ExecutionResult(data, [located_error(error, [self.node], [self.key])])
        return None if value is UNANSWERED else ExecutionResult({self.key: value})

    def _arguments(self, variables: VariableValues) -> Arguments:
        return convert_arguments(
            get_argument_values(self.field, self.node, variables),
            definition_of(self.field).arguments,
            schema.schema_converter.scalar_registry,
            schema.config,
        )


def direct_of(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> Direct | None:
    """Returns the short way to the answer of a valid operation, if there is one."""
    selections = operation.selection_set.selections
    node = selections[0]
    if operation.operation is not OperationType.QUERY or len(selections) > 1:
        return None
    if not isinstance(node, FieldNode) or node.directives or operation.directives:
        return None
    assert _CORE.query_type is not None, "the schema has queries"
    field = _CORE.query_type.fields.get(node.name.value)
    if field is None:
        return None
    for extension in definition_of(field).extensions:
        if isinstance(extension, WholeTree):
            return Direct(operation, fragments, node, field, extension, guards_of(field))
    return None
