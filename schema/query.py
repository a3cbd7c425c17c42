"""The root type of all queries."""

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from db.repositories.members import sort_key
from domain import values
from resolvers import ledger, members, notifications, referrals, tiers, users
from schema.permissions import Info, is_admin, is_authenticated, is_self_or_admin
from schema.types.connection import (
    PAGE_SIZE_DEFAULT,
    After,
    Connection,
    First,
    connection,
    cursor,
)
from schema.types.enums import MemberOrder, NotificationStatus
from schema.types.ledger_checkpoint import LedgerCheckpoint
from schema.types.member import Member, Statuses, invite_connection
from schema.types.node import NODES_MAX, Node
from schema.types.nodes import find_node, find_nodes
from schema.types.notification import Notification
from schema.types.pages import (
    member_page,
    members_list,
    notification_page,
    referral_invites_page,
)
from schema.types.referral_invite import ReferralInvite
from schema.types.tier import Tier


@strawberry.type(description="All queries.")
class Query:
    """The root of all queries."""

    @strawberry.field(
        description="The tiers, by ascending threshold. Public.",
    )
    async def tiers(
        self,
        info: Info,
        include_inactive: Annotated[
            bool, strawberry.argument(description="Whether to list archived tiers as well.")
        ] = False,
    ) -> list[Tier]:
        """Returns the tiers."""
        listed = await tiers.list_tiers(info.context, include_inactive=include_inactive)
        return [Tier.of(tier) for tier in listed]

    @strawberry.field(
        description="The tier, active or archived, with this slug. Public.",
    )
    async def tier(
        self,
        info: Info,
        slug: Annotated[str, strawberry.argument(description="The slug of the tier.")],
    ) -> Tier | None:
        """Returns the tier."""
        slug = values.text("slug", slug, length_max=values.SLUG_LENGTH_MAX)
        tier = await tiers.find_tier(info.context, slug)
        return Tier.of(tier) if tier else None

    @strawberry.field(
        extensions=is_authenticated(),
        description=(
            "The caller's own membership. The service creates it on the first call. "
            "Null for an admin who is not a user of the platform."
        ),
    )
    async def me(self, info: Info) -> Member | None:
        """Returns the caller's membership."""
        member = await members.get_member(info.context, info.context.actor.id)
        return Member.of(member) if member else None

    @strawberry.field(
        extensions=is_self_or_admin(),
        description="A user's membership, created if missing. Null for an unknown user.",
    )
    async def member(
        self,
        info: Info,
        user_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="The id that the platform gave the user."),
        ],
    ) -> Member | None:
        """Returns the membership."""
        member = await members.get_member(info.context, values.user_id("userId", user_id))
        return Member.of(member) if member else None

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "The members. `first` is at most 100. `search` is the beginning of a user id, an "
            "e-mail address or a name, in any letter case. The query creates no membership."
        ),
    )
    async def members(
        self,
        info: Info,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description="The beginning of a user id, an e-mail address or a name; null for all."
            ),
        ] = None,
        tier_slug: Annotated[
            str | None,
            strawberry.argument(
                description="Only members on the tier with this slug; null for all."
            ),
        ] = None,
        order_by: Annotated[
            MemberOrder, strawberry.argument(description="The order of the list.")
        ] = MemberOrder.NEWEST,
    ) -> Connection[Member]:
        """Returns a page of the members."""
        page = member_page(
            first=first, after=after, search=search, tier_slug=tier_slug, order_by=order_by
        )
        return connection(
            await members.list_members(info.context, page),
            after=after,
            cursor_of=lambda member: cursor(members_list(order_by), *sort_key(member, order_by)),
            node_of=Member.of,
        )

    @strawberry.field(
        extensions=is_authenticated(),
        description="The invite with this code: for the member who issued it, and for admins.",
    )
    async def referral_invite(
        self,
        info: Info,
        code: Annotated[
            str,
            strawberry.argument(
                description="The code, in any letter case, with or without hyphens."
            ),
        ],
    ) -> ReferralInvite | None:
        """Returns the invite."""
        code = values.text("code", code, length_max=values.REFERENCE_LENGTH_MAX)
        invite = await referrals.find_invite(info.context, code)
        return ReferralInvite.of(invite) if invite else None

    @strawberry.field(
        extensions=is_admin(),
        description="All invites, or those of one referrer, newest first. `first` is at most 100.",
    )
    async def referral_invites(
        self,
        info: Info,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
        statuses: Statuses = None,
        referrer_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only invites of this user; null for all users."),
        ] = None,
    ) -> Connection[ReferralInvite]:
        """Returns a page of the invites."""
        owner_id, page = referral_invites_page(
            first=first, after=after, statuses=statuses, referrer_id=referrer_id
        )
        return await invite_connection(info, owner_id, page, after)

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "The outcome of notifying a user of an event, newest first: of all users, or of one. "
            "`first` is at most 100."
        ),
    )
    async def notifications(
        self,
        info: Info,
        user_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only notifications of this user; null for all users."),
        ] = None,
        status: Annotated[
            NotificationStatus | None,
            strawberry.argument(description="Only notifications with this outcome; null for all."),
        ] = None,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
    ) -> Connection[Notification]:
        """Returns a page of the notifications."""
        page = notification_page(first=first, after=after, user_id=user_id, status=status)
        return connection(
            await notifications.list_notifications(info.context, page),
            after=after,
            cursor_of=lambda notification: cursor("notifications", str(notification.id)),
            node_of=Notification.of,
        )

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "A signed digest of the whole ledger as of ten seconds ago. Null if the operator has "
            "set no key. It takes about a second per 100,000 members. If that exceeds the time "
            "limit of a statement, the error is LEDGER_TOO_LARGE; then run `loyalty checkpoint` on "
            "the server, which has no such limit."
        ),
    )
    async def ledger_checkpoint(self, info: Info) -> LedgerCheckpoint | None:
        """Returns a checkpoint."""
        signed = await ledger.take_checkpoint(info.context)
        return LedgerCheckpoint.of(signed) if signed else None

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "All stored data about one user: an object with a list for each table, named as in "
            "docs/data.md. Null for an unknown user."
        ),
    )
    async def export_user(
        self,
        info: Info,
        user_id: Annotated[
            strawberry.ID,
            strawberry.argument(description="The id that the platform gave the user."),
        ],
    ) -> JSON | None:
        """Returns the stored data about the user."""
        held = await users.export_user(info.context, values.user_id("userId", user_id))
        return None if held is None else JSON(held)

    @strawberry.field(
        description="The object with this id. Null if there is none that the caller may see.",
    )
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of an object.")],
    ) -> Node | None:
        """Returns the object."""
        return await find_node(info, "id", id)

    @strawberry.field(
        description=f"The objects with these ids, in their order. At most {NODES_MAX}.",
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="The `id`s of at most 100 objects."),
        ],
    ) -> list[Node | None]:
        """Returns the objects."""
        return await find_nodes(info, ids)
