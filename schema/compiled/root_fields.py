"""Where the tree of each root field begins, and what its arguments narrow it to.

Arguments pass the same checks as in the resolvers. What does not pass, and what one statement
cannot answer, is left to the resolvers: then there is no start.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from db.json_queries import roots
from db.json_queries.roots import KINDS, POSITION, ObjectRoot, Root, argument_of
from db.repositories.members import prefix_pattern
from domain import codes, values
from domain.actor import Actor
from domain.enums import InviteStatus, LedgerEntryKind, MemberOrder, NotificationStatus
from domain.errors import InvalidInput
from schema.types.connection import PAGE_SIZE_DEFAULT, page_size
from schema.types.ledger_entry import entry_key
from schema.types.member import invite_page, ledger_page, members_position
from schema.types.node import NODES_MAX, key_of, uuid_of
from schema.types.notification import notification_key, notification_page

Arguments: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RootFieldBinding:
    """A root and its arguments.

    What is missing may be the resolvers' to answer: they make it, or say that it is an error. What
    is public is read the same way for everybody, and so for all at once.
    """

    root: Root
    arguments: Arguments
    is_resolved_if_missing: bool = False
    is_public: bool = False


BindRootField: TypeAlias = Callable[..., RootFieldBinding | None]
"""From the caller and the arguments of a root field; raises InvalidInput as its resolver does."""


def tiers(_actor: Actor, *, include_inactive: bool = False) -> RootFieldBinding:
    """Begins `Query.tiers`."""
    arguments = {} if include_inactive else {"only_active": True}
    return RootFieldBinding(roots.TIERS, arguments, is_public=True)


def tier(_actor: Actor, *, slug: str) -> RootFieldBinding:
    """Begins `Query.tier`."""
    slug = values.text("slug", slug, length_max=values.SLUG_LENGTH_MAX)
    return RootFieldBinding(roots.TIER_BY_SLUG, {"slug": slug}, is_public=True)


def me(actor: Actor) -> RootFieldBinding:
    """Begins `Query.me`."""
    return RootFieldBinding(roots.MEMBER, {"user_id": actor.id}, is_resolved_if_missing=True)


def member(actor: Actor, *, user_id: str) -> RootFieldBinding:
    """Begins `Query.member`."""
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
    """Begins `Query.members`, of all or of a tier.

    A search within a tier takes two statements: how to find its members is decided by the tier.
    """
    if tier_slug is not None and search is not None:
        return None
    prefix = values.optional_text("search", search, length_max=values.EMAIL_LENGTH_MAX)
    slug = values.optional_text("tierSlug", tier_slug, length_max=values.SLUG_LENGTH_MAX)
    listed = roots.MEMBERS if slug is None else roots.MEMBERS_ON_TIER
    arguments = _page(
        page_size(first),
        *(members_position(order_by, after) or ()),
        search=None if prefix is None else prefix_pattern(prefix),
        slug=slug,
    )
    return RootFieldBinding(listed[order_by], arguments, is_resolved_if_missing=slug is not None)


def referral_invite(actor: Actor, *, code: str) -> RootFieldBinding | None:
    """Begins `Query.referralInvite` for admins: whose it is shows only once it is read."""
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
    """Begins `Query.referralInvites`."""
    referrer_id = None if referrer_id is None else values.user_id("referrerId", referrer_id)
    arguments = invites_arguments(first=first, after=after, statuses=statuses)
    if referrer_id is not None:
        arguments["referrer_id"] = referrer_id
    return RootFieldBinding(roots.INVITES_OF_ALL, arguments)


def notifications(
    _actor: Actor,
    *,
    user_id: str | None = None,
    status: NotificationStatus | None = None,
    first: int = PAGE_SIZE_DEFAULT,
    after: str | None = None,
) -> RootFieldBinding:
    """Begins `Query.notifications`."""
    page = notification_page(first, after, user_id, status)
    return RootFieldBinding(
        roots.NOTIFICATIONS,
        _page(page.limit, page.before_id, user_id=page.user_id, status=page.status),
    )


def node(actor: Actor, *, id: str) -> RootFieldBinding | None:
    """Begins `Query.node`, at the object that the id names."""
    named = object_named("id", id)
    return RootFieldBinding(named.root, named.key) if _may_see(actor, named) else None


def nodes(actor: Actor, *, ids: list[str]) -> RootFieldBinding | None:
    """Begins `Query.nodes`, at the objects that the ids name."""
    if len(ids) > NODES_MAX:
        return None
    arguments: Arguments = {}
    kinds: dict[ObjectRoot, None] = {}
    for place, value in enumerate(ids):
        named = object_named(f"ids[{place}]", value)
        if _may_see(actor, named):
            kinds[named.root] = None
            for column, part in {POSITION: place + 1, **named.key}.items():
                arguments.setdefault(argument_of(named.root.type_name, column), []).append(part)
    if not kinds:
        return None
    # In one order, so that the same kinds are the same statement.
    ordered = tuple(kind for kind in KINDS if kind in kinds)
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


@dataclass(frozen=True, slots=True)
class Named:
    """The object that a global id names, and the user whose it is, if it is anybody's."""

    root: ObjectRoot
    key: Arguments
    owner_id: str | None = None


