"""What the service promises, once more and as simply as can be: a world of plain values.

It shares no rule with the program. `World.after` takes a call of the API, and returns the world
after it and what the service has to answer. A refusal is an answer, and leaves the world as it was.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.stress.records import Answer, Entry, Invite, Member, Tier, User

POINTS_MAX = 2**53 - 1
REWARD_POINTS = 500
INVITE_TTL_DAYS = 30
ONBOARDING_DAYS = 30
QUALIFYING = {"EARN", "REFERRAL_BONUS", "REFERRAL_WELCOME"}

Input: TypeAlias = dict[str, Any]
Look: TypeAlias = Callable[["World"], Answer]
"""Reads an answer off the world: off a later one, where the call is repeated."""

Outcome: TypeAlias = tuple["Look", bool]
"""How to read the answer off the world, and whether the call has found its work done already."""


class Refused(Exception):
    """A call that changes nothing; the answer is its error, with the numbers behind it."""

    def __init__(self, error: str, **numbers: Any) -> None:
        super().__init__(error)
        self.answer = {"__typename": error, **numbers}


@dataclass
class World:
    today: int = 0
    tiers: dict[str, Tier] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    invites: dict[str, Invite] = field(default_factory=dict)
    keys: dict[str, tuple[str, Input, Look]] = field(default_factory=dict)
    upgrades: list[tuple[str, int, str]] = field(default_factory=list)  # user, entry, tier
    mailed: list[str] = field(default_factory=list)  # the referrers of invites with an address
    drawn: str = ""

    def after(self, mutation: str, given: Input, drawn: str | None) -> tuple["World", Answer]:
        """Returns the world after a call, and the answer.

        `drawn` is the code that the service says to have made for it: no model could guess one.
        """
        success = f"{mutation[0].upper()}{mutation[1:]}Success"
        key = given.get("idempotencyKey", "")
        if key in self.keys:
            *used_for, look = self.keys[key]
            if used_for != [mutation, given]:
                return self, Refused("IdempotencyKeyReused", key=key).answer
            return self, {"__typename": success, "replayed": True, **look(self)}
        world = deepcopy(self)
        world.drawn = drawn or ""
        try:
            look, is_replay = PERFORM[mutation](world, given)
        except Refused as refused:
            return self, refused.answer
        if key:
            world.keys[key] = (mutation, given, look)
        return world, {"__typename": success, "replayed": is_replay, **look(world)}

    def after_look_at(self, user_id: str, drawn: str | None) -> tuple["World", Answer | None]:
        """As `after`, for a look at a user, who is a member from then on."""
        if user_id not in self.users:
            return self, None
        world = deepcopy(self)
        member = world._member(user_id)
        member.share_code = member.share_code or drawn
        return world, member.shown() | {"referralCode": member.share_code}

    def shown(self) -> Answer:
        """Returns everything that an admin can list."""
        members = (self.members[user_id] for user_id in sorted(self.members))
        by_threshold = sorted(self.tiers.values(), key=lambda tier: (tier.threshold, tier.slug))
        return {
            "members": [
                member.shown()
                | {
                    "user": self.users[member.user_id].shown(),
                    "ledger": [entry.shown() for entry in reversed(member.ledger)],
                }
                for member in members
            ],
            "referralInvites": [
                invite.shown(self.today) for invite in reversed(self.invites.values())
            ],
            "tiers": [tier.shown() for tier in by_threshold],
        }

    def _user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise Refused("UserNotFound", userId=user_id)
        return self.users[user_id]

    def _member(self, user_id: str) -> Member:
        self._user(user_id)
        return self.members.setdefault(user_id, Member(user_id, self._tier_at(0)))

    def _tier_at(self, lifetime: int) -> str | None:
        reached = [
            (tier.threshold, slug)
            for slug, tier in self.tiers.items()
            if tier.is_active and tier.threshold <= lifetime
        ]
        return max(reached)[1] if reached else None

    def _threshold(self, slug: str | None) -> int:
        return self.tiers[slug].threshold if slug else -1

    # ------------------------------------------------------------------------------------ points

    def _post(self, user_id: str, kind: str, points: int, **entry: Any) -> Entry:
        member = self._member(user_id)
        qualifying = entry.pop("qualifying", points if kind in QUALIFYING else 0)
        if member.balance + points < 0:
            raise Refused("InsufficientPoints", balance=member.balance, requested=-points)
        for total, gained in (member.balance, points), (member.lifetime, qualifying):
            if total + gained > POINTS_MAX:
                raise Refused(
                    "PointsLimitExceeded", total=total, requested=gained, limit=POINTS_MAX
                )
        member.balance += points
        member.lifetime += qualifying
        seq = len(member.ledger) + 1
        member.ledger.append(Entry(seq, kind, points, member.balance, qualifying, **entry))
        before, member.tier = member.tier, self._tier_at(member.lifetime)
        if member.tier and self._threshold(member.tier) > self._threshold(before):
            self.upgrades.append((user_id, seq, member.tier))
        return member.ledger[-1]

    def _change(self, user_id: str, kind: str, points: int, **entry: Any) -> Outcome:
        posted = self._post(user_id, kind, points, **entry).shown()
        return lambda world: {"entry": posted, "member": world.members[user_id].shown()}, False

    def _earn(self, given: Input) -> Outcome:
        return self._change(given["userId"], "EARN", given["points"])

    def _redeem(self, given: Input) -> Outcome:
        return self._change(given["userId"], "REDEEM", -given["points"])

    def _adjust(self, given: Input) -> Outcome:
        return self._change(given["userId"], "ADJUSTMENT", given["points"])

    def _reverse(self, given: Input) -> Outcome:
        user_id, seq = given["entryId"]
        ledger = self.members[user_id].ledger if user_id in self.members else []
        if seq > len(ledger):
            raise Refused("LedgerEntryNotFound", userId=user_id, seq=seq)
        entry = ledger[seq - 1]
        if entry.kind == "REVERSAL":
            raise Refused("EntryNotReversible", kind="REVERSAL")
        for later in ledger:
            if later.reverses == seq:
                raise Refused("EntryAlreadyReversed", seq=seq, reversedBySeq=later.seq)
        return self._change(
            user_id, "REVERSAL", -entry.points, qualifying=-entry.qualifying, reverses=seq
        )

    # ------------------------------------------------------------------------------------- users

    def _upsert_user(self, given: Input) -> Outcome:
        user_id = given["userId"]
        is_new = user_id not in self.users
        user = self.users.setdefault(user_id, User(user_id, self.today))
        if user.is_erased:
            raise Refused("UserErased", userId=user_id)
        user.email = given.get("email", user.email)
        return lambda world: {"created": is_new, "user": world.users[user_id].shown()}, False

    def _erase_user(self, given: Input) -> Outcome:
        user = self._user(given["userId"])
        was_erased, user.is_erased = user.is_erased, True
        for invite in [] if was_erased else self.invites.values():
            if user.id in (invite.referrer, invite.invitee) or user.has_address(invite.email):
                invite.email = None
        user.email = None
        return lambda world: {"user": world.users[user.id].shown()}, was_erased

    # ----------------------------------------------------------------------------------- invites

    def _issue(self, given: Input) -> Outcome:
        user = self._user(given["userId"])
        if user.is_erased:
            raise Refused("UserErased", userId=user.id)
        email = given.get("inviteeEmail")
        if user.has_address(email):
            raise Refused("SelfReferral", userId=user.id)
        days = given.get("expiresInDays", INVITE_TTL_DAYS)
        invite = self._invite(
            user.id,
            "ISSUED",
            given.get("rewardPoints", REWARD_POINTS),
            given.get("inviteeRewardPoints", 0),
            None if days is None else self.today + days,
            email,
        )
        if email is not None:
            self.mailed.append(user.id)
        return _looking_at(invite), False

    def _invite(self, referrer: str, source: str, *terms: Any) -> Invite:
        self._member(referrer)
        self.invites[self.drawn] = Invite(self.drawn, referrer, source, *terms)
        return self.invites[self.drawn]

    def _cancel(self, given: Input) -> Outcome:
        invite = self.invites.get(given["code"])
        if invite is None:
            raise Refused("ReferralCodeNotFound", referralCode=given["code"])
        was_cancelled = invite.is_cancelled
        if not was_cancelled:
            self._require_open(invite)
        invite.is_cancelled = True
        return _looking_at(invite), was_cancelled

    def _require_open(self, invite: Invite) -> None:
        errors = {
            "EXPIRED": "InviteExpired",
            "CANCELLED": "InviteCancelled",
            "CONVERTED": "InviteAlreadyConverted",
        }
        if error := errors.get(invite.status(self.today)):
            raise Refused(error)

    def _complete(self, given: Input) -> Outcome:
        invitee, code = given["inviteeId"], given["code"]
        sharers = [id_ for id_, member in self.members.items() if member.share_code == code]
        if code not in self.invites and not sharers:
            raise Refused("ReferralCodeNotFound", referralCode=code)
        referrer = sharers[0] if sharers else self.invites[code].referrer
        if referrer == invitee:
            raise Refused("SelfReferral", userId=referrer)
        earlier = next((each for each in self.invites.values() if each.invitee == invitee), None)
        invite = self.invites.get(code)
        if sharers and earlier and (earlier.referrer, earlier.source) == (referrer, "SHARE_CODE"):
            invite = earlier
        if invite and invite is earlier:
            return _looking_at_conversion(invite), True
        if invite:
            self._require_open(invite)
        self._require_eligible(self.users[referrer], self._user(invitee), earlier)
        if invite is None:
            expires_on = self.today + INVITE_TTL_DAYS
            invite = self._invite(referrer, "SHARE_CODE", REWARD_POINTS, 0, expires_on)
        invite.invitee = invitee
        self._member(invitee)
        invite.paid = [self._post(referrer, "REFERRAL_BONUS", invite.reward)]
        if invite.welcome:
            invite.paid.append(self._post(invitee, "REFERRAL_WELCOME", invite.welcome))
        return _looking_at_conversion(invite), False

    def _require_eligible(self, referrer: User, invitee: User, earlier: Invite | None) -> None:
        if referrer.has_address(invitee.email):
            raise Refused("SelfReferral", userId=referrer.id)
        if earlier is not None:
            raise Refused("InviteeAlreadyReferred", userId=invitee.id)
        days = self.today - invitee.joined_on
        if days >= ONBOARDING_DAYS:
            raise Refused("InviteeNotNew", ageDays=days, limitDays=ONBOARDING_DAYS)

    # ------------------------------------------------------------------------------------- tiers

    def _create_tier(self, given: Input) -> Outcome:
        slug, threshold = given["slug"], given["pointThreshold"]
        if slug in self.tiers:
            raise Refused("TierSlugTaken", slug=slug)
        return self._place(Tier(slug, threshold))

    def _update_tier(self, given: Input) -> Outcome:
        tier = self._tier(given)
        threshold = given.get("pointThreshold", tier.threshold)
        return self._place(Tier(tier.slug, threshold, given.get("isActive", tier.is_active)))

    def _archive_tier(self, given: Input) -> Outcome:
        tier = self._tier(given)
        return self._place(Tier(tier.slug, tier.threshold, is_active=False))

    def _tier(self, given: Input) -> Tier:
        if given["slug"] not in self.tiers:
            raise Refused("TierNotFound", slug=given["slug"])
        return self.tiers[given["slug"]]

    def _place(self, tier: Tier) -> Outcome:
        for other in self.tiers.values():
            is_taken = other.is_active and other.threshold == tier.threshold
            if tier.is_active and is_taken and other.slug != tier.slug:
                raise Refused("TierThresholdTaken", pointThreshold=tier.threshold)
        self.tiers[tier.slug] = tier
        moved = 0
        for member in self.members.values():
            before, member.tier = member.tier, self._tier_at(member.lifetime)
            moved += before != member.tier
        slug = tier.slug
        return (
            lambda world: {"membersReassessed": moved, "tier": world.tiers[slug].shown()},
            False,
        )


def _looking_at(invite: Invite) -> Look:
    code = invite.code
    return lambda world: {"invite": world.invites[code].shown(world.today)}


def _looking_at_conversion(invite: Invite) -> Look:
    code, [bonus, *welcome] = invite.code, [entry.shown() for entry in invite.paid]
    assert invite.invitee is not None
    referrer, invitee = invite.referrer, invite.invitee
    return lambda world: {
        "invite": world.invites[code].shown(world.today),
        "referrer": world.members[referrer].shown(),
        "invitee": world.members[invitee].shown(),
        "referrerEntry": bonus,
        "inviteeEntry": welcome[0] if welcome else None,
    }


PERFORM: dict[str, Callable[[World, Input], Outcome]] = {
    "earnPoints": World._earn,
    "redeemPoints": World._redeem,
    "adjustPoints": World._adjust,
    "reverseLedgerEntry": World._reverse,
    "upsertUser": World._upsert_user,
    "eraseUser": World._erase_user,
    "issueReferralInvite": World._issue,
    "cancelReferralInvite": World._cancel,
    "completeReferral": World._complete,
    "createTier": World._create_tier,
    "updateTier": World._update_tier,
    "archiveTier": World._archive_tier,
}
