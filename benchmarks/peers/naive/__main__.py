"""The schema and the app, as tutorials of Strawberry, FastAPI and SQLAlchemy have them."""

import strawberry
from fastapi import FastAPI, Request
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from strawberry.fastapi import GraphQLRouter
from strawberry.schema.config import StrawberryConfig

from benchmarks.peers.environment import POOL_SIZE, Environment, serve
from benchmarks.peers.naive import mutations
from benchmarks.peers.naive.loaders import Loaders, active_tiers, newest_members
from benchmarks.peers.naive.mutations import Earn
from benchmarks.peers.naive.shapes import (
    POINTS,
    Connection,
    Context,
    Info,
    LedgerEntry,
    Member,
    Points,
    ReferralInvite,
    Tier,
    connection,
)
from db import models

ACTOR_ID = "ops"


@strawberry.input
class EarnPointsInput:
    """What `earnPoints` takes."""

    user_id: strawberry.ID
    points: Points
    idempotency_key: str
    reference: str | None = None


@strawberry.input
class IssueReferralInviteInput:
    """What `issueReferralInvite` takes."""

    user_id: strawberry.ID
    reward_points: Points
    idempotency_key: str


@strawberry.input
class CompleteReferralInput:
    """What `completeReferral` takes."""

    code: str
    invitee_id: strawberry.ID


@strawberry.type
class EarnPointsSuccess:
    """What `earnPoints` has done."""

    entry: LedgerEntry
    member: Member


@strawberry.type
class IssueReferralInviteSuccess:
    """What `issueReferralInvite` has done."""

    invite: ReferralInvite


@strawberry.type
class CompleteReferralSuccess:
    """What `completeReferral` has done."""

    invite: ReferralInvite
    referrer: Member


@strawberry.type
class Query:
    """The queries."""

    @strawberry.field
    async def tiers(self, info: Info) -> list[Tier]:
        """Returns the tiers."""
        async with info.context.sessions() as session:
            return [Tier.of(tier) for tier in await active_tiers(session)]

    @strawberry.field
    async def member(self, info: Info, user_id: strawberry.ID) -> Member | None:
        """Returns a member."""
        info.context.require_admin()
        async with info.context.sessions() as session:
            member = await session.get(models.Member, user_id)
            return Member.of(member) if member else None

    @strawberry.field
    async def members(self, info: Info, first: int = 20) -> Connection[Member]:
        """Returns the newest members."""
        info.context.require_admin()
        async with info.context.sessions() as session:
            rows = await newest_members(session, first + 1)
        return connection(rows, first, Member.of, lambda row: str(row.user_id))


@strawberry.type
class Mutation:
    """The mutations."""

    @strawberry.mutation
    async def earn_points(self, info: Info, input: EarnPointsInput) -> EarnPointsSuccess:  # noqa: A002 - the contract's name
        """Credits points."""
        info.context.require_admin()
        asked = Earn(str(input.user_id), int(input.points), input.reference, input.idempotency_key)
        async with info.context.sessions.begin() as session:
            entry, member = await mutations.earn(session, ACTOR_ID, asked)
            await session.flush()
            await session.refresh(entry)
            return EarnPointsSuccess(entry=LedgerEntry.of(entry), member=Member.of(member))

    @strawberry.mutation
    async def issue_referral_invite(
        self,
        info: Info,
        input: IssueReferralInviteInput,  # noqa: A002 - the contract's name
    ) -> IssueReferralInviteSuccess:
        """Issues an invite."""
        info.context.require_admin()
        async with info.context.sessions.begin() as session:
            invite = await mutations.issue(
                session,
                ACTOR_ID,
                str(input.user_id),
                int(input.reward_points),
                input.idempotency_key,
            )
            await session.flush()
            await session.refresh(invite)
            return IssueReferralInviteSuccess(invite=ReferralInvite.of(invite))

    @strawberry.mutation
    async def complete_referral(
        self,
        info: Info,
        input: CompleteReferralInput,  # noqa: A002 - the contract's name
    ) -> CompleteReferralSuccess:
        """Converts an invite."""
        info.context.require_admin()
        async with info.context.sessions.begin() as session:
            invite, referrer = await mutations.complete(
                session, ACTOR_ID, input.code, str(input.invitee_id)
            )
            await session.flush()
            return CompleteReferralSuccess(
                invite=ReferralInvite.of(invite), referrer=Member.of(referrer)
            )


def create_app(environment: Environment) -> FastAPI:
    """Returns the app."""
    url = URL.create(
        "postgresql+asyncpg",
        username=environment.pg_user,
        database=environment.pg_database,
        query={"host": environment.pg_host},
    )
    engine = create_async_engine(url, pool_size=POOL_SIZE)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def context(request: Request) -> Context:
        is_admin = environment.is_admin(request.headers.get("authorization", ""))
        return Context(sessions, Loaders(sessions), is_admin)

    config = StrawberryConfig(scalar_map={Points: POINTS})
    schema = strawberry.Schema(Query, Mutation, config=config)
    app = FastAPI()
    app.include_router(GraphQLRouter(schema, context_getter=context), prefix="/graphql")
    return app


if __name__ == "__main__":
    serve(create_app(Environment.read()), Environment.read())
