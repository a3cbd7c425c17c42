"""A row of another user is answered like one that does not exist; an own row is shown."""

import pytest

from tests.fixtures.actors import ADA, BOB, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.figures import Figure
from tests.fixtures.graphql import Api
from tests.fixtures.history import Past
from tests.fixtures.selections import gid

FORBIDDEN = "FORBIDDEN"
FOREIGN = ("foreign ids and codes", "answered as unknown ones")


@pytest.mark.promised
class TestForeignIsAsUnknown:
    @pytest.mark.parametrize("caller", [NOBODY, BOB])
    @pytest.mark.parametrize("foreign", ["ada", "eve", "u" * 200, "x\x00"])
    async def test_a_members_user_id(
        self, api: Api, past: Past, rows: Rows, figure: Figure, caller: Caller, foreign: str
    ) -> None:
        query = "query($id: ID!) { member(userId: $id) { userId user { email } } }"
        unknown = await api.graphql(query, {"id": "nobody"}, caller=caller)

        async with rows.unchanged():
            answer = await api.graphql(query, {"id": foreign}, caller=caller)

        assert answer == unknown
        assert answer.data == {"member": None}
        assert answer.errors[0]["path"] == ["member"]
        figure(*FOREIGN, "the same answer")

    @pytest.mark.parametrize("caller", [NOBODY, BOB])
    async def test_global_ids(self, api: Api, past: Past, figure: Figure, caller: Caller) -> None:
        foreign = [
            gid("User", "ada"),
            gid("Member", "ada"),
            gid("LedgerEntry", 1, "ada"),
            past.invite_id,
        ]
        unknown = [
            gid("User", "eve"),
            gid("Member", "eve"),
            gid("LedgerEntry", 1, "eve"),
            gid("LedgerEntry", 99, "ada"),
            gid("ReferralInvite", "01890000-0000-7000-8000-000000000000", "ada"),
            gid("Tier", "01890000-0000-7000-8000-000000000000"),
            # What a request without a token might be taken for.
            gid("User", ""),
            gid("LedgerEntry", 1, ""),
        ]
        ids = [*foreign, *unknown]

        many = await api.ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids}, caller=caller
        )
        one_by_one = [
            await api.ask("query($id: ID!) { node(id: $id) { id } }", {"id": each}, caller=caller)
            for each in ids
        ]

        assert many == {"nodes": [None] * len(ids)}
        assert one_by_one == [{"node": None}] * len(ids)
        figure(*FOREIGN, "the same answer")

    async def test_a_referral_code(self, api: Api, past: Past, make: Make, figure: Figure) -> None:
        share_code = (await make.member("ada")).referral_code
        query = "query($code: String!) { referralInvite(code: $code) { code } }"

        answers = [
            await api.ask(query, {"code": code}, caller=BOB)
            for code in [past.code, past.open_code, share_code, "0123456789", "no code"]
        ]

        assert answers == [{"referralInvite": None}] * 5
        figure(*FOREIGN, "the same answer")


class TestMembersOwnData:
    async def test_the_invitee_is_kept_from_the_referrer_and_the_rest_is_answered(
        self, api: Api, past: Past
    ) -> None:
        answer = await api.graphql(
            """{ me { invites(statuses: [CONVERTED]) { edges { node {
              code invitee { userId email } referrer { userId } } } } } }""",
            caller=ADA,
        )

        path = ["me", "invites", "edges", 0, "node", "invitee"]
        assert [(error["path"], error["message"]) for error in answer.errors] == [
            (path, "Your token does not allow this: it needs the admin role, or your own user id.")
        ]
        assert answer.codes == [FORBIDDEN]
        node = {"code": past.code, "invitee": None, "referrer": {"userId": "ada"}}
        assert answer.data == {"me": {"invites": {"edges": [{"node": node}]}}}

    async def test_the_actor_is_kept_from_the_member_and_the_rest_is_answered(
        self, api: Api, past: Past
    ) -> None:
        answer = await api.graphql(
            "{ me { ledger(kinds: [EARN]) { edges { node { points actorId } } } } }", caller=ADA
        )

        assert answer.codes == [FORBIDDEN]
        assert answer.data["me"]["ledger"]["edges"] == [{"node": {"points": 100, "actorId": None}}]

    async def test_an_admin_sees_both(self, api: Api, past: Past) -> None:
        member = (
            await api.ask(
                """{ member(userId: "ada") {
              invites(statuses: [CONVERTED]) { edges { node { invitee { userId email } } } }
              ledger(kinds: [EARN]) { edges { node { actorId } } } } }"""
            )
        )["member"]

        assert member["invites"]["edges"][0]["node"]["invitee"] == {
            "userId": "carol",
            "email": "carol@example.com",
        }
        assert member["ledger"]["edges"] == [{"node": {"actorId": "maker"}}]
