"""Loaders: each reads the keys that many fields of one request need in one statement.

A loader is named by what it loads and by the key. It lives as long as its request, or until the
request changes data.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from aiodataloader import DataLoader

from db.engine.sessions import Reader
from db.repositories import invites, ledger, members, tiers, users
from domain.entities import LedgerEntry, Member, ReferralInvite, Tier, User

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

_ACTIVE_TIERS = "active tiers"  # the only key of its loader


class Loader(DataLoader[KeyT, ValueT]):
    """A loader whose value several fields can wait for; each of them can be cancelled alone."""

    def load(self, key: KeyT) -> "asyncio.Future[ValueT]":
        """Returns the value, once the batch is read."""
        # A field that fails cancels its sibling fields and what they await. The shield keeps the
        # shared batch running for the fields elsewhere that await it as well.
        value = super().load(key)
        value.add_done_callback(_retrieve)
        return asyncio.shield(value)


def _retrieve(value: "asyncio.Future[Any]") -> None:
    # Without this, asyncio logs the failure of a batch whose waiting fields were all cancelled.
    if not value.cancelled():
        value.exception()


class Loaders:
    """The loaders of one request; all use its one reading connection."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._ledger: dict[ledger.LedgerPage, Loader[str, list[LedgerEntry]]] = {}
        self._invites: dict[invites.InvitePage, Loader[str, list[ReferralInvite]]] = {}

        async def load_active_tiers(keys: list[str]) -> list[list[Tier]]:
            return [await tiers.active(reader)] * len(keys)

        async def load_tiers(ids: list[UUID]) -> list[Tier | None]:
            return _in_order(ids, await tiers.by_ids(reader, ids), lambda tier: tier.id)

        async def load_users(ids: list[str]) -> list[User | None]:
            return _in_order(ids, await users.by_ids(reader, ids), lambda user: user.id)

        async def load_members(ids: list[str]) -> list[Member | None]:
            return _in_order(ids, await members.by_ids(reader, ids), lambda member: member.user_id)

        async def load_entries(keys: list[ledger.EntryKey]) -> list[LedgerEntry | None]:
            entries = await ledger.by_keys(reader, keys)
            return _in_order(keys, entries, lambda entry: (entry.member_id, entry.seq))

        async def load_invites(keys: list[invites.InviteKey]) -> list[ReferralInvite | None]:
            found = await invites.by_keys(reader, keys)
            return _in_order(keys, found, lambda invite: (invite.referrer_id, invite.id))

        self._active_tiers = Loader(load_active_tiers)
        self.tier_by_id = Loader(load_tiers)
        self.user_by_id = Loader(load_users)
        self.member_by_user_id = Loader(load_members)
        self.entry_by_key = Loader(load_entries)
        self.invite_by_key = Loader(load_invites)

    async def active_tiers(self) -> list[Tier]:
        """Returns the active tiers by ascending threshold; they are read once."""
        return await self._active_tiers.load(_ACTIVE_TIERS)

    def ledger_by_member_id(self, page: ledger.LedgerPage) -> Loader[str, list[LedgerEntry]]:
        """Returns the loader of such pages: one statement for all members with the same page."""

        async def load(member_ids: list[str]) -> list[list[LedgerEntry]]:
            entries = await ledger.newest(self._reader, member_ids, page)
            return _grouped(member_ids, entries, lambda entry: entry.member_id)

        if page not in self._ledger:
            self._ledger[page] = Loader(load)
        return self._ledger[page]

    def invites_by_referrer_id(self, page: invites.InvitePage) -> Loader[str, list[ReferralInvite]]:
        """Returns the loader of such pages: one statement for all referrers with the same page."""

        async def load(referrer_ids: list[str]) -> list[list[ReferralInvite]]:
            found = await invites.newest(self._reader, referrer_ids, page)
            return _grouped(referrer_ids, found, lambda invite: invite.referrer_id)

        if page not in self._invites:
            self._invites[page] = Loader(load)
        return self._invites[page]


def _in_order(
    keys: Sequence[KeyT], values: Sequence[ValueT], key_of: Callable[[ValueT], KeyT]
) -> list[ValueT | None]:
    by_key = {key_of(value): value for value in values}
    return [by_key.get(key) for key in keys]


def _grouped(
    keys: Sequence[KeyT], values: Sequence[ValueT], key_of: Callable[[ValueT], KeyT]
) -> list[list[ValueT]]:
    groups: dict[Any, list[ValueT]] = {key: [] for key in keys}
    for value in values:
        groups[key_of(value)].append(value)
    return [groups[key] for key in keys]
