"""The columns that each entity is read from."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Case,
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    func,
    or_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from db import models
from db.models import Base
from domain import entities
from domain.enums import InviteStatus, NotificationStatus
from domain.events import EventKind


def columns(
    model: type[Base], entity: type, **computed: ColumnElement[Any]
) -> list[ColumnElement[Any] | InstrumentedAttribute[Any]]:
    """Returns what to select for `entity`, in the order of its fields.

    A field is the model's column of the same name, or the expression given for it in `computed`.
    """
    names = [field.name for field in fields(entity)]
    return [
        computed[name] if name in computed else getattr(model, _attribute(name)) for name in names
    ]


def _attribute(field: str) -> str:
    return "metadata_" if field == "metadata" else field


def parts(row: Sequence[Any], *entities: type) -> Iterator[Any]:
    """Yields the entities that a row begins with; None for one that an outer join did not find."""
    start = 0
    for entity in entities:
        end = start + _width(entity)
        yield None if row[start] is None else entity(*row[start:end])
        start = end


@cache
def _width(entity: type) -> int:
    return len(fields(entity))


def new(column: InstrumentedAttribute[Any]) -> BindParameter[Any]:
    """Returns the parameter for a column's value in a new or changed row."""
    # The prefix keeps it apart from a statement's own parameters, which have bare names.
    return bindparam(f"new_{column.key}", type_=column.type)


def in_owner_scope(
    owner_id: ColumnElement[str] | InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """Returns the row-level filter: the condition that `owner_id` is in the reader's owner scope.

    It protects rows even if a guard is missing. `owner_scope` has no default and must be bound.
    """
    owner_scope = bindparam("owner_scope", type_=String)
    return or_(owner_scope.is_(None), owner_id == owner_scope)


def effective_status(invite: type[models.ReferralInvite]) -> Case[Any]:
    """Returns an invite's status as of now: a sent invite past its `expires_at` is expired."""
    is_over = and_(invite.status == InviteStatus.SENT, invite.expires_at <= func.now())
    return case((is_over, InviteStatus.EXPIRED), else_=invite.status)


EFFECTIVE_STATUS = effective_status(models.ReferralInvite).label("status")

TIER = columns(models.Tier, entities.Tier)
MEMBER = columns(models.Member, entities.Member)
ENTRY = columns(models.LedgerEntry, entities.LedgerEntry)
INVITE = columns(models.ReferralInvite, entities.ReferralInvite, status=EFFECTIVE_STATUS)
EVENT = columns(
    models.OutboxEvent,
    entities.OutboxEvent,
    kind=type_coerce(models.OutboxEvent.kind, models.enum_column(EventKind)),
)
NOTIFICATION = columns(
    models.Notification,
    entities.Notification,
    kind=type_coerce(models.Notification.kind, models.enum_column(EventKind)),
    status=type_coerce(models.Notification.status, models.enum_column(NotificationStatus)),
)
ATTRIBUTION = columns(models.ReferralAttribution, entities.Attribution)
