"""The things of the model's world, and what the API shows of each."""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Answer: TypeAlias = dict[str, Any]


@dataclass
class Tier:
    slug: str
    threshold: int
    is_active: bool = True

    def shown(self) -> Answer:
        return {
            "slug": self.slug,
            "pointThreshold": self.threshold,
            "isActive": self.is_active,
        }


@dataclass
class Entry:
    seq: int
    kind: str
    points: int
    balance_after: int
    qualifying: int
    reverses: int | None = None

    def shown(self) -> Answer:
        return {
            "seq": self.seq,
            "kind": self.kind,
            "points": self.points,
            "balanceAfter": self.balance_after,
            "reverses": self.reverses and {"seq": self.reverses},
        }


@dataclass
class Member:
    user_id: str
    tier: str | None
    balance: int = 0
    lifetime: int = 0
    ledger: list[Entry] = field(default_factory=list)
    share_code: str | None = None  # until somebody has seen it

    def shown(self) -> Answer:
        return {
            "userId": self.user_id,
            "pointsBalance": self.balance,
            "lifetimePoints": self.lifetime,
            "tier": self.tier and {"slug": self.tier},
        }


@dataclass
class User:
    id: str
    joined_on: int
    email: str | None = None
    is_erased: bool = False

    def shown(self) -> Answer:
        return {"userId": self.id, "email": self.email}

    def has_address(self, email: str | None) -> bool:
        return self.email is not None and email is not None and self.email.lower() == email.lower()


@dataclass
class Invite:
    code: str
    referrer: str
    source: str
    reward: int
    welcome: int
    expires_on: int | None
    email: str | None = None
    invitee: str | None = None
    is_cancelled: bool = False
    paid: list[Entry] = field(default_factory=list)

    def status(self, today: int) -> str:
        if self.invitee is not None:
            return "CONVERTED"
        if self.is_cancelled:
            return "CANCELLED"
        return "EXPIRED" if self.expires_on is not None and self.expires_on <= today else "SENT"

    def shown(self, today: int) -> Answer:
        return {
            "code": self.code,
            "source": self.source,
            "status": self.status(today),
            "inviteeEmail": self.email,
            "rewardPoints": self.reward,
            "inviteeRewardPoints": self.welcome,
            "referrer": {"userId": self.referrer},
            "invitee": self.invitee and {"userId": self.invitee},
        }
