"""The Member type: a balance, a tier, the ledger and the invites."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from db.object_types import MEMBER
from db.repositories.invites import InvitePage
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
)
from schema.types.enums import InviteStatus, LedgerEntryKind
from schema.types.ledger_entry import LedgerEntry
from schema.types.node import Node, id_of
from schema.types.pages import invite_page, ledger_page
from schema.types.referral_invite import ReferralInvite
from schema.types.scalars import Points
from schema.types.served import served
from schema.types.tier import Tier, TierProgress
from schema.types.user import User

Statuses = Annotated[
    list[InviteStatus] | None,
    strawberry.argument(description="Only invites with one of these statuses now; null for all."),
]


@strawberry.type(
    description="The membership of a user. The service makes it when it is first looked up."
)
class Member(Node):
    """A member, as GraphQL shows them."""

    user_id: strawberry.ID = strawberry.field(description="The platform's own id of the user.")
    referral_code: str = strawberry.field(
        description="The share code. A new user who comes by it counts as this member's referral."
    )
    points_balance: Points = strawberry.field(
        description="The points to spend: the sum of the ledger, never below 0."
    )
    lifetime_points: Points = strawberry.field(
        description="The sum of qualifying points. It decides the tier; spending does not lower it."
    )
    tier_since: datetime | None = strawberry.field(
        description="When the member reached the tier; null without a tier."
    )
    created_at: datetime = strawberry.field(description="When the membership was made.")

    tier_id: strawberry.Private[UUID | None]

    @strawberry.field(
        description="The tier that the lifetime points reach; null below the first tier."
    )
    async def tier(self, info: Info) -> Tier | None:
        """Returns the tier."""
        tier = await members.tier_of(info.context, self.tier_id)
        return Tier.of(tier) if tier else None

    @strawberry.field(description="The progress to the next tier.")
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
        page = ledger_page(first=first, after=after, kinds=kinds)
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
        page = invite_page(first=first, after=after, statuses=statuses)
        return await invite_connection(info, self.user_id, page, after)

    @strawberry.field(description="The user who is the member.")
    async def user(self, info: Info) -> User | None:
        """Returns the user."""
        user = await users.get_user(info.context, self.user_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, member: entities.Member) -> "Member":
        """Returns a member, as GraphQL shows them."""
        return served(cls, member, id=id_of(MEMBER, member))


async def invite_connection(
    info: Info, referrer_id: str | None, page: InvitePage, after: str | None
) -> Connection[ReferralInvite]:
    """Returns a page of a referrer's invites, or of all (None), that begins after a cursor."""
    return connection(
        await referrals.list_invites(info.context, referrer_id, page),
        after=after,
        cursor_of=lambda invite: cursor("invites", str(invite.id)),
        node_of=ReferralInvite.of,
    )
