"""GraphQL over HTTP: Strawberry's view, with our context, our JSON and errors that are JSON too."""

import json
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.types import ExecutionResult

from app.context import Contexts
from app.errors import log_failure
from app.json_text import encode
from app.request_id import request_id_of
from app.timing import HEADER, Timing
from resolvers.context import Context
from schema import schema
from schema.error_channels import INTERNAL_SERVER_ERROR

BAD_REQUEST = "BAD_REQUEST"


class GraphQLView(GraphQL[Context, None]):
    """The one GraphQL endpoint: `POST` for everything, `GET` for queries alone."""

    def __init__(self, contexts: Contexts) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._contexts = contexts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        timing = Timing() if self._contexts.shows_timing else None
        async with self._contexts.of_request(scope) as context:
            try:
                response = await self.run(Request(scope, receive), context)
            except HTTPException as error:
                response = _refusal(error.status_code, error.reason)
            if timing is not None:
                response.headers[HEADER] = timing.header(context)
        await response(scope, receive, send)

    def parse_json(self, data: str | bytes) -> Any:
        """Returns the request that a body holds.

        Raises:
            HTTPException: the body is not a JSON object.
        """
        try:
            # Not orjson, which turns integers beyond 64 bits into floats without a word.
            body = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, "The body is not JSON.") from error
        if not isinstance(body, dict):
            raise HTTPException(400, "The body must be a JSON object with a `query`.")
        return body

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        """Returns the answer, after logging what in it is our fault."""
        for error in result.errors or ():
            is_ours = (error.extensions or {}).get("code") == INTERNAL_SERVER_ERROR
            if is_ours and error.original_error is not None:
                log_failure(error.original_error, request_id_of(request.scope))
        return await super().process_result(request, result)

    def encode_json(self, data: Any) -> bytes:
        """Returns the answer as JSON."""
        return encode(data)


def _refusal(status: int, reason: str) -> Response:
    error = {"message": reason, "extensions": {"code": BAD_REQUEST}}
    return Response(
        orjson.dumps({"errors": [error]}), status_code=status, media_type="application/json"
    )
