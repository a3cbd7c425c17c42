"""The service: both doors, who may come in, and the database behind them."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from app import errors, health, rest, start_page
from app.auth import Authentication, TokenVerifier
from app.context import Contexts
from app.database import connect
from app.graphiql import BrowsersToGraphiQL, graphiql_routes
from app.graphql import GraphQLView
from app.outbox import worker_beside
from app.request_id import RequestId
from app.settings import Settings, load_settings
from db.session import Database

_DESCRIPTION = "Loyalty tiers, points and referral credits. The whole of it is at `/graphql`."


def create_app(settings: Settings) -> FastAPI:
    """Returns the service for the database that `settings` name; nothing connects before it starts.

    Raises:
        ValueError: the settings name no database.
    """
    if settings.database_url is None:
        raise ValueError("the settings name no database: 'loyalty serve' starts one and names it")
    database = connect(settings, settings.database_url)
    contexts = Contexts(settings, database)
    # With its own copy of Swagger UI: the documentation page loads nothing from elsewhere.
    app = FastAPIOffline(
        title="Loyalty & Referral Platform",
        description=_DESCRIPTION,
        version=version("loyalty-platform"),
        redoc_url=None,
        lifespan=_lifespan(settings, database),
    )
    app.state.contexts = contexts
    app.include_router(rest.router)
    app.include_router(health.router)
    app.router.routes.append(Route("/graphql", BrowsersToGraphiQL(GraphQLView(contexts))))
    app.router.routes += [start_page.route, *graphiql_routes(settings)]
    app.add_middleware(Authentication, verifier=TokenVerifier(settings))
    errors.install(app)
    app.add_middleware(RequestId)
    return app


def create_app_from_environment() -> FastAPI:
    """Returns the service for this process's environment: what each server process runs."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level.upper())
    return create_app(settings)


def _lifespan(
    settings: Settings, database: Database
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # In production the worker is a process of its own, which can be scaled and restarted alone.
        is_ours_too = settings.mode == "development"
        async with worker_beside(settings) if is_ours_too else nullcontext():
            yield
        await database.aclose()

    return lifespan
