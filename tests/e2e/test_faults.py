"""A disk that is full, a database that is locked or gone, an index that is damaged, and an orderly end.

What is acknowledged is never lost, and what cannot be kept is refused (503), so that the platform delivers it again.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from adapters.memory import MemoryChannel, MemoryWakeUps
from adapters.sql_store import SqlStore
from bot.models import Conversation, Message, Reply
from bot.ports import Store, Work
from bot.worker import Sender, Timing
from tests.e2e.http_channel.campaign import SETTINGS
from tests.e2e.http_channel.channel import direct
from tests.e2e.http_channel.fleet import Fleet
from tests.e2e.http_channel.platform import HttpPlatform
from tests.e2e.http_channel.replica import Options
from tests.e2e.scenarios.world import World

LEAVE = "How many days of annual leave do I get a year?"
LONG_LEASE = SETTINGS.replace("lease_seconds = 5", "lease_seconds = 120")
ROOM = 64 * 1024


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@dataclass
class Office:
    """Replicas at work on a platform, and what was asked there: each message in a conversation of its own."""

    home: Path
    platform: HttpPlatform
    fleet: Fleet
    asked: list[Message] = field(default_factory=list)

    @property
    def journal(self) -> Path:
        return self.home / "journal.sqlite"

    def message(self, *, author: str = "") -> Message:
        """A new one, in a conversation of its own unless the author has written before."""
        id = f"m{len(self.asked)}"
        author = author or f"http:of-{id}"
        now = datetime.now(UTC)
        self.asked.append(
            Message(id=id, text=LEAVE, conversation=direct(author), author=author, at=now, keys=(f"http:{id}",))
        )
        return self.asked[-1]

    @asynccontextmanager
    async def without_database(self) -> AsyncIterator[None]:
        away = self.journal.with_name("away")
        self.journal.rename(away)
        await asyncio.sleep(0.1)  # what is being written still gets there
        yield
        away.rename(self.journal)

    async def deliver(self, message: Message, *, to: int = 0) -> int:
        """The status of the acknowledgement."""
        return await self.platform.deliver(message, to=self.fleet.address(to))

    def outcomes(self, message: Message) -> list[Reply]:
        return [shown.reply for shown in self.platform.shown if shown.reply.answers == message.id]

    async def answers(self, *messages: Message, within: float = 20) -> None:
        """Each gets one outcome, and no second one."""
        end = monotonic() + within
        while missing := [message.id for message in messages if not self.outcomes(message)]:
            assert monotonic() < end, f"Not answered: {', '.join(missing)}."
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert [len(self.outcomes(message)) for message in messages] == [1] * len(messages)


@asynccontextmanager
async def opened(
    world: World, home: Path, *, size: int = 1, settings: str = SETTINGS, delay: float = 0, patience: float = 10
) -> AsyncIterator[Office]:
    world.copy_to(home)
    world.write_settings(home, settings)
    platform = HttpPlatform(delay=(delay, delay), patience=patience)
    await platform.open()
    fleet = Fleet(Options(home, platform=platform.url), size=size)
    try:
        await fleet.open()
        yield Office(home, platform, fleet)
    finally:
        await fleet.close()
        await platform.close()


async def test_a_full_disk_refuses_messages_and_loses_none(world: World, tmp_path: Path) -> None:
    async with opened(world, tmp_path / "home") as office:
        await office.deliver(office.message())
        await office.answers(*office.asked)
        process = psutil.Process(office.fleet.pid(0))
        before = process.rlimit(psutil.RLIMIT_FSIZE)
        largest = max(file.stat().st_size for file in office.home.glob("journal.sqlite*"))
        process.rlimit(psutil.RLIMIT_FSIZE, (largest + ROOM, before[1]))

        statuses = [await office.deliver(office.message()) for _ in range(40)]
        assert statuses.index(503) > 0, "There was room for some."
        assert set(statuses) == {200, 503}

        process.rlimit(psutil.RLIMIT_FSIZE, before)
        for message, status in zip(office.asked[1:], statuses, strict=True):
            assert status == 200 or await office.deliver(message) == 200
        await office.answers(*office.asked)


async def test_a_locked_database_delays_messages_and_loses_none(world: World, tmp_path: Path) -> None:
    async with opened(world, tmp_path / "home", patience=0.5) as office:
        message = office.message()
        with closing(sqlite3.connect(office.journal, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            statuses = [await office.deliver(message) for _ in range(3)]
            other.execute("ROLLBACK")
        assert set(statuses) <= {0, 503}, "Nobody was told that it is kept."
        assert await office.deliver(message) == 200
        await office.answers(message)


async def test_without_its_database_nothing_is_acknowledged(world: World, tmp_path: Path) -> None:
    async with opened(world, tmp_path / "home") as office:
        message = office.message()
        async with office.without_database():
            assert await office.deliver(message) == 503
        assert await office.deliver(message) == 200
        await office.answers(message)


async def test_what_was_under_way_when_the_database_went_goes_on_when_it_is_back(world: World, tmp_path: Path) -> None:
    # Neither work nor lease of anybody else may hold it up: the lease is long, and renewed while there is other work.
    async with opened(world, tmp_path / "home", settings=LONG_LEASE, delay=0.8) as office:
        first = office.message()
        assert await office.deliver(first) == 200
        await asyncio.sleep(0.4)  # it is being posted
        async with office.without_database():
            await asyncio.sleep(1)
        second = office.message(author=first.author)
        assert await office.deliver(second) == 200
        await office.answers(first, second, within=10)


async def test_a_damaged_index_is_said_and_the_question_goes_to_a_person(world: World, tmp_path: Path) -> None:
    async with opened(world, tmp_path / "home") as office:
        (office.home / "knowledge.sqlite").write_bytes(b"no index" * 4096)
        message = office.message()
        assert await office.deliver(message) == 200
        await office.answers(message)
        (notice,) = office.outcomes(message)
        assert "cannot look into the documents" in notice.text
        assert notice.ticket == 1


async def test_whoever_is_told_to_end_lets_go_in_time_and_the_other_goes_on_at_once(
    world: World, tmp_path: Path
) -> None:
    async with opened(world, tmp_path / "home", size=2, settings=LONG_LEASE, delay=0.5) as office:
        messages = [office.message() for _ in range(30)]
        for number, message in enumerate(messages):
            assert await office.deliver(message, to=number % 2) == 200
        begun = monotonic()
        assert await office.fleet.terminate(0) == 0
        assert monotonic() - begun < 25
        # Far sooner than a lease ends: nothing was kept by the one that is gone.
        await office.answers(*messages, within=25)


async def test_a_post_that_does_not_end_in_time_is_let_go_of_and_made_once(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "journal.sqlite")
    await store.migrate()
    async with store.transaction() as work:
        await work.outbox.add(Reply(id="r1", kind="notice", conversation=Conversation("memory", "lobby"), text="Hello"))
    platform = MemoryChannel(delay=timedelta(minutes=5))
    first, second = _sender(store, platform, "first"), _sender(store, platform, "second")

    running = asyncio.create_task(first.run())
    while first.idle:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    first.stop()
    await asyncio.wait_for(running, timeout=5)
    assert platform.posts == []

    platform.delay = timedelta(0)
    await _sends(second, platform)
    assert [reply.id for reply in platform.shown()] == ["r1"]
    await store.close()


class _Freezing(MemoryChannel):
    """The process that first asks for somebody's private conversation does nothing for a while, as a paused machine."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__(lacks=frozenset({"only_for"}))
        self._meanwhile = [meanwhile]

    async def direct(self, person: str) -> Conversation:
        if self._meanwhile:
            self._meanwhile.pop()()
        return await super().direct(person)


