"""The real parts of the bot, put together by hand where tests want to hold its clock and break what is around it.

A `Process` dies as a real one does: from one moment to the next it neither stores nor posts anything.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, TypeVar

from adapters.memory import Crashed, MemoryChannel, MemoryIndex, MemoryWakeUps
from adapters.memory_cache import MemoryCache
from adapters.sql_store import SqlStore
from bot import router as routes
from bot.errors import CommandError, StoreUnavailable
from bot.intake import Intake
from bot.models import Answer, Conversation, Person, Progress, Question, Reply, Result
from bot.ports import Directory
from bot.router.answers import Answers
from bot.router.routing import Routing
from bot.service import Room, Rooms, SupportBot
from bot.service.asked import Questions
from bot.service.changes import Changes
from bot.service.orders import Orders
from bot.service.presses import Presses
from bot.service.recheck import Recheck
from bot.settings import RouterSection
from bot.tickets.desk import Desk, Promise
from bot.tickets.hours import Hours
from bot.worker import Sender, Timing, Upkeep, Worker
from knowledge.indexer import Indexer
from knowledge.models import Matches, Passage, Query, Totals
from knowledge.ports import DocumentSource
from knowledge.retriever import Retriever
from tests.unit.doubles import WordEmbedder

T = TypeVar("T")

PLATFORM: Final = "memory"
EXPERTS: Final = f"{PLATFORM}:experts"
ATTEMPTS: Final = 3
_QUICK: Final = Timing(
    at_once=4,
    poll=timedelta(milliseconds=20),
    grace=timedelta(0),
    patience=timedelta(milliseconds=5),
)


class Killed(BaseException):
    """Stands for the end of the process: nothing that handles errors catches it."""


class Clock:
    """The time of day, which may be set."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def turn(self, span: timedelta) -> None:
        self._ahead += span


@dataclass
class Roster:
    """`Directory` in two dictionaries. Fails as often as it is told to."""

    persons: dict[str, Person] = field(default_factory=dict)
    audiences: dict[str, frozenset[str]] = field(default_factory=dict)
    fails: int = 0
    hangs: bool = False
    """At people."""
    silent: bool = False
    """About channels."""

    async def person(self, id: str) -> Person:
        self._look()
        if self.hangs:
            await asyncio.Event().wait()
        return self.persons.get(id) or Person(id, id.partition(":")[2], external=True)

    async def audience(self, conversation: Conversation) -> frozenset[str]:
        self._look()
        if self.silent:
            await asyncio.Event().wait()
        return self.audiences.get(conversation.room, frozenset({"members", "public"}))

    async def people(self) -> Sequence[Person]:
        return list(self.persons.values())

    def _look(self) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("The directory is told to fail.")


Trouble = Literal["before", "undone", "after"]
"""When a transaction fails: before it begins, when all is done but not committed, once it is committed."""


class ShakyStore(SqlStore):
    """Fails at chosen transactions, and once it is `dead`, stores nothing any more."""

    def __init__(self, file: Path, *, clock: Callable[[], datetime]) -> None:
        super().__init__(file, clock=clock)
        self.dead = False
        self.committed = 0
        self._troubles: dict[int, Trouble] = {}
        self._numbers = count(1)
        self._begun = 0

    def fail(self, *, at: int, when: Trouble) -> None:
        """The transaction that comes after `at` others."""
        self._troubles[self._begun + 1 + at] = when

    def heal(self) -> None:
        self._troubles.clear()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self._begun += 1
        trouble = self._troubles.pop(self._begun, None)
        self._live()
        if trouble == "before":
            raise StoreUnavailable("It is told to fail.")
        async with super().transaction() as work:
            yield work
            self._live()
            if trouble == "undone":
                raise StoreUnavailable("It is told to fail at the end.")
        self.committed += 1
        self._live()
        if trouble == "after":
            raise StoreUnavailable("It is told to lose its answer.")

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Any]:
        self._live()
        async with super().reading() as work:
            yield work

    def _live(self) -> None:
        if self.dead:
            raise Killed


class ShakyIndex(MemoryIndex):
    """Raises what waits in `errors`, one a look."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: deque[Exception] = deque()

    async def search(self, query: Query) -> Matches:
        self._look()
        return await super().search(query)

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        self._look()
        return await super().passages(ids)

    async def totals(self) -> Totals:
        self._look()
        return await super().totals()

    def _look(self) -> None:
        if self.errors:
            raise self.errors.popleft()


class Line:
    """A process's way to the platform: dead once the process is, and its death if the platform `crash`es it."""

    def __init__(self, platform: MemoryChannel, *, dies: Callable[[], None], store: ShakyStore) -> None:
        self._platform = platform
        self._dies = dies
        self._store = store
        self.platform = platform.platform
        self.lacks = platform.lacks
        self.progress_fails: Callable[[], Awaitable[None]] | None = None

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        if self.progress_fails:
            await self.progress_fails()
        await self._platform.progress(conversation, message=message, state=state)

    async def post(self, reply: Reply, *, thread: str) -> str:
        return await self._alive(partial(self._platform.post, reply, thread=thread))

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        return await self._alive(partial(self._platform.placeholder, reply, thread=thread))

    async def update(self, reply: Reply, *, post: str) -> None:
        await self._alive(partial(self._platform.update, reply, post=post))

    async def delete(self, reply: Reply, *, post: str) -> None:
        await self._alive(partial(self._platform.delete, reply, post=post))

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        return await self._alive(partial(self._platform.find, reply, thread=thread))

    async def direct(self, person: str) -> Conversation:
        return await self._platform.direct(person)

    async def _alive(self, call: Callable[[], Awaitable[T]]) -> T:
        if self._store.dead:
            raise Killed
        try:
            return await call()
        except Crashed:
            self._dies()
            raise


