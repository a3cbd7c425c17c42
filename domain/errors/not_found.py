"""What a call names, and there is not."""

from dataclasses import dataclass

from domain.enums import ErrorCode
from domain.errors.base import LoyaltyError


class NotFound(LoyaltyError):
    """What the call names does not exist."""


@dataclass(eq=False)
class UserNotFound(NotFound):
    """No user row has this id; `upsertUser`, or the user's own first visit, creates it."""

    code = ErrorCode.USER_NOT_FOUND
    user_id: str

    @property
    def message(self) -> str:
        return f"No user has the id '{self.user_id}'. Create it first with upsertUser."


@dataclass(eq=False)
class TierNotFound(NotFound):
    """No tier has this slug."""

    code = ErrorCode.TIER_NOT_FOUND
    slug: str

    @property
    def message(self) -> str:
        return f"No tier has the slug '{self.slug}'. The tiers query lists the ones there are."


@dataclass(eq=False)
class ReferralCodeNotFound(NotFound):
    """The code belongs to no invite, and to no member where a share code is allowed."""

    code = ErrorCode.REFERRAL_CODE_NOT_FOUND
    referral_code: str

    @property
    def message(self) -> str:
        return f"No referral code '{self.referral_code}' exists. Check it for a slip of typing."


@dataclass(eq=False)
class LedgerEntryNotFound(NotFound):
    """The member has no ledger entry of this number."""

    code = ErrorCode.LEDGER_ENTRY_NOT_FOUND
    user_id: str
    seq: int

    @property
    def message(self) -> str:
        return (
            f"The user '{self.user_id}' has no ledger entry {self.seq}. Look it up in the ledger."
        )


@dataclass(eq=False)
class NotificationNotFound(NotFound):
    """No notification has this id."""

    code = ErrorCode.NOTIFICATION_NOT_FOUND
    notification_id: str

    @property
    def message(self) -> str:
        return (
            f"No notification has the id '{self.notification_id}'. "
            "The notifications query lists the ones there are."
        )
