"""GraphQL over HTTP: the one endpoint, with its media types, its statuses and its JSON."""

import hashlib
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.context import Contexts
from app.http.headers import header_values
from app.http.json_text import encode
from app.http.limits import allow_at_least
from app.http.problems import GRAPHQL_PATH, TRY_AGAIN, log_failure, refusal
from app.http.timing import HEADER, Timing
from app.interfaces.graphql_request import (
    GRAPHQL_RESPONSE,
    RequestRefused,
    answer_type,
    read_request,
)
from domain.errors.base import Unavailable
from resolvers.context import Context
from schema.error_channels import INTERNAL_SERVER_ERROR
from schema.limits.time import seconds_allowed
from schema.operations.documents import Operation
from schema.operations.run import (
    Answer,
    OperationUnknown,
    Request,
    answer,
    chosen,
    cost_extension,
    is_mutation,
    prepare,
)

# The newest draft wants 422 for a document that is not valid; its audits and everybody else, 400.
INVALID_STATUS = HTTPStatus.BAD_REQUEST
_NAME_LENGTH_MAX = 64


class AheadOfRouter:
    """ASGI middleware that hands requests for `/graphql` to their view, past all that routes do."""

    def __init__(self, app: ASGIApp, view: ASGIApp) -> None:
        self._app = app
        self._view = view

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_for_view = scope["type"] == "http" and scope["path"] == GRAPHQL_PATH
        await (self._view if is_for_view else self._app)(scope, receive, send)


class GraphQLView:
    """The one GraphQL endpoint: `POST` for everything, `GET` for queries alone.

    It takes the caller and the request's id from the middleware around it.
    """

    def __init__(self, contexts: Contexts) -> None:
        self._contexts = contexts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        timing = Timing() if self._contexts.shows_timing else None
        async with self._contexts.of_request(scope) as context:
            try:
                request = await read_request(scope, receive)
                response = await self._answer(scope, request, context)
            except RequestRefused as refused:
                response = refusal(
                    scope, refused.status, detail=str(refused), headers=refused.headers
                )
            if timing is not None:
                response.headers[HEADER] = timing.header(context)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, request: Request, context: Context) -> Response:
        media_type = answer_type(_accepted(scope))
        prepared = prepare(request.query, context)
        if prepared.errors:
            return _response(Answer(errors=prepared.errors), media_type)
        try:
            operation = chosen(prepared, request.operation_name)
        except OperationUnknown as unknown:
            raise RequestRefused(HTTPStatus.BAD_REQUEST, str(unknown)) from None
        if scope["method"] == "GET" and is_mutation(operation):
            raise RequestRefused(
                HTTPStatus.METHOD_NOT_ALLOWED, "Send a mutation by POST.", allow="POST"
            )
        if (seconds := seconds_allowed(operation.root_fields)) is not None:
            allow_at_least(scope, seconds)
        answered = await answer(prepared, operation, request, context)
        if answered.causes:
            _log_our_faults(answered, _named(operation, request.query), context.request_id)
        return _response(answered, media_type, shows_cost=context.actor.is_authenticated)


def _accepted(scope: Scope) -> str | None:
    values = header_values(scope, b"accept")
    return ",".join(values) if values else None


def _response(answered: Answer, media_type: str, *, shows_cost: bool = False) -> Response:
    body: dict[str, Any] = {}
    if answered.errors:
        body["errors"] = answered.errors
    if answered.is_executed:
        body["data"] = answered.data
        if shows_cost:
            body["extensions"] = {"cost": cost_extension(answered.cost or 0)}
    headers = {"Content-Type": f"{media_type}; charset=utf-8"}
    status = _status(answered, media_type)
    if _is_unavailable(answered):
        headers |= TRY_AGAIN
    return Response(encode(body), status, headers)


def _status(answered: Answer, media_type: str) -> HTTPStatus:
    if _is_unavailable(answered) and not _has_data(answered):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if answered.is_executed or media_type != GRAPHQL_RESPONSE:
        # Who reads plain JSON learns from the status that the answer is GraphQL's, and no more.
        return HTTPStatus.OK
    return INVALID_STATUS


def _has_data(answered: Answer) -> bool:
    return any(value is not None for value in (answered.data or {}).values())


def _is_unavailable(answered: Answer) -> bool:
    return any(error["extensions"]["code"] == Unavailable.code for error in answered.errors)


def _log_our_faults(answered: Answer, what: str, request_id: str) -> None:
    for error in answered.causes:
        is_ours = (error.extensions or {}).get("code") == INTERNAL_SERVER_ERROR
        if is_ours and error.original_error is not None:
            log_failure(error.original_error, request_id, operation=what)


def _named(operation: Operation, query: str) -> str:
    """Returns what identifies a document without quoting it."""
    name = operation.node.name.value[:_NAME_LENGTH_MAX] if operation.node.name else "unnamed"
    return f"{name} {hashlib.sha256(query.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
