"""However many look a user up for the first time, there is one membership."""

import asyncio
from typing import Any

import pytest

from tests.fixtures.actors import ADA, ADMIN, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.invariants import assert_invariants

PLAIN_FIELDS = ["userId", "referralCode", "pointsBalance", "lifetimePoints"]
FIELDS = f"{' '.join(PLAIN_FIELDS)} tier {{ slug }}"


async def look_up(api: Api, interface: str, caller: Caller) -> dict[str, Any]:
    """Looks ada up, by GraphQL or by REST."""
    match interface:
        case "me":
            data = await api.ask(f"{{ me {{ {FIELDS} }} }}", caller=ADA)
            member: dict[str, Any] = data["me"]
        case "member":
            data = await api.ask(f'{{ member(userId: "ada") {{ {FIELDS} }} }}', caller=caller)
            member = data["member"]
        case _:
            answer = await api.request("GET", "/api/v1/loyalty/members/ada", caller=caller)
            assert answer.status_code == 200, answer.text
            body = answer.json()
            member = {name: body[name] for name in PLAIN_FIELDS}
            member["tier"] = {"slug": body["tier"]["slug"]}
    return member


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "known-by-own-token"])
async def test_50_first_look_ups_make_one_member(
    api: Api, make: Make, rows: Rows, is_known: bool
) -> None:
    await make.baseline_tiers()
    caller = ADA
    if is_known:
        await make.user("ada")
        caller = ADMIN

    interfaces = ["me", "member", "rest", "member", "rest"]
    found = await asyncio.gather(
        *(look_up(api, interface, caller) for interface in interfaces * 10)
    )

    assert all(member == found[0] for member in found)
    assert found[0]["userId"] == "ada"
    assert found[0]["tier"] == {"slug": "bronze"}
    assert await rows.value("SELECT count(*) FROM users") == 1
    assert await rows.value("SELECT count(*) FROM loyalty_members") == 1
    assert await rows.value("SELECT count(*) FROM loyalty_referral_codes") == 1
    await assert_invariants(rows)


async def test_first_look_ups_race_with_first_earnings_and_first_invites(
    api: Api, make: Make, rows: Rows
) -> None:
    await make.baseline_tiers()
    await make.user("ada")

    async def come(number: int) -> None:
        match number % 3:
            case 0:
                await look_up(api, "member", ADMIN)
            case 1:
                await api.mutate(
                    "earnPoints", "", userId="ada", points=7, idempotencyKey=f"key-{number}"
                )
            case _:
                await api.mutate(
                    "issueReferralInvite", "", userId="ada", idempotencyKey=f"key-{number}"
                )

    await asyncio.gather(*(come(number) for number in range(30)))

    assert await rows.all("SELECT points_balance, ledger_seq FROM loyalty_members") == [
        {"points_balance": 70, "ledger_seq": 10}
    ]
    assert await rows.value("SELECT count(*) FROM loyalty_referral_invites") == 10
    await assert_invariants(rows)


async def test_one_new_user_from_many_directions(api: Api, rows: Rows) -> None:
    results = await asyncio.gather(
        *(
            api.mutate(
                "upsertUser",
                "... on UpsertUserSuccess { created user { email } }",
                userId="ada",
                email="ada@example.com",
                marketingMessages=True,
            )
            for _ in range(20)
        )
    )

    assert [each["created"] for each in results].count(True) == 1
    assert {each["user"]["email"] for each in results} == {"ada@example.com"}
    assert await rows.value("SELECT count(*) FROM users") == 1
    assert await rows.value("SELECT count(*) FROM notification_preferences") == 1
