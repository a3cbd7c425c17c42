"""Who GraphiQL says is signed in, and what it says to do where nobody is, or not an admin."""

import jwt
import pytest
from playwright.sync_api import expect

from app.config.settings import Settings
from app.identity.tokens import mint_token
from domain.enums import Role
from tests.browser.conftest import is_ready
from tests.fixtures.browser import Visit, Visits
from tests.fixtures.database import SECRET
from tests.fixtures.served import Served

HOUR_S = 3_600
ISSUER = Settings(
    auth_issuer="https://issuer.example",
    auth_audience="loyalty",
    auth_secret=SECRET,  # type: ignore[arg-type]  # pydantic wraps it
)
SIGNED_OUT = "You are signed out. Paste an admin's token above"
# What Chromium itself says of an answer that refuses a token.
REFUSED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"


def token(subject: str, role: Role) -> str:
    return mint_token(ISSUER, subject, role, HOUR_S)


def sign_in(visit: Visit, pasted: str) -> None:
    visit.page.get_by_label("Access token").fill(pasted)
    visit.page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def signed_out(visits: Visits, production: Served) -> Visit:
    """GraphiQL in production, as it opens."""
    visit = visits.open(f"{production.url}/graphiql")
    is_ready(visit)
    expect(visit.page.get_by_role("status")).to_contain_text(SIGNED_OUT)
    return visit


class TestProduction:
    def test_nobody_is_signed_in_and_the_page_says_what_to_do(self, signed_out: Visit) -> None:
        page = signed_out.page
        page.get_by_role("button", name="Show Documentation Explorer").click()

        assert "/graphiql/token" not in " ".join(request.url for request in signed_out.requests)
        # The schema is for callers with a token: it was not even asked for.
        assert signed_out.operations == []
        expect(page.locator(".graphiql-doc-explorer-error")).to_be_visible()
        assert signed_out.complaints == []

    def test_what_is_public_runs_without_a_token(self, signed_out: Visit) -> None:
        answered = signed_out.run("All tiers, the archived ones too").json()

        assert answered["data"]["tiers"]
        assert signed_out.tokens == set()

    def test_what_is_not_says_to_sign_in(self, signed_out: Visit) -> None:
        answered = signed_out.run("Give points for an order").json()

        assert answered["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert SIGNED_OUT in signed_out.notice()

    def test_an_admin_sees_who_they_are_and_until_when(self, signed_out: Visit) -> None:
        sign_in(signed_out, f"Bearer {token('ops', Role.ADMIN)}\n")

        bar = signed_out.page.get_by_role("banner")
        expect(bar).to_contain_text("ops")
        expect(bar).to_contain_text("admin")
        expect(bar).to_contain_text("until")
        expect(signed_out.page.get_by_label("Access token")).to_be_hidden()
        assert signed_out.notice() == ""
        answered = signed_out.run("Give points for an order").json()
        assert answered["data"]["earnPoints"]["__typename"] == "EarnPointsSuccess"
        assert signed_out.complaints == []

    def test_a_member_reads_that_this_is_for_admins(self, signed_out: Visit) -> None:
        sign_in(signed_out, token("demo-00001", Role.MEMBER))

        sentence = "'demo-00001' is a member, who sees only what is theirs; this is for admins."
        expect(signed_out.page.get_by_role("status")).to_contain_text(sentence)
        answered = signed_out.run("Give points for an order").json()
        assert answered["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert sentence in signed_out.notice()

    def test_a_token_ends_while_the_page_is_open(self, visits: Visits, production: Served) -> None:
        visit = visits.open(f"{production.url}/graphiql", frozen=True)
        is_ready(visit)
        sign_in(visit, token("ops", Role.ADMIN))
        expect(visit.page.get_by_role("banner")).to_contain_text("ops")

        visit.page.clock.fast_forward("01:00:01")

        status = visit.page.get_by_role("status")
        expect(status).to_contain_text("The token has expired")
        expect(status).to_contain_text("Paste an admin's token above")
        visit.run("Give points for an order")
        assert len(visit.tokens) == 1  # that of before, and none with the last call
        assert "authorization" not in visit.operations[-1].headers

    @pytest.mark.parametrize(
        ("pasted", "sentence"),
        [
            (jwt.encode({"sub": "ops", "exp": 1}, SECRET), "The token has expired"),
            ("not a token", "This is no token"),
            (token("ops", Role.ADMIN)[:80], "This is no token"),
        ],
        ids=["expired", "no token", "cut off"],
    )
    def test_a_token_that_is_none_is_not_taken(
        self, signed_out: Visit, pasted: str, sentence: str
    ) -> None:
        sign_in(signed_out, pasted)

        expect(signed_out.page.get_by_role("status")).to_contain_text(sentence)
        expect(signed_out.page.get_by_label("Access token")).to_have_value("")

    def test_a_token_of_another_issuer_is_refused_with_the_reason(self, signed_out: Visit) -> None:
        other = ISSUER.model_copy(update={"auth_issuer": "https://other.example"})
        sign_in(signed_out, mint_token(other, "ops", Role.ADMIN, HOUR_S))

        status = signed_out.page.get_by_role("status")
        expect(status).to_contain_text("The token is from another issuer.")
        expect(status).to_contain_text("Paste an admin's token above")
        assert signed_out.complaints == [REFUSED]


class TestDevelopment:
    def test_the_developer_is_an_admin_and_stays_one(
        self, visits: Visits, development: Served
    ) -> None:
        visit = visits.open(f"{development.url}/graphiql", frozen=True)
        is_ready(visit)
        expect(visit.page.get_by_role("banner")).to_contain_text("admin")
        visit.run("Give points for an order")
        before = visit.tokens

        with visit.page.expect_response("**/graphiql/token"):
            visit.page.clock.fast_forward("14:30")

        visit.run("Spend points on a voucher")
        assert len(visit.tokens - before) == 1
        assert visit.notice() == ""
        assert visit.complaints == []

    def test_who_signs_out_is_signed_out(self, graphiql: Visit) -> None:
        graphiql.page.get_by_role("button", name="Sign out").click()

        assert SIGNED_OUT in graphiql.notice()
        assert "'make token' prints one" in graphiql.notice()
        graphiql.run("All tiers, the archived ones too")
        assert "authorization" not in graphiql.operations[-1].headers
