"""`eraseUser`: an admin has a person forgotten, for good.

Gone are their e-mail address and name, what they agreed to, the addresses and metadata of the
invites that they sent and of those to them, and what mail servers answered. The ledger, the totals
and the user id stay. Nobody is mailed in their name, and nothing about them is taken in again.
"""

import asyncio
from typing import Any

import pytest

from app.context import Contexts
from domain.actor import Actor
from domain.enums import Role
from resolvers import members
from tests.fixtures.actors import ADA, OTHER_ADMIN
from tests.fixtures.database import TABLES, Rows
from tests.fixtures.factories import Make
from tests.fixtures.faults import Faults
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import Case, bad_texts, bad_user_ids, complaints
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.mail import MakeWorker
from tests.fixtures.selections import USER

SUCCESS = f"... on EraseUserSuccess {{ replayed user {{ {USER} }} }}"
ERASED = "... on UserErased { userId erasedAt }"
GOOD: dict[str, Any] = {"userId": "ada"}
BAD: list[Case] = [*bad_user_ids("userId"), *bad_texts("idempotencyKey", 255)]
FIELDS: list[dict[str, Any]] = [
    {},
    {"email": "ada@canary.example"},
    {"marketingMessages": True},
]

# Each occurs in what the tests tell of ada, and nowhere else.
CANARIES = ("ada@canary.example", "ADA@Canary.example", "Canary Lovelace", "cousin-canary")
KEPT = ("loyalty_members", "loyalty_ledger_entries", "loyalty_referral_attributions")


@pytest.fixture
async def past(make: Make, rows: Rows) -> None:
    """Ada has a history in every table: as referrer, as invitee, and with mails."""
    await make.baseline_tiers()
    await make.member("bob", email="bob@example.com", display_name="Bob", marketing_messages=True)
    to_ada = await make.invite(
        "bob",
        invitee_email="ADA@Canary.example",
        metadata={"greeting": "Dear Canary Lovelace"},
        invitee_reward_points=7,
    )
    await make.member(
        "ada", email="ada@canary.example", display_name="Canary Lovelace", marketing_messages=True
    )
    await make.converted(to_ada.code, "ada")
    await make.invite("bob", invitee_email="ada@canary.example")
    await make.invite("ada", invitee_email="cousin-canary@example.com", metadata={"to": "cousin"})
    await make.earned("ada", 1_500, reference="order-1")
    # Every mail was refused, and the server said whose it was; other mails of bob's were too.
    await make.earned("bob", 1_000)
    await rows.execute(
        "UPDATE outbox_events SET dead_at = now(), last_error = '550 ' || "
        "CASE WHEN kind = 'TIER_UPGRADED' AND user_id = 'bob' THEN 'bob@example.com' "
        "ELSE 'ada@canary.example' END || ' unknown'"
    )
    await rows.execute(
        "INSERT INTO notifications (user_id, id, kind, status, reason, event_id) "
        "SELECT user_id, gen_random_uuid(), kind, 'FAILED', last_error, id FROM outbox_events"
    )


async def rows_about_ada(rows: Rows) -> dict[str, list[str]]:
    """Returns where in the whole database a canary is."""
    found: dict[str, list[str]] = {}
    for table in TABLES:
        for row in await rows.all(f"SELECT row::text AS text FROM {table} AS row"):
            text = str(row["text"])
            if any(canary in text for canary in CANARIES):
                found.setdefault(table, []).append(text)
    return found


