"""The bodies of the REST paths: camelCase JSON, documented in OpenAPI."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from pydantic.alias_generators import to_camel

from domain.enums import InviteSource, InviteStatus
from domain.points import POINTS_MAX


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    @classmethod
    def of(cls, entity: object, **exceptions: Any) -> Self:
        """Returns the body with the values that an entity has by the same names.

        `exceptions` has the fields that the entity lacks, and those that show another value.
        """
        names = cls.model_fields.keys() - exceptions.keys()
        return cls(**{name: getattr(entity, name) for name in names}, **exceptions)


class TierBody(_Body):
    """A level of the loyalty programme."""

    slug: str = Field(description="The tier's permanent name.")
    name: str = Field(description="The name to show.")
    point_threshold: int = Field(description="The lifetime points from which members have it.")
    benefits: list[Any] = Field(description="What the tier gives.")


class ProgressBody(_Body):
    """How close a member is to the next tier."""

    next_tier: TierBody | None = Field(description="The next tier; null on the highest tier.")
    points_to_next_tier: int | None = Field(description="Missing points; null on the highest tier.")
    fraction: float = Field(description="The part of the way, 0 to 1; 1 on the highest tier.")


class MemberBody(_Body):
    """A user's membership."""

    user_id: str = Field(description="The platform's own id of the user.")
    referral_code: str = Field(description="The share code.")
    points_balance: int = Field(description="The points to spend.")
    lifetime_points: int = Field(description="The sum of all qualifying points.")
    tier: TierBody | None = Field(description="The current tier; null below the first tier.")
    tier_since: datetime | None = Field(description="When they reached it; null without a tier.")
    progress: ProgressBody = Field(description="The progress to the next tier.")
    created_at: datetime = Field(description="When the membership was created.")


class InviteBody(_Body):
    """A member's invitation of a new user."""

    code: str = Field(description="The code for the invitee.")
    source: InviteSource = Field(description="How the invite was made.")
    status: InviteStatus = Field(description="The status now.")
    referrer_id: str = Field(description="The user who invites.")
    invitee_id: str | None = Field(description="The user who converted it; null until then.")
    invitee_email: str | None = Field(description="The e-mail address of the intended invitee.")
    reward_points: int = Field(description="The points that the referrer gets.")
    invitee_reward_points: int = Field(description="The points that the invitee gets.")
    metadata: dict[str, Any] = Field(description="A JSON object for the sender of the message.")
    expires_at: datetime | None = Field(description="When it expires; null if it never does.")
    completed_at: datetime | None = Field(description="When it was converted.")
    cancelled_at: datetime | None = Field(description="When it was cancelled.")
    created_at: datetime = Field(description="When it was issued.")


class IssueInviteBody(_Body):
    """An invite to issue. Fields that you leave out take the operator's default."""

    invitee_email: str | None = Field(
        None, description="The e-mail address of the intended invitee."
    )
    reward_points: StrictInt | None = Field(
        None, description=f"The referrer's points: 1 to {POINTS_MAX}, or the operator's limit."
    )
    invitee_reward_points: StrictInt | None = Field(
        None, description="The points that the invitee gets."
    )
    expires_in_days: StrictInt | None = Field(
        None, description="The days until it expires, 1 to 3,650; null for never."
    )
    metadata: Any = Field(None, description="A JSON object of at most 8,192 bytes.")


class CompleteReferralBody(_Body):
    """The code, and the user who came by it."""

    code: str = Field(description="An invite's code, or a member's share code.")
    invitee_id: str = Field(description="The user who came.")


class ConversionBody(_Body):
    """A completed referral."""

    invite: InviteBody = Field(description="The converted invite.")
    referrer: MemberBody = Field(description="The referrer as they are now.")
    invitee: MemberBody = Field(description="The invitee as they are now.")
    replayed: bool = Field(description="Whether it was completed before. Nobody is credited twice.")


class ProblemBody(BaseModel):
    """A refusal by RFC 9457, with the same code as in GraphQL."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always `about:blank`.")
    title: str = Field(description="The phrase of the HTTP status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was wrong, and what to do.")
    code: str = Field(description="The reason, for programs.")
