"""Everything that the service refuses, and why.

    LoyaltyError
    ├── InvalidInput               a value that no state of the service could accept
    ├── AccessDenied
    │   ├── Unauthenticated        no valid token
    │   └── Forbidden              a valid token, but not for this
    ├── NotFound
    │   ├── UserNotFound
    │   ├── TierNotFound
    │   ├── ReferralCodeNotFound
    │   ├── LedgerEntryNotFound
    │   └── NotificationNotFound
    ├── Conflict                   a sound request that the present state rules out
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
    └── Unavailable                not now; the same call may succeed later
        └── CodeSpaceExhausted

Each error carries its `code`, the numbers behind it as attributes, and a `message` that says what
was wrong and what to do. A refused call has changed nothing.
"""

from domain.errors.base import (
    AccessDenied,
    CodeSpaceExhausted,
    Forbidden,
    InvalidInput,
    LoyaltyError,
    Unauthenticated,
    Unavailable,
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
    "TierNotFound",
    "TierSlugTaken",
    "TierThresholdTaken",
    "Unauthenticated",
    "Unavailable",
    "UserErased",
    "UserNotFound",
]
