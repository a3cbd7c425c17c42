"""`domain.actor`: what a caller may do, by the role of a verified token."""

from dataclasses import FrozenInstanceError

import pytest

from domain.actor import ANONYMOUS, Actor
from domain.enums import Role
from domain.errors.base import Forbidden, Unauthenticated
from tests.domain.builders import refusal

ADMIN = Actor(id="ops", role=Role.ADMIN)
ADA = Actor(id="ada", role=Role.MEMBER)


class TestActor:
    def test_it_knows_no_more_than_it_was_given(self) -> None:
        assert (ADA.email, ADA.display_name) == (None, None)

    def test_nobody_promotes_themselves(self) -> None:
        with pytest.raises(FrozenInstanceError):
            ADA.role = Role.ADMIN  # type: ignore[misc]

    def test_anonymous_has_no_id(self) -> None:
        assert (ANONYMOUS.id, ANONYMOUS.role) == ("", Role.ANONYMOUS)


class TestIsAuthenticated:
    @pytest.mark.parametrize(
        ("actor", "expected"), [(ANONYMOUS, False), (ADA, True), (ADMIN, True)]
    )
    def test_everybody_but_anonymous_is(self, actor: Actor, expected: bool) -> None:
        assert actor.is_authenticated is expected


class TestIsAdmin:
    @pytest.mark.parametrize(
        ("actor", "expected"), [(ANONYMOUS, False), (ADA, False), (ADMIN, True)]
    )
    def test_only_an_admin_is(self, actor: Actor, expected: bool) -> None:
        assert actor.is_admin is expected


class TestViewer:
    @pytest.mark.parametrize(
        ("actor", "owner_scope"), [(ANONYMOUS, ""), (ADA, "ada"), (ADMIN, None)]
    )
    def test_admins_are_shown_all_members_their_own_and_nobody_nothing(
        self, actor: Actor, owner_scope: str | None
    ) -> None:
        assert actor.owner_scope == owner_scope


class TestMaySee:
    @pytest.mark.parametrize(
        ("actor", "user_id", "expected"),
        [
            (ADMIN, "ada", True),
            (ADMIN, "ops", True),
            (ADMIN, "nobody", True),
            (ADA, "ada", True),
            (ADA, "bob", False),
            (ADA, "ADA", False),
            (ADA, "ada ", False),
            (ADA, "", False),
            (ANONYMOUS, "ada", False),
            (ANONYMOUS, "", False),
        ],
    )
    def test_admins_see_all_and_members_themselves(
        self, actor: Actor, user_id: str, expected: bool
    ) -> None:
        assert actor.may_see(user_id) is expected


class TestRequireAuthenticated:
    @pytest.mark.parametrize("actor", [ADA, ADMIN])
    def test_a_token_is_enough(self, actor: Actor) -> None:
        actor.require_authenticated()

    def test_anonymous_is_asked_for_a_token(self) -> None:
        refusal(Unauthenticated, ANONYMOUS.require_authenticated)


class TestRequireAdmin:
    def test_an_admin_passes(self) -> None:
        ADMIN.require_admin()

    def test_a_member_is_forbidden(self) -> None:
        refusal(Forbidden, ADA.require_admin)

    def test_anonymous_is_asked_for_a_token(self) -> None:
        refusal(Unauthenticated, ANONYMOUS.require_admin)


class TestRequireSelfOrAdmin:
    @pytest.mark.parametrize(
        ("actor", "user_id"), [(ADMIN, "ada"), (ADMIN, "nobody"), (ADA, "ada")]
    )
    def test_admins_and_the_user_pass(self, actor: Actor, user_id: str) -> None:
        actor.require_self_or_admin(user_id)

    @pytest.mark.parametrize("user_id", ["bob", "ops", "nobody", "ADA", ""])
    def test_another_member_is_forbidden(self, user_id: str) -> None:
        refusal(Forbidden, ADA.require_self_or_admin, user_id)

    @pytest.mark.parametrize("user_id", ["ada", ""])
    def test_anonymous_is_asked_for_a_token(self, user_id: str) -> None:
        refusal(Unauthenticated, ANONYMOUS.require_self_or_admin, user_id)
