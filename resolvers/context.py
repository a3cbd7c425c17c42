"""What a use case works with: who is asking, the database, and what the operator has set."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from db.loaders import Loaders
from db.repositories import idempotency
from db.session import Database, Reader, Writer
from db.trees import Trees
from domain.actor import Actor
from domain.codes import CodeGenerator
from domain.commands import Command
from domain.errors import IdempotencyKeyReused
from domain.referrals import ReferralPolicy


class Outcome(Protocol):
    """What a mutation has done, and how to find it again."""

    replayed: bool

    def receipt(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""


OutcomeT = TypeVar("OutcomeT", bound=Outcome)


class Context:
    """One request: its caller, its connection for reading, and its batches."""

    def __init__(
        self,
        *,
        actor: Actor,
        database: Database,
        policy: ReferralPolicy,
        new_code: CodeGenerator,
        request_id: str,
        trees: Trees,
    ) -> None:
        self.actor = actor
        self.database = database
        self.policy = policy
        self.new_code = new_code
        self.request_id = request_id
        self.trees = trees
        self.reader = Reader(database.reading)
        self.roads: set[str] = set()
        self._loaders: Loaders | None = None

    @property
    def loaders(self) -> Loaders:
        """The batches, made when something is first asked of them."""
        if self._loaders is None:
            self._loaders = Loaders(self.reader)
        return self._loaders

    def forget(self) -> None:
        """Drops what was read before a change, so that it is read anew."""
        self._loaders = None

    async def aclose(self) -> None:
        """Hands the reading connection back."""
        await self.reader.aclose()


async def once(
    context: Context,
    command: Command,
    perform: Callable[[Writer], Awaitable[OutcomeT]],
    recall: Callable[[Writer, dict[str, Any]], Awaitable[OutcomeT]],
) -> OutcomeT:
    """Performs a command in one transaction, once for every idempotency key.

    A repeat of the caller's earlier command gets that one's outcome, as `recall` reads it from
    the receipt. A command that fails leaves nothing behind, not even the use of its key.

    Raises:
        IdempotencyKeyReused: the caller has used the key for another command.
    """
    key = command.idempotency_key
    async with context.database.unit_of_work() as writer:
        if key is None:
            outcome = await perform(writer)
        else:
            outcome = await _once_per_key(context, command, key, writer, perform, recall)
    context.forget()
    return outcome


async def _once_per_key(
    context: Context,
    command: Command,
    key: str,
    writer: Writer,
    perform: Callable[[Writer], Awaitable[OutcomeT]],
    recall: Callable[[Writer, dict[str, Any]], Awaitable[OutcomeT]],
) -> OutcomeT:
    fingerprint = command.fingerprint()
    earlier = await idempotency.claim(
        writer, context.actor.id, key, operation=command.operation, request_hash=fingerprint
    )
    if earlier is None:
        outcome = await perform(writer)
        await idempotency.fill_in(writer, context.actor.id, key, outcome.receipt())
        return outcome
    if earlier.request_hash != fingerprint:
        raise IdempotencyKeyReused(key)
    outcome = await recall(writer, earlier.result)
    outcome.replayed = True
    return outcome
