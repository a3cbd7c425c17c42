"""What each mutation takes, and the command that it stands for."""

from collections.abc import Mapping
from typing import Any, TypeVar

import strawberry
from strawberry.scalars import JSON
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext
from strawberry.utils.str_converters import to_camel_case

from db.object_types import LEDGER_ENTRY, NOTIFICATION
from domain import commands
from schema.types.node import key_of
from schema.types.scalars import Points

_KEY = (
    "Your own name for this request, 1 to 255 characters: repeated with the same input it is "
    "answered as before, and done only once. Keys are kept for 30 days, or as the operator decides."
)
_USER_ID = "The platform's own id of the user, 1 to 128 characters."
_BENEFITS = "What the tier gives: a JSON list of at most 50 items and 16,384 bytes."
_METADATA = "A JSON object of at most 8,192 bytes, kept as it is given. No personal data."
_AMOUNT = "How many points: at least 1."
_DESCRIPTION = "What it is for, in words. At most 500 characters."
_REFERENCE = "What it belongs to, such as an order's id. At most 200 characters."


InputT = TypeVar("InputT", bound=type)


def _of_plain_values(input_type: InputT) -> InputT:
    """Has an input made of its values as they come: graphql-core has read each of them already.

    Strawberry looks for enums, lists and inputs within it, field by field, at every call. What has
    one, or distinguishes null from what is left out, is left to it.
    """
    definition = get_object_definition(input_type, strict=True)
    names = {
        field.graphql_name or to_camel_case(field.python_name): field.python_name
        for field in definition.fields
    }

    def read(_type: type, values: Mapping[str, Any], _context: InputContext) -> Any:
        return input_type(**{names[name]: value for name, value in values.items()})

    definition.from_input = read
    return input_type


def _given(values: object) -> dict[str, Any]:
    """Returns what was given; for what was left out the command has its default.

    A null that means something, and not "left out", comes as `Some(None)`.
    """
    return {
        name: value.value if isinstance(value, strawberry.Some) else value
        for name, value in vars(values).items()
        if value is not None
    }


@_of_plain_values
@strawberry.input(description="A new step of the ladder.")
class CreateTierInput:
    """See `domain.commands.CreateTier`."""

    slug: str = strawberry.field(
        description="Its lasting name: lower-case letters, digits and hyphens, at most 64."
    )
    name: str = strawberry.field(description="The name to show. At most 200 characters.")
    point_threshold: Points = strawberry.field(
        description="The lifetime points from which a member has it: 0 or more, and not taken."
    )
    benefits: JSON | None = strawberry.field(default=None, description=_BENEFITS)
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.CreateTier:
        """Returns the command. Raises InvalidInput."""
        return commands.CreateTier(**_given(self))


