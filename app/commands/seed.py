"""What a service starts with: baseline tiers and, to try it out, members with a history."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from app.context import Contexts
from db.repositories import tiers
from domain.actor import Actor
from domain.commands import (
    CompleteReferral,
    CreateTier,
    EarnPoints,
    IssueReferralInvite,
    RedeemPoints,
    UpsertUser,
)
from domain.enums import Role
from domain.errors.base import InvalidInput, LoyaltyError
from domain.errors.conflicts import InsufficientPoints
from domain.tiering import require_ascending
from resolvers.context import Context
from resolvers.points import earn_points, redeem_points
from resolvers.referrals import complete_referral, issue_referral_invite
from resolvers.tiers import create_tier
from resolvers.users import upsert_user

SEEDER = Actor(id="loyalty-seed", role=Role.ADMIN)
_CONCURRENCY = 4
_FIRST_NAMES = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Ken", "Frances")
_LAST_NAMES = ("Moreau", "Okafor", "Lindqvist", "Tanaka", "Silva", "Haddad", "Novak", "O'Brien")
_OFFERS = ("Order", "Subscription renewal", "Product review", "Store visit")

BASELINE_TIERS = (
    CreateTier(
        slug="bronze",
        name="Bronze",
        point_threshold=0,
        benefits=[{"kind": "points_multiplier", "label": "1 point per euro", "value": 1}],
    ),
    CreateTier(
        slug="silver",
        name="Silver",
        point_threshold=1_000,
        benefits=[
            {"kind": "discount_percent", "label": "5% off every order", "value": 5},
            {"kind": "support", "label": "Priority support", "value": "priority"},
        ],
    ),
    CreateTier(
        slug="gold",
        name="Gold",
        point_threshold=5_000,
        benefits=[
            {"kind": "discount_percent", "label": "10% off every order", "value": 10},
            {"kind": "free_shipping", "label": "Free shipping", "value": True},
            {"kind": "support", "label": "Priority support", "value": "priority"},
        ],
    ),
    CreateTier(
        slug="platinum",
        name="Platinum",
        point_threshold=20_000,
        benefits=[
            {"kind": "discount_percent", "label": "15% off every order", "value": 15},
            {"kind": "free_shipping", "label": "Free express shipping", "value": "express"},
            {"kind": "support", "label": "A person who knows you", "value": "personal"},
        ],
    ),
)


def read_tiers(file: Path) -> list[CreateTier]:
    """Returns the tiers of a JSON file: a list of slug, name, pointThreshold and benefits.

    Raises:
        InvalidInput: it is no such list, a slug comes twice, or a threshold is not above the last.
        OSError: it cannot be read.
    """
    try:
        listed = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InvalidInput("tiers", f"must be a JSON list; {error}.") from error
    if not isinstance(listed, list) or not listed:
        raise InvalidInput("tiers", "must be a JSON list of at least one tier.")
    commands = [_tier(f"tiers[{index}]", tier) for index, tier in enumerate(listed)]
    for index, command in enumerate(commands):
        if command.slug in (earlier.slug for earlier in commands[:index]):
            raise InvalidInput(f"tiers[{index}].slug", f"names '{command.slug}' a second time.")
    require_ascending([command.point_threshold for command in commands])
    return commands


def _tier(place: str, tier: Any) -> CreateTier:
    names = {
        "slug": "slug",
        "name": "name",
        "pointThreshold": "point_threshold",
        "benefits": "benefits",
    }
    if not isinstance(tier, dict) or not {"slug", "name", "pointThreshold"} <= set(tier) <= set(
        names
    ):
        raise InvalidInput(place, "must have slug, name, pointThreshold and perhaps benefits.")
    for name in ("slug", "name"):
        if not isinstance(tier[name], str):
            raise InvalidInput(f"{place}.{name}", "must be text.")
    try:
        return CreateTier(**{names[name]: value for name, value in tier.items()})
    except InvalidInput as error:
        raise InvalidInput(f"{place}.{error.field}", error.problem) from error


async def seed_tiers(contexts: Contexts, commands: Sequence[CreateTier]) -> int:
    """Creates the tiers whose slugs are not there yet; returns how many that were.

    Raises:
        TierThresholdTaken: another tier begins where one of them would.
    """
    created = 0
    async with contexts.of_actor(SEEDER, "seed") as context:
        for command in commands:
            if await tiers.by_slug(context.reader, command.slug) is None:
                await create_tier(context, command)
                created += 1
    return created


async def seed_tiers_if_none(contexts: Contexts) -> None:
    """Creates the baseline tiers if there is no tier yet."""
    async with contexts.of_actor(SEEDER, "seed") as context:
        known = await tiers.every(context.reader)
    if not known:
        await seed_tiers(contexts, BASELINE_TIERS)


async def seed_members(contexts: Contexts, count: int, advance: Callable[[], None]) -> None:
    """Creates `count` members with a plausible history: the same ones in every run, only once.

    Every step has an idempotency key, so that a second run continues an interrupted one.
    `advance` is called after each member.
    """
    slots = asyncio.Semaphore(_CONCURRENCY)

    async def seed_one(number: int) -> None:
        async with slots, contexts.of_actor(SEEDER, "seed") as context:
            await _seed_member(context, number)
        advance()

    await asyncio.gather(*(seed_one(number) for number in range(1, count + 1)))


async def _seed_member(context: Context, number: int) -> None:
    # Not for secrets: each run must create the same member.
    rng = random.Random(number)  # noqa: S311
    user_id = f"demo-{number:05}"
    first, last = rng.choice(_FIRST_NAMES), rng.choice(_LAST_NAMES)
    await upsert_user(
        context,
        UpsertUser(
            user_id=user_id,
            display_name=f"{first} {last}",
            email=f"{user_id}@example.com",
            marketing_messages=rng.random() < 0.5,
        ),
    )
    for step in range(rng.randint(3, 25)):
        await earn_points(
            context,
            EarnPoints(
                user_id=user_id,
                points=min(round(rng.lognormvariate(5, 1.1)) + 1, 20_000),
                description=rng.choice(_OFFERS),
                reference=f"order-{number:05}-{step:02}",
                idempotency_key=f"{user_id}/earn/{step}",
            ),
        )
    if rng.random() < 0.6:
        await _redeem_some(context, user_id, points=rng.randint(10, 400))
    await _refer_somebody(context, user_id, converts=rng.random() < 0.5)


async def _redeem_some(context: Context, user_id: str, points: int) -> None:
    command = RedeemPoints(
        user_id=user_id,
        points=points,
        description="Voucher",
        idempotency_key=f"{user_id}/redeem",
    )
    try:
        await redeem_points(context, command)
    except InsufficientPoints:
        return  # A poor member redeems nothing.


async def _refer_somebody(context: Context, user_id: str, *, converts: bool) -> None:
    issued = await issue_referral_invite(
        context,
        IssueReferralInvite(
            user_id=user_id,
            invitee_email=f"friend-of-{user_id}@example.com",
            idempotency_key=f"{user_id}/invite",
        ),
    )
    if not converts:
        return
    friend_id = f"{user_id}-friend"
    await upsert_user(context, UpsertUser(user_id=friend_id, display_name="A friend"))
    try:
        await complete_referral(
            context, CompleteReferral(code=issued.invite.code, invitee_id=friend_id)
        )
    except LoyaltyError:
        return  # A run that comes back after weeks finds the invite expired: that is history too.
