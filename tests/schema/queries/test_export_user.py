"""`exportUser`: everything that is held about one person, for whoever asks what that is."""

from typing import Any

import pytest
from sqlalchemy import Column

from db import models
from db.models import Base
from db.verification.personal_data import Export
from domain.enums import Role
from tests.fixtures.actors import ADMIN, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.inputs import bad_user_ids

EXPORT = "query($userId: ID!) { exportUser(userId: $userId) }"
# Columns that name a user whom the row is not about.
ABOUT_OTHERS = {
    # Whoever wrote an entry, at a desk: it is about the member's balance.
    ("loyalty_ledger_entries", "actor_id"),
}
ABOUT_NOBODY = {"loyalty_tiers"}


@pytest.fixture
async def past(make: Make, api: Api, rows: Rows) -> None:
    """Ada is a user, a member, a referrer, an invitee, an admin, and gets mails."""
    await make.baseline_tiers()
    await make.member("zoe", email="zoe@example.com")
    to_ada = await make.invite("zoe", invitee_email="ADA@example.com", metadata={"a_b": {"c_d": 1}})
    await make.user("ada", email="ada@example.com", display_name="Ada", marketing_messages=True)
    await make.converted(to_ada.code, "ada")
    await make.invite("zoe", invitee_email="ada@example.com")
    from_ada = await make.invite("ada", invitee_email="bob@example.com")
    await make.user("bob")
    await make.converted(from_ada.code, "bob")
    await make.earned("ada", 1_500)
    await api.mutate(
        "earnPoints",
        "__typename",
        caller=Caller(Role.ADMIN, "ada"),
        userId="bob",
        points=5,
        idempotencyKey="at the desk",
    )
    await rows.execute(
        "INSERT INTO notifications (user_id, id, kind, status, event_id) "
        "SELECT user_id, gen_random_uuid(), kind, 'SENT', id FROM outbox_events"
    )
    await make.member("eve", email="eve@example.com")
    await make.invite("eve", invitee_email="mallory@example.com")
    await make.earned("eve", 2_000)


async def export(api: Api, user_id: str) -> Export:
    exported: Export = (await api.ask(EXPORT, {"userId": user_id}))["exportUser"]
    return exported


def names_a_user(column: Column[Any]) -> bool:
    is_id_of_users = column.table.name == "users" and column.primary_key
    return is_id_of_users or column.type is models.UserId


async def test_every_row_that_names_them_is_in_it(api: Api, past: None, rows: Rows) -> None:
    exported = await export(api, "ada")

    for table in Base.metadata.sorted_tables:
        if table.name in ABOUT_NOBODY:
            continue
        section = exported.pop(camel(table.name))
        columns = {column.name for column in table.columns if names_a_user(column)}
        assert columns, f"{table.name} has no column of a user: is it about nobody?"
        about = columns - {name for of, name in ABOUT_OTHERS if of == table.name}
        named = " OR ".join(f"{column} = 'ada'" for column in about)
        held = await rows.all(f"SELECT to_jsonb(row) AS row FROM {table.name} AS row WHERE {named}")
        assert held, f"the past has nothing of ada in {table.name}"
        for each in held:
            row: Any = each["row"]
            assert {camel(name): value for name, value in row.items()} in section
    assert exported == {}


async def test_it_says_what_and_of_nobody_else(api: Api, past: None) -> None:
    exported = await export(api, "ada")

    [user] = exported["users"]
    assert (user["id"], user["email"], user["displayName"]) == ("ada", "ada@example.com", "Ada")
    [member] = exported["loyaltyMembers"]
    assert member["pointsBalance"] == sum(
        each["points"] for each in exported["loyaltyLedgerEntries"]
    )
    addresses = [invite["inviteeEmail"] for invite in exported["loyaltyReferralInvites"]]
    assert sorted(addresses) == ["ADA@example.com", "ada@example.com", "bob@example.com"]
    # What callers gave is theirs, to the letter.
    assert {"a_b": {"c_d": 1}} in [each["metadata"] for each in exported["loyaltyReferralInvites"]]
    assert [key["key"] for key in exported["idempotencyKeys"]] == ["at the desk"]
    assert len(exported["loyaltyReferralAttributions"]) == 2
    text = str(exported)
    assert not any(stranger in text for stranger in ("zoe@example.com", "eve@", "mallory"))


async def test_after_an_erasure_there_are_numbers_and_ids(api: Api, past: None) -> None:
    before = await export(api, "ada")

    await api.mutate("eraseUser", "__typename", userId="ada")

    after = await export(api, "ada")
    assert after["loyaltyLedgerEntries"] == before["loyaltyLedgerEntries"]
    assert after["loyaltyMembers"] == before["loyaltyMembers"]
    assert "@" not in str(after)
    assert "'Ada'" not in str(after)


async def test_somebody_of_whom_little_is_known(api: Api, make: Make) -> None:
    await make.user("ada")

    exported = await export(api, "ada")

    assert [user["id"] for user in exported.pop("users")] == ["ada"]
    assert set(map(len, exported.values())) == {0}


async def test_an_unknown_user_is_null(api: Api, past: None) -> None:
    assert await api.ask(EXPORT, {"userId": "nobody"}) == {"exportUser": None}


async def test_a_malformed_id_is_refused(api: Api) -> None:
    for variables, complaint in bad_user_ids("userId"):
        answer = await api.graphql(EXPORT, variables, caller=ADMIN)
        assert [error["message"] for error in answer.errors] == [complaint]


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