@_of_plain_values
@strawberry.input(description="New values for a tier. What is left out, or null, stays as it is.")
class UpdateTierInput:
    """See `domain.commands.UpdateTier`."""

    slug: str = strawberry.field(description="The tier's slug. It cannot be changed.")
    name: str | None = strawberry.field(
        default=None, description="The name to show. At most 200 characters."
    )
    point_threshold: Points | None = strawberry.field(
        default=None, description="The lifetime points from which a member has it."
    )
    benefits: JSON | None = strawberry.field(default=None, description=_BENEFITS)
    is_active: bool | None = strawberry.field(
        default=None, description="True brings an archived tier back, false archives it."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.UpdateTier:
        """Returns the command. Raises InvalidInput."""
        return commands.UpdateTier(**_given(self))


@_of_plain_values
@strawberry.input(description="A tier to take out of the ladder.")
class ArchiveTierInput:
    """See `domain.commands.ArchiveTier`."""

    slug: str = strawberry.field(description="The tier's slug.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.ArchiveTier:
        """Returns the command. Raises InvalidInput."""
        return commands.ArchiveTier(**_given(self))


@strawberry.input(
    description="What the platform knows of a user. What is left out stays; null removes it."
)
class UpsertUserInput:
    """See `domain.commands.UpsertUser`."""

    user_id: strawberry.ID = strawberry.field(description=_USER_ID)
    email: strawberry.Maybe[str | None] = strawberry.field(
        description="Where mail reaches them. At most 254 characters."
    )
    display_name: strawberry.Maybe[str | None] = strawberry.field(
        description="What to call them. At most 200 characters."
    )
    marketing_messages: bool | None = strawberry.field(
        default=None,
        description="Whether they agree to be told of tiers and offers. A new user has not agreed.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.UpsertUser:
        """Returns the command. Raises InvalidInput."""
        return commands.UpsertUser(**_given(self))


@_of_plain_values
@strawberry.input(description="A user to forget, for good.")
class EraseUserInput:
    """See `domain.commands.EraseUser`."""

    user_id: strawberry.ID = strawberry.field(description=_USER_ID)
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.EraseUser:
        """Returns the command. Raises InvalidInput."""
        return commands.EraseUser(**_given(self))


@strawberry.input(description="An invite in a member's name.")
class IssueReferralInviteInput:
    """See `domain.commands.IssueReferralInvite`."""

    user_id: strawberry.ID = strawberry.field(
        description="Who invites: a known user, who becomes a member if they are none."
    )
    invitee_email: str | None = strawberry.field(
        default=None, description="The address that the invite is meant for. Not the referrer's."
    )
    reward_points: Points | None = strawberry.field(
        default=None, description="What the referrer gets: at least 1; the operator sets the most."
    )
    invitee_reward_points: Points | None = strawberry.field(
        default=None,
        description="What the invitee gets: 0 for nothing; the operator sets the most.",
    )
    expires_in_days: strawberry.Maybe[int | None] = strawberry.field(
        description="In how many days it is void, 1 to 3,650; null for never."
    )
    metadata: JSON | None = strawberry.field(default=None, description=_METADATA)
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_command(self) -> commands.IssueReferralInvite:
        """Returns the command. Raises InvalidInput."""
        return commands.IssueReferralInvite(**_given(self))


@_of_plain_values
@strawberry.input(description="An invite to withdraw.")
class CancelReferralInviteInput:
    """See `domain.commands.CancelReferralInvite`."""

    code: str = strawberry.field(description="The invite's code.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.CancelReferralInvite:
        """Returns the command. Raises InvalidInput."""
        return commands.CancelReferralInvite(**_given(self))


@_of_plain_values
@strawberry.input(description="Who has come by which code.")
class CompleteReferralInput:
    """See `domain.commands.CompleteReferral`."""

    code: str = strawberry.field(
        description="An invite's code, or a member's share code. Case and hyphens do not matter."
    )
    invitee_id: strawberry.ID = strawberry.field(
        description="The user who came: known, new, and never referred before."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.CompleteReferral:
        """Returns the command. Raises InvalidInput."""
        return commands.CompleteReferral(**_given(self))


@_of_plain_values
@strawberry.input(description="Points to give to a member. They count towards a tier.")
class EarnPointsInput:
    """See `domain.commands.EarnPoints`."""

    user_id: strawberry.ID = strawberry.field(description=_USER_ID)
    points: Points = strawberry.field(description=_AMOUNT)
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    reference: str | None = strawberry.field(default=None, description=_REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=_METADATA)
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_command(self) -> commands.EarnPoints:
        """Returns the command. Raises InvalidInput."""
        return commands.EarnPoints(**_given(self))


@_of_plain_values
@strawberry.input(description="Points to take from a balance that covers them. The tier stays.")
class RedeemPointsInput:
    """See `domain.commands.RedeemPoints`."""

    user_id: strawberry.ID = strawberry.field(description=_USER_ID)
    points: Points = strawberry.field(description=_AMOUNT)
    description: str | None = strawberry.field(default=None, description=_DESCRIPTION)
    reference: str | None = strawberry.field(default=None, description=_REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=_METADATA)
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_command(self) -> commands.RedeemPoints:
        """Returns the command. Raises InvalidInput."""
        return commands.RedeemPoints(**_given(self))


@_of_plain_values
@strawberry.input(description="A correction of a balance by hand. The tier stays.")
class AdjustPointsInput:
    """See `domain.commands.AdjustPoints`."""

    user_id: strawberry.ID = strawberry.field(description=_USER_ID)
    points: Points = strawberry.field(description="By how many points, of either sign; not 0.")
    reason: str = strawberry.field(description="Why, in words. At most 500 characters.")
    reference: str | None = strawberry.field(default=None, description=_REFERENCE)
    metadata: JSON | None = strawberry.field(default=None, description=_METADATA)
    idempotency_key: str = strawberry.field(description=_KEY)

    def to_command(self) -> commands.AdjustPoints:
        """Returns the command. Raises InvalidInput."""
        return commands.AdjustPoints(**_given(self))


@_of_plain_values
@strawberry.input(description="An entry to undo, by another entry.")
class ReverseLedgerEntryInput:
    """See `domain.commands.ReverseLedgerEntry`."""

    entry_id: strawberry.ID = strawberry.field(description="The entry's `id`.")
    reason: str = strawberry.field(description="Why, in words. At most 500 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.ReverseLedgerEntry:
        """Returns the command. Raises InvalidInput."""
        key = key_of(LEDGER_ENTRY, "entryId", self.entry_id)
        return commands.ReverseLedgerEntry(
            user_id=key["member_id"],
            seq=key["seq"],
            reason=self.reason,
            idempotency_key=self.idempotency_key,
        )


@_of_plain_values
@strawberry.input(description="A notification to try once more.")
class ReplayNotificationInput:
    """See `domain.commands.ReplayNotification`."""

    notification_id: strawberry.ID = strawberry.field(description="The notification's `id`.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)

    def to_command(self) -> commands.ReplayNotification:
        """Returns the command. Raises InvalidInput."""
        key = key_of(NOTIFICATION, "notificationId", self.notification_id)
        return commands.ReplayNotification(
            user_id=key["user_id"],
            notification_id=key["id"],
            idempotency_key=self.idempotency_key,
        )
