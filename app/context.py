"""Makes the context of a request: the actor, the database and the settings of the use cases."""

import secrets

from starlette.types import Scope

from app.config.checkpoint_key import CheckpointKey, read_key
from app.config.settings import Settings
from app.http.request_id import request_id_of
from app.identity.tokens import actor_of
from db.engine.database import Database
from db.engine.single_flight import SingleFlight
from db.json_queries import MAPPING, JsonQueries
from domain.actor import Actor
from domain.checkpoints import Sign
from domain.codes import ALPHABET
from domain.referrals import ReferralPolicy
from resolvers.context import Context
from resolvers.ledger_writer import LedgerWriter


def draw_code(length: int) -> str:
    """Returns a random referral code that cannot be guessed."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def policy_of(settings: Settings) -> ReferralPolicy:
    """Returns the settings for referrals as the policy that the rules take."""
    return ReferralPolicy(
        reward_points=settings.referral_reward_points,
        invitee_reward_points=settings.referral_invitee_reward_points,
        reward_points_max=settings.referral_reward_points_max,
        invite_ttl_days=settings.referral_invite_ttl_days,
        onboarding_days=settings.referral_onboarding_days,
    )


def signer_of(settings: Settings) -> Sign | None:
    """Returns the function that signs checkpoints, or None if no key is set."""
    if settings.checkpoint_key is None:
        return None
    return CheckpointKey(read_key(settings.checkpoint_key.get_secret_value())).sign


class Contexts:
    """Makes the context of each request of one process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.database = database
        self.ledger_writer = LedgerWriter(database)
        self.single_flight = SingleFlight(database.readers)
        self.json_queries = JsonQueries(MAPPING)
        self.shows_timing = settings.mode == "development"
        self._policy = policy_of(settings)
        self._sign = signer_of(settings)

    def of_request(self, scope: Scope) -> Context:
        """Returns a context for the actor of the request."""
        return self.of_actor(actor_of(scope), request_id_of(scope) or "")

    def of_actor(self, actor: Actor, request_id: str) -> Context:
        """Returns a context for `actor`."""
        return Context(
            actor=actor,
            database=self.database,
            ledger_writer=self.ledger_writer,
            single_flight=self.single_flight,
            policy=self._policy,
            new_code=draw_code,
            sign=self._sign,
            request_id=request_id,
            json_queries=self.json_queries,
        )

    async def aclose(self) -> None:
        """Waits for running calls to end, and closes all connections."""
        await self.ledger_writer.aclose()
        await self.single_flight.aclose()
        await self.database.aclose()
