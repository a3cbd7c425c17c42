"""`domain.referrals`: who may refer whom, for how much and until when."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.commands import UNSET, IssueReferralInvite, Unset
from domain.entities import User
from domain.enums import InviteStatus
from domain.errors.base import InvalidInput
from domain.errors.conflicts import (
    InviteAlreadyConverted,
    InviteCancelled,
    InviteeAlreadyReferred,
    InviteeNotNew,
    InviteExpired,
    SelfReferral,
)
from domain.referrals import (
    ReferralPolicy,
    Terms,
    is_replay,
    require_eligible,
    require_not_own_email,
    require_open,
    terms,
)
from tests.domain.builders import NOW, a_user, an_attribution, an_invite, refusal

POLICY = ReferralPolicy(
    reward_points=70,
    invitee_reward_points=7,
    reward_points_max=1_000,
    invite_ttl_days=14,
    onboarding_days=10,
)


def invite(
    reward_points: int | None = None,
    invitee_reward_points: int | None = None,
    expires_in_days: int | Unset | None = UNSET,
) -> IssueReferralInvite:
    return IssueReferralInvite(
        user_id="ada",
        reward_points=reward_points,
        invitee_reward_points=invitee_reward_points,
        expires_in_days=expires_in_days,
    )


class TestReferralPolicy:
    def test_its_defaults_are_the_documented_ones(self) -> None:
        assert ReferralPolicy() == ReferralPolicy(
            reward_points=500,
            invitee_reward_points=0,
            reward_points_max=100_000,
            invite_ttl_days=30,
            onboarding_days=30,
        )


class TestTerms:
    def test_what_is_left_out_takes_the_operators_defaults(self) -> None:
        assert terms(invite(), POLICY, NOW) == Terms(
            reward_points=70, invitee_reward_points=7, expires_at=NOW + timedelta(days=14)
        )

    def test_what_is_given_goes_before_the_defaults(self) -> None:
        assert terms(invite(80, 8, 3), POLICY, NOW) == Terms(80, 8, NOW + timedelta(days=3))

    def test_a_welcome_of_zero_is_given_and_not_left_out(self) -> None:
        assert terms(invite(invitee_reward_points=0), POLICY, NOW).invitee_reward_points == 0

    @pytest.mark.parametrize("reward", [1, 1_000])
    def test_the_reward_may_touch_its_bounds(self, reward: int) -> None:
        assert terms(invite(reward), POLICY, NOW).reward_points == reward

    @pytest.mark.parametrize("reward", [0, -1, 1_001])
    def test_a_reward_out_of_bounds_is_refused_with_them(self, reward: int) -> None:
        error = refusal(InvalidInput, terms, invite(reward), POLICY, NOW)
        assert error.field == "rewardPoints"
        assert error.problem == f"must be a whole number from 1 to 1000, not {reward}."

    @pytest.mark.parametrize("welcome", [0, 1, 1_000])
    def test_the_welcome_may_touch_its_bounds(self, welcome: int) -> None:
        made = terms(invite(invitee_reward_points=welcome), POLICY, NOW)
        assert made.invitee_reward_points == welcome

    @pytest.mark.parametrize("welcome", [-1, 1_001])
    def test_a_welcome_out_of_bounds_is_refused_with_them(self, welcome: int) -> None:
        command = invite(invitee_reward_points=welcome)
        error = refusal(InvalidInput, terms, command, POLICY, NOW)
        assert error.field == "inviteeRewardPoints"
        assert error.problem == f"must be a whole number from 0 to 1000, not {welcome}."

    def test_null_days_never_expire(self) -> None:
        assert terms(invite(expires_in_days=None), POLICY, NOW).expires_at is None

    def test_the_operators_default_may_be_never(self) -> None:
        policy = ReferralPolicy(invite_ttl_days=None)
        assert terms(invite(), policy, NOW).expires_at is None
        assert terms(invite(expires_in_days=1), policy, NOW).expires_at == NOW + timedelta(days=1)


class TestRequireNotOwnEmail:
    @pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
    def test_a_members_own_address_is_refused(self, email: str) -> None:
        ada = a_user("ada", "ada@example.com")
        assert refusal(SelfReferral, require_not_own_email, ada, email).user_id == "ada"

    @pytest.mark.parametrize(
        ("own", "invited"),
        [
            ("ada@example.com", "bob@example.com"),
            ("ada@example.com", None),
            (None, "ada@example.com"),
            (None, None),
        ],
    )
    def test_any_other_passes_and_so_does_none(self, own: str | None, invited: str | None) -> None:
        require_not_own_email(a_user("ada", own), invited)


class TestIsReplay:
    def test_the_same_invitee_again_is_one(self) -> None:
        converted = an_invite(InviteStatus.CONVERTED, invitee_id="bob", completed_at=NOW)
        assert is_replay(converted, "bob") is True

    @pytest.mark.parametrize("invitee_id", ["eve", "BOB", ""])
    def test_another_invitee_is_none(self, invitee_id: str) -> None:
        converted = an_invite(InviteStatus.CONVERTED, invitee_id="bob", completed_at=NOW)
        assert is_replay(converted, invitee_id) is False

    @pytest.mark.parametrize(
        "status", [status for status in InviteStatus if status is not InviteStatus.CONVERTED]
    )
    def test_what_was_not_converted_is_none(self, status: InviteStatus) -> None:
        assert is_replay(an_invite(status, invitee_id="bob"), "bob") is False


class TestRequireOpen:
    END = NOW + timedelta(days=1)

    @pytest.mark.parametrize("expires_at", [None, NOW])
    def test_a_sent_invite_passes_whatever_its_date_says(self, expires_at: datetime | None) -> None:
        require_open(an_invite(InviteStatus.SENT, expires_at=expires_at))

    def test_an_expired_one_is_refused_with_its_time(self) -> None:
        expired = an_invite(InviteStatus.EXPIRED, expires_at=self.END)
        assert refusal(InviteExpired, require_open, expired).expired_at == self.END

    def test_a_cancelled_one_is_refused_with_its_time(self) -> None:
        cancelled = an_invite(InviteStatus.CANCELLED, cancelled_at=self.END)
        assert refusal(InviteCancelled, require_open, cancelled).cancelled_at == self.END

    def test_a_converted_one_is_refused_with_its_time(self) -> None:
        converted = an_invite(InviteStatus.CONVERTED, completed_at=self.END, invitee_id="bob")
        assert refusal(InviteAlreadyConverted, require_open, converted).completed_at == self.END

    @pytest.mark.parametrize(
        ("status", "time", "error"),
        [
            (InviteStatus.CANCELLED, "cancelled_at", InviteCancelled),
            (InviteStatus.CONVERTED, "completed_at", InviteAlreadyConverted),
        ],
    )
    def test_what_ended_before_its_date_did_not_expire(
        self,
        status: InviteStatus,
        time: str,
        error: type[InviteCancelled | InviteAlreadyConverted],
    ) -> None:
        ended = an_invite(status, expires_at=NOW, **{time: NOW - timedelta(days=1)})
        refusal(error, require_open, ended)


class TestRequireEligible:
    REFERRER = a_user("ada", "ada@example.com", NOW - timedelta(days=900))

    def test_a_new_user_of_another_name_and_address_passes(self) -> None:
        require_eligible(self.REFERRER, a_user("bob", "bob@example.com"), None, POLICY, NOW)

    def test_users_without_addresses_are_not_one_person(self) -> None:
        require_eligible(a_user("ada"), a_user("bob"), None, POLICY, NOW)

    @pytest.mark.parametrize(
        "invitee",
        [
            a_user("ada", "ada@example.com"),
            a_user("ada", "other@example.com"),
            a_user("ada"),
            a_user("bob", "ada@example.com"),
            a_user("bob", "ADA@EXAMPLE.COM"),
        ],
        ids=["themselves", "another address", "no address", "same address", "other letter case"],
    )
    def test_one_person_by_id_or_by_address_is_refused(self, invitee: User) -> None:
        error = refusal(SelfReferral, require_eligible, self.REFERRER, invitee, None, POLICY, NOW)
        assert error.user_id == "ada"

    @pytest.mark.parametrize("by", ["ada", "eve"])
    def test_who_was_referred_before_is_refused_whoever_did_it(self, by: str) -> None:
        earlier = an_attribution("bob", by)
        error = refusal(
            InviteeAlreadyReferred,
            require_eligible,
            self.REFERRER,
            a_user("bob"),
            earlier,
            POLICY,
            NOW,
        )
        assert error.user_id == "bob"

    @pytest.mark.parametrize(
        "age",
        [timedelta(0), timedelta(days=9), timedelta(days=10), -timedelta(seconds=1)],
        ids=["today", "inside", "exactly at the limit", "a clock behind"],
    )
    def test_within_the_limit_an_invitee_is_new(self, age: timedelta) -> None:
        require_eligible(self.REFERRER, a_user("bob", None, NOW - age), None, POLICY, NOW)

    @pytest.mark.parametrize(
        ("age", "age_days"),
        [
            (timedelta(days=10, microseconds=1), 10),
            (timedelta(days=11), 11),
            (timedelta(days=400, hours=23), 400),
        ],
    )
    def test_beyond_it_they_are_refused_with_both_numbers(
        self, age: timedelta, age_days: int
    ) -> None:
        invitee = a_user("bob", None, NOW - age)
        error = refusal(InviteeNotNew, require_eligible, self.REFERRER, invitee, None, POLICY, NOW)
        assert (error.age_days, error.limit_days) == (age_days, 10)

    def test_a_limit_of_zero_days_is_a_limit(self) -> None:
        policy = ReferralPolicy(onboarding_days=0)
        require_eligible(self.REFERRER, a_user("bob"), None, policy, NOW)
        yesterday = a_user("bob", None, NOW - timedelta(days=1))
        refusal(InviteeNotNew, require_eligible, self.REFERRER, yesterday, None, policy, NOW)

    def test_without_a_limit_everybody_is_new(self) -> None:
        old = a_user("bob", None, datetime(1, 1, 1, tzinfo=UTC))
        policy = ReferralPolicy(onboarding_days=None)
        require_eligible(self.REFERRER, old, None, policy, NOW)

    def test_the_time_zone_of_a_time_does_not_matter(self) -> None:
        elsewhere = NOW.astimezone(timezone(timedelta(hours=14)))
        invitee = a_user("bob", None, elsewhere - timedelta(days=10))
        require_eligible(self.REFERRER, invitee, None, POLICY, NOW)

    def test_self_referral_is_reported_first_then_the_earlier_referral_then_age(self) -> None:
        long_ago, earlier = NOW - timedelta(days=99), an_attribution("bob", "eve")
        themselves = a_user("ada", None, long_ago)
        bob = a_user("bob", None, long_ago)
        for error, invitee, attribution in [
            (SelfReferral, themselves, earlier),
            (InviteeAlreadyReferred, bob, earlier),
            (InviteeNotNew, bob, None),
        ]:
            refusal(error, require_eligible, self.REFERRER, invitee, attribution, POLICY, NOW)
