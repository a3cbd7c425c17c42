"""The Member type: a balance, a tier, and the lists that hang on them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from db.repositories.invites import InvitePage
from db.repositories.ledger import LedgerPage
from domain import entities
from resolvers import ledger, members, referrals, users
from schema.permissions import Info
from schema.types.connection import (
    PAGE_SIZE_DEFAULT,
    After,
    Connection,
    First,
    connection,
    cursor,
    integer_part,
    page_size,
    position,
    timestamp_part,
    user_id_part,
)
from schema.types.enums import InviteStatus, LedgerEntryKind, MemberOrder
from schema.types.ledger_entry import LedgerEntry
from schema.types.node import Node, global_id
from schema.types.referral_invite import ReferralInvite
from schema.types.scalars import Points
from schema.types.tier import Tier, TierProgress
from schema.types.user import User

Statuses = Annotated[
    list[InviteStatus] | None,
    strawberry.argument(description="Only invites that stand like this now; null for all."),
]

_KEY_READERS: dict[MemberOrder, list[Callable[[Any], Any]]] = {
    MemberOrder.NEWEST: [timestamp_part, user_id_part],
    MemberOrder.LIFETIME_POINTS: [integer_part, user_id_part],
    MemberOrder.USER_ID: [user_id_part],
}


@strawberry.type(description="A user's membership: one a user, made when it is first looked up.")
class Member(Node):
    """A member as they are served."""

    user_id: strawberry.ID = strawberry.field(description="The platform's own id of the user.")
    referral_code: str = strawberry.field(
        description="The share code: whoever comes by it is credited to this member."
    )
    points_balance: Points = strawberry.field(
        description="The points to spend: the sum of the ledger, never below 0."
    )
    lifetime_points: Points = strawberry.field(
        description="All qualifying points ever: they decide the tier, and spending keeps them."
    )
    tier_since: datetime | None = strawberry.field(
        description="Since when the member has the tier; null without a tier."
    )
    created_at: datetime = strawberry.field(description="When the membership was made.")

    tier_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The tier that the lifetime points reach; null below the first.")
    async def tier(self, info: Info) -> Tier | None:
        """Returns the tier."""
        tier = await members.tier_of(info.context, self.tier_id)
        return Tier.of(tier) if tier else None

    @strawberry.field(description="How far the next tier is.")
    async def progress(self, info: Info) -> TierProgress:
        """Returns the progress."""
        return TierProgress.of(await members.progress_of(info.context, self.lifetime_points))

    @strawberry.field(description="The entries, newest first. `first` is at most 100.")
    async def ledger(
        self,
        info: Info,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
        kinds: Annotated[
            list[LedgerEntryKind] | None,
            strawberry.argument(description="Only entries of these kinds; null for all."),
        ] = None,
    ) -> Connection[LedgerEntry]:
        """Returns a page of the ledger."""
        page = ledger_page(first, after, kinds)
        return connection(
            await ledger.list_entries(info.context, self.user_id, page),
            after=after,
            cursor_of=lambda entry: cursor("ledger", entry.seq),
            node_of=LedgerEntry.of,
        )

    @strawberry.field(description="The referral invites, newest first. `first` is at most 100.")
    async def invites(
        self,
        info: Info,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
        statuses: Statuses = None,
    ) -> Connection[ReferralInvite]:
        """Returns a page of the invites."""
        return await invite_connection(info, self.user_id, first, after, statuses)

    @strawberry.field(description="The user whose membership it is.")
    async def user(self, info: Info) -> User | None:
        """Returns the user."""
        user = await users.get_user(info.context, self.user_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, member: entities.Member) -> "Member":
        """Returns the member as they are served."""
        return cls(
            id=global_id("Member", member.user_id),
            user_id=strawberry.ID(member.user_id),
            referral_code=member.referral_code,
            points_balance=member.points_balance,
            lifetime_points=member.lifetime_points,
            tier_since=member.tier_since,
            created_at=member.created_at,
            tier_id=member.tier_id,
        )


def ledger_page(
    first: int, after: str | None, kinds: Sequence[LedgerEntryKind] | None
) -> LedgerPage:
    """Returns the page of a ledger that is asked for.

    Raises:
        InvalidInput: `first` is out of range, or `after` is no cursor of a ledger.
    """
    [before_seq] = position("ledger", after, integer_part)
    return LedgerPage(
        limit=page_size(first),
        before_seq=before_seq,
        kinds=None if kinds is None else frozenset(kinds),
    )


def invite_page(
    first: int, after: str | None, statuses: Sequence[InviteStatus] | None
) -> InvitePage:
    """Returns the page of invites that is asked for.

    Raises:
        InvalidInput: `first` is out of range, or `after` is no cursor of invites.
    """
    [before_id] = position("invites", after, UUID)
    return InvitePage(
        limit=page_size(first),
        before_id=before_id,
        statuses=None if statuses is None else frozenset(statuses),
    )


def members_list(order: MemberOrder) -> str:
    """Returns the name, in cursors, of the list of members in an order."""
    return f"members.{order}"


def members_position(order: MemberOrder, after: str | None) -> tuple[Any, ...] | None:
    """Returns the sort key that a cursor of the list of members holds; None for its beginning.

    Raises:
        InvalidInput: it is no cursor of the list in this order.
    """
    if after is None:
        return None
    return position(members_list(order), after, *_KEY_READERS[order])


async def invite_connection(
    info: Info,
    referrer_id: str | None,
    first: int,
    after: str | None,
    statuses: list[InviteStatus] | None,
) -> Connection[ReferralInvite]:
    """Returns a page of a referrer's invites, or of everybody's (None)."""
    page = invite_page(first, after, statuses)
    return connection(
        await referrals.list_invites(info.context, referrer_id, page),
        after=after,
        cursor_of=lambda invite: cursor("invites", str(invite.id)),
        node_of=ReferralInvite.of,
    )
