"""GraphQL over HTTP: Strawberry's view, with our context, our JSON and errors that are JSON too."""

import json
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.types.unset import UNSET

from app.context import Contexts
from resolvers.context import Context
from schema import schema

BAD_REQUEST = "BAD_REQUEST"


class GraphQLView(GraphQL[Context, None]):
    """The one GraphQL endpoint: `POST` for everything, `GET` for queries alone."""

    def __init__(self, contexts: Contexts) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._contexts = contexts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            response = _refusal(error.status_code, error.reason)
        await response(scope, receive, send)

    async def run(self, request: Any, context: Any = UNSET, root_value: Any = UNSET) -> Response:
        """Answers a request in a context of its own."""
        async with self._contexts.of_request(request.scope) as context:
            return await super().run(request, context, None)

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

    def encode_json(self, data: object) -> bytes:
        """Returns the answer as JSON."""
        return orjson.dumps(data)


def _refusal(status: int, reason: str) -> Response:
    error = {"message": reason, "extensions": {"code": BAD_REQUEST}}
    return Response(
        orjson.dumps({"errors": [error]}), status_code=status, media_type="application/json"
    )
