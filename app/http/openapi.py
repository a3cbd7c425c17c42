"""Corrects the OpenAPI document: it describes the refusals that the service really sends."""

from collections.abc import Callable, Iterator
from typing import Any

from app.http.problems import PROBLEM_TYPE

# FastAPI's own answer to an invalid request, in place of which this service has problem documents.
_NEVER_SERVED = "422"
_NEVER_USED = ("HTTPValidationError", "ValidationError")


def as_served(generate: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Returns a maker of the document that describes refusals as they are served.

    `generate` is FastAPI's own, which makes the document once and then hands out the same.
    """

    def document_as_served() -> dict[str, Any]:
        document = generate()
        for operation in _operations(document):
            operation["responses"].pop(_NEVER_SERVED, None)
            for response in operation["responses"].values():
                _serve_as_problem(response)
        for name in _NEVER_USED:
            document["components"]["schemas"].pop(name, None)
        return document

    return document_as_served


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _serve_as_problem(response: dict[str, Any]) -> None:
    content = response.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if schema.get("$ref", "").endswith("/ProblemBody"):
        response["content"] = {PROBLEM_TYPE: content["application/json"]}
