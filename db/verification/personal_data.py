"""What is held about one person: read as a whole, and forgotten but for their id.

Where each kind of personal data is, and what becomes of it, is listed in docs/data.md.
"""

from itertools import chain, starmap
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB

from db import models
from db.engine.sessions import Reader, Writer
from db.models import Base
from db.rows import in_owner_scope
from domain.entities import User

Export = dict[str, list[dict[str, Any]]]
"""The rows of each table, in the spelling of the API."""

# By what the rows about a person are found in each table, by index throughout.
_HELD = {
    "users": "id = :user_id",
    "notification_preferences": "user_id = :user_id",
    "loyalty_members": "user_id = :user_id",
    "loyalty_ledger_entries": "member_id = :user_id",
    "loyalty_referral_invites": (
        "referrer_id = :user_id OR invitee_id = :user_id "
        "OR lower(invitee_email) = (SELECT lower(email) FROM users WHERE id = :user_id)"
    ),
    "loyalty_referral_codes": (
        "code IN (SELECT referral_code FROM loyalty_members WHERE user_id = :user_id "
        "UNION ALL SELECT code FROM loyalty_referral_invites WHERE referrer_id = :user_id)"
    ),
    "loyalty_referral_attributions": (
        "invitee_id IN (SELECT CAST(:user_id AS text) "
        "UNION ALL SELECT invitee_id FROM loyalty_referral_invites WHERE referrer_id = :user_id)"
    ),
    "idempotency_keys": "actor_id = :user_id",
    "outbox_events": "user_id = :user_id",
    "notifications": "user_id = :user_id",
}


def _rows_of(table: str, condition: str) -> tuple[ColumnElement[str], ColumnElement[Any]]:
    rows = func.jsonb_agg(func.to_jsonb(literal_column("held")))
    held = Base.metadata.tables[table].alias("held")
    found = select(func.coalesce(rows, text("'[]'::jsonb"))).select_from(held)
    return literal(table), found.where(text(condition)).scalar_subquery()


# One statement, so that all of it is as of one time.
_EXPORT = select(
    func.jsonb_build_object(*chain.from_iterable(starmap(_rows_of, _HELD.items())), type_=JSONB)
).where(models.User.id == bindparam("user_id"), in_owner_scope(models.User.id))
_FORGET_USER = text(
    "UPDATE users SET email = NULL, display_name = NULL, erased_at = now() WHERE id = :user_id"
)
_FORGET_AGREEMENT = text(
    "UPDATE notification_preferences SET marketing_messages = false, updated_at = now() "
    "WHERE user_id = :user_id"
)
# Mail servers repeat addresses in what they answer: of mails to the user, and of invites to them.
_FORGET_ADDRESSES = text(
    """
    WITH invited AS (
        UPDATE loyalty_referral_invites SET invitee_email = NULL, metadata = '{}'
        WHERE referrer_id = :user_id OR invitee_id = :user_id
           OR lower(invitee_email) = lower(CAST(:email AS text))
        RETURNING referrer_id, id
    ), notified AS (
        SELECT user_id, id FROM outbox_events WHERE user_id = :user_id
        UNION
        SELECT event.user_id, event.id FROM invited JOIN outbox_events AS event
            ON event.user_id = invited.referrer_id
            AND event.payload ->> 'inviteId' = CAST(invited.id AS text)
    ), answered AS (
        UPDATE outbox_events AS event SET last_error = NULL
        FROM notified WHERE event.id = notified.id
    )
    UPDATE notifications AS notification SET reason = NULL FROM notified
    WHERE notification.user_id = notified.user_id AND notification.event_id = notified.id
      AND notification.status = 'FAILED'
    """
)


async def export(reader: Reader, user_id: str) -> Export | None:
    """Returns everything that is held about a user, by table; None for an unknown one."""
    held = await reader.scalar(_EXPORT, {"user_id": user_id, "owner_scope": reader.owner_scope})
    if held is None:
        return None
    return {
        _camel_case(table): [{_camel_case(name): row[name] for name in row} for row in rows]
        for table, rows in held.items()
    }


async def erase(writer: Writer, user: User) -> None:
    """Forgets who a user is, whose row the caller has locked."""
    await writer.execute(_FORGET_ADDRESSES, {"user_id": user.id, "email": user.email})
    await writer.execute(_FORGET_AGREEMENT, {"user_id": user.id})
    await writer.execute(_FORGET_USER, {"user_id": user.id})


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))
