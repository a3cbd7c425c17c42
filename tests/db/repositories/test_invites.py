"""Invites: each under a code of its own, listed newest first."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.context import Contexts, draw_code
from db.engine.database import Database
from db.repositories import invites, members
from db.repositories.invites import InvitePage
from domain.enums import InviteSource, InviteStatus
from domain.errors.base import CodeSpaceExhausted
from domain.referrals import Terms
from tests.db.json_queries.generated import drawing
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.invariants import assert_invariants

TERMS = Terms(reward_points=500, invitee_reward_points=0, expires_at=None)
FREE = "FREE000000"


async def issue(database: Database, *codes: str) -> tuple[str, list[int]]:
    """Issues an invite of ada's; returns its code, and the lengths of the codes drawn for it."""
    draw, lengths = drawing(*codes)
    async with database.unit_of_work() as writer:
        locked = await members.lock(writer, ["ada"], draw_code)
        assert locked is not None
        invite = await invites.issue(
            writer, locked.members["ada"], TERMS, InviteSource.ISSUED, draw
        )
    return invite.code, lengths


class TestIssue:
    @pytest.mark.parametrize("collisions", [0, 1, 7])
    @pytest.mark.parametrize("holder", ["invite", "member"])
    async def test_it_draws_again_where_a_code_is_taken(
        self, database: Database, make: Make, rows: Rows, holder: str, collisions: int
    ) -> None:
        member = await make.member("ada")
        taken = (await make.invite("ada")).code if holder == "invite" else member.referral_code
        code, lengths = await issue(database, *[taken] * collisions, FREE)
        assert code == FREE
        assert lengths == [10] * (collisions + 1)
        await assert_invariants(rows)

    async def test_it_gives_up_after_eight_draws(
        self, database: Database, make: Make, rows: Rows
    ) -> None:
        await make.member("ada")
        taken = (await make.invite("ada")).code
        async with rows.unchanged():
            with pytest.raises(CodeSpaceExhausted) as exhausted:
                await issue(database, taken)
        assert exhausted.value.attempts == 8


class TestLists:
    async def test_everybodys_newest_first_and_page_by_page(
        self, contexts: Contexts, make: Make
    ) -> None:
        made = []
        for user_id in ["ada", "bob", "ada", "cy", "bob"]:
            await make.user(user_id)
            made.append((await make.invite(user_id)).id)
        async with contexts.database.reader() as reader:
            listed, before = [], None
            while page := await invites.newest_of_all(reader, InvitePage(2, before)):
                assert len(page) <= 2
                listed += [invite.id for invite in page]
                before = listed[-1]
        assert listed == made[::-1]

    async def test_the_status_is_that_of_the_moment(
        self, contexts: Contexts, make: Make, rows: Rows
    ) -> None:
        await make.member("ada")
        sent, expired, forever = [await make.invite("ada") for _ in range(3)]
        await rows.execute(
            "UPDATE loyalty_referral_invites SET expires_at = now() WHERE id = :id", id=expired.id
        )
        await rows.execute(
            "UPDATE loyalty_referral_invites SET expires_at = NULL WHERE id = :id", id=forever.id
        )
        expected = {InviteStatus.SENT: [forever.id, sent.id], InviteStatus.EXPIRED: [expired.id]}
        async with contexts.database.reader() as reader:
            for status in InviteStatus:
                page = InvitePage(limit=9, statuses=frozenset({status}))
                for found in (
                    await invites.newest_of_all(reader, page),
                    await invites.newest(reader, ["ada"], page),
                ):
                    assert [invite.id for invite in found] == expected.get(status, [])
                    assert {invite.status for invite in found} <= {status}
            assert await invites.newest_of_all(reader, InvitePage(9, statuses=frozenset())) == []

    async def test_it_expires_at_its_very_moment(self, database: Database, make: Make) -> None:
        await make.member("ada")
        invite = await make.invite("ada")
        at = text("UPDATE loyalty_referral_invites SET expires_at = now() + CAST(:by AS interval)")
        async with database.unit_of_work() as writer:
            # The moment is that of the transaction: it stands still.
            for by, status in [
                (timedelta(microseconds=1), InviteStatus.SENT),
                (timedelta(0), InviteStatus.EXPIRED),
                (timedelta(microseconds=-1), InviteStatus.EXPIRED),
            ]:
                await writer.execute(at, {"by": by})
                assert (await invites.lock(writer, ("ada", invite.id))).status is status


async def test_codes_lead_to_whose_they_are(contexts: Contexts, make: Make) -> None:
    member = await make.member("ada")
    invite = await make.invite("ada")
    async with contexts.database.reader() as reader:
        by_invite = await invites.claim_of(reader, invite.code)
        by_share_code = await invites.claim_of(reader, member.referral_code)
        by_nothing = await invites.claim_of(reader, "NOTHING0")
    assert by_invite == invites.CodeClaim("ada", invite.id)
    assert by_share_code == invites.CodeClaim("ada", None)
    assert by_nothing is None
