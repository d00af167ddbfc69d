"""Databases for the store's contract tests, one each, and what goes into them."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

import adapters.sql_store
from adapters.sql_store import SqlStore
from bot.models import Conversation, Deleted, Message, Reply, ReplyKind, Source, Stopped, Ticket, TicketState
from bot.ports import Store
from tests.servers import postgres_url

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEASE: Final = timedelta(seconds=30)
ANA: Final = "slack:T1/U1"
BEN: Final = "slack:T1/U2"


class Clock:
    """Stands still unless it is set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Place:
    """A database of its own, set up; `open` opens another store on it, as another replica would."""

    where: str
    clock: Clock = field(default_factory=Clock)
    opened: list[Store] = field(default_factory=list)

    def open(self, clock: Clock | None = None) -> SqlStore:
        store = SqlStore(self.where, clock=clock or self.clock)
        self.opened.append(store)
        return store

    async def close(self) -> None:
        for store in self.opened:
            await store.close()


@asynccontextmanager
async def sqlite_place(folder: Path) -> AsyncIterator[Place]:
    place = Place(str(folder / "store.sqlite"))
    await place.open().migrate()
    yield place
    await place.close()


@asynccontextmanager
async def postgresql_place(folder: Path) -> AsyncIterator[Place]:
    async with postgresql_database(template=await _template()) as url:
        place = Place(url)
        yield place
        await place.close()


@asynccontextmanager
async def postgresql_database(*, template: str = "template0") -> AsyncIterator[str]:
    """The address of a new database."""
    name = f"test_{uuid.uuid4().hex}"
    await on_server(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _address(name)
    finally:
        await on_server(f"DROP DATABASE {name} WITH (FORCE)")


async def on_server(*statements: str, database: str = "") -> list[Any]:
    """What the last statement finds. Skips the test if there is no server."""
    url = postgres_url()
    if not url:
        pytest.skip("no PostgreSQL runs: `make test-servers` starts one")
    connection = await import_module("asyncpg").connect(database or url)
    try:
        found: list[Any] = []
        for statement in statements:
            found = await connection.fetch(statement)
        return found
    finally:
        await connection.close()


async def _template() -> str:
    """A database with today's schema: copying it is faster than setting one up. It stays from run to run."""
    folder = Path(adapters.sql_store.__file__).parent
    files = [folder / "schema.py", *sorted((folder / "migrations").rglob("*.py"))]
    name = f"deskhand_{sha256(b''.join(file.read_bytes() for file in files)).hexdigest()[:16]}"
    if not await on_server(f"SELECT 1 FROM pg_database WHERE datname = '{name}' AND datistemplate"):
        await on_server(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE template0")
        store = SqlStore(_address(name))
        await store.migrate()
        await store.close()
        await on_server(f"ALTER DATABASE {name} IS_TEMPLATE true")
    return name


def _address(database: str) -> str:
    return f"{postgres_url().rpartition('/')[0]}/{database}"


def thread(name: str = "1", *, channel: str = "T1/C1", private: bool = False) -> Conversation:
    return Conversation("slack", channel, name, private=private)


def message(name: str, *, to: Conversation | None = None, author: str = ANA, text: str = "How many days?") -> Message:
    """Its keys are `name` and `also-name`."""
    return Message(
        conversation=to or thread(), author=author, at=START, keys=(name, f"also-{name}"), id=name, text=text
    )


def stopped(name: str, *, to: Conversation | None = None) -> Stopped:
    return Stopped(conversation=to or thread(), author=ANA, at=START, keys=(name,))


def deleted(name: str, *, of: str, to: Conversation | None = None) -> Deleted:
    return Deleted(conversation=to or thread(), author=ANA, at=START, keys=(name,), message=of)


def reply(
    name: str,
    *,
    to: Conversation | None = None,
    text: str = "25 days.",
    kind: ReplyKind = "answer",
    passages: tuple[str, ...] = (),
    **more: Any,
) -> Reply:
    sources = tuple(source(passage, number=number) for number, passage in enumerate(passages, start=1))
    return Reply(id=name, kind=kind, conversation=to or thread(), text=text, sources=sources, **more)


def source(passage: str, *, number: int = 1) -> Source:
    return Source(
        number=number, title="Leave", heading_path=("Annual",), uri="file:///leave.md", document="handbook/leave.md",
        passage=passage, content_hash="0", audience=frozenset({"members"}),
    )  # fmt: skip


def ticket(*, state: TicketState = "open", to: Conversation | None = None, card: str = "card", **more: Any) -> Ticket:
    return Ticket(
        number=0, state=state, conversation=to or thread(), asker=ANA, asker_name="Ana", question="How many?",
        reason="unsure", experts=thread("", channel="T1/C9"), card=card, opened=START, **more,
    )  # fmt: skip


async def accept(store: Store, *names: str, to: Conversation | None = None) -> None:
    for name in names:
        async with store.transaction() as work:
            assert await work.inbox.add(message(name, to=to))


async def post(store: Store, *replies: Reply, worker: str = "sender") -> None:
    """Put replies on the platform: a reply `r` as the post `post-r`."""
    for each in replies:
        async with store.transaction() as work:
            await work.outbox.add(each)
        async with store.transaction() as work:
            for delivery in await work.outbox.claim(worker, lease=LEASE, limit=1):
                await work.outbox.sent(delivery, worker=worker, post=f"post-{delivery.reply.id}")
