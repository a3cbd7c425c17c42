"""Which columns make which entity."""

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
from domain.enums import EventKind, InviteStatus, NotificationStatus


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
    """Yields the entities of which a row begins; None for one that an outer join has not found."""
    start = 0
    for entity in entities:
        end = start + _width(entity)
        yield None if row[start] is None else entity(*row[start:end])
        start = end


@cache
def _width(entity: type) -> int:
    return len(fields(entity))


def new(column: InstrumentedAttribute[Any]) -> BindParameter[Any]:
    """Returns the parameter that is a column's value in a new row, or its new one."""
    # Not by the column's bare name: those are for values that a statement takes by itself.
    return bindparam(f"new_{column.key}", type_=column.type)


def in_owner_scope(
    owner_id: ColumnElement[str] | InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """Returns the condition that the rows of `owner_id` are in the reader's owner scope.

    It is the row-level filter behind the guards. It has no default: `owner_scope` must be bound.
    """
    owner_scope = bindparam("owner_scope", type_=String)
    return or_(owner_scope.is_(None), owner_id == owner_scope)


def effective_status(invite: type[models.ReferralInvite]) -> Case[Any]:
    """Returns an invite's status as of now: one that was sent and whose time is up has expired."""
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
