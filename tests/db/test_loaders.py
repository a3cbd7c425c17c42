"""Loaders give back what was asked for, in that order, by one statement a batch."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from app.context import Contexts
from db.engine.database import Database
from db.engine.sessions import ReaderClosed
from db.loaders import Loaders
from db.repositories.invites import InvitePage
from db.repositories.ledger import LedgerPage
from domain.enums import InviteStatus, LedgerEntryKind
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.queries import Statements

NO_ID = UUID(int=0)


@pytest.fixture
async def loaders(contexts: Contexts) -> AsyncIterator[Loaders]:
    """The loaders of one request."""
    async with contexts.database.reader() as reader:
        yield Loaders(reader)


async def test_tiers(make: Make, loaders: Loaders, statements: Statements) -> None:
    gold, ruby = await make.tier("gold", 5), await make.tier("ruby", 6)
    with statements.recorded() as sent:
        asked = [ruby.id, NO_ID, gold.id, ruby.id]
        found = await loaders.tier_by_id.load_many(asked)
    assert [tier and tier.slug for tier in found] == ["ruby", None, "gold", "ruby"]
    assert len(sent) == 1


async def test_whoever_gives_up_takes_nothing_from_the_others(make: Make, loaders: Loaders) -> None:
    await make.tier("gold", 5)
    waiting, cancelled = (asyncio.create_task(loaders.active_tiers()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()

    assert [tier.slug for tier in await waiting] == ["gold"]
    assert cancelled.cancelled()


async def test_users(make: Make, loaders: Loaders, statements: Statements) -> None:
    await make.user("ada", marketing_messages=True)
    await make.user("bob")
    with statements.recorded() as sent:
        found = await loaders.user_by_id.load_many(["bob", "nobody", "ada", "bob"])
    assert [user and user.id for user in found] == ["bob", None, "ada", "bob"]
    assert [user and user.marketing_messages for user in found] == [False, None, True, False]
    assert len(sent) == 1


async def test_members(make: Make, loaders: Loaders, statements: Statements) -> None:
    await make.user("only a user")
    for user_id in ("ada", "bob"):
        await make.member(user_id)
    with statements.recorded() as sent:
        found = await loaders.member_by_user_id.load_many(["bob", "only a user", "ada", "bob"])
    assert [member and member.user_id for member in found] == ["bob", None, "ada", "bob"]
    assert len(sent) == 1


async def test_entries(make: Make, loaders: Loaders, statements: Statements) -> None:
    for user_id in ("ada", "bob"):
        await make.user(user_id)
        await make.earned(user_id, 1)
        await make.earned(user_id, 2)
    asked = [("bob", 2), ("ada", 3), ("ada", 2), ("ada", 1), ("bob", 2), ("nobody", 1)]
    with statements.recorded() as sent:
        found = await loaders.entry_by_key.load_many(asked)
    expected = [("bob", 2), None, ("ada", 2), ("ada", 1), ("bob", 2), None]
    assert [entry and (entry.member_id, entry.points) for entry in found] == expected
    assert len(sent) == 1


async def test_invites(make: Make, loaders: Loaders, statements: Statements) -> None:
    await make.user("ada")
    await make.user("bob")
    of_ada, of_bob = await make.invite("ada"), await make.invite("bob")
    asked = [("bob", of_bob.id), ("bob", of_ada.id), ("ada", of_ada.id), ("ada", NO_ID)]
    with statements.recorded() as sent:
        found = await loaders.invite_by_key.load_many(asked)
    assert found == [of_bob, None, of_ada, None]
    assert len(sent) == 1


async def test_the_tiers_are_read_once(
    make: Make, loaders: Loaders, statements: Statements
) -> None:
    for slug, threshold in [("ruby", 6), ("gold", 5)]:
        await make.tier(slug, threshold)
    with statements.recorded() as sent:
        answers = await asyncio.gather(*(loaders.active_tiers() for _ in range(3)))
        answers.append(await loaders.active_tiers())
    assert [[tier.slug for tier in active_tiers] for active_tiers in answers] == [
        ["gold", "ruby"]
    ] * 4
    assert len(sent) == 1


async def test_ledger_pages(make: Make, loaders: Loaders, statements: Statements) -> None:
    for user_id in ("ada", "bob", "cy"):
        await make.user(user_id)
    await make.member("cy")
    for user_id in ("ada", "bob"):
        for points in (10, 20, 30):
            await make.earned(user_id, points)
        await make.redeemed(user_id, 5)
    newest, older = LedgerPage(limit=2), LedgerPage(limit=2, before_seq=3)
    earned = LedgerPage(limit=2, kinds=frozenset({LedgerEntryKind.EARN}))
    nothing = LedgerPage(limit=2, kinds=frozenset())

    async def points_on(page: LedgerPage, *user_ids: str) -> list[list[int]]:
        pages = await loaders.ledger_by_member_id(page).load_many(user_ids)
        return [[entry.points for entry in entries] for entries in pages]

    with statements.recorded() as sent:
        one, other = await asyncio.gather(
            points_on(newest, "bob", "nobody", "ada", "bob"), points_on(newest, "cy", "ada")
        )
    assert one == [[-5, 30], [], [-5, 30], [-5, 30]]
    assert other == [[], [-5, 30]]
    assert len(sent) == 1

    with statements.recorded() as sent:
        of_ada, of_bob, of_nobody = await asyncio.gather(
            points_on(older, "ada"), points_on(earned, "bob"), points_on(nothing, "bob")
        )
    assert (of_ada, of_bob, of_nobody) == ([[20, 10]], [[30, 20]], [[]])
    assert len(sent) == 3


async def test_invite_pages(make: Make, loaders: Loaders, statements: Statements) -> None:
    for user_id in ("ada", "bob", "cy"):
        await make.member(user_id)
    first, second, third = [await make.invite("ada") for _ in range(3)]
    other = await make.invite("bob")
    converted = await make.invite("bob")
    await make.converted(converted.code, "cy")
    newest, older = InvitePage(limit=2), InvitePage(limit=2, before_id=third.id)
    used = InvitePage(limit=2, statuses=frozenset({InviteStatus.CONVERTED}))

    async def ids(page: InvitePage, *user_ids: str) -> list[list[UUID]]:
        pages = await loaders.invites_by_referrer_id(page).load_many(user_ids)
        return [[invite.id for invite in invites] for invites in pages]

    with statements.recorded() as sent:
        assert await ids(newest, "bob", "cy", "ada", "nobody") == [
            [converted.id, other.id],
            [],
            [third.id, second.id],
            [],
        ]
    assert len(sent) == 1

    with statements.recorded() as sent:
        of_ada, converted_of_both = await asyncio.gather(ids(older, "ada"), ids(used, "ada", "bob"))
    assert of_ada == [[second.id, first.id]]
    assert converted_of_both == [[], [converted.id]]
    assert len(sent) == 2


async def test_equal_pages_share_a_loader(loaders: Loaders) -> None:
    kinds = [LedgerEntryKind.EARN, LedgerEntryKind.REDEEM]

    def loader_of(limit: int, kinds: list[LedgerEntryKind]) -> object:
        return loaders.ledger_by_member_id(LedgerPage(limit=limit, kinds=frozenset(kinds)))

    assert loader_of(2, kinds) is loader_of(2, kinds[::-1])
    assert loader_of(2, kinds) is not loader_of(3, kinds)


async def test_a_batch_that_fails_fails_for_all_who_wait(
    database_url: str, make: Make, faults: Faults
) -> None:
    await make.member("ada")
    hasty = Database(database_url, lock_timeout_ms=50)
    async with hasty.reader() as reader:
        loader = Loaders(reader).member_by_user_id
        async with faults.locked("LOCK TABLE loyalty_members"):
            results = await asyncio.gather(
                loader.load("ada"), loader.load("bob"), return_exceptions=True
            )
        assert all(isinstance(result, DBAPIError) for result in results)
        # That is not remembered as an answer.
        member = await loader.load("ada")
    await hasty.aclose()
    assert member is not None
    assert member.user_id == "ada"


async def test_a_batch_of_a_closed_reader_fails(contexts: Contexts, make: Make) -> None:
    await make.member("ada")
    async with contexts.database.reader() as reader:
        late = Loaders(reader).member_by_user_id
    with pytest.raises(ReaderClosed):
        await late.load("ada")
