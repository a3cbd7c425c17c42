"""The refusals of calls that name something that does not exist."""

from dataclasses import dataclass
from typing import Annotated

from domain.errors.base import Id, LoyaltyError, Points


class NotFound(LoyaltyError):
    """The call names something that does not exist."""


@dataclass(eq=False)
class UserNotFound(NotFound):
    """The service knows no such user. Create them with `upsertUser`."""

    user_id: Annotated[Id, "The id that was given."]

    @property
    def message(self) -> str:
        return f"No user has the id '{self.user_id}'. Create it first with upsertUser."


@dataclass(eq=False)
class TierNotFound(NotFound):
    """No tier has this slug."""

    slug: Annotated[str, "The slug that was given."]

    @property
    def message(self) -> str:
        return f"No tier has the slug '{self.slug}'. The tiers query lists all slugs."


@dataclass(eq=False)
class ReferralCodeNotFound(NotFound):
    """The code belongs to no invite and, where a share code is allowed, to no member."""

    referral_code: Annotated[str, "The code that was given."]

    @property
    def message(self) -> str:
        return f"No referral code '{self.referral_code}' exists. Check it for typing errors."


@dataclass(eq=False)
class LedgerEntryNotFound(NotFound):
    """The member has no ledger entry with this number."""

    user_id: Annotated[Id, "The member that the id names."]
    seq: Annotated[Points, "The number of the entry that the id names."]

    @property
    def message(self) -> str:
        return (
            f"The user '{self.user_id}' has no ledger entry {self.seq}. Look it up in the ledger."
        )


@dataclass(eq=False)
class NotificationNotFound(NotFound):
    """No notification has this id."""

    notification_id: Annotated[Id, "The id of the notification among those of its user."]

    @property
    def message(self) -> str:
        return (
            f"No notification has the id '{self.notification_id}'. "
            "The notifications query lists all ids."
        )
