"""The way that an error takes to the caller.

What the caller can act on is a member of a result union and never comes here. What is not allowed
or malformed goes into `errors[]` with a code. All else is our fault: the caller learns nothing but
the request's id, under which the log has the reason.
"""

from collections.abc import Iterable

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types import ExecutionContext

from db.engine.failures import is_retryable
from domain.errors.base import InvalidInput, LoyaltyError, Unavailable

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


class Schema(strawberry.Schema):
    """A schema whose errors all carry a code, and give nothing away."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Gives each error its code and, where it is our fault, another message."""
        context = execution_context.context if execution_context else None
        classify(errors, getattr(context, "request_id", None))


def classify(errors: Iterable[GraphQLError], request_id: str | None) -> None:
    """Gives each error of an execution its code and, where it is our fault, another message."""
    for error in errors:
        _classify(error, request_id)


def _classify(error: GraphQLError, request_id: str | None) -> None:
    if error.extensions and "code" in error.extensions:
        return
    cause = error.original_error
    if isinstance(cause, Exception) and is_retryable(cause):
        cause = Unavailable()
        error.message = cause.message
    if isinstance(cause, LoyaltyError):
        numbers = {"field": cause.field} if isinstance(cause, InvalidInput) else {}
        _mark(error, cause.code, **numbers)
    elif isinstance(error, GraphQLSyntaxError):
        _mark(error, PARSE_FAILED)
    elif cause is None or isinstance(cause, GraphQLError):
        # What GraphQL itself refuses at execution is an argument or a variable of a wrong type.
        _mark(error, InvalidInput.code)
    else:
        error.message = (
            f"Something went wrong on our side. Report it with the request id {request_id}."
        )
        _mark(error, INTERNAL_SERVER_ERROR, requestId=request_id)


def _mark(error: GraphQLError, code: str, **more: str | None) -> None:
    error.extensions = {**(error.extensions or {}), "code": str(code), **more}
