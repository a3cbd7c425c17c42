"""`domain.events`: what the outbox keeps of what happened."""

import json
from dataclasses import fields

import pytest

from domain.events import EventKind, ReferralInviteIssued, TierUpgraded
from tests.domain.builders import ID, MAX


def upgraded(previous_tier_slug: str | None = "bronze") -> TierUpgraded:
    return TierUpgraded(
        user_id="ada",
        ledger_seq=7,
        tier_id=ID,
        tier_slug="gold",
        tier_name="Gold ★",
        previous_tier_slug=previous_tier_slug,
        lifetime_points=MAX,
    )


def in_camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


class TestTierUpgraded:
    def test_its_kind_is_stored_as_written(self) -> None:
        assert TierUpgraded.kind is EventKind.TIER_UPGRADED
        assert str(upgraded().kind) == "TIER_UPGRADED"


class TestPayload:
    @pytest.mark.parametrize("previous", ["bronze", None])
    def test_it_tells_all_in_the_names_of_the_api(self, previous: str | None) -> None:
        assert upgraded(previous).payload() == {
            "userId": "ada",
            "ledgerSeq": 7,
            "tierId": "01950000-0000-7000-8000-000000000001",
            "tierSlug": "gold",
            "tierName": "Gold ★",
            "previousTierSlug": previous,
            "lifetimePoints": MAX,
        }

    def test_it_leaves_out_no_field(self) -> None:
        names = {in_camel_case(field.name) for field in fields(TierUpgraded)}
        assert set(upgraded().payload()) == names

    def test_it_is_plain_json(self) -> None:
        payload = upgraded().payload()
        assert json.loads(json.dumps(payload)) == payload


class TestReferralInviteIssued:
    def test_it_tells_all_in_the_names_of_the_api(self) -> None:
        event = ReferralInviteIssued(user_id="ada", invite_id=ID)
        assert event.kind is EventKind.REFERRAL_INVITE_ISSUED
        assert event.payload() == {"userId": "ada", "inviteId": str(ID)}
        assert set(event.payload()) == {in_camel_case(each.name) for each in fields(event)}
