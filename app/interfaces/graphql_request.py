"""GraphQL over HTTP, the way in: what a request asks, and in which form it wants the answer.

https://graphql.github.io/graphql-over-http/draft/
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from app.http.headers import header_values
from app.http.limits import read_body
from schema.operations.run import Request

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
_PARAMETERS_MAX = 20
_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)


class RequestRefused(Exception):
    """HTTP itself does not allow the request, whatever it asks; the text says why."""

    def __init__(self, status: HTTPStatus, detail: str, *, allow: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {"Allow": allow} if allow else {}


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Returns what a request asks.

    Raises:
        RequestRefused: its method, its media type or its form is not one of GraphQL over HTTP.
    """
    match scope["method"]:
        case "GET":
            return _request(_parameters_of_url(scope["query_string"]))
        case "POST":
            _require_json(scope)
            return _request(_parameters_of_body(await read_body(receive)))
        case _:
            raise RequestRefused(
                HTTPStatus.METHOD_NOT_ALLOWED, "Send a POST, or a GET.", allow="GET, POST"
            )


@lru_cache(maxsize=256)
def answer_type(accept: str | None) -> str:
    """Returns the media type of the answer that a caller prefers.

    Who names neither of ours gets `application/json`, which everybody can read.
    """
    qualities: dict[str, float] = {}
    for part in (accept or JSON).lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        qualities[name] = _quality(parameters)
    is_preferred = qualities.get(GRAPHQL_RESPONSE, 0.0) >= max(qualities.get(JSON, 0.0), 0.001)
    return GRAPHQL_RESPONSE if is_preferred else JSON


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _require_json(scope: Scope) -> None:
    types = header_values(scope, b"content-type")
    if len(types) != 1 or not _JSON_TYPE.fullmatch(types[0].strip()):
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON}, encoded in UTF-8."
        )
    encodings = header_values(scope, b"content-encoding")
    if any(encoding.lower() != "identity" for encoding in encodings):
        raise RequestRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, without a Content-Encoding."
        )


def _parameters_of_body(body: bytes) -> Mapping[str, Any]:
    try:
        # Not orjson, which silently converts integers beyond 64 bits to floats.
        parameters = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "The body is not JSON.") from None
    if isinstance(parameters, list):
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST, "Send one request at a time: there are no batches."
        )
    if not isinstance(parameters, dict):
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST, "The body must be a JSON object with a `query`."
        )
    return parameters


def _parameters_of_url(query_string: bytes) -> Mapping[str, Any]:
    try:
        parameters: dict[str, Any] = dict(
            parse_qsl(
                query_string.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_PARAMETERS_MAX,
            )
        )
        for name in ("variables", "extensions"):
            if parameters.get(name):
                parameters[name] = json.loads(parameters[name])
            else:
                parameters.pop(name, None)
    except (ValueError, RecursionError):
        raise RequestRefused(
            HTTPStatus.BAD_REQUEST,
            "The parameters are malformed: `variables` and `extensions` must be JSON.",
        ) from None
    return parameters


def _request(parameters: Mapping[str, Any]) -> Request:
    query = parameters.get("query")
    if not isinstance(query, str) or not query.strip():
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "`query` must be a text, and not empty.")
    name = parameters.get("operationName")
    if not isinstance(name, str | None):
        raise RequestRefused(HTTPStatus.BAD_REQUEST, "`operationName` must be a text or null.")
    for map_ in ("variables", "extensions"):
        if not isinstance(parameters.get(map_), dict | None):
            raise RequestRefused(HTTPStatus.BAD_REQUEST, f"`{map_}` must be an object or null.")
    return Request(query, parameters.get("variables") or {}, name or None)
