"""Messages through the whole bot, in a process of its own.

    python -m tests.benchmarks.messages answered HOME [STORE_URL]     questions, a JSON list, on standard input
    python -m tests.benchmarks.messages accepted HOME FOLDER          while FOLDER is being indexed

`answered` accepts all questions and waits until each has its post, on a channel that takes no time. `accepted` accepts
messages at a steady pace while another process indexes, and times each. Both print figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog
from pydantic import SecretStr

from bot.app import build
from bot.app.service import Service
from bot.models import Capability, Conversation, Message, Progress, Reply
from bot.settings import Settings, StoreSection, load

PLATFORM = "terminal"
_PACE = 0.02
"""Seconds between two messages that are accepted: more than an organisation of 10,000 sends."""
_WARMING_UP = 20


class Quick:
    """A channel that takes no time and remembers when what was posted."""

    platform = PLATFORM
    lacks: frozenset[Capability] = frozenset({"progress"})

    def __init__(self) -> None:
        self.answered: dict[str, float] = {}
        self.outcomes: dict[str, int] = {}

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None: ...

    async def post(self, reply: Reply, *, thread: str) -> str:
        if reply.answers:
            self.answered[reply.answers] = time.perf_counter()
            self.outcomes[reply.kind] = self.outcomes.get(reply.kind, 0) + 1
        return reply.id

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        return reply.id

    async def update(self, reply: Reply, *, post: str) -> None: ...

    async def delete(self, reply: Reply, *, post: str) -> None: ...

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        return None

    async def direct(self, person: str) -> Conversation:
        return Conversation(PLATFORM, person, private=True)


def message(number: int, text: str) -> Message:
    """Each from somebody else, so that each has a conversation of its own."""
    return Message(
        id=f"m{number}",
        text=text,
        conversation=Conversation(PLATFORM, f"person{number}", private=True),
        author=f"{PLATFORM}:person{number}",
        at=datetime.now(UTC),
        keys=(f"bench:{number}",),
    )


def settings_of(home: Path, store: str) -> Settings:
    settings = load(home)
    if not store:
        return settings
    return Settings(
        **{name: getattr(settings, name) for name in Settings.__dataclass_fields__ if name != "store"},
        store=StoreSection(url=SecretStr(store)),
    )


async def answered(home: Path, texts: Sequence[str], *, store: str = "") -> dict[str, float]:
    """Messages a second, from the first that is accepted to the last that is answered."""
    channel = Quick()
    async with build(settings_of(home, store)) as app:
        service = Service(app, channels={PLATFORM: channel})
        running = asyncio.create_task(service.run())
        await app.store.migrate()
        await _through(service, channel, [message(-1 - n, text) for n, text in enumerate(texts[:_WARMING_UP])])
        channel.outcomes.clear()
        messages = [message(n, text) for n, text in enumerate(texts[_WARMING_UP:])]
        began = time.perf_counter()
        cpu = time.process_time()
        await _through(service, channel, messages)
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu
        service.stop()
        await running
    return {"per_second": len(messages) / seconds, "cpu_ms": cpu / len(messages) * 1000, **channel.outcomes}


async def _through(service: Service, channel: Quick, messages: Sequence[Message]) -> None:
    for each in messages:
        await service.intake.accept(each)
    while not all(each.id in channel.answered for each in messages):  # noqa: ASYNC110  # as people wait: by looking
        await asyncio.sleep(0.01)


async def accepted(home: Path, folder: Path) -> dict[str, float]:
    """Milliseconds for `Intake.accept` while another process indexes `folder` into the same home."""
    async with build(load(home)) as app:
        service = Service(app, channels={PLATFORM: Quick()})
        await app.store.migrate()
        command = [sys.executable, "-m", "bot", "--home", str(home), "index", str(folder)]
        indexing = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        times: list[float] = []
        while indexing.returncode is None:
            began = time.perf_counter()
            await service.intake.accept(message(len(times), "How many days of annual leave do I get?"))
            times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(max(0.0, _PACE - (time.perf_counter() - began)))
    return {
        "count": len(times),
        "p50": float(np.percentile(times, 50)),
        "p99": float(np.percentile(times, 99)),
        "most": max(times),
    }


async def new_database(url: str, *, name: str) -> str:
    """The address of an empty database on the server at `url`."""
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{url.rpartition('/')[0]}/{name}"


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    what, home, *rest = sys.argv[1:]
    if what == "answered":
        figures = asyncio.run(answered(Path(home), json.load(sys.stdin), store="".join(rest)))
    else:
        figures = asyncio.run(accepted(Path(home), Path(rest[0])))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
