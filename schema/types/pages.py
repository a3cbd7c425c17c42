"""Pages of lists: each function turns the arguments of a list into the page to read.

Resolvers and compiled execution call the same functions, so that both refuse the same arguments.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from db.repositories.invites import InvitePage
from db.repositories.ledger import LedgerPage
from db.repositories.notifications import NotificationPage
from domain import values
from resolvers.members import MemberPage
from schema.types.connection import (
    PAGE_SIZE_DEFAULT,
    integer_part,
    page_size,
    position,
    timestamp_part,
    user_id_part,
)
from schema.types.enums import InviteStatus, LedgerEntryKind, MemberOrder, NotificationStatus

_KEY_READERS: dict[MemberOrder, list[Callable[[Any], Any]]] = {
    MemberOrder.NEWEST: [timestamp_part, user_id_part],
    MemberOrder.LIFETIME_POINTS: [integer_part, user_id_part],
    MemberOrder.USER_ID: [user_id_part],
}


def ledger_page(
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    kinds: Sequence[LedgerEntryKind] | None = None,
) -> LedgerPage:
    """Returns the page of a member's ledger.

    Raises:
        InvalidInput: `first` is out of range, or `after` is not a cursor of a ledger.
    """
    [before_seq] = position("ledger", after, integer_part)
    return LedgerPage(
        limit=page_size(first),
        before_seq=before_seq,
        kinds=None if kinds is None else frozenset(kinds),
    )


def invite_page(
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    statuses: Sequence[InviteStatus] | None = None,
) -> InvitePage:
    """Returns the page of invites.

    Raises:
        InvalidInput: `first` is out of range, or `after` is not a cursor of invites.
    """
    [before_id] = position("invites", after, UUID)
    return InvitePage(
        limit=page_size(first),
        before_id=before_id,
        statuses=None if statuses is None else frozenset(statuses),
    )


def referral_invites_page(
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    statuses: Sequence[InviteStatus] | None = None,
    referrer_id: str | None = None,
) -> tuple[str | None, InvitePage]:
    """Returns the referrer (None for all) and the page of their invites.

    Raises:
        InvalidInput: as for `invite_page`, or `referrerId` is out of range.
    """
    if referrer_id is not None:
        referrer_id = values.user_id("referrerId", referrer_id)
    return referrer_id, invite_page(first=first, after=after, statuses=statuses)


def notification_page(
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    user_id: str | None = None,
    status: NotificationStatus | None = None,
) -> NotificationPage:
    """Returns the page of notifications.

    Raises:
        InvalidInput: `first` or `userId` is out of range, or `after` is not a cursor of the list.
    """
    [before_id] = position("notifications", after, UUID)
    return NotificationPage(
        limit=page_size(first),
        before_id=before_id,
        user_id=None if user_id is None else values.user_id("userId", user_id),
        status=status,
    )


def member_page(
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    search: str | None = None,
    tier_slug: str | None = None,
    order_by: MemberOrder = MemberOrder.NEWEST,
) -> MemberPage:
    """Returns the page of members.

    Raises:
        InvalidInput: an argument is out of range, or `after` is not a cursor of this order.
    """
    return MemberPage(
        search=values.optional_text("search", search, length_max=values.EMAIL_LENGTH_MAX),
        tier_slug=values.optional_text("tierSlug", tier_slug, length_max=values.SLUG_LENGTH_MAX),
        order=order_by,
        after=None
        if after is None
        else position(members_list(order_by), after, *_KEY_READERS[order_by]),
        limit=page_size(first),
    )


def members_list(order: MemberOrder) -> str:
    """Returns the name, in cursors, of the list of members in an order."""
    return f"members.{order}"
