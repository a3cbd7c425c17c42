"""What the service can be asked to change, checked as far as that is possible without its state.

A command that exists is valid: each raises `InvalidInput` when it is made of anything else.
Fields are named as in the API, but for the case of their letters.
"""

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from domain import points, values
from domain.errors.base import InvalidInput

INVITE_TTL_DAYS_MAX = 3_650


def _written(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_CANONICAL = json.JSONEncoder(sort_keys=True, default=_written)


class Unset(Enum):
    """Distinguishes a value that was left out from one that was set to nothing."""

    UNSET = "UNSET"


UNSET: Literal[Unset.UNSET] = Unset.UNSET


@dataclass(kw_only=True)
class Command:
    """A request for a change. The same caller's same key means the same request, made again."""

    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        self.idempotency_key = values.idempotency_key(self.idempotency_key)

    @property
    def operation(self) -> str:
        """The command's name, as it is kept with its idempotency key."""
        return type(self).__name__

    def fingerprint(self) -> bytes:
        """Returns a SHA-256 digest of everything but the key: equal requests have equal digests."""
        content = {
            name: value
            for name, value in vars(self).items()
            if name != "idempotency_key" and value is not UNSET
        }
        return hashlib.sha256(_CANONICAL.encode([self.operation, content]).encode()).digest()


@dataclass(kw_only=True)
class CreateTier(Command):
    """A new tier, from `point_threshold` lifetime points upwards."""

    slug: str
    name: str
    point_threshold: int
    benefits: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.slug = values.slug("slug", self.slug)
        self.name = values.line("name", self.name, length_max=values.NAME_LENGTH_MAX)
        self.point_threshold = points.threshold("pointThreshold", self.point_threshold)
        self.benefits = values.json_list("benefits", self.benefits)


@dataclass(kw_only=True)
class UpdateTier(Command):
    """New values for a tier; None leaves a value as it is."""

    slug: str
    name: str | None = None
    point_threshold: int | None = None
    benefits: list[Any] | None = None
    is_active: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.slug = values.slug("slug", self.slug)
        self.name = values.optional_line("name", self.name, length_max=values.NAME_LENGTH_MAX)
        if self.point_threshold is not None:
            self.point_threshold = points.threshold("pointThreshold", self.point_threshold)
        if self.benefits is not None:
            self.benefits = values.json_list("benefits", self.benefits)


@dataclass(kw_only=True)
class ArchiveTier(Command):
    """Archives a tier; its row and its history stay."""

    slug: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.slug = values.slug("slug", self.slug)


@dataclass(kw_only=True)
class UpsertUser(Command):
    """What the platform knows of a user; UNSET leaves a value as it is, None removes it."""

    user_id: str
    email: str | Unset | None = UNSET
    display_name: str | Unset | None = UNSET
    marketing_messages: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user_id = values.user_id("userId", self.user_id)
        if self.email is not UNSET:
            self.email = values.email("email", self.email)
        if self.display_name is not UNSET:
            self.display_name = values.optional_line(
                "displayName", self.display_name, length_max=values.NAME_LENGTH_MAX
            )


@dataclass(kw_only=True)
class EraseUser(Command):
    """Forgets who a user is, for good; their ledger and their totals stay."""

    user_id: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user_id = values.user_id("userId", self.user_id)


@dataclass(kw_only=True)
class IssueReferralInvite(Command):
    """An invite in a member's name. None takes the operator's default; days: UNSET does."""

    user_id: str
    invitee_email: str | None = None
    reward_points: int | None = None
    invitee_reward_points: int | None = None
    expires_in_days: int | Unset | None = UNSET
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user_id = values.user_id("userId", self.user_id)
        self.invitee_email = values.email("inviteeEmail", self.invitee_email)
        self.metadata = values.json_object("metadata", self.metadata)
        if self.expires_in_days is not UNSET and self.expires_in_days is not None:
            self.expires_in_days = _ttl_days(self.expires_in_days)


def _ttl_days(days: int) -> int:
    if type(days) is not int or not 1 <= days <= INVITE_TTL_DAYS_MAX:
        raise InvalidInput(
            "expiresInDays",
            f"must be from 1 to {INVITE_TTL_DAYS_MAX} days, or null for an invite that "
            f"never expires, not {days}.",
        )
    return days


@dataclass(kw_only=True)
class CancelReferralInvite(Command):
    """Withdraws an invite that nobody has used."""

    code: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.code = values.text("code", self.code, length_max=values.REFERENCE_LENGTH_MAX)


@dataclass(kw_only=True)
class CompleteReferral(Command):
    """Says that `invitee_id` has come by `code`: an invite's code, or a member's share code."""

    code: str
    invitee_id: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.code = values.text("code", self.code, length_max=values.REFERENCE_LENGTH_MAX)
        self.invitee_id = values.user_id("inviteeId", self.invitee_id)


@dataclass(kw_only=True)
class ChangePoints(Command):
    """What earning, redeeming and adjusting have in common."""

    user_id: str
    points: int
    reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user_id = values.user_id("userId", self.user_id)
        self.reference = values.optional_text(
            "reference", self.reference, length_max=values.REFERENCE_LENGTH_MAX
        )
        self.metadata = values.json_object("metadata", self.metadata)


@dataclass(kw_only=True)
class EarnPoints(ChangePoints):
    """Gives a member points that count towards a tier."""

    description: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.points = points.amount("points", self.points)
        self.description = values.optional_text(
            "description", self.description, length_max=values.DESCRIPTION_LENGTH_MAX
        )


@dataclass(kw_only=True)
class RedeemPoints(EarnPoints):
    """Takes points from a balance that covers them; the tier stays."""


@dataclass(kw_only=True)
class AdjustPoints(ChangePoints):
    """Corrects a balance by hand, either way; it never counts towards a tier."""

    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.points = points.delta("points", self.points)
        self.reason = values.text("reason", self.reason, length_max=values.DESCRIPTION_LENGTH_MAX)


@dataclass(kw_only=True)
class ReverseLedgerEntry(Command):
    """Undoes one entry of one member's ledger by another entry."""

    user_id: str
    seq: int
    reason: str

    def __post_init__(self) -> None:
        super().__post_init__()
        self.user_id = values.user_id("entryId", self.user_id)
        if not 1 <= self.seq <= points.POINTS_MAX:
            raise InvalidInput("entryId", "is not the id of a ledger entry.")
        self.reason = values.text("reason", self.reason, length_max=values.DESCRIPTION_LENGTH_MAX)


@dataclass(kw_only=True)
class ReplayNotification(Command):
    """Makes the event of a skipped or failed notification due again."""

    user_id: str
    notification_id: UUID
