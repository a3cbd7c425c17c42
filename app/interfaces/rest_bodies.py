"""The bodies of the REST paths: camelCase JSON, documented in OpenAPI."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from pydantic.alias_generators import to_camel

from domain import entities, tiering
from domain.enums import InviteSource, InviteStatus
from domain.points import POINTS_MAX


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class TierBody(_Body):
    """A step of the loyalty ladder."""

    slug: str = Field(description="The tier's lasting name.")
    name: str = Field(description="The name to show.")
    point_threshold: int = Field(description="The lifetime points from which a member has it.")
    benefits: list[Any] = Field(description="What the tier gives.")

    @classmethod
    def of(cls, tier: entities.Tier) -> "TierBody":
        """Returns the tier as it is served."""
        return cls(
            slug=tier.slug,
            name=tier.name,
            point_threshold=tier.point_threshold,
            benefits=tier.benefits,
        )


class ProgressBody(_Body):
    """How far a member is on the way to the next tier."""

    next_tier: TierBody | None = Field(description="The tier above; null at the top.")
    points_to_next_tier: int | None = Field(description="Lifetime points missing; null at the top.")
    fraction: float = Field(description="The part of the way, 0 to 1; 1 at the top.")

    @classmethod
    def of(cls, progress: tiering.Progress) -> "ProgressBody":
        """Returns the progress as it is served."""
        return cls(
            next_tier=TierBody.of(progress.next_tier) if progress.next_tier else None,
            points_to_next_tier=progress.points_to_next_tier,
            fraction=progress.fraction,
        )


class MemberBody(_Body):
    """A user's membership."""

    user_id: str = Field(description="The platform's own id of the user.")
    referral_code: str = Field(description="The share code.")
    points_balance: int = Field(description="The points to spend.")
    lifetime_points: int = Field(description="All qualifying points ever.")
    tier: TierBody | None = Field(description="The tier that they reach; null below the first.")
    tier_since: datetime | None = Field(description="Since when; null without a tier.")
    progress: ProgressBody = Field(description="How far the next tier is.")
    created_at: datetime = Field(description="When the membership was made.")


class InviteBody(_Body):
    """A member's invitation of somebody new."""

    code: str = Field(description="The code to hand on.")
    source: InviteSource = Field(description="How the invite came to be.")
    status: InviteStatus = Field(description="Where it stands now.")
    referrer_id: str = Field(description="The user who invites.")
    invitee_id: str | None = Field(description="The user who came by it, once converted.")
    invitee_email: str | None = Field(description="The address that it was meant for.")
    reward_points: int = Field(description="What the referrer gets.")
    invitee_reward_points: int = Field(description="What the invitee gets; 0 for nothing.")
    metadata: dict[str, Any] = Field(description="For whoever sends the message.")
    expires_at: datetime | None = Field(description="From when it is void; null for never.")
    completed_at: datetime | None = Field(description="When it was converted.")
    cancelled_at: datetime | None = Field(description="When it was cancelled.")
    created_at: datetime = Field(description="When it was issued.")

    @classmethod
    def of(cls, invite: entities.ReferralInvite) -> "InviteBody":
        """Returns the invite as it is served."""
        return cls(**{name: getattr(invite, name) for name in cls.model_fields})


class IssueInviteBody(_Body):
    """An invite to issue. What is left out takes the operator's default."""

    invitee_email: str | None = Field(None, description="The address that it is meant for.")
    reward_points: StrictInt | None = Field(
        None, description=f"What the referrer gets: 1 to {POINTS_MAX}, or the operator's limit."
    )
    invitee_reward_points: StrictInt | None = Field(None, description="What the invitee gets.")
    expires_in_days: StrictInt | None = Field(
        None, description="In how many days it is void, 1 to 3,650; null for never."
    )
    metadata: Any = Field(None, description="A JSON object of at most 8,192 bytes.")


class CompleteReferralBody(_Body):
    """Who has come by which code."""

    code: str = Field(description="An invite's code, or a member's share code.")
    invitee_id: str = Field(description="The user who came.")


class ConversionBody(_Body):
    """A completed referral."""

    invite: InviteBody = Field(description="The converted invite.")
    referrer: MemberBody = Field(description="The referrer as they are now.")
    invitee: MemberBody = Field(description="The invitee as they are now.")
    replayed: bool = Field(description="Whether it was complete before: nobody is credited twice.")


class ProblemBody(BaseModel):
    """A refusal, as RFC 9457 has it, with the code that GraphQL has for it too."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always `about:blank`.")
    title: str = Field(description="The phrase of the HTTP status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong and what to do.")
    code: str = Field(description="The reason, for programs.")
