"""Calls that arrive together are written in one batch, and each gets its own answer."""

import asyncio

import pytest
from sqlalchemy import event

from app.config.settings import Settings
from app.context import Contexts
from db.engine.failures import OutcomeUnknown
from domain.commands import EarnPoints
from resolvers import points
from resolvers.ledger_writer import BATCH_MAX
from tests.fixtures.concurrent_changes import (
    BATCHES,
    EARN_FIVE,
    FEW_CONNECTIONS,
    POOL_SIZE,
    earn,
    lined_up,
    queued,
    redeem,
    together,
)
from tests.fixtures.connections import all_taken
from tests.fixtures.database import Rows
from tests.fixtures.factories import MAKER, Make
from tests.fixtures.faults import Faults, losing_first_commit
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

BALANCE_OF_ADA = "SELECT points_balance FROM loyalty_members WHERE user_id = 'ada'"


async def earn_without_key(contexts: Contexts) -> None:
    """Gives ada five points, as the service's own work does."""
    async with contexts.of_actor(MAKER, "own work") as context:
        await points.earn_points(context, EarnPoints(user_id="ada", points=5))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Few connections, which can all be taken."""
    return settings.model_copy(update=FEW_CONNECTIONS)


@pytest.fixture(autouse=True)
async def _members(make: Make) -> None:
    await make.baseline_tiers()
    for user_id in ("ada", "bob", "cleo"):
        await make.member(user_id)


class TestABatch:
    async def test_is_one_transaction_for_all(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        users = ["ada", "bob", "ada", "cleo", "ada", "bob"]
        calls = [earn(api, user_id, 10, f"key-{place}") for place, user_id in enumerate(users)]

        await together(contexts, calls)

        assert await rows.value(BATCHES) == 1
        balances = "SELECT user_id, points_balance FROM loyalty_members ORDER BY 1"
        assert [tuple(row.values()) for row in await rows.all(balances)] == [
            ("ada", 30),
            ("bob", 20),
            ("cleo", 10),
        ]
        await assert_invariants(rows)

    async def test_answers_each_as_the_member_is_with_its_entry(
        self, api: Api, contexts: Contexts
    ) -> None:
        answers = await together(
            contexts,
            [earn(api, "ada", 900, "a"), redeem(api, "ada", 50, "b"), earn(api, "ada", 200, "c")],
        )

        seen = [
            (
                answer["entry"]["seq"],
                answer["entry"]["balanceAfter"],
                answer["member"]["pointsBalance"],
                answer["member"]["lifetimePoints"],
                answer["member"]["tier"]["slug"],
            )
            for answer in answers
        ]
        assert seen == [
            (1, 900, 900, 900, "bronze"),
            (2, 850, 850, 900, "bronze"),
            (3, 1_050, 1_050, 1_100, "silver"),
        ]

    async def test_answers_what_is_read_afterwards(self, api: Api, contexts: Contexts) -> None:
        *_, last = await together(
            contexts,
            [earn(api, "ada", 1_000, "a"), earn(api, "bob", 7, "b"), earn(api, "ada", 9, "c")],
        )

        read = await api.ask(
            '{ member(userId: "ada") { userId pointsBalance lifetimePoints tier { slug } tierSince '
            "ledger(first: 1) { edges { node { seq points balanceAfter hash } } } } }"
        )
        [edge] = read["member"].pop("ledger")["edges"]
        assert last == {
            "__typename": "EarnPointsSuccess",
            "replayed": False,
            "entry": edge["node"],
            "member": read["member"],
        }

    async def test_announces_the_upgrades_of_all(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        calls = [
            earn(api, "ada", 999, "a"),
            earn(api, "ada", 1, "b"),
            earn(api, "ada", 1, "c"),
            earn(api, "bob", 5_000, "d"),
        ]

        await together(contexts, calls)

        events = (
            "SELECT user_id, payload ->> 'tierSlug' AS slug, (payload ->> 'ledgerSeq')::int AS seq "
            "FROM outbox_events ORDER BY user_id"
        )
        assert [tuple(row.values()) for row in await rows.all(events)] == [
            ("ada", "silver", 2),
            ("bob", "gold", 1),
        ]
        await assert_invariants(rows)

    async def test_has_a_bound(self, api: Api, contexts: Contexts, rows: Rows) -> None:
        calls = [earn(api, "ada", 1, f"key-{number}") for number in range(BATCH_MAX + 1)]

        await together(contexts, calls)

        assert await rows.value(BATCHES) == 2
        await assert_invariants(rows)


class TestACallAmongOthers:
    async def test_is_refused_for_itself_and_its_key_stays_free(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        first, refused, last = await together(
            contexts,
            [earn(api, "ada", 5, "a"), redeem(api, "ada", 6, "b"), redeem(api, "ada", 5, "c")],
        )

        assert refused["__typename"] == "InsufficientPoints"
        assert (first["member"]["pointsBalance"], last["member"]["pointsBalance"]) == (5, 0)
        assert (await earn(api, "ada", 1, "b"))["replayed"] is False
        await assert_invariants(rows)

    async def test_that_repeats_an_earlier_one_is_its_replay(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        earlier = await earn(api, "ada", 5, "key")

        again, reused, *others = await together(
            contexts,
            [
                earn(api, "ada", 5, "key"),
                earn(api, "ada", 6, "key"),
                earn(api, "bob", 7, "b"),
                earn(api, "cleo", 7, "c"),
            ],
        )

        assert again == earlier | {"replayed": True}
        assert reused["__typename"] == "IdempotencyKeyReused"
        assert all(each["replayed"] is False for each in others)
        assert await rows.value(BATCHES) == 2, "the earlier one, and both others"
        await assert_invariants(rows)

    async def test_that_repeats_another_of_them_is_its_replay(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        calls = [earn(api, "ada", 5, "key") for _ in range(3)]
        *answers, _ = await together(contexts, [*calls, earn(api, "bob", 7, "b")])

        assert await rows.value(BATCHES) == 1
        assert [answer["replayed"] for answer in answers] == [False, True, True]
        assert {answer["entry"]["hash"] for answer in answers} == {answers[0]["entry"]["hash"]}
        assert await rows.value("SELECT sum(points_balance) FROM loyalty_members") == 12
        await assert_invariants(rows)

    async def test_for_a_user_who_is_no_member_yet_or_unknown(
        self, api: Api, make: Make, contexts: Contexts, rows: Rows
    ) -> None:
        await make.user("dora")

        new, unknown, other = await together(
            contexts,
            [earn(api, "dora", 5, "a"), earn(api, "nobody", 5, "b"), earn(api, "ada", 5, "c")],
        )

        assert new["member"]["pointsBalance"] == 5
        assert unknown["__typename"] == "UserNotFound"
        assert other["member"]["pointsBalance"] == 5
        await assert_invariants(rows)

    async def test_that_fails_fails_alone(
        self, api: Api, contexts: Contexts, rows: Rows, faults: Faults
    ) -> None:
        async with faults.failing("INSERT ON loyalty_ledger_entries", when="NEW.member_id = 'bob'"):
            first, failed, last = await together(
                contexts,
                [
                    earn(api, "ada", 5, "a"),
                    api.graphql(EARN_FIVE.format(user_id="bob")),
                    earn(api, "cleo", 5, "c"),
                ],
            )

        assert failed.codes == ["INTERNAL_SERVER_ERROR"]
        assert [each["member"]["pointsBalance"] for each in (first, last)] == [5, 5]
        assert (await earn(api, "bob", 5, "key"))["replayed"] is False
        await assert_invariants(rows)

    async def test_without_a_key_is_written_with_them(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        await together(
            contexts,
            [earn_without_key(contexts), earn(api, "bob", 7, "b"), earn_without_key(contexts)],
        )

        assert await rows.value(BATCHES) == 1
        assert await rows.value("SELECT count(*) FROM idempotency_keys") == 1
        assert await rows.value(BALANCE_OF_ADA) == 10
        await assert_invariants(rows)

    async def test_without_a_key_is_not_repeated_if_nobody_knows_its_outcome(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        for statement in losing_first_commit("loyalty_ledger_entries"):
            await rows.execute(statement)

        without_key, with_key = await asyncio.gather(
            *await lined_up(contexts, [earn_without_key(contexts), earn(api, "bob", 7, "b")]),
            return_exceptions=True,
        )

        assert isinstance(without_key, OutcomeUnknown)
        assert await rows.value(BALANCE_OF_ADA) == 0
        # The key tells whether it was written: it is safe to write again.
        assert not isinstance(with_key, BaseException)
        assert with_key["member"]["pointsBalance"] == 7
        await assert_invariants(rows)

    async def test_that_was_given_up_is_not_written(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        async with all_taken(contexts.database.writers, POOL_SIZE):
            given_up = asyncio.ensure_future(earn(api, "ada", 5, "a"))
            await queued(contexts, 1)
            other = asyncio.ensure_future(earn(api, "ada", 7, "b"))
            await queued(contexts, 2)
            given_up.cancel()
            await asyncio.wait([given_up])

        assert (await other)["member"]["pointsBalance"] == 7
        await assert_invariants(rows)

    async def test_that_is_given_up_while_it_is_written_is_undone(
        self, api: Api, contexts: Contexts, rows: Rows
    ) -> None:
        def give_up(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if "INSERT INTO loyalty_ledger_entries" in statement:
                given_up.cancel()

        async with all_taken(contexts.database.writers, POOL_SIZE):
            given_up = asyncio.ensure_future(earn(api, "ada", 5, "a"))
            other = asyncio.ensure_future(earn(api, "ada", 7, "b"))
            await queued(contexts, 2)
        engine = contexts.database.writing.sync_engine
        event.listen(engine, "before_cursor_execute", give_up)

        assert (await other)["member"]["pointsBalance"] == 7
        assert given_up.cancelled()
        await assert_invariants(rows)


class TestAllConnectionsAreStuck:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """A short wait for a connection."""
        return settings.model_copy(update={"pool_timeout_seconds": 0.1})

    async def test_every_call_is_refused(self, api: Api, contexts: Contexts, rows: Rows) -> None:
        async with rows.unchanged(), all_taken(contexts.database.writers, POOL_SIZE):
            calls = (api.graphql(EARN_FIVE.format(user_id="ada")) for _ in range(3))
            answers = await asyncio.gather(*calls)

        assert [answer.codes for answer in answers] == [["UNAVAILABLE"]] * 3
        assert (await earn(api, "ada", 5, "key"))["replayed"] is False
