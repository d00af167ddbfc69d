"""The bot at work on the platform that speaks HTTP: `python -m tests.e2e.http_channel.replica --home DIR ...`.

Prints its address once it takes events. SIGTERM ends it in order.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast, get_args

import structlog
from pydantic import SecretStr

from adapters.memory import MemoryWakeUps
from bot.app import build
from bot.app.service import Service
from bot.errors import StoreUnavailable
from bot.intake import Intake
from bot.models import Capability
from bot.settings import StoreSection, load
from knowledge.errors import KnowledgeError
from tests.e2e.http_channel.channel import PLATFORM, HttpChannel
from tests.e2e.http_channel.wire import Handler, Request, Response, Server, event_of


@dataclass(frozen=True, slots=True)
class Options:
    """`store` is a PostgreSQL URL; empty for the file in the home."""

    home: Path
    platform: str
    store: str = ""
    port: int = 0
    lacks: frozenset[Capability] = frozenset()
    name: str = ""
    log: Path | None = None


class Listening(MemoryWakeUps):
    """Knows when somebody `rests`: everything has started, and has found nothing to do or has done it."""

    def __init__(self) -> None:
        super().__init__()
        self.rests = asyncio.Event()

    async def wait(self, what: Literal["inbox", "outbox", "jobs"], *, at_most: timedelta) -> None:
        self.rests.set()
        await super().wait(what, at_most=at_most)


def receiver(intake: Intake) -> Handler:
    """The way in: 200 says that an event is kept, 503 that it is not."""

    async def handle(request: Request) -> Response:
        if request.path != "/events":
            return Response(404)
        try:
            return Response(200, {"new": await intake.accept(event_of(request.json))})
        except StoreUnavailable as exc:
            return Response(503, {"reason": str(exc)})

    return handle


async def run(options: Options, *, ready: Callable[[str], None]) -> None:
    """Until SIGTERM. `ready` gets the address."""
    settings = load(options.home)
    if options.store:
        settings = replace(settings, store=StoreSection(url=SecretStr(options.store)))
    channel = HttpChannel(options.platform, lacks=options.lacks)
    async with build(settings) as app:
        app.wake = wake = Listening()
        service = Service(app, channels={PLATFORM: channel}, name=options.name)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, service.stop)
        await app.store.migrate()
        with suppress(KnowledgeError):
            await app.warm_up()
        server = Server(receiver(service.intake))
        running = asyncio.create_task(service.run())
        try:
            await asyncio.wait({running, asyncio.create_task(wake.rests.wait())}, return_when=asyncio.FIRST_COMPLETED)
            ready(await server.open(options.port))
            await running
        finally:
            await server.close()
            await channel.close()


def start(options: Options, ready: Callable[[str], None]) -> None:
    """In a process of its own."""
    _log_to(options.log)
    asyncio.run(run(options, ready=ready))


def _log_to(file: Path | None) -> None:
    handler = logging.FileHandler(file) if file else logging.StreamHandler()
    logging.getLogger().handlers[:] = [handler]
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if file else logging.WARNING),
        logger_factory=structlog.WriteLoggerFactory(handler.stream if file else None),
    )


def _options(args: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.http_channel.replica", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--platform", required=True, help="the platform's address")
    parser.add_argument("--store", default="", help="a PostgreSQL URL; the file in the home if not given")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--lacks", nargs="*", default=[], choices=get_args(Capability))
    parser.add_argument("--log", type=Path)
    given = parser.parse_args(args)
    lacks = cast("frozenset[Capability]", frozenset(given.lacks))
    return Options(given.home, given.platform, given.store, given.port, lacks, log=given.log)


if __name__ == "__main__":
    start(_options(), lambda address: print(address, flush=True))
