"""What each field of each type is in the database.

A field that shows a column of the same name needs no declaration. Any other field that is not named
here is answered by the resolvers.
"""

from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Double,
    String,
    Uuid,
    and_,
    any_,
    cast,
    false,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from db import models
from db.json_queries.columns import column_fields, value_of
from db.json_queries.declarations import (
    Bind,
    Connection,
    Embedded,
    Entity,
    Field,
    Mapping,
    ToOne,
    Value,
)
from db.json_queries.expressions import Parts, global_id, plain, quoted, string, timestamp
from db.object_types import (
    LEDGER_ENTRY,
    MEMBER,
    NOTIFICATION,
    REFERRAL_INVITE,
    TIER,
    USER,
    ObjectType,
)
from db.rows import effective_status

Column = ColumnElement[Any]

# The active tiers, each with the threshold of the one below it: read once a statement.
_ACTIVE_TIERS = (
    select(
        models.Tier,
        func.coalesce(
            func.lag(models.Tier.point_threshold).over(order_by=models.Tier.point_threshold),
            literal_column("0"),
        ).label("starts_at"),
    )
    .where(models.Tier.is_active)
    .cte("steps")
    .prefix_with("MATERIALIZED")
)


class _Progress(NamedTuple):
    """A member, and the next tier."""

    member: Any
    step: Any

    def points_missing(self) -> Parts:
        return plain(self.step.c.point_threshold - self.member.lifetime_points)

    def fraction(self) -> Parts:
        # The same division of the same doubles as in Python.
        done = cast(self.member.lifetime_points - self.step.c.starts_at, Double)
        return plain(done / cast(self.step.c.point_threshold - self.step.c.starts_at, Double))


def _entity(type_: ObjectType, fields: dict[str, Field]) -> Entity:
    """Returns a type with a global id: its id and its owner follow from its registration.

    Fields that show a column of the same name need no declaration.
    """
    owner = type_.owner
    return Entity(
        type_.model,
        {
            **column_fields(type_.model),
            "id": Value(lambda row: global_id(type_.name, *(getattr(row, n) for n in type_.key))),
            **fields,
        },
        owner_id=None if owner is None else lambda row: getattr(row, owner),
    )


def _user(column: str) -> ToOne:
    return ToOne("User", lambda row, user: user.id == getattr(row, column))


def _marketing_messages(user: Any) -> Parts:
    agreed = select(models.NotificationPreference.marketing_messages).where(
        models.NotificationPreference.user_id == user.id
    )
    return plain(func.coalesce(agreed.scalar_subquery(), false()))


def _older(row: Any, bind: Bind) -> Column:
    older: Column = row.id < bind("after_0", Uuid)
    return older


LEDGER = Connection(
    "LedgerEntry",
    name="ledger",
    key=lambda entry: (entry.seq,),
    serializers=(plain,),
    order_by=lambda entry: (entry.seq.desc(),),
    after=lambda entry, bind: entry.seq < bind("after_0", BigInteger),
    within=lambda member, entry: entry.member_id == member.user_id,
    filters={
        "kinds": lambda listed, entry, bind: listed.where(
            type_coerce(entry.kind, String) == any_(bind("kinds", ARRAY(String)))
        )
    },
)
INVITES = Connection(
    "ReferralInvite",
    name="invites",
    key=lambda invite: (invite.id,),
    serializers=(quoted,),
    order_by=lambda invite: (invite.id.desc(),),
    after=_older,
    within=lambda member, invite: invite.referrer_id == member.user_id,
    filters={
        "statuses": lambda listed, invite, bind: listed.where(
            type_coerce(effective_status(invite), String) == any_(bind("statuses", ARRAY(String)))
        )
    },
)

MAPPING: Mapping = {
    "Tier": _entity(TIER, {}),
    "TierProgress": Entity(
        None,
        {
            "nextTier": Embedded("Tier", lambda progress: aliased(models.Tier, progress.step)),
            "pointsToNextTier": Value(_Progress.points_missing),
            "fraction": Value(_Progress.fraction, absent="1.0"),
        },
    ),
    "User": _entity(
        USER,
        {
            "userId": value_of("id", string),
            "marketingMessages": Value(_marketing_messages),
        },
    ),
    "Member": _entity(
        MEMBER,
        {
            "tier": ToOne(
                "Tier", lambda member, tier: tier.id == member.tier_id, is_small_lookup=True
            ),
            "progress": ToOne(
                "TierProgress",
                rows=_ACTIVE_TIERS.alias,
                where=lambda member, step: step.c.point_threshold > member.lifetime_points,
                order_by=lambda step: step.c.point_threshold,
                seen_as=_Progress,
                is_total=True,
            ),
            "ledger": LEDGER,
            "invites": INVITES,
            "user": _user("user_id"),
        },
    ),
    "LedgerEntry": _entity(
        LEDGER_ENTRY,
        {
            # Its guard needs a resolver, which shows the column.
            "actorId": value_of("actor_id", string),
            "hash": Value(lambda entry: quoted(func.encode(entry.hash, literal_column("'hex'")))),
            "reverses": ToOne(
                "LedgerEntry",
                lambda entry, reversed_entry: and_(
                    reversed_entry.member_id == entry.member_id,
                    reversed_entry.seq == entry.reverses_seq,
                ),
            ),
        },
    ),
    "ReferralInvite": _entity(
        REFERRAL_INVITE,
        {
            "status": Value(lambda invite: quoted(effective_status(invite))),
            "referrer": _user("referrer_id"),
            "invitee": _user("invitee_id"),
        },
    ),
    "Notification": _entity(
        NOTIFICATION,
        {
            # Text columns with words of a fixed list, which need no escapes.
            "kind": value_of("kind", quoted),
            "status": value_of("status", quoted),
            "recordedAt": value_of("created_at", timestamp),
            "user": _user("user_id"),
        },
    ),
}
