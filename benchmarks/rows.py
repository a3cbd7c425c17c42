"""The rows of a loyalty programme of any size: always the same ones, as the service writes them."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from app.commands.seed import BASELINE_TIERS
from db.ids import new_id
from domain.codes import ALPHABET, INVITE_CODE_LENGTH, MEMBER_CODE_LENGTH
from domain.enums import InviteSource, InviteStatus, LedgerEntryKind
from domain.events import EventKind

Row = tuple[Any, ...]

COLUMNS: dict[str, tuple[str, ...]] = {
    "loyalty_tiers": ("id", "slug", "name", "point_threshold", "benefits"),
    "users": ("id", "email", "display_name", "created_at"),
    "loyalty_members": (
        *("user_id", "referral_code", "points_balance", "lifetime_points", "tier_id"),
        *("tier_since", "ledger_seq", "created_at"),
    ),
    "loyalty_ledger_entries": (
        *("member_id", "seq", "id", "kind", "points", "balance_after", "description"),
        *("reference", "metadata", "invite_id", "actor_id", "created_at"),
    ),
    "loyalty_referral_invites": (
        *("referrer_id", "id", "code", "source", "status", "invitee_email", "reward_points"),
        *("invitee_reward_points", "expires_at", "invitee_id", "completed_at", "cancelled_at"),
        "created_at",
    ),
    "loyalty_referral_codes": ("code", "owner_id", "invite_id"),
    "loyalty_referral_attributions": ("invitee_id", "referrer_id", "invite_id", "created_at"),
    "outbox_events": ("id", "kind", "user_id", "payload", "delivered_at", "created_at"),
}
"""The tables to load, in an order in which rows refer only to earlier ones."""

ACTOR_ID = "ops"
WHALE = 0
"""The member with the long ledger."""
INVITES_OF_READER = 10
_REWARD_POINTS = 300
_HISTORY = timedelta(days=10)  # how long ago the first of them joined
_TTL = timedelta(days=30)


@dataclass(frozen=True)
class DatasetSize:
    """The number of rows. `readers` have ten invites, since a dashboard shows ten."""

    members: int = 20_000
    entries: int = 20
    invites: int = 2
    readers: int = 500
    whale_entries: int = 20_200


def user_id(number: int) -> str:
    """Returns the id of a member by their number."""
    return "whale" if number == WHALE else f"member-{number:07}"


def recruit_id(number: int) -> str:
    """Returns the id of a member without a referrer."""
    return f"recruit-{number:07}"


@dataclass
class Programme:
    """A programme at `now`, a whole second: not every peer's clock knows microseconds."""

    shape: DatasetSize
    now: datetime
    tier_ids: list[UUID] = field(default_factory=lambda: [new_id() for _ in BASELINE_TIERS])

    def tiers(self) -> dict[str, list[Row]]:
        """Returns the rows of the tiers."""
        rows = [
            (tier_id, tier.slug, tier.name, tier.point_threshold, orjson.dumps(tier.benefits))
            for tier_id, tier in zip(self.tier_ids, BASELINE_TIERS, strict=True)
        ]
        return {"loyalty_tiers": [(*row[:4], row[4].decode()) for row in rows]}

    def members(self, numbers: range) -> dict[str, list[Row]]:
        """Returns the rows of these members, by table."""
        rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        for number in numbers:
            self._add_member(rows, number)
        return rows

    def recruits(self, numbers: range) -> dict[str, list[Row]]:
        """Returns new members without a history, who can be referred; none is among the newest."""
        rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        joined_at = self.now - 2 * _HISTORY
        for number in numbers:
            # Codes of the loaded members count from 0, those of recruits from half of all.
            code = _code(32**MEMBER_CODE_LENGTH // 2 + number, MEMBER_CODE_LENGTH)
            name = recruit_id(number)
            rows["users"].append((name, f"{name}@example.com", f"Recruit {number}", joined_at))
            rows["loyalty_members"].append(
                (name, code, 0, 0, self.tier_ids[0], joined_at, 0, joined_at)
            )
            rows["loyalty_referral_codes"].append((code, name, None))
        return rows

    def _add_member(self, rows: dict[str, list[Row]], number: int) -> None:
        member_id = user_id(number)
        # The higher the number, the newer the member.
        joined_at = self.now - _HISTORY * (1 - number / (self.shape.members + 1))
        joined_at = joined_at.replace(microsecond=0)
        code = _code(number, MEMBER_CODE_LENGTH)
        rows["users"].append((member_id, f"{member_id}@example.com", f"Member {number}", joined_at))
        rows["loyalty_referral_codes"].append((code, member_id, None))
        conversion = self._add_invites(rows, number, joined_at)
        ledger = _Ledger(self, member_id, joined_at)
        length = self.shape.whale_entries if number == WHALE else self.shape.entries
        ledger.add_entries(rows, length, 20 + number * 37 % 400, conversion)
        tier = self.tier_at(ledger.lifetime_points)
        rows["loyalty_members"].append(
            (
                *(member_id, code, ledger.balance, ledger.lifetime_points, self.tier_ids[tier]),
                *(ledger.tier_since, ledger.seq, joined_at),
            )
        )

    def tier_at(self, lifetime_points: int) -> int:
        """Returns the position of the tier that these points reach."""
        return bisect_right(_THRESHOLDS, lifetime_points) - 1

    def _add_invites(
        self, rows: dict[str, list[Row]], number: int, joined_at: datetime
    ) -> UUID | None:
        """Adds a member's invites; returns the one that brought another member in, if one did."""
        member_id = user_id(number)
        is_reader = 0 < number <= self.shape.readers
        conversion = None
        for position in range(INVITES_OF_READER if is_reader else self.shape.invites):
            invite_id = new_id()
            code = _code(number * INVITES_OF_READER + position, INVITE_CODE_LENGTH)
            # Every third member has brought in the one before them, who is there already.
            converts = position == 0 and number % 3 == 1
            is_cancelled = position % 5 == 4
            issued_at = joined_at + timedelta(minutes=position)
            status = InviteStatus.CANCELLED if is_cancelled else InviteStatus.SENT
            if converts:
                conversion, status = invite_id, InviteStatus.CONVERTED
                rows["loyalty_referral_attributions"].append(
                    (user_id(number - 1), member_id, invite_id, issued_at)
                )
            rows["loyalty_referral_codes"].append((code, member_id, invite_id))
            rows["loyalty_referral_invites"].append(
                (
                    *(member_id, invite_id, code, InviteSource.ISSUED, status),
                    *(f"friend-{position}@example.org", _REWARD_POINTS, 0),
                    # Some were void from the next minute on.
                    issued_at + (timedelta(minutes=1) if position % 5 == 3 else _TTL),
                    *(user_id(number - 1) if converts else None, issued_at if converts else None),
                    *(issued_at if is_cancelled else None, issued_at),
                )
            )
        return conversion


@dataclass
class _Ledger:
    """The ledger of one member while it is made."""

    programme: Programme
    member_id: str
    tier_since: datetime
    seq: int = 0
    balance: int = 0
    lifetime_points: int = 0

    def add_entries(
        self, rows: dict[str, list[Row]], length: int, earns: int, conversion: UUID | None
    ) -> None:
        """Adds `length` entries: a credit of about `earns`, and every other time a debit of 10."""
        joined_at = self.tier_since
        for kind, points, invite_id in _postings(length, earns, conversion):
            before = self.programme.tier_at(self.lifetime_points)
            self.seq += 1
            self.balance += points
            self.lifetime_points += max(points, 0)
            written_at = joined_at + timedelta(seconds=self.seq)
            rows["loyalty_ledger_entries"].append(
                (
                    *(self.member_id, self.seq, new_id(), kind, points, self.balance),
                    "An order in the web shop" if self.seq % 3 else None,
                    *(f"order-{self.seq}", '{"channel": "web"}', invite_id, ACTOR_ID, written_at),
                )
            )
            after = self.programme.tier_at(self.lifetime_points)
            if after > before:
                self.tier_since = written_at
                rows["outbox_events"].append(self._upgrade(before, after, written_at))

    def _upgrade(self, before: int, after: int, written_at: datetime) -> Row:
        payload = {
            "userId": self.member_id,
            "ledgerSeq": self.seq,
            "tierId": str(self.programme.tier_ids[after]),
            "tierSlug": BASELINE_TIERS[after].slug,
            "tierName": BASELINE_TIERS[after].name,
            "previousTierSlug": BASELINE_TIERS[before].slug,
            "lifetimePoints": self.lifetime_points,
        }
        document = orjson.dumps(payload).decode()
        kind = EventKind.TIER_UPGRADED
        return (new_id(), kind, self.member_id, document, written_at, written_at)


_THRESHOLDS = [tier.point_threshold for tier in BASELINE_TIERS]


def _postings(
    length: int, earns: int, conversion: UUID | None
) -> Iterator[tuple[LedgerEntryKind, int, UUID | None]]:
    for number in range(1, length + 1):
        if number == 1 and conversion is not None:
            yield LedgerEntryKind.REFERRAL_BONUS, _REWARD_POINTS, conversion
        elif number % 2:
            yield LedgerEntryKind.EARN, earns + number % 7, None
        else:
            yield LedgerEntryKind.REDEEM, -10, None


def _code(number: int, length: int) -> str:
    """Returns the code of this number: another one for every number below 32 ** length."""
    scattered = number * 0x9E3779B1 % 32**length
    return "".join(ALPHABET[scattered >> 5 * place & 31] for place in range(length))
