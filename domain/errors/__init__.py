"""Every reason for which the service refuses a call.

    LoyaltyError
    ├── InvalidInput               a value that the service accepts in no state
    ├── AccessDenied
    │   ├── Unauthenticated        no valid token
    │   └── Forbidden              a valid token that does not allow this
    ├── NotFound
    │   ├── UserNotFound
    │   ├── TierNotFound
    │   ├── ReferralCodeNotFound
    │   ├── LedgerEntryNotFound
    │   └── NotificationNotFound
    ├── Conflict                   a valid call that the present state does not allow
    │   ├── UserErased
    │   ├── TierSlugTaken
    │   ├── TierThresholdTaken
    │   ├── InsufficientPoints
    │   ├── PointsLimitExceeded
    │   ├── EntryAlreadyReversed
    │   ├── EntryNotReversible
    │   ├── InviteExpired
    │   ├── InviteCancelled
    │   ├── InviteAlreadyConverted
    │   ├── SelfReferral
    │   ├── InviteeAlreadyReferred
    │   ├── InviteeNotNew
    │   ├── NotificationAlreadySent
    │   ├── NotificationTooOld
    │   ├── LedgerTooLarge
    │   └── IdempotencyKeyReused
    └── Unavailable                the same call may succeed later
        └── CodeSpaceExhausted

A refusal is declared here once. Its GraphQL type and its `ErrorCode` are made from it: see
`schema/results/refusals.py`. It carries the numbers behind it as attributes, and a `message` that
says what was wrong and what to do. A refused call has changed nothing.
"""

from domain.errors.base import (
    AccessDenied,
    CodeSpaceExhausted,
    Forbidden,
    InvalidInput,
    LoyaltyError,
    ServedAs,
    Unauthenticated,
    Unavailable,
    refusals,
)
from domain.errors.conflicts import (
    Conflict,
    EntryAlreadyReversed,
    EntryNotReversible,
    IdempotencyKeyReused,
    InsufficientPoints,
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    LedgerTooLarge,
    NotificationAlreadySent,
    NotificationTooOld,
    PointsLimitExceeded,
    SelfReferral,
    TierSlugTaken,
    TierThresholdTaken,
    UserErased,
)
from domain.errors.not_found import (
    LedgerEntryNotFound,
    NotFound,
    NotificationNotFound,
    ReferralCodeNotFound,
    TierNotFound,
    UserNotFound,
)

__all__ = [
    "AccessDenied",
    "CodeSpaceExhausted",
    "Conflict",
    "EntryAlreadyReversed",
    "EntryNotReversible",
    "Forbidden",
    "IdempotencyKeyReused",
    "InsufficientPoints",
    "InvalidInput",
    "InviteAlreadyConverted",
    "InviteCancelled",
    "InviteExpired",
    "InviteeAlreadyReferred",
    "InviteeNotNew",
    "LedgerEntryNotFound",
    "LedgerTooLarge",
    "LoyaltyError",
    "NotFound",
    "NotificationAlreadySent",
    "NotificationNotFound",
    "NotificationTooOld",
    "PointsLimitExceeded",
    "ReferralCodeNotFound",
    "SelfReferral",
    "ServedAs",
    "TierNotFound",
    "TierSlugTaken",
    "TierThresholdTaken",
    "Unauthenticated",
    "Unavailable",
    "UserErased",
    "UserNotFound",
    "refusals",
]