async def test_who_was_frozen_while_another_took_over_does_not_post_again(tmp_path: Path) -> None:
    lease = timedelta(seconds=0.5)

    async def takes_over() -> None:
        other = SqlStore(tmp_path / "journal.sqlite")
        await _sends(_sender(other, platform, "second", lease=lease), platform)
        await other.close()

    def meanwhile() -> None:
        """All that the frozen one could do stands still: the other has a thread of its own."""
        sleep(lease.total_seconds())
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, takes_over()).result(timeout=10)

    platform = _Freezing(meanwhile)
    store = SqlStore(tmp_path / "journal.sqlite")
    await store.migrate()
    lobby = Conversation("memory", "lobby")
    async with store.transaction() as work:
        await work.outbox.add(Reply(id="r1", kind="notice", conversation=lobby, text="Hello", only_for="memory:ana"))
    await _sends(_sender(store, platform, "first", lease=lease), platform)
    assert [post.reply.id for post in platform.posts] == ["r1"]
    await store.close()


async def _sends(sender: Sender, platform: MemoryChannel) -> None:
    """Until something was posted, and nothing more is on its way."""
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(10):
        while not (platform.posts and sender.idle):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    sender.stop()
    await running


def _sender(store: Store, platform: MemoryChannel, name: str, *, lease: timedelta = timedelta(minutes=5)) -> Sender:
    """With little patience at its end, and a lease that outlasts the test unless one is given."""

    async def undeliverable(work: Work, reply: Reply, *, reason: str) -> None:
        raise AssertionError(reason)

    async def unchanged(reply: Reply) -> Reply:
        return reply

    timing = Timing(grace=timedelta(seconds=0.1), lease=lease)
    return Sender(
        store=store,
        wake=MemoryWakeUps(),
        channels={"memory": platform},
        undeliverable=undeliverable,
        recheck=unchanged,
        name=name,
        timing=timing,
        attempts=3,
    )
