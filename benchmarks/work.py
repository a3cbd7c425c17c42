"""The rows of the benchmark: each piece of work, and the requests that it consists of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders import CONTENDERS, Running
from benchmarks.driver import CODE, KEY, Flow
from benchmarks.loading import Target
from benchmarks.rows import WHALE, recruit_id, user_id

CONNECTIONS = 16
CONNECTIONS_OF_MIX = 50
REWARD_POINTS = 100
_SPREAD_MAX = 5_000
_REFERRERS_MAX = 1_000
PAGE_SIZE = 20
_PAGE_SIZE_MAX = 100
_CREDITS_OF_MIX = 500
_DEPTHS = (10, 10_000)


@dataclass
class MemberSets:
    """The members that each piece of work reads or changes; no two pieces share one."""

    target: Target
    cursors: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def readers(self) -> list[str]:
        """The members whose dashboards are read."""
        return [user_id(number) for number in range(1, self.target.programme.shape.readers + 1)]

    @property
    def hot(self) -> str:
        """The one member that all connections credit at once."""
        return user_id(self.target.programme.shape.readers + 1)

    @property
    def proved(self) -> range:
        """The numbers of the members on which each contender's mutations are verified, two each."""
        first = self.target.programme.shape.readers + 2
        return range(first, first + 2 * len(CONTENDERS))

    @property
    def spread(self) -> list[str]:
        """The members that are credited one after the other."""
        first, last = self.proved.stop, self.target.programme.shape.members - _PAGE_SIZE_MAX
        return [user_id(number) for number in range(first, min(first + _SPREAD_MAX, last))]

    @property
    def depths(self) -> tuple[int, int]:
        """After how many entries the near page and the deep page start."""
        return _DEPTHS[0], min(_DEPTHS[1], self.target.programme.shape.whale_entries // 2)

    def cursor(self, running: Running, depth: int) -> str:
        """Returns the contender's own cursor after the `depth` newest entries."""
        key = (running.contender.name, depth)
        if key not in self.cursors:
            self.cursors[key] = _walk(running, user_id(WHALE), depth)
        return self.cursors[key]


def _walk(running: Running, member_id: str, depth: int) -> str:
    after = None
    while depth > 0:
        size = min(depth, _PAGE_SIZE_MAX)
        variables = {"userId": member_id, "first": size, "after": after}
        page = running.ask("LedgerPage", variables)["data"]["member"]["ledger"]
        after = page["pageInfo"]["endCursor"]
        depth -= size
    assert after is not None, "the depth is above 0"
    return str(after)


def _read(running: Running, operation: str, *variables: dict[str, Any]) -> list[Flow]:
    requests = [running.contender.request(operation, each).decode() for each in variables]
    return [Flow([request], is_constant=True) for request in requests]


def _nothing(running: Running, _sets: MemberSets, _count: int) -> list[Flow]:
    return _read(running, "Nothing", {})


def _tiers(running: Running, _sets: MemberSets, _count: int) -> list[Flow]:
    return _read(running, "Tiers", {})


def _dashboards(running: Running, sets: MemberSets, _count: int) -> list[Flow]:
    return _read(running, "Dashboard", *({"userId": reader} for reader in sets.readers))


def _members(running: Running, _sets: MemberSets, _count: int) -> list[Flow]:
    return _read(running, "Members", {})


def _ledger_page(place: int) -> Callable[[Running, MemberSets, int], list[Flow]]:
    def flows(running: Running, sets: MemberSets, _count: int) -> list[Flow]:
        after = sets.cursor(running, sets.depths[place])
        return _read(
            running, "LedgerPage", {"userId": user_id(WHALE), "first": PAGE_SIZE, "after": after}
        )

    return flows


def _earn(running: Running, members: list[str]) -> list[Flow]:
    asked = {"points": 1, "reference": "order-1", "idempotencyKey": KEY}
    requests = [
        running.contender.request("Earn", {"input": {"userId": member, **asked}}).decode()
        for member in members
    ]
    return [Flow([request], proof="balanceAfter") for request in requests]


def _earn_spread(running: Running, sets: MemberSets, _count: int) -> list[Flow]:
    return _earn(running, sets.spread)


def _earn_hot(running: Running, sets: MemberSets, _count: int) -> list[Flow]:
    return _earn(running, [sets.hot])


def _referrals(running: Running, sets: MemberSets, count: int) -> list[Flow]:
    referrers = sets.spread[:_REFERRERS_MAX]
    recruits = sets.target.recruit(count)
    flows = []
    for position, number in enumerate(recruits):
        referrer = referrers[position % len(referrers)]
        issue = {"userId": referrer, "rewardPoints": REWARD_POINTS, "idempotencyKey": KEY}
        complete = {"code": CODE, "inviteeId": recruit_id(number)}
        steps = (("Issue", issue), ("Complete", complete))
        requests = [
            running.contender.request(operation, {"input": asked}).decode()
            for operation, asked in steps
        ]
        flows.append(Flow(requests, proof="CONVERTED"))
    return flows


def _mix(running: Running, sets: MemberSets, count: int) -> list[Flow]:
    dashboards = _dashboards(running, sets, count)
    pages = _members(running, sets, count) + _tiers(running, sets, count)
    credits_ = _earn_spread(running, sets, count)[:_CREDITS_OF_MIX]
    flows = []
    # Of ten, eight are dashboards, one is the tiers or (every fifth time) a list, one a credit.
    for position, credit in enumerate(credits_):
        start = position * 8
        flows += [dashboards[number % len(dashboards)] for number in range(start, start + 8)]
        flows += [pages[0] if position % 5 == 0 else pages[1], credit]
    return flows


@dataclass(frozen=True)
class Work:
    """A piece of work. `target` is the ratio to the best peer that we want to reach.

    `flows` makes its requests for a contender: `count` at least where they cannot be repeated.
    """

    name: str
    title: str
    flows: Callable[[Running, MemberSets, int], list[Flow]]
    target: float | None = None
    connections: int = CONNECTIONS
    repeats: bool = True
    unit: str = "requests"


WORK = {
    work.name: work
    for work in (
        Work("nothing", "Nothing: `__typename`", _nothing),
        Work("tiers", "The tiers", _tiers, 1.5),
        Work("dashboard", "A member's dashboard: 35 objects", _dashboards, 1.5),
        Work("members", "A list of 100 members: 700 objects", _members, 3.0),
        Work("ledger-near", "A ledger page after entry 10", _ledger_page(0), 1.5),
        Work("ledger-deep", "A ledger page after entry 10,000", _ledger_page(1), 1.5),
        Work("earn-spread", "earnPoints, 5,000 members", _earn_spread, 1.3),
        Work("earn-hot", "earnPoints, one member", _earn_hot, 1.3),
        Work(
            "referral",
            "A referral, issued and completed",
            _referrals,
            repeats=False,
            unit="referrals",
        ),
        Work("mix", "50 connections, 90% reads, 10% earn", _mix, connections=CONNECTIONS_OF_MIX),
    )
}