class NoCommands:
    """`Commands` of which there are none."""

    def knows(self, word: str) -> bool:
        return False

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool = False, reply: str = "") -> Result:
        raise CommandError("There are no commands.")


def _apart(doing: Coroutine[Any, Any, Any]) -> None:
    """In a loop of its own, whether or not one runs here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, doing).result()


@cache
def routing() -> Routing:
    """Made once: it takes a while, and keeps nothing of what it routes."""
    made = Routing(topics=[], embedder=WordEmbedder(), settings=RouterSection())
    _apart(made._loaded())
    return made


@cache
def _journal() -> bytes:
    """An empty database, made once."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        _apart(SqlStore(file).migrate())
        return file.read_bytes()


@dataclass
class Surroundings:
    """What outlives a process: a store's file, documents, people, the platform, the time."""

    folder: Path
    index: ShakyIndex
    directory: Directory
    platform: MemoryChannel
    clock: Clock = field(default_factory=Clock)
    rooms: Mapping[str, Room] = field(default_factory=dict)
    threshold: float = 0.5
    lease: timedelta = timedelta(seconds=30)
    deadline: timedelta = timedelta(seconds=5)
    commands: Callable[[Process], Any] = lambda process: NoCommands()

    def __post_init__(self) -> None:
        routing()
        self.journal.write_bytes(_journal())

    @property
    def journal(self) -> Path:
        return self.folder / "journal.sqlite"

    async def publish(self, *shelves: DocumentSource) -> None:
        report = await Indexer(index=self.index, catalogue=self.index, embedder=WordEmbedder()).run(shelves)
        assert not report.errors, report.errors


Ask = Callable[[Question], Awaitable[Answer]]
Around = Callable[[Ask], Ask]


class Process:
    """Intake, worker and sender over the surroundings. `name` is its own."""

    def __init__(
        self,
        around: Surroundings,
        *,
        name: str,
        around_ask: Around = lambda ask: ask,
        longest_post: timedelta = timedelta(seconds=30),
    ) -> None:
        """`around_ask` may put something around the router."""
        self.around = around
        self.store = store = ShakyStore(around.journal, clock=around.clock)
        self.line = Line(around.platform, dies=self._die, store=store)
        self.wake = MemoryWakeUps()
        embedder = WordEmbedder()
        self.retriever = Retriever(index=around.index, embedder=embedder)
        router = routes.build_router(
            retriever=self.retriever, embedder=embedder, threshold=around.threshold, routing=routing()
        )

        async def found(question: Question) -> Answer:
            return await self.ask(question)

        async def plainly(question: Question) -> Answer:
            return await routes.ask(router, question)

        self.ask = around_ask(plainly)
        rooms = Rooms(rooms=around.rooms, topics={}, experts=EXPERTS)
        self.desk = desk = Desk(
            promise=Promise(Hours(), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=1)),
            directory=around.directory,
            experts=rooms.usual_experts,
            clock=around.clock,
            events=lambda event: False,
            index=around.index,
        )
        answers = Answers(
            ask=found,
            cache=MemoryCache(),
            index=around.index,
            catalogue=around.index,
            store=store,
            recipe="test",
        )
        questions = Questions(directory=around.directory, answers=answers, rooms=rooms, desk=desk, clock=around.clock)
        channels = {PLATFORM: self.line}
        bot = SupportBot(
            store=store,
            directory=around.directory,
            channels=channels,
            questions=questions,
            presses=Presses(store, channels, rooms, desk, around.clock),
            changes=Changes(store, around.directory, questions, rooms, desk),
            orders=Orders(around.commands(self), around.directory),
            rooms=rooms,
            desk=desk,
        )
        timing = replace(_QUICK, lease=around.lease)
        self.intake = Intake(store=store, directory=around.directory, index=around.index, wake=self.wake)
        self.worker = Worker(
            store=store, wake=self.wake, bot=bot, name=name, timing=timing,
            deadline=around.deadline, attempts=ATTEMPTS,
        )  # fmt: skip
        self.sender = Sender(
            store=store, wake=self.wake, channels=channels, undeliverable=desk.undeliverable, name=name,
            recheck=Recheck(store, around.directory, around.index, desk),
            timing=timing, attempts=ATTEMPTS, longest=longest_post,
        )  # fmt: skip
        self.upkeep = Upkeep(store=store, remind=desk.remind, keep={}, clock=around.clock)
        self._running: list[asyncio.Task[None]] = []

    @property
    def dead(self) -> bool:
        return self.store.dead

    def start(self) -> None:
        self._running = [asyncio.create_task(loop.run()) for loop in (self.worker, self.sender)]

    def _die(self) -> None:
        self.store.dead = True

    async def kill(self) -> None:
        """Whatever it is about, it gets no further."""
        self._die()
        everything = [*self._running, *self.worker._running, *self.sender._running]
        for task in everything:
            task.cancel()
        await asyncio.gather(*everything, return_exceptions=True)
        with suppress(Killed):
            await self.store.close()
