"""The tables, one subject a file.

Every large table is keyed by its user first, so that it can be sharded by user. Primary keys and
unique constraints begin with the distribution column. Foreign keys stay within one user, or lead to
the small `loyalty_tiers`, which is copied to every shard.
"""

from db.models.base import Base, Timestamp, UserId, enum_column, one_of
from db.models.idempotency_key import IdempotencyKey
from db.models.ledger_entry import LedgerEntry
from db.models.member import Member
from db.models.notification import Notification
from db.models.outbox_event import OutboxEvent
from db.models.referral import ReferralAttribution, ReferralCode, ReferralInvite
from db.models.tier import Tier
from db.models.user import NotificationPreference, User

__all__ = [
    "Base",
    "IdempotencyKey",
    "LedgerEntry",
    "Member",
    "Notification",
    "NotificationPreference",
    "OutboxEvent",
    "ReferralAttribution",
    "ReferralCode",
    "ReferralInvite",
    "Tier",
    "Timestamp",
    "User",
    "UserId",
    "enum_column",
    "one_of",
]
