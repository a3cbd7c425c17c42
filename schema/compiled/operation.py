"""A compiled operation: one statement for each root field of a query, or one use case.

For a single field, the executor takes longer than the database. It still executes each operation
of which anything is not known here: a root field without a binding, a field extension, a directive.
It also answers where an argument or the caller is refused, so that errors are made in one place.
That is decided before a mutation is performed, so that no mutation is ever performed twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_non_null_type,
    located_error,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields
from graphql.execution.values import VariableValues
from strawberry.permission import PermissionExtension

from domain.errors.base import InvalidInput, LoyaltyError
from resolvers.context import Context
from schema import schema
from schema.compiled.arguments import ArgumentsOf, arguments_of
from schema.compiled.payloads import PayloadPlan, PayloadPlans, payload_plans
from schema.compiled.plan_cache import PlanCache, directive_variables
from schema.compiled.planner import BoundStatement, FieldSelection, Plan, plan
from schema.compiled.root_fields import ROOT_FIELDS, Arguments, RootFieldBinding
from schema.compiled.variables import Variables
from schema.permissions import Guard, definition_of, guards_of
from schema.results.refusals import SERVED

_CORE = schema._schema


@dataclass(frozen=True, slots=True)
class _RootField:
    """A root field: its key in the answer, where it stands, and all that no request changes."""

    key: str
    nodes: list[FieldNode]
    field: GraphQLField
    arguments: ArgumentsOf
    guards: tuple[Guard, ...]

    def allowed_arguments(self, context: Context, variables: dict[str, Any]) -> Arguments:
        """Returns the arguments. Raises what is raised if they or the caller are refused."""
        arguments = self.arguments(variables)
        for guard in self.guards:
            guard.require(context.actor, arguments)
        return arguments

    def failed(self, error: Exception) -> GraphQLError:
        """Returns the error of the field, as the executor does."""
        return located_error(error, self.nodes, [self.key])


@dataclass(frozen=True, slots=True)
class _Read:
    """A root field of a query, and the statement that answers it for this request."""

    field: _RootField
    binding: RootFieldBinding
    bound: BoundStatement


@dataclass(frozen=True, slots=True)
class _Info:
    """All that the resolvers of mutations read of an Info."""

    context: Context


# Shared by all operations: many documents with many directives must not fill the memory.
_root_fields: PlanCache[tuple[_RootField, ...]] = PlanCache()
_plans: PlanCache[Plan] = PlanCache()
_payloads: PlanCache[PayloadPlans] = PlanCache()


class CompiledOperation:
    """An operation that is compiled as a whole; its plans are kept in the shared plan caches."""

    def __init__(
        self,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        directive_variables: tuple[str, ...],
    ) -> None:
        self._operation = operation
        self._fragments = fragments
        self._variables = Variables(_CORE, operation)
        self._directive_variables = directive_variables

    async def run(self, given: Mapping[str, Any], context: Context) -> ExecutionResult | None:
        """Returns the answer, or None if the executor has to execute the operation."""
        try:
            variables = self._variables.read(given)
            values = tuple(variables.get(name) for name in self._directive_variables)
            fields = _root_fields.get((self, values), lambda: self._collected(variables))
            arguments = [each.allowed_arguments(context, variables) for each in fields or ()]
        except Exception:  # noqa: BLE001 - the executor meets the same error, and reports it
            return None
        if not fields:
            return None
        try:
            if self._operation.operation is OperationType.QUERY:
                reads = self._reads(fields, arguments, variables, values, context)
                return None if reads is None else await _read(reads, context)
            [field], [given_arguments] = fields, arguments
            payload = self._payload(field, variables, values, context)
            return (
                None
                if payload is None
                else await _perform(field, given_arguments, payload, context)
            )
        except Exception as error:  # noqa: BLE001 - a fault of the compiler, to be logged
            errors = [each.failed(error) for each in fields]
            is_null = any(is_non_null_type(each.field.type) for each in fields)
            return ExecutionResult(None if is_null else {each.key: None for each in fields}, errors)

    def _collected(self, variables: dict[str, Any]) -> tuple[_RootField, ...]:
        """Returns the root fields, or none if one of them cannot be compiled."""
        type_ = cast(GraphQLObjectType, _CORE.get_root_type(self._operation.operation))
        fragments = {name: FragmentDetails(each) for name, each in self._fragments.items()}
        collected = collect_fields(
            _CORE, fragments, VariableValues({}, variables), type_, self._operation
        )
        fields = tuple(
            _root_field(type_, key, [detail.node for detail in details])
            for key, details in collected.grouped_field_set.items()
        )
        is_mutation = self._operation.operation is OperationType.MUTATION
        if is_mutation and len(fields) > 1:
            return ()
        return tuple(each for each in fields if each is not None) if all(fields) else ()

    def _selection(self, field: _RootField, variables: dict[str, Any]) -> FieldSelection:
        return FieldSelection(
            _CORE, self._operation, self._fragments, field.nodes, field.field.type, variables
        )

    def _reads(
        self,
        fields: tuple[_RootField, ...],
        arguments: list[Arguments],
        variables: dict[str, Any],
        values: tuple[Any, ...],
        context: Context,
    ) -> list[_Read] | None:
        """Returns the statements of a query, or None if one of its fields needs the resolvers."""
        reads = []
        queries, actor = context.json_queries, context.actor
        try:
            for field, given in zip(fields, arguments, strict=True):
                binding = ROOT_FIELDS[field.nodes[0].name.value](actor, **given)
                if binding is None:
                    return None
                root = binding.root
                selection = self._selection(field, variables)
                planned = _plans.get(
                    (self, field.key, values, queries, actor.is_admin, root.type_names),
                    lambda: plan(selection, root, queries.mapping, actor),  # noqa: B023 - called at once
                )
                if planned is None:
                    return None
                lists = planned.list_arguments(variables)
                reads.append(
                    _Read(field, binding, planned.bound(context, root, binding.arguments, lists))
                )
        except (InvalidInput, GraphQLError):
            return None
        return reads

    def _payload(
        self,
        field: _RootField,
        variables: dict[str, Any],
        values: tuple[Any, ...],
        context: Context,
    ) -> PayloadPlan | None:
        """Returns how to serialize the payload, or None if that needs the resolvers."""
        selection = self._selection(field, variables)
        try:
            plans = _payloads.get(
                (self, values, context.json_queries, context.actor.is_admin),
                lambda: payload_plans(selection, context),
            )
            return None if plans is None else plans.bind(variables)
        except (InvalidInput, GraphQLError):
            return None


async def _read(reads: list[_Read], context: Context) -> ExecutionResult | None:
    # A request that holds a connection may not wait for a statement that needs one.
    is_alone = len(reads) == 1
    data: dict[str, Any] | None = {}
    errors = []
    for each in reads:
        binding, bound = each.binding, each.bound
        reader = context.single_flight if is_alone and binding.is_public else context.reader
        try:
            text = await reader.text(bound.sql, bound.parameters)
        except Exception as error:  # noqa: BLE001 - as the executor does with any error of a field
            errors.append(each.field.failed(error))
            if is_non_null_type(each.field.field.type):
                data = None
            text = None
        else:
            if text is None and binding.is_resolved_if_missing:
                return None
        if data is not None:
            data[each.field.key] = None if text is None else orjson.Fragment(text)
    context.is_compiled = True
    return ExecutionResult(data, errors or None)


async def _perform(
    field: _RootField, arguments: Arguments, plan: PayloadPlan, context: Context
) -> ExecutionResult:
    definition = definition_of(field.field)
    resolver = cast(Callable[..., Awaitable[Any]], definition.base_resolver)
    info: Any = _Info(context)
    try:
        try:
            payload = await resolver(None, info, **arguments)
        except LoyaltyError as refusal:
            served = SERVED.get(type(refusal))
            if served is None or served.error_type.__name__ not in _possible_types(field.field):
                raise
            payload = served.answer(refusal)
        return ExecutionResult({field.key: await plan.serialize(payload, context)})
    except Exception as error:  # noqa: BLE001 - as the executor does with any error of a field
        return ExecutionResult(None, [field.failed(error)])


def _possible_types(field: GraphQLField) -> set[str]:
    """Returns the names of the types in the union of a field."""
    union = cast(GraphQLUnionType, get_named_type(field.type))
    return {each.name for each in union.types}


def _root_field(type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> _RootField | None:
    name = nodes[0].name.value
    field = type_.fields.get(name)
    if field is None or (type_ is _CORE.query_type and name not in ROOT_FIELDS):
        return None
    for extension in definition_of(field).extensions:
        if not isinstance(extension, PermissionExtension) or not all(
            isinstance(each, Guard) for each in extension.permissions
        ):
            return None
    return _RootField(key, nodes, field, arguments_of(field, nodes[0]), guards_of(field))


def compiled_operation(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> CompiledOperation | None:
    """Returns the compiled operation of a valid one, or None if it has an unknown directive."""
    variables = directive_variables(operation, fragments)
    return None if variables is None else CompiledOperation(operation, fragments, variables)
