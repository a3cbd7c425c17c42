"""The short way: an operation of one field, past the executor.

What the executor would do for it (collect one field, wait for it, leave its JSON as it is) takes
longer than reading it, and half as long as a change. Whatever is not as simple as that is the
executor's, and so is whatever does not pass: errors are made in one place. A change that was made
by then is handed to it, and not made again.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    OperationDefinitionNode,
    is_non_null_type,
    located_error,
)

from resolvers.context import Context
from schema import schema
from schema.compiled.arguments import ArgumentsOf, arguments_of
from schema.compiled.payloads import CompletedMutation, Payload
from schema.compiled.planner import FieldSelection
from schema.compiled.reads import UNANSWERED, CompiledRead
from schema.compiled.root_fields import Arguments
from schema.compiled.variables import Variables
from schema.permissions import Guard, definition_of, guards_of

_CORE = schema._schema


@dataclass(frozen=True, slots=True)
class Direct:
    """An operation of one field, and all that is the same for every request of it."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    node: FieldNode
    field: GraphQLField
    variables: Variables
    arguments: ArgumentsOf
    guards: tuple[Guard, ...]
    way: CompiledRead | Payload

    @property
    def key(self) -> str:
        """The name of the field in the answer."""
        return (self.node.alias or self.node.name).value

    async def answer(
        self, variables: Mapping[str, Any], context: Context
    ) -> ExecutionResult | CompletedMutation | None:
        """Returns the answer; or what the executor has to find it by, None for nothing."""
        try:
            values = self.variables.read(variables)
            arguments = self.arguments(values)
            for guard in self.guards:
                guard.require(context.actor, arguments)
        except Exception:  # noqa: BLE001 - whatever it is, the executor meets it again
            return None
        asking = FieldSelection(
            _CORE, self.operation, self.fragments, [self.node], self.field.type, values
        )
        if isinstance(self.way, CompiledRead):
            return await self._read(self.way, asking, context, arguments)
        return await self._perform(self.way, asking, context, arguments)

    async def _read(
        self, way: CompiledRead, asking: FieldSelection, context: Context, arguments: Arguments
    ) -> ExecutionResult | None:
        try:
            value = await way.read(asking, context, arguments, is_all=True)
        except Exception as error:  # noqa: BLE001 - as the executor does, whatever a field raises
            data = None if is_non_null_type(self.field.type) else {self.key: None}
            return ExecutionResult(data, [located_error(error, [self.node], [self.key])])
        return None if value is UNANSWERED else ExecutionResult({self.key: value})

    async def _perform(
        self, way: Payload, asking: FieldSelection, context: Context, arguments: Arguments
    ) -> ExecutionResult | CompletedMutation:
        resolver = cast(Callable[..., Awaitable[Any]], definition_of(self.field).base_resolver)
        try:
            payload = await resolver(None, _Info(context), **arguments)
            written = await way.written(payload, asking, context)
        except Exception as error:  # noqa: BLE001 - a refusal, mostly, which Strawberry knows to serve
            return CompletedMutation(error=error)
        return (
            CompletedMutation(payload) if written is None else ExecutionResult({self.key: written})
        )


@dataclass(frozen=True, slots=True)
class _Info:
    """All that the resolvers of mutations ask of what they are told."""

    context: Context


def direct_of(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> Direct | None:
    """Returns the short way to the answer of a valid operation, if there is one."""
    selections = operation.selection_set.selections
    node = selections[0]
    if len(selections) > 1 or not isinstance(node, FieldNode):
        return None
    if node.directives or operation.directives:
        return None
    root = _CORE.get_root_type(operation.operation)
    assert root is not None, "a valid operation is of a kind that the schema has"
    field = root.fields.get(node.name.value)
    if field is None:
        return None
    for extension in definition_of(field).extensions:
        if isinstance(extension, CompiledRead | Payload):
            return Direct(
                operation,
                fragments,
                node,
                field,
                Variables(_CORE, operation),
                arguments_of(field, node),
                guards_of(field),
                extension,
            )
    return None
