"""Answers a request: prepares its document once, computes its cost, executes its operation.

Strawberry makes the schema; its own `execute` would parse, validate and set its extensions up anew
for every request, which takes longer than resolving a small query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType, execute
from strawberry.execution import optimized_is_awaitable

from domain.enums import Role
from resolvers.context import Context
from schema import schema
from schema.error_channels import VALIDATION_FAILED, classify
from schema.limits.cost import COST_MAX
from schema.limits.size import ERRORS_MAX
from schema.operations.documents import Documents, FormattedError, Operation, Prepared

# The schema of graphql-core that Strawberry has made of the types.
_CORE = schema._schema
documents = Documents(_CORE)


@dataclass(frozen=True)
class Request:
    """What a caller asks: a document, which of its operations, and the values of its variables."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    operation_name: str | None = None


@dataclass(frozen=True)
class Answer:
    """What came of a request; where nothing was executed, there is no data, not even null."""

    errors: Sequence[FormattedError] = ()
    data: Mapping[str, Any] | None = None
    is_executed: bool = False
    cost: int | None = None
    causes: Sequence[GraphQLError] = ()  # the errors themselves, for the log


class OperationUnknown(Exception):
    """The document does not say which operation to execute; the text says why."""


def prepare(query: str, context: Context) -> Prepared:
    """Returns what is known of a document for this caller."""
    return documents.prepare(query, may_introspect=context.actor.role is not Role.ANONYMOUS)


def chosen(prepared: Prepared, operation_name: str | None) -> Operation:
    """Returns the operation that a request names, or the only one.

    Raises:
        OperationUnknown: there is none of this name, or none is named and there are several.
    """
    operations = prepared.operations
    if operation_name is None:
        if len(operations) == 1:
            return next(iter(operations.values()))
        if not operations:
            raise OperationUnknown("The document has no operation.")
        raise OperationUnknown("The document has several operations: name one in `operationName`.")
    if operation_name not in operations:
        raise OperationUnknown("The document has no operation of the name in `operationName`.")
    return operations[operation_name]


def is_mutation(operation: Operation) -> bool:
    """Whether an operation may change something."""
    return operation.node.operation is not OperationType.QUERY


async def answer(
    prepared: Prepared, operation: Operation, request: Request, context: Context
) -> Answer:
    """Returns the answer to one operation of a document that can be executed."""
    cost = operation.cost.of(request.variables)
    if cost > COST_MAX:
        return Answer(errors=[_too_expensive(cost)])
    compiled = operation.compiled
    result = None if compiled is None else await compiled.run(request.variables, context)
    if result is None:
        result = await _execute(prepared, request, context)
    errors = result.errors or []
    classify(errors, context.request_id)
    return Answer(
        errors=[error.formatted for error in errors[:ERRORS_MAX]],
        data=result.data,
        # What goes wrong before the first field is resolved is nowhere in the answer.
        is_executed=result.data is not None or any(error.path for error in errors),
        cost=cost,
        causes=errors,
    )


async def _execute(prepared: Prepared, request: Request, context: Context) -> ExecutionResult:
    assert prepared.document is not None, "only a valid document has operations"
    result = execute(
        _CORE,
        prepared.document,
        context_value=context,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        max_coercion_errors=ERRORS_MAX,
        executor_class=schema.execution_context_class,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # tells what the guard does
        hide_suggestions=True,
    )
    return await result if isawaitable(result) else result


def _too_expensive(cost: int) -> FormattedError:
    return {
        "message": (
            f"The operation costs {cost:,}, more than {COST_MAX:,}: ask for fewer items, or for "
            "less of each."
        ),
        "extensions": {"code": VALIDATION_FAILED, "cost": cost_extension(cost)},
    }


def cost_extension(cost: int) -> dict[str, int]:
    """Returns a cost as it is served."""
    return {"value": cost, "max": COST_MAX}
