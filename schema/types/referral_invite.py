"""The ReferralInvite type."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from domain import entities
from resolvers import users
from schema.permissions import Info, is_admin
from schema.types.enums import InviteSource, InviteStatus
from schema.types.node import Node, global_id
from schema.types.scalars import Points
from schema.types.user import User


@strawberry.type(description="A member's invitation of somebody new.")
class ReferralInvite(Node):
    """An invite as it is served."""

    code: str = strawberry.field(
        description="The code to hand on. Letter case, spaces and hyphens do not matter."
    )
    source: InviteSource = strawberry.field(description="How the invite came to be.")
    status: InviteStatus = strawberry.field(description="Where the invite stands now.")
    invitee_email: str | None = strawberry.field(
        description="The address that it was meant for, if one was given."
    )
    reward_points: Points = strawberry.field(description="What the referrer gets for it.")
    invitee_reward_points: Points = strawberry.field(
        description="What the invitee gets for it; 0 where only the referrer is rewarded."
    )
    metadata: JSON = strawberry.field(
        description="A JSON object of at most 8,192 bytes for whoever sends the message."
    )
    expires_at: datetime | None = strawberry.field(
        description="The moment from which it is void; null if it never is."
    )
    completed_at: datetime | None = strawberry.field(description="When it was converted.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    created_at: datetime = strawberry.field(description="When it was issued.")

    referrer_id: strawberry.Private[str]
    invitee_id: strawberry.Private[str | None]

    @strawberry.field(description="The user who invites.")
    async def referrer(self, info: Info) -> User | None:
        """Returns the referrer."""
        user = await users.get_user(info.context, self.referrer_id)
        return User.of(user) if user else None

    @strawberry.field(
        extensions=is_admin(), description="The user who came by it, once it is converted."
    )
    async def invitee(self, info: Info) -> User | None:
        """Returns the invitee."""
        if self.invitee_id is None:
            return None
        user = await users.get_user(info.context, self.invitee_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, invite: entities.ReferralInvite) -> "ReferralInvite":
        """Returns the invite as it is served."""
        return cls(
            id=global_id("ReferralInvite", invite.id, invite.referrer_id),
            code=invite.code,
            source=invite.source,
            status=invite.status,
            invitee_email=invite.invitee_email,
            reward_points=invite.reward_points,
            invitee_reward_points=invite.invitee_reward_points,
            metadata=JSON(invite.metadata),
            expires_at=invite.expires_at,
            completed_at=invite.completed_at,
            cancelled_at=invite.cancelled_at,
            created_at=invite.created_at,
            referrer_id=invite.referrer_id,
            invitee_id=invite.invitee_id,
        )
