"""Chats at terminals, and workers without one, over a Service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

import structlog

from adapters.terminal.channel import PLATFORM
from bot.app.service import Service
from bot.app.stopping import stopped_by_signals
from bot.intake import Asked, Intake, Mine, Queue, Why
from bot.models import Event, Exchange, Posted, Ticket
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from adapters.terminal.journal.ports import Screen
    from adapters.terminal.journal.session import Side, Talk
    from bot.app import App
    from bot.ports import Store

log = structlog.get_logger()

Role = Literal["asker", "expert"]


class IntakeJournal:
    """The intake as a chat at a terminal sees it."""

    def __init__(self, intake: Intake, store: Store) -> None:
        self._intake = intake
        self._store = store

    async def accept(self, event: Event) -> bool:
        return await self._intake.accept(event)

    async def posts(self, platform: str, *, after: int) -> Sequence[tuple[int, Posted]]:
        return await self._intake.posts(platform, after=after)

    async def why(self, reply: str, *, by: str) -> Exchange | None:
        exchange = await self._intake.ask_now(Why(reply), by=by)
        return exchange if isinstance(exchange, Exchange) else None

    async def mine(self, *, by: str) -> tuple[Sequence[Exchange], Sequence[Ticket]]:
        asked = await self._intake.ask_now(Mine(), by=by)
        return (asked.exchanges, asked.tickets) if isinstance(asked, Asked) else ((), ())

    async def queue(self, *, by: str) -> Sequence[Ticket]:
        tickets = await self._intake.ask_now(Queue(), by=by)
        return tickets if isinstance(tickets, tuple) else ()

    async def waiting(self) -> int:
        async with self._store.reading() as work:
            return await work.inbox.waiting() + await work.outbox.waiting()


async def chat(app: App, *, role: Role, person: str, channel: str, json: bool, works: bool) -> int:
    """A chat from its beginning to its end; how many lines could not be kept. Raises WrongUsage, BotError."""
    from adapters.terminal.journal.session import Session, Talk

    service = Service(app)
    talk = Talk(IntakeJournal(service.intake, app.store), _screen(json=json))
    side = _side(talk, app, role=role, person=person, channel=channel)
    ended = asyncio.Event()
    with stopped_by_signals(ended.set):
        async with _working(service) if works else nullcontext():
            return await Session(side, talk, ended=ended).run()


async def work(app: App, *, ready: Callable[[], None]) -> None:
    """Work on messages and send replies until SIGTERM or SIGINT; then what is running ends, or is let go of.

    `ready` is called once work begins. Raises StoreUnavailable if there is no database.
    """
    service = Service(app)
    with stopped_by_signals(service.stop):
        await make_ready(app, works=True)
        ready()
        log.info("work.started")
        await service.run()
        log.info("work.stopped")


async def make_ready(app: App, *, works: bool) -> None:
    """Before `chat`. Raises StoreUnavailable."""
    await app.store.migrate()
    if works:
        try:
            # Before anybody types: what is imported for the first answer would hold up the line that is being typed.
            await app.warm_up()
        except KnowledgeError as exc:
            log.warning("knowledge.unavailable", error=type(exc).__name__)


def _side(talk: Talk, app: App, *, role: Role, person: str, channel: str) -> Side:
    from adapters.terminal.journal.asker import Asker
    from adapters.terminal.journal.expert import Expert
    from adapters.terminal.journal.pen import Pen

    if role == "asker":
        return Asker(talk, Pen(person), channel=channel)
    platform, _, room = app.settings.experts.channel.partition(":")
    return Expert(talk, Pen(person), room=room if platform == PLATFORM else "experts")


def _screen(*, json: bool) -> Screen:
    from adapters.terminal.console import at_terminal
    from adapters.terminal.journal.lines import LineScreen

    if json or not at_terminal():
        return LineScreen(json=json)
    from adapters.terminal.journal.prompts import PromptScreen

    return PromptScreen()


@asynccontextmanager
async def _working(service: Service) -> AsyncIterator[None]:
    """The service runs meanwhile; at the end it stops."""
    running = asyncio.create_task(service.run())
    try:
        yield
    finally:
        service.stop()
        await running
