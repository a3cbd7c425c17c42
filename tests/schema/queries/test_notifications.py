"""`notifications` and `replayNotification`: the record, for admins, and another try."""

from typing import Any

import pytest

from tests.fixtures.actors import ADA, ADMIN, NOBODY, Caller
from tests.fixtures.database import Rows
from tests.fixtures.factories import Make
from tests.fixtures.graphql import Api
from tests.fixtures.mail import Mailbox, MakeWorker
from tests.fixtures.selections import gid, iso

LIST = """
query($userId: ID, $status: NotificationStatus, $first: Int! = 20, $after: String) {
  notifications(userId: $userId, status: $status, first: $first, after: $after) {
    edges { node { id userId kind status reason eventId recordedAt user { displayName } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
SUCCESS = "... on ReplayNotificationSuccess { replayed notification { id status reason } }"


@pytest.fixture(autouse=True)
async def skipped(make: Make, make_worker: MakeWorker) -> None:
    """Ada, who has agreed to nothing, and Bob, who has."""
    await make.baseline_tiers()
    for user_id in ("ada", "bob"):
        await make.user(user_id, display_name=user_id.title(), email=f"{user_id}@example.com")
    await make.user("bob", marketing_messages=True)
    for user_id in ("ada", "bob"):
        await make.earned(user_id, 1_000)
        await make_worker().run_once()


async def notification_of(api: Api, user_id: str) -> dict[str, Any]:
    found = await api.ask(LIST, {"userId": user_id})
    [edge] = found["notifications"]["edges"]
    node: dict[str, Any] = edge["node"]
    return node


class TestList:
    async def test_it_shows_every_outcome_newest_first(self, api: Api, rows: Rows) -> None:
        bob, ada = await rows.all("SELECT * FROM notifications ORDER BY id DESC")
        found = await api.ask(LIST)
        assert [edge["node"] for edge in found["notifications"]["edges"]] == [
            {
                "id": gid("Notification", row["id"], row["user_id"]),
                "userId": row["user_id"],
                "kind": "TIER_UPGRADED",
                "status": status,
                "reason": reason,
                "eventId": str(row["event_id"]),
                "recordedAt": iso(row["created_at"]),
                "user": {"displayName": name},
            }
            for row, status, reason, name in [
                (bob, "SENT", None, "Bob"),
                (ada, "SKIPPED", "MARKETING_OPTED_OUT", "Ada"),
            ]
        ]

    async def test_it_is_filtered_and_paged(self, api: Api) -> None:
        async def users(**variables: Any) -> tuple[list[str], dict[str, Any]]:
            found = (await api.ask(LIST, variables))["notifications"]
            return [edge["node"]["userId"] for edge in found["edges"]], found["pageInfo"]

        assert (await users(status="SKIPPED"))[0] == ["ada"]
        assert (await users(status="FAILED"))[0] == []
        assert (await users(userId="bob"))[0] == ["bob"]
        first, page_info = await users(first=1)
        rest, last = await users(first=1, after=page_info["endCursor"])
        assert (first, page_info["hasNextPage"]) == (["bob"], True)
        assert (rest, last["hasNextPage"]) == (["ada"], False)

    @pytest.mark.parametrize(("caller", "code"), [(NOBODY, "UNAUTHENTICATED"), (ADA, "FORBIDDEN")])
    async def test_it_is_for_admins(self, api: Api, caller: Caller, code: str) -> None:
        assert (await api.graphql(LIST, {"userId": "ada"}, caller=caller)).codes == [code]

    async def test_a_notification_is_a_node_for_admins(self, api: Api) -> None:
        ada = await notification_of(api, "ada")
        query = "query($id: ID!) { node(id: $id) { ... on Notification { status } } }"
        variables = {"id": ada["id"]}
        assert await api.ask(query, variables) == {"node": {"status": "SKIPPED"}}
        assert await api.ask(query, variables, caller=ADA) == {"node": None}


class TestReplay:
    async def test_after_the_reason_is_gone_the_mail_goes_out(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        ada = await notification_of(api, "ada")
        await make.user("ada", marketing_messages=True)

        result = await api.mutate("replayNotification", SUCCESS, notificationId=ada["id"])
        assert result == {
            "__typename": "ReplayNotificationSuccess",
            "replayed": False,
            "notification": {"id": ada["id"], "status": "SKIPPED", "reason": "MARKETING_OPTED_OUT"},
        }
        assert await make_worker().run_once() == 1
        assert mailbox.recipients == ["bob@example.com", "ada@example.com"]
        now = await notification_of(api, "ada")
        assert (now["id"], now["status"], now["reason"]) == (ada["id"], "SENT", None)
        assert now["recordedAt"] > ada["recordedAt"]
        assert await rows.value("SELECT count(*) FROM notifications") == 2

    async def test_a_failure_gets_all_its_tries_again(
        self, api: Api, make: Make, make_worker: MakeWorker, mailbox: Mailbox, rows: Rows
    ) -> None:
        await make.user("cyd", email="cyd@example.com", marketing_messages=True)
        await make.earned("cyd", 1_000)
        mailbox.answers = ["550 no", "451 later"]
        await make_worker().run_once()
        cyd = await notification_of(api, "cyd")
        assert (cyd["status"], cyd["reason"]) == ("FAILED", "550 no")

        await api.mutate("replayNotification", SUCCESS, notificationId=cyd["id"])
        await make_worker().run_once()

        event = "SELECT attempts, dead_at, last_error FROM outbox_events WHERE user_id = 'cyd'"
        assert await rows.all(event) == [
            {"attempts": 1, "dead_at": None, "last_error": "451 later"}
        ]

    async def test_what_was_sent_is_not_sent_twice(
        self, api: Api, make_worker: MakeWorker, rows: Rows
    ) -> None:
        bob = await notification_of(api, "bob")
        async with rows.unchanged():
            result = await api.mutate(
                "replayNotification",
                "... on NotificationAlreadySent { sentAt }",
                notificationId=bob["id"],
            )
        assert result["__typename"] == "NotificationAlreadySent"
        assert (result["code"], result["sentAt"]) == (
            "NOTIFICATION_ALREADY_SENT",
            bob["recordedAt"],
        )
        assert await make_worker().run_once() == 0

    async def test_one_that_is_not_there(self, api: Api, rows: Rows) -> None:
        unknown = "01a20601-3bb9-739f-921e-d6bd19f16a56"
        async with rows.unchanged():
            result = await api.mutate(
                "replayNotification",
                "... on NotificationNotFound { notificationId }",
                notificationId=gid("Notification", unknown, "ada"),
            )
        assert result["__typename"] == "NotificationNotFound"
        assert result["notificationId"] == unknown

    @pytest.mark.parametrize(
        "value", ["", "?", gid("Notification", "x", "ada"), gid("User", "ada"), gid("A", "b", "c")]
    )
    async def test_what_is_no_id(self, api: Api, value: str) -> None:
        result = await api.mutate("replayNotification", "", notificationId=value)
        assert (result["__typename"], result["code"]) == ("InvalidInput", "BAD_USER_INPUT")

    async def test_a_repeat_with_the_key_is_a_replay(self, api: Api) -> None:
        ada = await notification_of(api, "ada")
        fields: dict[str, Any] = {"notificationId": ada["id"], "idempotencyKey": "k"}
        first = await api.mutate("replayNotification", SUCCESS, **fields)
        again = await api.mutate("replayNotification", SUCCESS, **fields)
        assert again == {**first, "replayed": True}

    @pytest.mark.parametrize(("caller", "code"), [(NOBODY, "UNAUTHENTICATED"), (ADA, "FORBIDDEN")])
    async def test_it_is_for_admins(self, api: Api, rows: Rows, caller: Caller, code: str) -> None:
        ada = await notification_of(api, "ada")
        query = """mutation($id: ID!) {
            replayNotification(input: {notificationId: $id}) { __typename }
        }"""
        async with rows.unchanged():
            answer = await api.graphql(query, {"id": ada["id"]}, caller=caller)
        assert answer.codes == [code]


async def test_readiness_tells_of_the_queue(api: Api, make: Make, rows: Rows) -> None:
    async def queue() -> tuple[Any, Any]:
        body = (await api.request("GET", "/readyz", caller=ADMIN)).json()
        return body["outbox_due"], body["outbox_oldest_due_seconds"]

    assert await queue() == (0, None)
    await make.earned("ada", 9_000)
    await rows.execute(
        "UPDATE outbox_events SET available_at = now() - interval '1 minute' "
        "WHERE delivered_at IS NULL"
    )
    due, seconds = await queue()
    assert due == 1
    assert 60 <= seconds < 90
