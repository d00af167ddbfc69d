"""Everything over HTTP: the console, the interface for programs, and what whoever runs it looks at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from adapters.http.ports import Figures
from adapters.http.server import Server
from adapters.http.site import Manners, build_site
from bot.app.chats import make_ready
from bot.app.clock import now
from bot.app.entrance import PLATFORM, access_of
from bot.app.service import Service
from bot.app.sources import imported
from bot.app.stopping import stopped_by_signals
from bot.models import Question
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from adapters.console.app import Console
    from adapters.console.oidc import OidcSettings
    from bot.app import App
    from bot.models import AdminJob, Answer, Person, Result
    from bot.settings import Settings

CONSOLE: Final = "adapters.console.app:build_console"

log = structlog.get_logger()


class BotForPrograms:
    """The bot as `adapters.http` sees it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._access = access_of(app)

    async def program(self, secret: str) -> Person | None:
        return await self._access.token(secret)

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool) -> Result:
        return await self._app.admin.run(words, by=by, confirmed=confirmed)

    async def ask(self, question: str, *, by: Person) -> Answer:
        return await self._app.ask(Question(question, groups=by.readable, today=now().date()))

    async def job(self, number: int) -> AdminJob | None:
        async with self._app.store.reading() as work:
            return await work.jobs.get(number)

    async def figures(self) -> Figures:
        async with self._app.store.reading() as work:
            outcomes = await work.exchanges.count(since=now() - timedelta(days=1))
            return Figures(
                accepted=await work.inbox.accepted(),
                inbox=await work.inbox.waiting(),
                outbox=await work.outbox.waiting(),
                tickets=await work.tickets.count(),
                outcomes={name: count for name, count in outcomes.items() if ":" not in name},
                deciding=await work.inbox.took(),
                sending=await work.outbox.took(),
            )

    async def database(self) -> str:
        return await self._app.store.fault()

    async def index(self) -> str:
        try:
            await self._app.catalogue.totals()
        except KnowledgeError as exc:
            return str(exc)
        return ""


def build_web(app: App, pages: Console | None) -> FastAPI:
    """The whole site."""
    web = build_site(BotForPrograms(app), manners_of(app.settings))
    if pages:
        web.mount("/", pages)  # the last: it takes all that nothing else took
    return web


def console_of(app: App, service: Service) -> Console | None:
    """The console's pages; None if the console is none of the platforms that are configured."""
    channel = app.channels.get(PLATFORM)
    if channel is None:
        return None
    from bot.app.console import BotForPages

    pages = BotForPages(app, service.intake)
    build = imported(CONSOLE)
    settings = app.settings
    return build(  # type: ignore[no-any-return]
        pages, access_of(app), sign_in=settings.sign_in, channel=channel, oidc=_oidc_of(settings)
    )


def _oidc_of(settings: Settings) -> OidcSettings | None:
    if settings.sign_in != "oidc" or settings.oidc_secret is None:
        return None
    from adapters.console.oidc import OidcSettings

    own = settings.oidc
    return OidcSettings(own.issuer, own.client_id, settings.oidc_secret.get_secret_value(), own.claim)


def manners_of(settings: Settings) -> Manners:
    http = settings.http
    return Manners(
        names={http.host, urlsplit(http.url).hostname or http.host},
        proxies=http.proxies,
        body_limit=http.body_limit_kb * 1024,
        local=settings.local,
    )


async def serve(app: App, *, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Answer over HTTP and work on messages until SIGTERM, SIGINT or cancellation; then what is running ends.

    `ready` is called with the address once connections are accepted. Raises StoreUnavailable if there is no database,
    and SettingsError if the port is not to be had.
    """
    service = Service(app)

    def listening(port: int) -> None:
        log.info("serve.started", port=port)
        ready(app.settings.http.url or f"http://{f'[{host}]' if ':' in host else host}:{port}")

    await make_ready(app, works=True)
    pages = console_of(app, service)
    server = Server(build_web(app, pages), host=host, port=port, ready=listening)

    def stop() -> None:
        server.stop()
        service.stop()
        if pages:
            pages.close()

    with stopped_by_signals(stop):
        parts = [asyncio.create_task(part) for part in (server.run_here(), service.run())]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop()
            await asyncio.gather(*parts)
    log.info("serve.stopped")
