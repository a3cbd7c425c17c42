"""The page at /: the name of the service, its health, and links to its interfaces."""

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

# A worker polls every few seconds. An event that is due for longer means that no worker runs.
OVERDUE_SECONDS = 60
_FOLDER = Path(__file__).parent / "pages"
_STYLE = (_FOLDER / "start.css").read_text("utf-8")
_TEMPLATE = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined
).get_template("start.html")
# The policy allows the page's one style by its hash, no other style and no script.
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Finding:
    """The health of one part of the service, with a sentence that explains it."""

    name: str
    is_healthy: bool
    sentence: str


def findings(body: ReadinessBody) -> list[Finding]:
    """Returns the health of the database and of the worker, from the body of /readyz."""
    return [_database(body), _worker(body)]


def _database(body: ReadinessBody) -> Finding:
    sentences = {
        "ok": "It answers, and has the migrations of this version.",
        "not migrated": "It answers, but lacks this version's migrations. Run: loyalty migrate",
    }
    away = "It does not answer. The service recovers by itself when it does."
    return Finding("Database", body.database == "ok", sentences.get(body.database, away))


def _worker(body: ReadinessBody) -> Finding:
    if body.outbox_due is None:
        return Finding("Worker", False, "Unknown, because its events are in the database.")
    waiting_s = body.outbox_oldest_due_seconds or 0
    if waiting_s > OVERDUE_SECONDS:
        sentence = (
            f"No worker delivers the events: {body.outbox_due} are due, the oldest for "
            f"{waiting_s:.0f} seconds. Run: loyalty worker"
        )
        return Finding("Worker", False, sentence)
    if body.outbox_due:
        return Finding("Worker", True, f"{body.outbox_due} events are due.")
    return Finding("Worker", True, "No event is due.")


async def _start(request: Request) -> Response:
    html = _TEMPLATE.render(
        style=_STYLE,
        version=version("loyalty-platform"),
        findings=findings(await readiness(request.app.state.contexts)),
    )
    return HTMLResponse(html, headers=page_headers(CONTENT_SECURITY_POLICY))


route = Route("/", _start)
