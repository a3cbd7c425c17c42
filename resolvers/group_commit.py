"""Group commit: what comes while something is being written shares the next transaction.

A transaction of its own costs a call four round trips, and a place in the queue for the lock on its
member. A group pays them once, so that a busy server writes more, and a busy member waits for
nobody but other servers. Each call is answered after the commit, as ever.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from contextvars import Context as ContextVariables
from dataclasses import dataclass, replace

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine.database import TRIES_MAX, Database
from db.engine.failures import OutcomeUnknown, is_retryable
from db.engine.sessions import Writer
from db.engine.stopwatch import timed
from db.repositories import group_commit
from db.repositories.group_commit import Append, Held, LockContention
from db.repositories.idempotency import Claim
from domain import ledger as rules
from domain.entities import LedgerEntry, Member, Tier
from domain.errors import LoyaltyError
from domain.ledger import Posted, Posting

GROUP_MAX = 100


@dataclass(frozen=True, slots=True)
class Change:
    """An entry, the member as they are with it, and the active tiers."""

    member: Member
    entry: LedgerEntry
    active_tiers: Sequence[Tier]


@dataclass(slots=True, eq=False)
class _Call:
    claim: Claim
    user_id: str
    posting: Posting
    answer: asyncio.Future[Change | None]
    tries: int = 0
    """How often its member was waited for in vain, in a line of their own."""


class _Abandoned(Exception):
    """Raised before the commit: somebody's request has ended, and the others are written anew."""


class LedgerWriter:
    """Writes entries for the calls of one process: a group at a time, and no call waits to fill it.

    Calls stand in one line, which waits for no member for long. Those for a member whom others hold
    leave it for a line of the member's own: it has time to wait, and they stay together in it.

    A group is for what is plain. A call goes alone where its user is no member yet, where its key
    was used before, or where what its group wrote has failed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # By the member whose own it is, None for everybody's. One that is empty ends.
        self._queues: dict[str | None, deque[_Call]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many calls wait for their group."""
        return sum(map(len, self._queues.values()))

    async def post(self, claim: Claim, user_id: str, posting: Posting) -> Change | None:
        """Appends an entry for a member, together with others; returns None where it goes alone.

        Raises:
            InsufficientPoints: the balance would fall below zero.
            PointsLimitExceeded: a total would exceed what points can be.
            LockContention: somebody else has held the member all the time.
            sqlalchemy.exc.TimeoutError: no connection has come free.
        """
        call = _Call(claim, user_id, posting, asyncio.get_running_loop().create_future())
        self._enqueue(user_id if user_id in self._queues else None, call)
        with timed():
            return await call.answer

    async def aclose(self) -> None:
        """Waits for what is being written."""
        while self._writing:
            await asyncio.wait(self._writing)

    def _enqueue(self, whose: str | None, call: _Call) -> None:
        if whose in self._queues:
            self._queues[whose].append(call)
            return
        self._queues[whose] = deque([call])
        # It works for everybody, whose request has made it or not.
        task = asyncio.get_running_loop().create_task(
            self._write(whose), context=ContextVariables()
        )
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, whose: str | None) -> None:
        calls = self._queues[whose]
        try:
            while calls:
                await self._write_group(whose, calls)
        finally:
            del self._queues[whose]

    async def _write_group(self, whose: str | None, calls: deque[_Call]) -> None:
        group: list[_Call] = []
        try:
            async with self._database.unit_of_work() as writer:
                # Who came while a connection was waited for goes along.
                group = _taken(calls, GROUP_MAX)
                if not group:
                    return
                changes = await _change(writer, group, is_blocking=whose is not None)
                _require_all_wait(group)
        except _Abandoned:
            calls.extendleft(reversed(_waiting(group)))
        except PoolTimeout as error:
            _refuse(_taken(calls, len(calls)), error)
        except LockContention as error:
            if whose is None:
                self._split_by_member(group, calls)
            else:
                calls.extendleft(reversed(_once_more(group, error)))
        except Exception as error:  # noqa: BLE001 - every caller gets the error
            group = group or _taken(calls, GROUP_MAX)
            if isinstance(error, DBAPIError | OutcomeUnknown) or is_retryable(error):
                # Because of one of them, perhaps: alone, each finds out whether it was.
                _answer(group, [None] * len(group))
            else:
                _refuse(group, error)
        else:
            _answer(group, changes)

    def _split_by_member(self, group: Sequence[_Call], calls: deque[_Call]) -> None:
        """Gives each member of a batch a queue of their own, and moves their calls to it."""
        everybody, held = _waiting([*group, *calls]), {call.user_id for call in group}
        calls.clear()
        for call in everybody:
            self._enqueue(call.user_id if call.user_id in held else None, call)


