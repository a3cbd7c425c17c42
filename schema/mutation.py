"""What admins may change: each field commits its change before it answers."""

import strawberry

from schema.mutations.notifications import NotificationMutations
from schema.mutations.points import PointsMutations
from schema.mutations.referrals import ReferralMutations
from schema.mutations.tiers import TierMutations
from schema.mutations.users import UserMutations


@strawberry.type(
    description="What may be changed. Each field is one transaction, committed before it answers."
)
class Mutation(
    TierMutations, UserMutations, ReferralMutations, PointsMutations, NotificationMutations
):
    """The root of all mutations."""
