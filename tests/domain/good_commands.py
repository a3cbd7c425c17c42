"""Every command, with what a good one is given."""

from typing import Any
from uuid import UUID

import pytest

from domain.commands import (
    AdjustPoints,
    ArchiveTier,
    CancelReferralInvite,
    Command,
    CompleteReferral,
    CreateTier,
    EarnPoints,
    EraseUser,
    IssueReferralInvite,
    RedeemPoints,
    ReplayNotification,
    ReverseLedgerEntry,
    UpdateTier,
    UpsertUser,
)

CommandType = type[Command]

# Every field is given.
GIVEN: dict[CommandType, dict[str, Any]] = {
    CreateTier: {"slug": "gold", "name": "Gold", "point_threshold": 5, "benefits": ["a", "b"]},
    UpdateTier: {
        "slug": "gold",
        "name": "Gold",
        "point_threshold": 5,
        "benefits": ["a"],
        "is_active": True,
    },
    ArchiveTier: {"slug": "gold"},
    UpsertUser: {
        "user_id": "ada",
        "email": "ada@example.com",
        "display_name": "Ada",
        "marketing_messages": True,
    },
    EraseUser: {"user_id": "ada"},
    IssueReferralInvite: {
        "user_id": "ada",
        "invitee_email": "bob@example.com",
        "reward_points": 5,
        "invitee_reward_points": 6,
        "expires_in_days": 7,
        "metadata": {"a": 1},
    },
    CancelReferralInvite: {"code": "ABCDE23456"},
    CompleteReferral: {"code": "ABCDE23456", "invitee_id": "bob"},
    EarnPoints: {
        "user_id": "ada",
        "points": 5,
        "reference": "order-1",
        "metadata": {"a": 1},
        "description": "An order",
    },
    AdjustPoints: {
        "user_id": "ada",
        "points": -5,
        "reference": "ticket-1",
        "metadata": {"a": 1},
        "reason": "A mistake",
    },
    ReverseLedgerEntry: {"user_id": "ada", "seq": 7, "reason": "A mistake"},
    ReplayNotification: {"user_id": "ada", "notification_id": UUID(int=1)},
}
GIVEN[RedeemPoints] = GIVEN[EarnPoints]
every_command = pytest.mark.parametrize("command_type", GIVEN, ids=lambda it: it.__name__)
