"""Generated scenarios: one call after the other, each compared with the model."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from graphql import GraphQLUnionType, get_named_type
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from db.engine.database import Database
from db.verification import ledger
from schema import schema
from tests.fixtures.database import TABLES, Rows
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants
from tests.fixtures.selections import gid
from tests.stress.model import POINTS_MAX, World
from tests.stress.records import Answer

ResultT = TypeVar("ResultT")

MEMBER = "userId pointsBalance lifetimePoints tier { slug }"
ENTRY = "seq kind points balanceAfter reverses { seq }"
INVITE = """code source status inviteeEmail rewardPoints inviteeRewardPoints
    referrer { userId } invitee { userId }"""
TIER = "slug pointThreshold isActive"
USER = "userId email"
# What to select of what a success holds.
PARTS = {
    "entry": ENTRY,
    "member": MEMBER,
    "tier": TIER,
    "user": USER,
    "invite": INVITE,
    "referrer": MEMBER,
    "invitee": MEMBER,
    "referrerEntry": ENTRY,
    "inviteeEntry": ENTRY,
}
EVERYTHING = f"""{{
    members(first: 5, orderBy: USER_ID) {{ edges {{ node {{
        {MEMBER} user {{ {USER} }} ledger(first: 50) {{ edges {{ node {{ {ENTRY} }} }} }}
    }} }} }}
    referralInvites(first: 50) {{ edges {{ node {{ {INVITE} }} }} }}
    tiers(includeInactive: true) {{ {TIER} }}
}}"""
UPGRADES = """
    SELECT user_id, (payload ->> 'ledgerSeq')::bigint AS seq, payload ->> 'tierSlug' AS tier
    FROM outbox_events WHERE kind = 'TIER_UPGRADED'
"""
MAILED = "SELECT user_id FROM outbox_events WHERE kind = 'REFERRAL_INVITE_ISSUED' ORDER BY user_id"

USERS = st.sampled_from(["ada", "bob", "cy", "dan"])
ADDRESSES = st.sampled_from(["ada@shop.example", "ADA@shop.example", "bob@shop.example"])
POINTS = st.sampled_from([100, 1, 999, 1_000, 5_000, POINTS_MAX])
SLUGS = st.sampled_from(["bronze", "silver", "gold"])
THRESHOLDS = st.sampled_from([0, 1_000, 1_001, 5_000])
FEW_POINTS = st.sampled_from([100, 1, 1_000])
NTH = st.integers(0, 3)


def fields(**optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Returns inputs that have, or leave out, each of these fields."""
    return st.fixed_dictionaries({}, optional=optional)


def selection_of(mutation: str) -> str:
    """Returns what to select of a result: all parts of its success, all numbers of its errors."""
    mutations = schema._schema.mutation_type
    assert mutations is not None
    union = get_named_type(mutations.fields[mutation].type)
    assert isinstance(union, GraphQLUnionType)
    selections = []
    for type_ in union.types:
        # Moments are the database's: the model counts days.
        names = [name for name in type_.fields if not name.endswith("At")]
        parts = (f"{name} {{ {PARTS[name]} }}" if name in PARTS else name for name in names)
        selections.append(f"... on {type_.name} {{ {' '.join(parts)} }}")
    return " ".join(selections)


