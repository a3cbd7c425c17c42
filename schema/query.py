"""What may be asked."""

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
    page_size,
)
from schema.types.enums import MemberOrder, NotificationStatus
from schema.types.ledger_checkpoint import LedgerCheckpoint
from schema.types.member import Member, Statuses, invite_connection, members_list, members_position
from schema.types.node import NODES_MAX, Node
from schema.types.nodes import find_node, find_nodes
from schema.types.notification import Notification, notification_page
from schema.types.referral_invite import ReferralInvite
from schema.types.tier import Tier


@strawberry.type(description="What may be asked.")
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
            "The caller's own membership, made on the first visit. "
            "Null for an admin whom the platform does not know as a user."
        ),
    )
    async def me(self, info: Info) -> Member | None:
        """Returns the caller's membership."""
        member = await members.get_member(info.context, info.context.actor.id)
        return Member.of(member) if member else None

    @strawberry.field(
        extensions=is_self_or_admin(),
        description="A user's membership, made if they have none. Null for an unknown user.",
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
            "e-mail address or a name, in any letter case. Looking for members makes none."
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
        page = await members.list_members(
            info.context,
            search=values.optional_text("search", search, length_max=values.EMAIL_LENGTH_MAX),
            tier_slug=values.optional_text(
                "tierSlug", tier_slug, length_max=values.SLUG_LENGTH_MAX
            ),
            order=order_by,
            after=members_position(order_by, after),
            limit=page_size(first),
        )
        return connection(
            page,
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
        description="Everybody's invites, or one referrer's, newest first. `first` is at most 100.",
    )
    async def referral_invites(
        self,
        info: Info,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
        statuses: Statuses = None,
        referrer_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only invites of this user; null for everybody."),
        ] = None,
    ) -> Connection[ReferralInvite]:
        """Returns a page of the invites."""
        if referrer_id is not None:
            referrer_id = strawberry.ID(values.user_id("referrerId", referrer_id))
        return await invite_connection(info, referrer_id, first, after, statuses)

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "What became of each event for the person to be told, newest first: of everybody, or "
            "of one user. `first` is at most 100."
        ),
    )
    async def notifications(
        self,
        info: Info,
        user_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only what this user was told; null for everybody."),
        ] = None,
        status: Annotated[
            NotificationStatus | None,
            strawberry.argument(
                description="Only notifications that ended like this; null for all."
            ),
        ] = None,
        first: First = PAGE_SIZE_DEFAULT,
        after: After = None,
    ) -> Connection[Notification]:
        """Returns a page of the notifications."""
        page = notification_page(first, after, user_id, status)
        return connection(
            await notifications.list_notifications(info.context, page),
            after=after,
            cursor_of=lambda notification: cursor("notifications", str(notification.id)),
            node_of=Notification.of,
        )

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "A signed digest of the whole ledger, as it was ten seconds ago. Null where the "
            "operator has set no key. It takes about a second per 100,000 members; where that is "
            "more than a statement may take, the error is LEDGER_TOO_LARGE, and `loyalty "
            "checkpoint` on the server takes one all the same."
        ),
    )
    async def ledger_checkpoint(self, info: Info) -> LedgerCheckpoint | None:
        """Returns a checkpoint."""
        signed = await ledger.take_checkpoint(info.context)
        return LedgerCheckpoint.of(signed) if signed else None

    @strawberry.field(
        extensions=is_admin(),
        description=(
            "Everything that is held about one person: an object with a list for each table, named "
            "as in docs/data.md. Null for an unknown user."
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
        """Returns what is held about the user."""
        held = await users.export_user(info.context, values.user_id("userId", user_id))
        return None if held is None else JSON(held)

    @strawberry.field(
        description="The object with this id. Null where there is none that the caller may see.",
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