class TestErasure:
    async def test_answers_what_is_left(self, api: Api, past: None, rows: Rows) -> None:
        before = await rows.value("SELECT created_at FROM users WHERE id = 'ada'")

        result = await api.mutate("eraseUser", SUCCESS, userId="ada", idempotencyKey="k")

        user = result["user"]
        assert (result["__typename"], result["replayed"]) == ("EraseUserSuccess", False)
        assert (user["userId"], user["email"], user["displayName"]) == ("ada", None, None)
        assert user["marketingMessages"] is False
        assert user["erasedAt"] > user["createdAt"]
        assert await rows.value("SELECT created_at FROM users WHERE id = 'ada'") == before

    async def test_no_table_tells_of_them_any_more(self, api: Api, past: None, rows: Rows) -> None:
        assert (await rows_about_ada(rows)).keys() == {
            "users",
            "loyalty_referral_invites",
            "outbox_events",
            "notifications",
        }

        await api.mutate("eraseUser", SUCCESS, userId="ada")

        assert await rows_about_ada(rows) == {}

    async def test_what_is_counted_stays(self, api: Api, past: None, rows: Rows) -> None:
        before = [await rows.all(f"SELECT * FROM {table} ORDER BY 1, 2") for table in KEPT]

        await api.mutate("eraseUser", SUCCESS, userId="ada")

        assert [await rows.all(f"SELECT * FROM {table} ORDER BY 1, 2") for table in KEPT] == before
        await assert_invariants(rows)

    async def test_rows_about_others_stay(self, api: Api, past: None, rows: Rows) -> None:
        await api.mutate("eraseUser", SUCCESS, userId="ada")

        bob = "SELECT email, display_name, erased_at FROM users WHERE id = 'bob'"
        assert await rows.all(bob) == [
            {"email": "bob@example.com", "display_name": "Bob", "erased_at": None}
        ]
        assert await rows.all(
            "SELECT reason, last_error FROM notifications JOIN outbox_events AS event "
            "ON event.id = event_id WHERE reason IS NOT NULL OR last_error IS NOT NULL"
        ) == [
            {"reason": "550 bob@example.com unknown", "last_error": "550 bob@example.com unknown"}
        ]

    async def test_a_user_of_whom_nothing_but_the_id_is_known(
        self, api: Api, make: Make, rows: Rows
    ) -> None:
        await make.user("ada")
        # Without an address no invite is addressed to them.
        await make.member("bob")
        await make.invite("bob", invitee_email="eve@example.com")

        result = await api.mutate("eraseUser", SUCCESS, userId="ada")

        assert result["user"]["erasedAt"] is not None
        address = "SELECT invitee_email FROM loyalty_referral_invites"
        assert await rows.value(address) == "eve@example.com"


class TestNoMailAnyMore:
    async def test_mails_that_were_still_due_are_not_sent(
        self, api: Api, make: Make, make_worker: MakeWorker, rows: Rows
    ) -> None:
        await make.baseline_tiers()
        await make.user("ada", email="ada@example.com", marketing_messages=True)
        await make.member("bob")
        await make.invite("ada", invitee_email="cyd@example.com")
        await make.invite("bob", invitee_email="ada@example.com")
        await make.earned("ada", 1_500)
        await api.mutate("eraseUser", SUCCESS, userId="ada")
        await make.earned("ada", 5_000)

        while await make_worker().run_once():
            pass

        notified = "SELECT user_id, status, reason FROM notifications ORDER BY user_id, reason"
        # Of the two upgrades the first is no longer true, erased or not.
        assert [tuple(each.values()) for each in await rows.all(notified)] == [
            ("ada", "SKIPPED", "TIER_CHANGED_SINCE"),
            ("ada", "SKIPPED", "USER_ERASED"),
            ("ada", "SKIPPED", "USER_ERASED"),
            ("bob", "SKIPPED", "NO_EMAIL"),
        ]


class TestForGood:
    async def test_the_platform_cannot_bring_them_back(
        self, api: Api, past: None, rows: Rows
    ) -> None:
        erased = (await api.mutate("eraseUser", SUCCESS, userId="ada"))["user"]

        async with rows.unchanged():
            for fields in FIELDS:
                refused = await api.mutate("upsertUser", ERASED, userId="ada", **fields)
                assert refused["code"] == "USER_ERASED"
                assert (refused["userId"], refused["erasedAt"]) == ("ada", erased["erasedAt"])

    async def test_nobody_is_invited_in_their_name(self, api: Api, past: None, rows: Rows) -> None:
        erased = (await api.mutate("eraseUser", SUCCESS, userId="ada"))["user"]

        async with rows.unchanged():
            refused = await api.mutate(
                "issueReferralInvite",
                ERASED,
                userId="ada",
                inviteeEmail="dora@example.com",
                idempotencyKey="in their name",
            )

        assert refused["__typename"] == "UserErased"
        assert (refused["userId"], refused["erasedAt"]) == ("ada", erased["erasedAt"])

    async def test_their_own_token_cannot_either(
        self, api: Api, past: None, contexts: Contexts, rows: Rows
    ) -> None:
        await api.mutate("eraseUser", SUCCESS, userId="ada")
        claims = Actor("ada", Role.MEMBER, "ada@canary.example", "Canary Lovelace")

        async with rows.unchanged(), contexts.of_actor(claims, "claims") as context:
            member = await members.get_member(context, "ada")

        assert member is not None
        assert member.points_balance == 1_507

    async def test_one_who_was_no_member_becomes_one_without_a_name(
        self, api: Api, make: Make, contexts: Contexts, rows: Rows
    ) -> None:
        await make.user("ada", email="ada@canary.example")
        await api.mutate("eraseUser", SUCCESS, userId="ada")
        claims = Actor("ada", Role.MEMBER, "ada@canary.example", "Canary Lovelace")

        async with contexts.of_actor(claims, "claims") as context:
            assert await members.get_member(context, "ada") is not None

        assert await rows_about_ada(rows) == {}

    @pytest.mark.parametrize(
        ("mutation", "given"),
        [
            ("upsertUser", {"email": "ada@canary.example"}),
            (
                "issueReferralInvite",
                {"inviteeEmail": "cousin-canary@example.com", "idempotencyKey": "k"},
            ),
        ],
    )
    async def test_a_write_that_was_under_way_does_not(
        self,
        api: Api,
        past: None,
        faults: Faults,
        rows: Rows,
        mutation: str,
        given: dict[str, Any],
    ) -> None:
        # The erasure waits for whoever has the row, and the write for the erasure.
        async with faults.locked("SELECT FROM users WHERE id = 'ada' FOR UPDATE"):
            erasing = asyncio.create_task(api.mutate("eraseUser", SUCCESS, userId="ada"))
            await faults.somebody_waits(1)
            writing = asyncio.create_task(api.mutate(mutation, ERASED, userId="ada", **given))
            await faults.somebody_waits(2)
        assert (await erasing)["__typename"] == "EraseUserSuccess"
        assert (await writing)["__typename"] == "UserErased"
        assert await rows_about_ada(rows) == {}

    async def test_the_points_go_on(self, api: Api, past: None, make: Make, rows: Rows) -> None:
        await api.mutate("eraseUser", SUCCESS, userId="ada")

        await make.redeemed("ada", 500)

        answer = await api.ask("{ me { pointsBalance user { email } } }", caller=ADA)
        assert answer == {"me": {"pointsBalance": 1_007, "user": {"email": None}}}
        await assert_invariants(rows)


