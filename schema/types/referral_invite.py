"""The ReferralInvite type."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from db.object_types import REFERRAL_INVITE
from domain import entities
from resolvers import users
from schema.permissions import Info, is_admin
from schema.types.enums import InviteSource, InviteStatus
from schema.types.node import Node, id_of
from schema.types.scalars import Points
from schema.types.served import served
from schema.types.user import User


@strawberry.type(description="A member's invitation of a new user.")
class ReferralInvite(Node):
    """A referral invite, as GraphQL shows it."""

    code: str = strawberry.field(
        description="The code for the invitee. Letter case, spaces and hyphens do not matter."
    )
    source: InviteSource = strawberry.field(description="How the invite was made.")
    status: InviteStatus = strawberry.field(description="The status now.")
    invitee_email: str | None = strawberry.field(
        description="The e-mail address of the intended invitee; null if none was given."
    )
    reward_points: Points = strawberry.field(description="The points that the referrer gets.")
    invitee_reward_points: Points = strawberry.field(
        description="The points that the invitee gets; 0 if only the referrer is rewarded."
    )
    metadata: JSON = strawberry.field(
        description="A JSON object of at most 8,192 bytes for the sender of the message."
    )
    expires_at: datetime | None = strawberry.field(
        description="When the invite expires; null if it never does."
    )
    completed_at: datetime | None = strawberry.field(description="When the invite was converted.")
    cancelled_at: datetime | None = strawberry.field(description="When the invite was cancelled.")
    created_at: datetime = strawberry.field(description="When the invite was issued.")

    referrer_id: strawberry.Private[str]
    invitee_id: strawberry.Private[str | None]

    @strawberry.field(description="The user who invites.")
    async def referrer(self, info: Info) -> User | None:
        """Returns the referrer."""
        user = await users.get_user(info.context, self.referrer_id)
        return User.of(user) if user else None

    @strawberry.field(
        extensions=is_admin(), description="The user who converted the invite; null until then."
    )
    async def invitee(self, info: Info) -> User | None:
        """Returns the invitee."""
        if self.invitee_id is None:
            return None
        user = await users.get_user(info.context, self.invitee_id)
        return User.of(user) if user else None

    @classmethod
    def of(cls, invite: entities.ReferralInvite) -> "ReferralInvite":
        """Returns an invite, as GraphQL shows it."""
        return served(cls, invite, id=id_of(REFERRAL_INVITE, invite))