def object_named(field: str, value: str) -> Named:
    """Returns where the object with this global id begins.

    Raises:
        InvalidInput: it is not the id of any object.
    """
    type_name, key = key_of(field, value, parts=1)
    match type_name:
        case "Tier":
            return Named(roots.TIER_BY_ID, {"id": uuid_of(field, key)})
        case "User":
            return Named(roots.USER, {"id": key}, key)
        case "Member":
            return Named(roots.MEMBER, {"user_id": key}, key)
        case "LedgerEntry":
            member_id, seq = entry_key(field, value)
            return Named(roots.ENTRY, {"member_id": member_id, "seq": seq}, member_id)
        case "ReferralInvite":
            _, invite_id, referrer_id = key_of(field, value, parts=2)
            invite_key = {"referrer_id": referrer_id, "id": uuid_of(field, invite_id)}
            return Named(roots.INVITE, invite_key, referrer_id)
        case "Notification":
            user_id, notification_id = notification_key(field, value)
            return Named(roots.NOTIFICATION, {"user_id": user_id, "id": notification_id}, user_id)
        case _:
            raise InvalidInput(field, "is not an id of this service.")


def _may_see(actor: Actor, named: Named) -> bool:
    """Whether the object may be shown to the caller."""
    if named.root is roots.NOTIFICATION:
        return actor.is_admin
    return named.owner_id is None or actor.may_see(named.owner_id)


def ledger_arguments(
    *, first: int, after: str | None = None, kinds: list[LedgerEntryKind] | None = None
) -> Arguments:
    """Returns what `Member.ledger` is narrowed to. Raises InvalidInput."""
    page = ledger_page(first, after, kinds)
    return _page(page.limit, page.before_seq, kinds=None if kinds is None else list(kinds))


def invites_arguments(
    *, first: int, after: str | None = None, statuses: list[InviteStatus] | None = None
) -> Arguments:
    """Returns what `Member.invites` is narrowed to. Raises InvalidInput."""
    page = invite_page(first, after, statuses)
    return _page(page.limit, page.before_id, statuses=None if statuses is None else list(statuses))


ARGUMENTS_WITHIN: Mapping[tuple[str, str], Callable[..., Arguments]] = {
    ("Member", "ledger"): ledger_arguments,
    ("Member", "invites"): invites_arguments,
}
"""The lists within objects, by type and field, and what their arguments narrow them to."""


def _page(limit: int, *after: Any, **filters: Any) -> Arguments:
    given = {f"after_{part}": value for part, value in enumerate(after)} | filters
    return {"first": limit, **{name: value for name, value in given.items() if value is not None}}
