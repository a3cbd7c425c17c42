"""What a use case works with: who is asking, the database, and what the operator has set."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, Self, TypeVar

from db.engine.database import Database
from db.engine.sessions import Reader, Writer
from db.engine.single_flight import SingleFlight
from db.json_queries import JsonQueries
from db.loaders import Loaders
from db.repositories import idempotency
from db.repositories.idempotency import Claim
from domain.actor import Actor
from domain.checkpoints import Sign
from domain.codes import CodeGenerator
from domain.commands import Command
from domain.entities import Tier
from domain.errors.conflicts import IdempotencyKeyReused
from domain.referrals import ReferralPolicy
from resolvers.ledger_writer import LedgerWriter


class Outcome(Protocol):
    """What a mutation has done, and how to find it again."""

    replayed: bool

    def result_reference(self) -> dict[str, Any]:
        """Returns what to keep so that the same answer can be read again."""


OutcomeT = TypeVar("OutcomeT", bound=Outcome)


class Context:
    """One request, while it is entered: its caller, its connection for reading, and its batches."""

    def __init__(
        self,
        *,
        actor: Actor,
        database: Database,
        ledger_writer: LedgerWriter,
        single_flight: SingleFlight,
        policy: ReferralPolicy,
        new_code: CodeGenerator,
        sign: Sign | None,
        request_id: str,
        json_queries: JsonQueries,
    ) -> None:
        self.actor = actor
        self.database = database
        self.ledger_writer = ledger_writer
        self.single_flight = single_flight
        self.policy = policy
        self.new_code = new_code
        self.sign = sign
        self.request_id = request_id
        self.json_queries = json_queries
        self.reader = Reader(database.readers, actor.owner_scope)
        self.is_compiled = False
        self._loaders: Loaders | None = None
        self._preloaded_tiers: Sequence[Tier] | None = None

    @property
    def loaders(self) -> Loaders:
        """The batches, made when something is first asked of them."""
        if self._loaders is None:
            self._loaders = Loaders(self.reader)
        return self._loaders

    def forget(self) -> None:
        """Drops what was read before a change, so that it is read anew."""
        self._loaders = None
        self._preloaded_tiers = None

    def remember(self, active_tiers: Sequence[Tier] | None) -> None:
        """Keeps the tiers that a change held until its commit, for its payload."""
        self._preloaded_tiers = active_tiers

    @property
    def preloaded_tiers(self) -> Sequence[Tier]:
        """The active tiers that the last change held, by which its payload is shown.

        Raises:
            NotPreloaded: there was no change, or it held none.
        """
        if self._preloaded_tiers is None:
            raise NotPreloaded
        return self._preloaded_tiers

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hands the reading connection back."""
        await self.reader.aclose()


class NotPreloaded(LookupError):
    """The tiers are not preloaded: they have to be read."""


async def run_idempotently(
    context: Context,
    command: Command,
    perform: Callable[[Writer], Awaitable[OutcomeT]],
    replay: Callable[[Writer, dict[str, Any]], Awaitable[OutcomeT]],
) -> OutcomeT:
    """Performs a command in one transaction, once for every idempotency key.

    A repeat of the caller's earlier command gets the same outcome, which `replay` reads by
    the stored result reference. A command that fails leaves nothing behind, not even its key.

    Raises:
        IdempotencyKeyReused: the caller has used the key for another command.
    """
    claim = claim_of(context.actor, command)

    async def perform_or_replay(writer: Writer) -> OutcomeT:
        if claim is None:
            return await perform(writer)
        if not await idempotency.take(writer, claim):
            return await _repeat(writer, claim, replay)
        outcome = await perform(writer)
        await idempotency.fill_in(writer, claim, outcome.result_reference())
        return outcome

    # With a key, what was done twice is done once.
    outcome = await context.database.perform(
        perform_or_replay, owner_scope=context.actor.owner_scope, is_repeatable=claim is not None
    )
    context.forget()
    return outcome


def claim_of(actor: Actor, command: Command) -> Claim | None:
    """Returns the claim to the key of a command, where it has one."""
    if command.idempotency_key is None:
        return None
    return Claim(
        actor_id=actor.id,
        key=command.idempotency_key,
        operation=command.operation,
        request_hash=command.fingerprint(),
    )


async def _repeat(
    writer: Writer,
    claim: Claim,
    replay: Callable[[Writer, dict[str, Any]], Awaitable[OutcomeT]],
) -> OutcomeT:
    earlier = await idempotency.earlier_use(writer, claim)
    if earlier.request_hash != claim.request_hash:
        raise IdempotencyKeyReused(claim.key)
    outcome = await replay(writer, earlier.result)
    outcome.replayed = True
    return outcome