@dataclass
class Service:
    """The service, from the thread that runs scenarios: it runs on the loop of the test."""

    loop: asyncio.AbstractEventLoop
    api: Api
    rows: Rows
    database: Database
    met: Counter[str] = field(default_factory=Counter)
    """How often each kind of answer was met."""

    def wait_for(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def mutate(self, mutation: str, given: dict[str, Any]) -> Answer:
        """Calls a mutation; returns its result but for the words of an error."""
        if "entryId" in given:
            user_id, seq = given["entryId"]
            given = given | {"entryId": gid("LedgerEntry", seq, user_id)}
        result = self.wait_for(self.api.mutate(mutation, selection_of(mutation), **given))
        self.met[result["__typename"]] += 1
        return {name: value for name, value in result.items() if name not in ("code", "message")}

    def forget_everything(self) -> None:
        """Empties all tables, past the guard of the ledger."""
        guard = "ALTER TABLE loyalty_ledger_entries {} TRIGGER refuse_truncate"
        for statement in [
            guard.format("DISABLE"),
            f"TRUNCATE {', '.join(TABLES)}",
            guard.format("ENABLE ALWAYS"),
        ]:
            self.wait_for(self.rows.execute(statement))

    def let_days_pass(self, days: int) -> None:
        """Moves all that depends on the clock into the past."""
        moved = {
            "users": ["created_at", "erased_at"],
            "loyalty_referral_invites": [
                "created_at",
                "expires_at",
                "completed_at",
                "cancelled_at",
            ],
        }
        for table, columns in moved.items():
            earlier = ", ".join(f"{name} = {name} - interval '{days} days'" for name in columns)
            self.wait_for(self.rows.execute(f"UPDATE {table} SET {earlier}"))


class Scenario(RuleBasedStateMachine):
    """One scenario: an empty service, random calls, and a check of everything at the end."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.world = World()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.has_agreed = True
        service.forget_everything()

    # --------------------------------------------------------------------------------------- calls

    def call(self, mutation: str, *, is_keyed: bool = True, **given: Any) -> None:
        """Calls a mutation under a key of its own."""
        key = {"idempotencyKey": f"key-{len(self.calls)}"} if is_keyed else {}
        self.send(mutation, given | key)

    def send(self, mutation: str, given: dict[str, Any]) -> None:
        self.calls.append((mutation, given))
        answer = self.service.mutate(mutation, given)
        drawn = answer.get("invite", {}).get("code")
        self.world, expected = self.world.after(mutation, given, drawn)
        self.agree(answer, expected)

    def agree(self, answer: Any, expected: Any) -> None:
        self.has_agreed = answer == expected
        assert self.has_agreed, f"\nanswered {answer}\nexpected {expected}"

    def code_of(self, nth: int) -> str:
        """Returns the code of the n-th invite, or one that is nobody's."""
        return [*self.world.invites, *["0000000000"] * (nth + 1)][nth]

    @initialize()
    def begins(self) -> None:
        self.call("createTier", slug="bronze", name="Bronze", pointThreshold=0)
        self.call("createTier", slug="silver", name="Silver", pointThreshold=1_000)
        for user_id in ["ada", "bob", "cy"]:
            self.call("upsertUser", userId=user_id)
        self.call("earnPoints", userId="ada", points=1_000)

    @rule(user=USERS, points=POINTS)
    def earn(self, user: str, points: int) -> None:
        self.call("earnPoints", userId=user, points=points)

    @rule(user=USERS, points=FEW_POINTS)
    def redeem(self, user: str, points: int) -> None:
        self.call("redeemPoints", userId=user, points=points)

    @rule(user=USERS, points=POINTS, sign=st.sampled_from([1, -1]))
    def adjust(self, user: str, points: int, sign: int) -> None:
        self.call("adjustPoints", userId=user, points=sign * points, reason="a slip")

    @rule(nth=NTH)
    def reverse(self, nth: int) -> None:
        """Takes back the n-th newest entry, or one that there is not."""
        entries = [
            (user_id, entry.seq)
            for user_id, member in self.world.members.items()
            for entry in member.ledger
        ]
        [*_, entry_id] = [("dan", 9), *entries[: len(entries) - nth]]
        self.call("reverseLedgerEntry", entryId=entry_id, reason="a slip")

    @rule(user=USERS, given=fields(email=st.none() | ADDRESSES))
    def upsert(self, user: str, given: dict[str, Any]) -> None:
        self.call("upsertUser", userId=user, **given)

    @rule(user=USERS)
    def erase(self, user: str) -> None:
        self.call("eraseUser", userId=user)

    @rule(
        user=USERS,
        given=fields(
            inviteeEmail=ADDRESSES,
            rewardPoints=POINTS.filter(lambda points: points <= 100_000),
            inviteeRewardPoints=st.sampled_from([0, 1_000]),
            expiresInDays=st.sampled_from([None, 1, 31]),
        ),
    )
    def issue(self, user: str, given: dict[str, Any]) -> None:
        self.call("issueReferralInvite", userId=user, **given)

    @rule(nth=NTH, is_keyed=st.booleans())
    def cancel(self, nth: int, is_keyed: bool) -> None:
        self.call("cancelReferralInvite", code=self.code_of(nth), is_keyed=is_keyed)

    @rule(nth=NTH, invitee=USERS, is_keyed=st.booleans())
    def complete(self, nth: int, invitee: str, is_keyed: bool) -> None:
        self.call("completeReferral", code=self.code_of(nth), inviteeId=invitee, is_keyed=is_keyed)

    @rule(referrer=USERS, invitee=USERS, is_keyed=st.booleans())
    def complete_by_share_code(self, referrer: str, invitee: str, is_keyed: bool) -> None:
        self.look_up(referrer)
        member = self.world.members.get(referrer)
        code = (member and member.share_code) or "00000000"
        self.call("completeReferral", code=code, inviteeId=invitee, is_keyed=is_keyed)

    @rule(slug=SLUGS, threshold=THRESHOLDS)
    def create_tier(self, slug: str, threshold: int) -> None:
        self.call("createTier", slug=slug, name="A tier", pointThreshold=threshold)

    @rule(slug=SLUGS, given=fields(pointThreshold=THRESHOLDS, isActive=st.booleans()))
    def update_tier(self, slug: str, given: dict[str, Any]) -> None:
        self.call("updateTier", slug=slug, **given)

    @rule(slug=SLUGS)
    def archive_tier(self, slug: str) -> None:
        self.call("archiveTier", slug=slug)

    # --------------------------------------------------------------- repeats, looks, and the clock

    @rule(calls_ago=NTH)
    def again(self, calls_ago: int) -> None:
        """The same call once more: with its key, if it has one."""
        self.send(*self.calls[-1 - calls_ago % len(self.calls)])

    @precondition(lambda self: self.world.keys)
    @rule(user=USERS, points=POINTS, nth=NTH)
    def use_a_key_again(self, user: str, points: int, nth: int) -> None:
        """A key that has been used, for another request."""
        key = list(self.world.keys)[-1 - nth % len(self.world.keys)]
        self.send("earnPoints", {"userId": user, "points": points, "idempotencyKey": key})

    @rule(user=USERS)
    def look_up(self, user: str) -> None:
        query = f"query($id: ID!) {{ member(userId: $id) {{ {MEMBER} referralCode }} }}"
        member = self.service.wait_for(self.service.api.ask(query, {"id": user}))["member"]
        code = member and member["referralCode"]
        self.world, expected = self.world.after_look_at(user, code)
        self.agree(member, expected)

    @rule(days=st.sampled_from([1, 29, 30]))
    def days_pass(self, days: int) -> None:
        self.service.let_days_pass(days)
        self.world = replace(self.world, today=self.world.today + days)

    # ------------------------------------------------------------------------------------- the end

    def teardown(self) -> None:
        if self.has_agreed:
            self.service.wait_for(self._look_at_everything())

    async def _look_at_everything(self) -> None:
        rows = self.service.rows
        found = await self.service.api.ask(EVERYTHING)
        assert _without_edges(found) == self.world.shown()
        upgrades = [tuple(row.values()) for row in await rows.all(UPGRADES)]
        assert sorted(upgrades) == sorted(self.world.upgrades)
        assert [row["user_id"] for row in await rows.all(MAILED)] == sorted(self.world.mailed)
        await assert_invariants(rows, tiers_unchanged=False)
        async with self.service.database.reader() as reader:
            assert [wrong async for _, wrong in ledger.ranges(reader) if wrong] == []


def _without_edges(value: Any) -> Any:
    """Returns an answer in which each connection is the list of its nodes."""
    if isinstance(value, list):
        return [_without_edges(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "edges" in value:
        return [_without_edges(edge["node"]) for edge in value["edges"]]
    return {name: _without_edges(each) for name, each in value.items()}
