"""Puts the service together: its GraphQL and REST interfaces, authentication and database."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from app.config.environment import load_settings
from app.config.settings import Settings, separated
from app.context import Contexts
from app.database.location import connect
from app.http import problems
from app.http.allowed_hosts import AllowedHosts
from app.http.limits import HttpLimits
from app.http.openapi import as_served
from app.http.request_id import HEADER as REQUEST_ID_HEADER
from app.http.request_id import RequestId
from app.http.security_headers import SecurityHeaders
from app.identity.tokens import Authentication, TokenVerifier
from app.interfaces import health, rest, start_page
from app.interfaces.graphiql import BrowsersToGraphiQL, graphiql_routes
from app.interfaces.graphql import AheadOfRouter, GraphQLView
from app.logs import log_to_stderr
from app.worker import worker_beside

_DESCRIPTION = (
    "Loyalty tiers, points and referral credits. The full interface is GraphQL, at `/graphql`."
)

_PREFLIGHT_MAX_AGE_SECONDS = 3_600


def create_app(settings: Settings) -> FastAPI:
    """Returns the service for the database that `settings` name; it connects when it starts.

    Raises:
        ValueError: the settings name no database.
    """
    if settings.database_url is None:
        raise ValueError("the settings name no database: use 'loyalty serve', which starts one")
    contexts = Contexts(settings, connect(settings, settings.database_url))
    # FastAPIOffline has its own Swagger UI: the page loads nothing from other hosts.
    app = FastAPIOffline(
        title="Loyalty & Referral Platform",
        description=_DESCRIPTION,
        version=version("loyalty-platform"),
        redoc_url=None,
        # A redirect would contain the host name of the request, which the caller chooses.
        redirect_slashes=False,
        # Spans and records would contain addresses and exception texts, which are personal data.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=_lifespan(settings, contexts),
    )
    app.openapi = as_served(app.openapi)  # type: ignore[method-assign]  # as FastAPI advises
    app.state.contexts = contexts
    app.state.outbox_worker = None
    app.include_router(rest.public)
    app.include_router(rest.for_admins)
    app.include_router(health.router)
    app.router.routes += [start_page.route, *graphiql_routes(settings)]
    _install_middleware(app, settings, contexts)
    return app


def create_app_from_environment() -> FastAPI:
    """Returns the service for this process's environment; each server process calls it."""
    settings = load_settings()
    log_to_stderr(settings.log_level)
    return create_app(settings)


def _install_middleware(app: FastAPI, settings: Settings, contexts: Contexts) -> None:
    """Adds the middleware that every request passes; each call wraps those above it."""
    app.add_middleware(AheadOfRouter, view=BrowsersToGraphiQL(GraphQLView(contexts)))
    app.add_middleware(
        HttpLimits,
        requests_max=settings.requests_max,
        request_timeout_seconds=settings.request_timeout_seconds,
    )
    app.add_middleware(Authentication, verifier=TokenVerifier(settings))
    problems.install(app)
    if "*" not in (hosts := separated(settings.allowed_hosts.lower())):
        app.add_middleware(AllowedHosts, hosts=hosts)
    if origins := separated(settings.allowed_origins):
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", rest.KEY_HEADER, REQUEST_ID_HEADER],
            expose_headers=[REQUEST_ID_HEADER, rest.REPLAYED_HEADER, "Retry-After"],
            max_age=_PREFLIGHT_MAX_AGE_SECONDS,
        )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)


def _lifespan(
    settings: Settings, contexts: Contexts
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # In production the worker is a separate process, which can be scaled and restarted alone.
        runs_worker = settings.mode == "development"
        async with worker_beside(settings) if runs_worker else nullcontext() as worker:
            app.state.outbox_worker = worker
            # The objects that exist now stay until the end. Frozen, they are not scanned again: a
            # full collection would take 90 ms, during which requests wait.
            gc.collect()
            gc.freeze()
            yield
        await contexts.aclose()

    return lifespan
