"""Writes ledger entries in batches: calls that arrive during a write share the next transaction.

A transaction of its own costs a call four round trips, and a place in the queue for the lock on its
member. A batch pays for them once. So a busy server writes more, and calls for one busy member wait
for other servers only. Each call is answered after the commit. A call that is alone is a batch of
one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Iterator, Sequence
from contextvars import Context as ContextVariables
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.engine.database import TRIES_MAX, Database
from db.engine.failures import OutcomeUnknown, is_retryable
from db.engine.sessions import Writer
from db.engine.stopwatch import timed
from db.repositories import ledger_batches
from db.repositories.idempotency import Claim
from db.repositories.ledger_batches import LOCK_TIMEOUT_MS, Append, LockContention, LockedBatch
from domain import ledger as rules
from domain.entities import LedgerEntry, Member, Tier
from domain.errors.base import LoyaltyError
from domain.ledger import Posting

BATCH_MAX = 100


@dataclass(frozen=True, slots=True)
class Change:
    """An entry, the member as they are with it, and the active tiers."""

    member: Member
    entry: LedgerEntry
    active_tiers: Sequence[Tier]


@dataclass(slots=True, eq=False)
class _Call:
    actor_id: str
    claim: Claim | None
    user_id: str
    posting: Posting
    answer: asyncio.Future[Change | None]
    tries: int = 0
    """How often the queue of its member has met lock contention."""


class _Abandoned(Exception):
    """Raised before the commit: a request has ended, and the other calls are written again."""


class LedgerWriter:
    """Writes entries for the calls of one process, one batch at a time; no call waits to fill it.

    Calls wait in one common queue, which does not wait long for a locked member. Calls for a member
    whom another transaction has locked move to a queue of that member. It waits longer, and the
    calls stay together in it.

    A batch is for the simple cases. A call is left to its own transaction if its user is no member
    yet, if its key was used before, or if the statement of its batch has failed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        # By member, None for the common queue. A queue that is empty ends.
        self._queues: dict[str | None, deque[_Call]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    @property
    def waiting(self) -> int:
        """How many calls wait for their batch."""
        return sum(map(len, self._queues.values()))

    async def post(
        self, actor_id: str, claim: Claim | None, user_id: str, posting: Posting
    ) -> Change | None:
        """Appends an entry for a member; None means that nothing was, or may be asked for again.

        The caller then performs the call in a transaction of its own, which finds by the claim
        whether it was written. A call without a claim gets None only where nothing was written.

        Raises:
            InsufficientPoints: the balance would fall below zero.
            PointsLimitExceeded: a total would exceed what points can be.
            LockContention: another transaction has held the member all the time.
            OutcomeUnknown: the database has gone while it was asked to commit a call without claim.
            sqlalchemy.exc.TimeoutError: no connection has come free.
        """
        answer = asyncio.get_running_loop().create_future()
        call = _Call(actor_id, claim, user_id, posting, answer)
        self._enqueue(user_id if user_id in self._queues else None, call)
        with timed():
            return await call.answer

    async def aclose(self) -> None:
        """Waits until all batches are written."""
        while self._writing:
            await asyncio.wait(self._writing)

    def _enqueue(self, member_id: str | None, call: _Call) -> None:
        if member_id in self._queues:
            self._queues[member_id].append(call)
            return
        self._queues[member_id] = deque([call])
        # The task serves the requests of others too: it takes no context from the one that made it.
        task = asyncio.get_running_loop().create_task(
            self._write(member_id), context=ContextVariables()
        )
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, member_id: str | None) -> None:
        queue = self._queues[member_id]
        try:
            while queue:
                await self._write_batch(member_id, queue)
        finally:
            del self._queues[member_id]

    async def _write_batch(self, member_id: str | None, queue: deque[_Call]) -> None:
        batch: list[_Call] = []
        try:
            async with self._database.unit_of_work() as writer:
                # Calls that arrived while a connection was waited for are in the batch too.
                batch = _take(queue, BATCH_MAX)
                if not batch:
                    return
                changes = await _change(writer, batch, is_blocking=member_id is not None)
                _require_all_wait(batch)
        except _Abandoned:
            queue.extendleft(reversed(_waiting(batch)))
        except PoolTimeout as error:
            _refuse(_take(queue, len(queue)), error)
        except LockContention as error:
            if member_id is None:
                self._split_by_member(batch, queue)
            else:
                queue.extendleft(reversed(_once_more(batch, error)))
        except Exception as error:  # noqa: BLE001 - every caller gets the error
            batch = batch or _take(queue, BATCH_MAX)
            _answer(batch, [_after_failure(call, error) for call in batch])
        else:
            _answer(batch, changes)

    def _split_by_member(self, batch: Sequence[_Call], queue: deque[_Call]) -> None:
        """Gives each member of a batch a queue of their own, and moves their calls to it."""
        calls, locked = _waiting([*batch, *queue]), {call.user_id for call in batch}
        queue.clear()
        for call in calls:
            self._enqueue(call.user_id if call.user_id in locked else None, call)


