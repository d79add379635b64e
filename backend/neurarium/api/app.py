"""The application: routes behind the gate, and what lives as long as the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version

from fastapi import FastAPI

from neurarium.api import live, schema
from neurarium.api.doors.access import Table
from neurarium.api.doors.gate import Gate
from neurarium.api.doors.host import own_names
from neurarium.api.doors.principal import Principals
from neurarium.api.failures import HANDLED, Words, handle
from neurarium.api.folder import make_token
from neurarium.api.lines import Lines
from neurarium.api.pages import Pages
from neurarium.api.routes import (
    ablations,
    analyses,
    catalogue,
    check,
    controls,
    demo,
    difference,
    exchange,
    export,
    generate,
    graph,
    health,
    inspect,
    metrics,
    predict,
    presets,
    probe,
    runs,
    scalars,
    source,
)
from neurarium.api.settings import Settings
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions

ROUTERS = (
    health,
    catalogue,
    presets,
    inspect,
    graph,
    demo,
    runs,
    controls,
    difference,
    ablations,
    analyses,
    check,
    metrics,
    probe,
    scalars,
    predict,
    generate,
    export,
    exchange,
    source,
    live,
)


def create_app(settings: Settings) -> FastAPI:
    """Put a server together; its workers start with its lifespan."""
    table = Sessions(settings.workers, settings.device, store=Store(settings.data))
    principals = Principals(settings.link)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        principals.add_token(make_token(settings.data))
        await table.start()
        warming = asyncio.create_task(asyncio.to_thread(warm, app))
        try:
            yield
        finally:
            await warming
            await table.stop()

    app = FastAPI(
        title="Neurarium",
        version=version("neurarium"),
        description="Neural networks that train live: see docs/protocol.md for the socket.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    pages = Pages(principals)
    app.state.sessions = table
    app.state.lines = Lines()
    app.state.principals = principals
    app.state.pages = pages
    app.state.settings = settings
    app.openapi = cache(lambda: schema.describe(app))  # type: ignore[method-assign]
    app.state.words = cache(lambda: Words(app.openapi()))
    for module in ROUTERS:
        # Not `include_router`: so the routes stand in one list, where a test can see that each has its door.
        app.router.routes.extend(module.router.routes)
    app.router.routes.extend(pages.routes())
    for exception in HANDLED:
        app.add_exception_handler(exception, handle)
    app.add_middleware(
        Gate,
        table=Table(),
        principals=principals,
        names=own_names(settings.names),
        doors=settings.doors,
    )
    return app


def warm(app: FastAPI) -> None:
    """Make what is made once, before somebody has to wait for it."""
    app.state.words()
    catalogue.catalogue()
    presets.all_presets()
