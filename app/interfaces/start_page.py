"""The page at /: what this is, whether it is well, and where to go from here."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from app.interfaces.graphiql import page_headers
from app.interfaces.health import ReadinessBody, readiness

# A worker looks every few seconds. What has been due for longer than this, nobody takes up.
OVERDUE_SECONDS = 60
_FOLDER = Path(__file__).parent / "pages"
_STYLE = (_FOLDER / "start.css").read_text("utf-8")
_TEMPLATE = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
).get_template("start.html")
# The page's one style is known by its hash: any other, and every script, is refused.
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Finding:
    """How one part of the service is, in a word and a sentence."""

    name: str
    is_well: bool
    sentence: str


def findings(body: ReadinessBody) -> list[Finding]:
    """Returns how the database and the worker are, as /readyz knows it."""
    return [_database(body), _worker(body)]


def _database(body: ReadinessBody) -> Finding:
    sentences = {
        "ok": "It answers, and its tables are as this version needs them.",
        "not migrated": "It answers, but its tables are of another version. Run: loyalty migrate",
    }
    away = "It does not answer. The service comes back by itself as soon as it does."
    return Finding("Database", body.database == "ok", sentences.get(body.database, away))


def _worker(body: ReadinessBody) -> Finding:
    if body.outbox_due is None:
        return Finding("Worker", False, "Unknown: the database holds what it has to do.")
    waiting_s = body.outbox_oldest_due_seconds or 0
    if waiting_s > OVERDUE_SECONDS:
        sentence = (
            f"Nobody sends what is due: {body.outbox_due} waiting, the oldest for "
            f"{waiting_s:.0f} seconds. Run: loyalty worker"
        )
        return Finding("Worker", False, sentence)
    if body.outbox_due:
        return Finding("Worker", True, f"{body.outbox_due} due, and on the way.")
    return Finding("Worker", True, "Nothing is waiting to be sent.")


async def _start(request: Request) -> Response:
    html = _TEMPLATE.render(
        style=_STYLE,
        version=version("loyalty-platform"),
        findings=findings(await readiness(request.app.state.contexts)),
    )
    return HTMLResponse(html, headers=page_headers(CONTENT_SECURITY_POLICY))


route = Route("/", _start)
