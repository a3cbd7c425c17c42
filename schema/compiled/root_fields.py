"""Root field bindings: the root that each root field reads, and the arguments of the statement.

The same functions check the arguments as in the resolvers. Where one statement cannot answer, there
is no binding (None), and the resolvers answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from db.json_queries import roots
from db.json_queries.roots import POSITION, ObjectRoot, Root, argument_of
from db.repositories.invites import InvitePage
from db.repositories.members import prefix_pattern
from domain import codes, values
from domain.actor import Actor
from domain.enums import InviteStatus, MemberOrder, NotificationStatus
from schema.types.connection import PAGE_SIZE_DEFAULT
from schema.types.node import NODES_MAX
from schema.types.nodes import object_named
from schema.types.pages import (
    invite_page,
    ledger_page,
    member_page,
    notification_page,
    referral_invites_page,
)

Arguments: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RootFieldBinding:
    """A root and the arguments of its statement.

    Attributes:
        root: what the statement reads.
        arguments: the values that are bound.
        is_resolved_if_missing: whether the resolvers answer if the statement finds nothing. They
            create the object, or raise an error.
        is_public: whether the answer is the same for every caller, so that one statement can answer
            several requests.
    """

    root: Root
    arguments: Arguments
    is_resolved_if_missing: bool = False
    is_public: bool = False


BindRootField: TypeAlias = Callable[..., RootFieldBinding | None]
"""Binds a root field for a caller and arguments. Raises InvalidInput as the resolver does."""


def tiers(_actor: Actor, *, include_inactive: bool = False) -> RootFieldBinding:
    """Binds `Query.tiers`."""
    arguments = {} if include_inactive else {"only_active": True}
    return RootFieldBinding(roots.TIERS, arguments, is_public=True)


def tier(_actor: Actor, *, slug: str) -> RootFieldBinding:
    """Binds `Query.tier`."""
    slug = values.text("slug", slug, length_max=values.SLUG_LENGTH_MAX)
    return RootFieldBinding(roots.TIER_BY_SLUG, {"slug": slug}, is_public=True)


def me(actor: Actor) -> RootFieldBinding:
    """Binds `Query.me`."""
    return RootFieldBinding(roots.MEMBER, {"user_id": actor.id}, is_resolved_if_missing=True)


def member(actor: Actor, *, user_id: str) -> RootFieldBinding:
    """Binds `Query.member`."""
    known = values.user_id("userId", user_id)
    return RootFieldBinding(roots.MEMBER, {"user_id": known}, is_resolved_if_missing=True)


def members(
    _actor: Actor,
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    search: str | None = None,
    tier_slug: str | None = None,
    order_by: MemberOrder = MemberOrder.NEWEST,
) -> RootFieldBinding | None:
    """Binds `Query.members`, of all or of one tier.

    A search within a tier needs two statements, because the tier decides how to search.
    """
    if tier_slug is not None and search is not None:
        return None
    page = member_page(
        first=first, after=after, search=search, tier_slug=tier_slug, order_by=order_by
    )
    listed = roots.MEMBERS if page.tier_slug is None else roots.MEMBERS_ON_TIER
    arguments = _page(
        page.limit,
        *(page.after or ()),
        search=None if page.search is None else prefix_pattern(page.search),
        slug=page.tier_slug,
    )
    return RootFieldBinding(
        listed[order_by], arguments, is_resolved_if_missing=page.tier_slug is not None
    )


def referral_invite(actor: Actor, *, code: str) -> RootFieldBinding | None:
    """Binds `Query.referralInvite` for admins. For others, the owner must be read first."""
    code = values.text("code", code, length_max=values.REFERENCE_LENGTH_MAX)
    normalized = codes.normalize(code)
    if normalized is None or not actor.is_admin:
        return None
    return RootFieldBinding(roots.INVITE_BY_CODE, {"code": normalized})


def referral_invites(
    _actor: Actor,
    *,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
    statuses: list[InviteStatus] | None = None,
    referrer_id: str | None = None,
) -> RootFieldBinding:
    """Binds `Query.referralInvites`."""
    owner_id, page = referral_invites_page(
        first=first, after=after, statuses=statuses, referrer_id=referrer_id
    )
    return RootFieldBinding(roots.INVITES_OF_ALL, _of_invites(page, referrer_id=owner_id))


def notifications(
    _actor: Actor,
    *,
    user_id: str | None = None,
    status: NotificationStatus | None = None,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
) -> RootFieldBinding:
    """Binds `Query.notifications`."""
    page = notification_page(first=first, after=after, user_id=user_id, status=status)
    return RootFieldBinding(
        roots.NOTIFICATIONS,
        _page(page.limit, page.before_id, user_id=page.user_id, status=page.status),
    )


def node(actor: Actor, *, id: str) -> RootFieldBinding | None:
    """Binds `Query.node` to the object that the id names, if the caller may see it."""
    named = object_named("id", id)
    return RootFieldBinding(named.root, named.key) if named.is_visible_to(actor) else None


def nodes(actor: Actor, *, ids: list[str]) -> RootFieldBinding | None:
    """Binds `Query.nodes` to those objects that the ids name and the caller may see."""
    if len(ids) > NODES_MAX:
        return None
    arguments: Arguments = {}
    kinds: set[ObjectRoot] = set()
    for place, value in enumerate(ids):
        named = object_named(f"ids[{place}]", value)
        if named.is_visible_to(actor):
            kinds.add(named.root)
            for column, part in {POSITION: place + 1, **named.key}.items():
                arguments.setdefault(argument_of(named.root.type_name, column), []).append(part)
    if not kinds:
        return None
    # In one order, so that the same types always give the same statement.
    ordered = tuple(sorted(kinds, key=lambda kind: kind.type_name))
    return RootFieldBinding(roots.ObjectsRoot(ordered), {"count": len(ids), **arguments})


ROOT_FIELDS: Mapping[str, BindRootField] = {
    "tiers": tiers,
    "tier": tier,
    "me": me,
    "member": member,
    "members": members,
    "referralInvite": referral_invite,
    "referralInvites": referral_invites,
    "notifications": notifications,
    "node": node,
    "nodes": nodes,
}
"""The binding of each field of Query that one statement can answer, by the field's name."""


def ledger_arguments(**arguments: Any) -> Arguments:
    """Returns what the arguments of `Member.ledger` narrow the list to. Raises InvalidInput."""
    page = ledger_page(**arguments)
    return _page(page.limit, page.before_seq, kinds=_listed(page.kinds))


def invites_arguments(**arguments: Any) -> Arguments:
    """Returns what the arguments of `Member.invites` narrow the list to. Raises InvalidInput."""
    return _of_invites(invite_page(**arguments))


def _of_invites(page: InvitePage, **filters: Any) -> Arguments:
    return _page(page.limit, page.before_id, statuses=_listed(page.statuses), **filters)


ARGUMENTS_WITHIN: Mapping[tuple[str, str], Callable[..., Arguments]] = {
    ("Member", "ledger"): ledger_arguments,
    ("Member", "invites"): invites_arguments,
}
"""The lists within objects, by type and field: what their arguments narrow them to."""


def _listed(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _page(limit: int, *after: Any, **filters: Any) -> Arguments:
    given = {f"after_{part}": value for part, value in enumerate(after)} | filters
    return {"first": limit, **{name: value for name, value in given.items() if value is not None}}