def _take(queue: deque[_Call], count: int) -> list[_Call]:
    """Takes calls off a queue, without those that were abandoned."""
    return _waiting([queue.popleft() for _ in range(min(count, len(queue)))])


def _waiting(calls: Sequence[_Call]) -> list[_Call]:
    return [call for call in calls if not call.answer.done()]


def _require_all_wait(batch: Sequence[_Call]) -> None:
    """Ensures that no abandoned call is committed."""
    if len(_waiting(batch)) < len(batch):
        raise _Abandoned


def _once_more(batch: Sequence[_Call], error: LockContention) -> list[_Call]:
    """Returns the calls to try again; refuses those that have used up their tries."""
    for call in batch:
        call.tries += 1
    _refuse([call for call in batch if call.tries >= TRIES_MAX], error)
    return _waiting(batch)


def _after_failure(call: _Call, error: Exception) -> Exception | None:
    """Returns what to answer a call whose batch has failed: the error, or None to try it alone.

    One call of the batch may be the cause: alone, each finds out whether it was. A call without a
    key whose outcome is unknown is never tried again: it might be written twice.
    """
    if isinstance(error, OutcomeUnknown):
        return None if call.claim else error
    return None if isinstance(error, DBAPIError) or is_retryable(error) else error


async def _change(
    writer: Writer, batch: Sequence[_Call], *, is_blocking: bool
) -> list[Change | LoyaltyError | None]:
    """Returns the outcome of each call, None where it is left to its own transaction.

    Raises:
        LockContention: as for `ledger_batches.lock`.
        _Abandoned: all callers of a blocking batch have gone.
    """
    claims = [call.claim for call in batch]
    user_ids = {call.user_id for call in batch}
    lock = ledger_batches.lock(writer, user_ids, claims, is_blocking=is_blocking)
    held = await (_while_asked_for(batch, lock) if is_blocking else lock)
    members, keys = dict(held.locked.members), set[tuple[str, str]]()
    active_tiers, now = held.locked.active_tiers, held.locked.now
    outcomes: list[Append | LoyaltyError | None] = []
    for place, call in enumerate(batch):
        member, claim = members.get(call.user_id), call.claim
        if member is None or place in held.used or (claim and claim.owned_key in keys):
            outcomes.append(None)
            continue
        try:
            posted = rules.post(member, call.posting, active_tiers, now)
        except LoyaltyError as refusal:
            outcomes.append(refusal)
            continue
        members[call.user_id] = posted.member
        if claim:
            keys.add(claim.owned_key)
        outcomes.append(Append(call.posting, posted, call.actor_id, claim))
    appends = [outcome for outcome in outcomes if isinstance(outcome, Append)]
    entries: Iterator[LedgerEntry] = iter(())
    if appends:
        # The owner of a key that is being taken may wait for a member of this batch.
        entries = iter(await ledger_batches.write(writer, appends, lock_timeout_ms=LOCK_TIMEOUT_MS))
    return [
        Change(outcome.posted.member, next(entries), active_tiers)
        if isinstance(outcome, Append)
        else outcome
        for outcome in outcomes
    ]


async def _while_asked_for(batch: Sequence[_Call], lock: Awaitable[LockedBatch]) -> LockedBatch:
    """Returns what was locked; a lock for which nobody waits any more keeps no connection.

    Raises:
        LockContention: as for `ledger_batches.lock`.
        _Abandoned: all requests have ended before there was a lock.
    """
    locking = asyncio.ensure_future(lock)
    abandoned = asyncio.ensure_future(asyncio.wait([call.answer for call in batch]))
    try:
        await asyncio.wait([locking, abandoned], return_when=asyncio.FIRST_COMPLETED)
        if not locking.done():
            raise _Abandoned
        return locking.result()
    finally:
        locking.cancel()
        abandoned.cancel()
        await asyncio.gather(locking, abandoned, return_exceptions=True)


def _answer(batch: Sequence[_Call], answers: Sequence[Change | Exception | None]) -> None:
    for call, answer in zip(batch, answers, strict=True):
        if isinstance(answer, Exception):
            _refuse([call], answer)
        elif not call.answer.done():
            call.answer.set_result(answer)


def _refuse(batch: Sequence[_Call], error: Exception) -> None:
    for call in _waiting(batch):
        call.answer.set_exception(error)
