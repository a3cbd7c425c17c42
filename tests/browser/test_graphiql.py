"""GraphiQL as an admin uses it, with nothing on the network but the service."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphql import build_schema, parse
from graphql.language import FieldNode, OperationDefinitionNode, OperationType
from playwright.sync_api import Page, expect

from tests.browser.conftest import is_ready
from tests.fixtures.browser import PHONE, Visit, Visits
from tests.fixtures.figures import Figure
from tests.fixtures.served import ROOT, Served

EXAMPLES = ".examples li button"
REWARD = 3_000
STORED = """() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"""


def test_the_editor_is_there_soon_and_comes_from_the_service_alone(
    visits: Visits, development: Served, figure: Figure
) -> None:
    began = time.monotonic()
    visit = visits.open(f"{development.url}/graphiql")
    is_ready(visit)
    seen_s = time.monotonic() - began
    visit.page.get_by_role("button", name="Sign out").wait_for()
    # Its workers are loaded too, without which there is no completion.
    if not visit.page.workers:
        visit.page.wait_for_event("worker")

    figure("GraphiQL opened by a browser that knows nothing yet", "under 3 s", f"{seen_s:.1f} s")
    assert visit.hosts == {urlsplit(development.url).netloc}
    assert visit.complaints == []


def test_every_tab_runs_as_it_is_and_every_mutation_succeeds(graphiql: Visit) -> None:
    called = set()
    for title in graphiql.page.locator(EXAMPLES).all_inner_texts():
        response = graphiql.run(title)

        body = response.json()
        assert "errors" not in body, f"{title}: {body}"
        for field in mutations_of(response.request.post_data_json):
            assert body["data"][field]["__typename"].endswith("Success"), f"{title}: {body}"
            assert body["data"][field]["replayed"] is False
            called.add(field)

    schema = build_schema((ROOT / "codegen" / "schema.graphql").read_text())
    assert schema.mutation_type is not None
    assert called == set(schema.mutation_type.fields)
    assert graphiql.complaints == []


def test_a_mutation_that_is_run_twice_is_done_once(graphiql: Visit) -> None:
    first = graphiql.run("Give points for an order").json()
    again = graphiql.run("Give points for an order").json()

    assert (first["data"]["earnPoints"]["replayed"], again["data"]["earnPoints"]["replayed"]) == (
        False,
        True,
    )


def test_starting_over_brings_every_tab_back_with_new_keys(graphiql: Visit) -> None:
    before = graphiql.run("Give points for an order").json()
    tabs = graphiql.page.get_by_role("tab")
    count = tabs.count()
    graphiql.page.get_by_role("button", name="Close Tab").first.click()
    expect(tabs).to_have_count(count - 1)

    graphiql.page.get_by_role("button", name="Start over, with new keys").click()

    expect(tabs).to_have_count(count)
    is_ready(graphiql)
    after = graphiql.run("Give points for an order").json()
    assert after["data"]["earnPoints"]["replayed"] is False
    assert after["data"]["earnPoints"]["entry"] != before["data"]["earnPoints"]["entry"]


def test_the_referral_examples_credit_the_referrer(graphiql: Visit) -> None:
    before = graphiql.run("4. See the credit, and the new tier").json()["data"]["member"]

    for title in graphiql.page.locator(EXAMPLES).all_inner_texts():
        if title[:2] in ("1.", "2.", "3."):
            graphiql.run(title)
    after = graphiql.run("4. See the credit, and the new tier").json()["data"]["member"]

    assert after["pointsBalance"] - before["pointsBalance"] == REWARD
    assert f'"pointsBalance": {after["pointsBalance"]}' in graphiql.answer()
    newest = after["ledger"]["edges"][0]["node"]
    assert (newest["kind"], newest["points"]) == ("REFERRAL_BONUS", REWARD)


def test_a_step_that_needs_an_earlier_answer_says_so(graphiql: Visit) -> None:
    page = graphiql.page
    page.get_by_role("button", name="Withdraw that invite").click()
    sent = len(graphiql.operations)

    page.get_by_role("button", name="Execute query").click()

    expect(page.locator(".result-window")).to_contain_text("run IssueReferralInvite first")
    assert len(graphiql.operations) == sent


def test_completion_offers_the_fields_of_a_member(graphiql: Visit) -> None:
    page = graphiql.page
    page.get_by_role("button", name="Show Documentation Explorer").click()
    # The schema has been read as soon as its documentation is there.
    page.get_by_role("link", name="Mutation", exact=True).wait_for()
    page.get_by_role("button", name="New tab").click()
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")

    page.keyboard.type('{ member(userId: "demo-00001") { poin')

    expect(page.locator(".suggest-widget")).to_contain_text("pointsBalance")


def test_the_keyboard_runs_what_is_there_and_history_knows_it(graphiql: Visit) -> None:
    page = graphiql.page
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+Enter")
    page.locator(".result-window .view-line").first.wait_for()

    page.get_by_role("button", name="Show History").click()

    expect(page.locator(".graphiql-history-item")).to_contain_text("Tiers")
    assert '"slug": "bronze"' in graphiql.answer()


def test_dark_and_light_follow_the_system_until_somebody_chooses(
    visits: Visits, development: Served
) -> None:
    visit = visits.open(f"{development.url}/graphiql", dark=True)
    is_ready(visit)
    assert brightness_of(visit.page, ".graphiql-main") < 80
    assert brightness_of(visit.page, ".identity") < 80

    visit.page.get_by_role("button", name="Open settings dialog").click()
    visit.page.get_by_role("button", name="Light").click()
    visit.page.keyboard.press("Escape")

    assert brightness_of(visit.page, ".graphiql-main") > 200
    assert brightness_of(visit.page, ".identity") > 200


def test_on_a_phone_the_answer_is_under_the_editor_and_nothing_is_cut_off(
    visits: Visits, development: Served
) -> None:
    visit = visits.open(f"{development.url}/graphiql", size=PHONE)
    is_ready(visit)
    page = visit.page
    page.get_by_role("button", name="Show Examples").click()
    visit.run("All tiers, the archived ones too")

    editor = page.locator(".graphiql-query-editor").bounding_box()
    answer = page.locator(".graphiql-response").bounding_box()
    assert editor is not None
    assert answer is not None
    assert editor["y"] + editor["height"] <= answer["y"]
    assert min(editor["width"], answer["width"]) > 350
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert visit.complaints == []


def test_nothing_of_a_token_stays_anywhere(graphiql: Visit, log: Path) -> None:
    page = graphiql.page
    graphiql.run("Give points for an order")
    page.get_by_role("button", name="Show History").click()
    # What GraphiQL keeps, it keeps after half a second: without it, this would see nothing.
    page.wait_for_function(
        "() => localStorage.getItem('graphiql:tabState')?.includes('EarnPoints')"
    )

    kept = page.evaluate(STORED)
    assert "EarnPoints" in kept
    urls = " ".join(request.url for request in graphiql.requests)
    assert graphiql.tokens
    for token in graphiql.tokens:
        claims, signature = token.split(".")[1:]
        for place in (kept, urls, log.read_text()):
            assert claims not in place
            assert signature not in place
    assert page.context.cookies() == []


def mutations_of(request: Any) -> list[str]:
    """Returns the root fields of a request's operation, if it is a mutation."""
    operations = (
        node
        for node in parse(request["query"]).definitions
        if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION
    )
    return [
        field.name.value
        for operation in operations
        for field in operation.selection_set.selections
        if isinstance(field, FieldNode)
    ]


def brightness_of(page: Page, selector: str) -> float:
    """Returns how bright the background is that shows behind an element, from 0 to 255."""
    colour = page.evaluate(
        """(selector) => {
          for (let at = document.querySelector(selector); at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!/, 0\\)$/.test(colour)) return colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
          }
          return [255, 255, 255];
        }""",
        selector,
    )
    return float(sum(colour) / 3)