def _taken(calls: deque[_Call], count: int) -> list[_Call]:
    """Takes calls off a line, without those that were given up."""
    return _waiting([calls.popleft() for _ in range(min(count, len(calls)))])


def _waiting(calls: Sequence[_Call]) -> list[_Call]:
    return [call for call in calls if not call.answer.done()]


def _require_all_wait(group: Sequence[_Call]) -> None:
    """Ensures that no abandoned call is committed."""
    if len(_waiting(group)) < len(group):
        raise _Abandoned


def _once_more(group: Sequence[_Call], error: LockContention) -> list[_Call]:
    """Returns the calls to try again; refuses those that have used up their tries."""
    for call in group:
        call.tries += 1
    _refuse([call for call in group if call.tries >= TRIES_MAX], error)
    return _waiting(group)


async def _change(
    writer: Writer, group: Sequence[_Call], *, is_blocking: bool
) -> list[Change | LoyaltyError | None]:
    """Returns what comes of each call, None where it goes alone.

    Raises:
        LockContention: as for `group_commit.lock`.
        _Abandoned: all callers of a blocking batch have gone.
    """
    claims = [call.claim for call in group]
    user_ids = {call.user_id for call in group}
    lock = group_commit.lock(writer, user_ids, claims, is_blocking=is_blocking)
    held = await (_while_asked_for(group, lock) if is_blocking else lock)
    members, keys = dict(held.members), set[tuple[str, str]]()
    outcomes: list[Append | LoyaltyError | None] = []
    for place, call in enumerate(group):
        member = members.get(call.user_id)
        if member is None or place in held.used or call.claim.owned_key in keys:
            outcomes.append(None)
            continue
        try:
            posted = rules.post(member, call.posting, held.active_tiers)
        except LoyaltyError as refusal:
            outcomes.append(refusal)
            continue
        members[call.user_id] = after = _after(member, posted, held)
        keys.add(call.claim.owned_key)
        outcomes.append(Append(call.posting, after, call.claim, posted.upgrade))
    appends = [outcome for outcome in outcomes if isinstance(outcome, Append)]
    entries = await group_commit.write(writer, appends) if appends else {}
    return [
        Change(
            outcome.member,
            entries[outcome.member.user_id, outcome.member.ledger_seq],
            held.active_tiers,
        )
        if isinstance(outcome, Append)
        else outcome
        for outcome in outcomes
    ]


async def _while_asked_for(group: Sequence[_Call], lock: Awaitable[Held]) -> Held:
    """Returns what was locked; a lock for which nobody waits any more keeps no connection.

    Raises:
        LockContention: as for `group_commit.lock`.
        _Abandoned: all requests have ended before there was a lock.
    """
    locking = asyncio.ensure_future(lock)
    given_up = asyncio.ensure_future(asyncio.wait([call.answer for call in group]))
    try:
        await asyncio.wait([locking, given_up], return_when=asyncio.FIRST_COMPLETED)
        if not locking.done():
            raise _Abandoned
        return locking.result()
    finally:
        locking.cancel()
        given_up.cancel()
        await asyncio.gather(locking, given_up, return_exceptions=True)


def _after(member: Member, posted: Posted, held: Held) -> Member:
    totals, tier_id = posted.totals, posted.tier.id if posted.tier else None
    moved_at = held.now if tier_id else None
    return replace(
        member,
        ledger_seq=totals.seq,
        points_balance=totals.points_balance,
        lifetime_points=totals.lifetime_points,
        tier_id=tier_id,
        tier_since=member.tier_since if tier_id == member.tier_id else moved_at,
    )


def _answer(group: Sequence[_Call], changes: Sequence[Change | LoyaltyError | None]) -> None:
    for call, change in zip(group, changes, strict=True):
        if isinstance(change, LoyaltyError):
            _refuse([call], change)
        elif not call.answer.done():
            call.answer.set_result(change)


def _refuse(group: Sequence[_Call], error: Exception) -> None:
    for call in _waiting(group):
        call.answer.set_exception(error)