class TestOnceMore:
    async def test_an_erased_user_stays_as_they_are(self, api: Api, past: None, rows: Rows) -> None:
        first = await api.mutate("eraseUser", SUCCESS, userId="ada")

        async with rows.unchanged():
            again = await api.mutate("eraseUser", SUCCESS, userId="ada", caller=OTHER_ADMIN)

        assert again == {**first, "replayed": True}

    async def test_with_the_same_key_it_is_a_replay(self, api: Api, past: None, rows: Rows) -> None:
        first = await api.mutate("eraseUser", SUCCESS, userId="ada", idempotencyKey="k")

        async with rows.unchanged():
            again = await api.mutate("eraseUser", SUCCESS, userId="ada", idempotencyKey="k")

        assert again == {**first, "replayed": True}

    async def test_a_replay_of_an_earlier_request_brings_nothing_back(
        self, api: Api, rows: Rows
    ) -> None:
        fields: dict[str, Any] = {
            "userId": "ada",
            "email": "ada@canary.example",
            "idempotencyKey": "k",
        }
        selection = "... on UpsertUserSuccess { replayed user { email } }"
        await api.mutate("upsertUser", selection, **fields)
        await api.mutate("eraseUser", SUCCESS, userId="ada")

        async with rows.unchanged():
            again = await api.mutate("upsertUser", selection, **fields)

        assert (again["replayed"], again["user"]) == (True, {"email": None})

    async def test_five_at_once_erase_once(self, api: Api, past: None) -> None:
        results = await asyncio.gather(
            *(api.mutate("eraseUser", SUCCESS, userId="ada") for _ in range(5))
        )

        assert sorted(result["replayed"] for result in results) == [False, True, True, True, True]
        assert len({result["user"]["erasedAt"] for result in results}) == 1


class TestRefusals:
    async def test_an_unknown_user(self, api: Api, past: None, rows: Rows) -> None:
        async with rows.unchanged():
            refused = await api.mutate(
                "eraseUser", "... on UserNotFound { userId }", userId="nobody", idempotencyKey="k"
            )

        assert refused["code"] == "USER_NOT_FOUND"
        assert (refused["__typename"], refused["userId"]) == ("UserNotFound", "nobody")

    async def test_a_key_of_another_request(self, api: Api, past: None, rows: Rows) -> None:
        await api.mutate("eraseUser", SUCCESS, userId="bob", idempotencyKey="k")

        async with rows.unchanged():
            refused = await api.mutate(
                "eraseUser",
                "... on IdempotencyKeyReused { key }",
                userId="ada",
                idempotencyKey="k",
            )

        assert (refused["code"], refused["key"]) == ("IDEMPOTENCY_KEY_REUSED", "k")

    async def test_malformed_values(self, api: Api, past: None, rows: Rows) -> None:
        async with rows.unchanged():
            assert await complaints(api, "eraseUser", GOOD, BAD) == BAD
