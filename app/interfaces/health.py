"""The health checks: whether the process answers, and whether the service is ready."""

import asyncio

from fastapi import APIRouter, Request, Response, status
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from app.context import Contexts
from app.database.migrate import is_unmigrated, newest_revision, present_revision
from db.repositories import outbox


class HealthBody(BaseModel):
    """The process answers."""

    status: str = Field(description="Always `ok`.")


class ReadinessBody(BaseModel):
    """Whether the service is ready, and if not, why."""

    status: str = Field(description="`ready` or `unavailable`.")
    database: str = Field(description="`ok`, `away` if it does not answer, or `not migrated`.")
    revision: str | None = Field(description="The newest migration that the database has.")
    expected_revision: str = Field(description="The migration that this code needs.")
    outbox_due: int | None = Field(
        None,
        description="Number of events that are due to be delivered, counted to 10,000 at most.",
    )
    outbox_oldest_due_seconds: float | None = Field(
        None,
        description="How long the oldest of them has been due; null if there is none. "
        "Minutes mean that no worker runs.",
    )
    outbox_worker: str | None = Field(
        None,
        description="State of the worker inside this process, in development mode: `running`, or "
        "`ended`, with the reason in the log. Null where workers are separate processes.",
    )


router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="getHealth", summary="Whether the process answers")
async def healthz() -> HealthBody:
    """Public. Does not query the database: a process that answers need not be restarted."""
    return HealthBody(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether the service is ready",
    responses={503: {"model": ReadinessBody, "description": "Not ready; the body says why."}},
)
async def readyz(request: Request, response: Response) -> ReadinessBody:
    """Public. Queries the database, and checks that it has the migrations of this code."""
    body = await readiness(request.app.state.contexts)
    body.outbox_worker = _state_of(request.app.state.outbox_worker)
    if body.status != "ready":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return body


async def readiness(contexts: Contexts) -> ReadinessBody:
    """Returns whether the service is ready, and if not, why."""
    expected = newest_revision()
    try:
        async with contexts.database.reader() as reader:
            present = await present_revision(reader)
            due = await outbox.queue(reader) if present == expected else None
    except (SQLAlchemyError, OSError) as error:
        state = "not migrated" if is_unmigrated(error) else "away"
        return ReadinessBody(
            status="unavailable", database=state, revision=None, expected_revision=expected
        )
    is_current = present == expected
    return ReadinessBody(
        status="ready" if is_current else "unavailable",
        database="ok" if is_current else "not migrated",
        revision=present,
        expected_revision=expected,
        outbox_due=due.due if due else None,
        outbox_oldest_due_seconds=due.oldest_due_seconds if due else None,
    )


def _state_of(worker: asyncio.Task[None] | None) -> str | None:
    if worker is None:
        return None
    return "ended" if worker.done() else "running"
