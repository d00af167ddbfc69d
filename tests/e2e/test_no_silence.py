"""No message ends in silence, whatever breaks, and none is answered twice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from adapters.memory import MemoryChannel, MemoryPost
from bot.errors import StoreUnavailable
from bot.models import (
    Action,
    Address,
    Answer,
    Capability,
    Conversation,
    Job,
    Message,
    Person,
    Pressed,
    Question,
    Reply,
    Stopped,
    made_id,
)
from knowledge.errors import IndexCorrupt, IndexUnavailable
from tests.e2e.wiring import PLATFORM, Ask, Process, Roster, ShakyIndex, Surroundings, Trouble
from tests.unit.doubles import Shelf

_TEXTS: Final = (
    "How many days of annual leave do I get?",
    "What does a parking space cost?",
    "Where is the zebra of the quux?",
    "Can I talk to a human please?",
    "Thank you!",
    "And for part-timers?",
)
_PEOPLE: Final = ("ann", "bob")
_THREADS: Final = ("t1", "t2")
_WRITTEN: Final = st.tuples(st.sampled_from(_PEOPLE), st.sampled_from(_TEXTS), st.sampled_from(("direct", *_THREADS)))


_ACTIONS: Final[tuple[Action, ...]] = ("take", "release", "send_draft", "resolve", "reopen", "not_a_request")


class Router:
    """What stands before the router: `errors` it raises, and how often it does not answer at all."""

    def __init__(self) -> None:
        self.errors = 0
        self.hangs = 0

    def around(self, ask: Ask) -> Ask:
        async def shaky(question: Question) -> Answer:
            if self.errors:
                self.errors -= 1
                raise RuntimeError("The router is told to fail.")
            if self.hangs:
                self.hangs -= 1
                await asyncio.Event().wait()
            return await ask(question)

        return shaky


@dataclass
class Office:
    """Processes that come and go, and what was asked of them."""

    around: Surroundings
    router: Router

    def __post_init__(self) -> None:
        self._names = count(1)
        self.front = Process(self.around, name="front")
        self.process = self.new()
        self.kept: list[Message] = []
        self.refused: list[Message] = []
        self._ids = count(1)

    @property
    def platform(self) -> MemoryChannel:
        return self.around.platform

    def new(self) -> Process:
        return Process(self.around, name=f"worker-{next(self._names)}", around_ask=self.router.around)

    async def deliver(self, message: Message) -> bool:
        """Whether it was acknowledged; what was not is delivered again later."""
        before = self.front.store.committed
        try:
            await self.front.intake.accept(message)
        except StoreUnavailable:
            if message not in self.refused:
                self.refused.append(message)
            acknowledged = False
        else:
            acknowledged = True
        if self.front.store.committed > before and message not in self.kept:
            self.kept.append(message)
        return acknowledged

    def message(self, author: str, text: str, *, conversation: Conversation, address: Address) -> Message:
        id = f"m{next(self._ids)}"
        return Message(
            conversation=conversation,
            author=f"{PLATFORM}:{author}",
            at=self.around.clock(),
            keys=(f"{PLATFORM}:{id}",),
            id=id,
            text=text,
            address=address,
        )

    async def press(self, author: str, place: Conversation, action: Action, subject: str) -> None:
        id = f"p{next(self._ids)}"
        event = Pressed(
            conversation=place, author=f"{PLATFORM}:{author}", at=self.around.clock(), keys=(id,),
            action=action, subject=subject,
        )  # fmt: skip
        with suppress(StoreUnavailable):
            await self.front.intake.accept(event)

    def card(self, which: int) -> MemoryPost | None:
        """One of those that stand in the experts' channel, if they can write under it."""
        cards = [post for post in self.platform.posts if post.reply.kind == "card" and not post.placeholder]
        return cards[which % len(cards)] if cards and "threads" not in self.platform.lacks else None

    async def work(self, seconds: float) -> None:
        """Let them do what they do; what has died stays dead."""
        async with asyncio.timeout(seconds + 5):
            await asyncio.sleep(seconds)

    async def kill(self) -> None:
        await self.process.kill()
        self.process = self.new()
        self.process.start()

    def heal(self) -> None:
        for store in (self.front.store, self.process.store):
            store.heal()
        self.around.index.errors.clear()
        self.roster.fails = 0
        self.router.errors = self.router.hangs = 0
        self.platform._mishaps.clear()

    async def settle(self) -> None:
        """All faults are gone: what was not acknowledged comes again, and everything is done in the end."""
        self.heal()
        for message in self.refused:
            assert await self.deliver(message)
        self.refused.clear()
        for _ in range(400):
            if self.process.dead:
                await self.kill()
            async with self.front.store.reading() as work:
                if not (await work.inbox.waiting() or await work.outbox.waiting()):
                    return
            if self.process.worker.idle and self.process.sender.idle:
                # What was put off is due.
                self.around.clock.turn(timedelta(minutes=61))
            await asyncio.sleep(0.01)
        raise AssertionError("It does not come to an end.")

    async def close(self) -> None:
        await self.process.kill()
        await self.front.store.close()

    @property
    def roster(self) -> Roster:
        assert isinstance(self.around.directory, Roster)
        return self.around.directory

    def direct(self, author: str, text: str) -> Message:
        return self.message(author, text, conversation=conversation(author), address="direct")

    def outcomes(self, message: Message) -> list[Reply]:
        return [reply for reply in self.platform.shown() if reply.answers == message.id]

    def under_card(self) -> Conversation:
        """The thread of the latest card."""
        post = next(post for post in reversed(self.platform.posts) if post.reply.kind == "card")
        return replace(post.reply.conversation, thread=post.id)

    async def said(self, message: Message, *, within: float = 10) -> None:
        await self.eventually(lambda: bool(self.outcomes(message)), within=within)

    async def begun(self) -> None:
        await self.eventually(lambda: not self.process.worker.idle)

    async def stays_busy(self) -> None:
        """Somebody always waits for an answer."""
        for number in count():
            self.router.hangs = 1
            asked = self.direct(f"guest{number}", _TEXTS[0] + str(number))
            await self.deliver(asked)
            await asyncio.sleep(0.1)

    async def eventually(self, is_so: Callable[[], bool], *, within: float = 10) -> None:
        async with asyncio.timeout(within):
            while not is_so():  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    async def check(self) -> None:
        """Each message has its one outcome, in the order in which they came."""
        async with self.front.store.reading() as work:
            tickets = await work.tickets.in_state("open", "claimed", "answered", "resolved", "cancelled")
            failed = [reply for reply, _ in await work.outbox.failed(limit=1000)]
            states = {message.conversation: await work.turns.state(message.conversation) for message in self.kept}
        shown = self.platform.shown()
        for message in self.kept:
            answers = [reply for reply in shown if reply.answers == message.id]
            cards = [ticket.card for ticket in tickets]
            passed_on = {made_id(kind, card, message.id) for card in cards for kind in ("note", "relay")}
            relays = [reply for reply in shown if reply.id in passed_on]
            owner = states[message.conversation].owner
            told = f"{message.id} ({message.address}, {message.text!r}): {answers} {relays}"
            assert len(answers) <= 1, f"Answered twice: {told}"
            assert len(relays) <= 1, f"Relayed twice: {told}"
            given_up = any(reply.answers == message.id or reply.id in passed_on for reply in failed)
            silence = not (answers or relays or given_up)
            assert not silence or (owner and not owner.startswith("ticket:")), f"Silence: {told}"
        self._in_order(shown)

    def _in_order(self, shown: Sequence[Reply]) -> None:
        came = {message.id: at for at, message in enumerate(self.kept)}
        for conversation in {message.conversation for message in self.kept}:
            order = [came[reply.answers] for reply in shown if reply.conversation == conversation and reply.answers]
            assert order == sorted(order), f"Out of order in {conversation.id}: {order}"


def office(folder: Path, *, lacks: frozenset[Capability] = frozenset(), **around: Any) -> Office:
    roster = Roster(
        persons={
            f"{PLATFORM}:ann": Person(f"{PLATFORM}:ann", "Ann"),
            f"{PLATFORM}:bob": Person(f"{PLATFORM}:bob", "Bob"),
            f"{PLATFORM}:eve": Person(f"{PLATFORM}:eve", "Eve", role="expert"),
        }
    )
    platform = MemoryChannel(PLATFORM, lacks=lacks, delay=timedelta(milliseconds=1))
    given = {"threshold": 0.3, **around}
    made = Surroundings(folder=folder, index=ShakyIndex(), directory=roster, platform=platform, **given)
    return Office(made, Router())


@asynccontextmanager
async def running(office: Office) -> AsyncIterator[None]:
    await opened(office)
    try:
        yield
    finally:
        await office.close()


async def opened(office: Office) -> Office:
    shelf = Shelf()
    shelf.put(
        leave="# Annual leave\nEverybody gets 25 days of annual leave. Part-timers get 12 days.",
        parking="# Parking\nA parking space in the garage costs 4 EUR a day.",
    )
    await office.around.publish(shelf)
    office.process.start()
    return office


def conversation(place: str) -> Conversation:
    if place in _PEOPLE:
        return Conversation(PLATFORM, f"direct/{place}", private=True)
    return Conversation(PLATFORM, "lobby", place)


class NoSilence(RuleBasedStateMachine):
    """People write, things break, and in the end everybody has heard."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._office: Office | None = None
        self.unchecked = 0

    @property
    def office(self) -> Office:
        assert self._office is not None
        return self._office

    def _do(self, doing: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await doing

        return self._runner.run(awaited())

    @initialize(lacks=st.sampled_from([frozenset(), frozenset({"find"}), frozenset({"threads", "only_for"})]))
    def opens(self, lacks: frozenset[Capability]) -> None:
        self._office = office(
            Path(self._folder.name), lacks=lacks, deadline=timedelta(seconds=0.2), lease=timedelta(seconds=1)
        )
        self._do(opened(self.office))

    @rule(written=st.lists(_WRITTEN, min_size=1, max_size=4))
    def people_write(self, written: list[tuple[str, str, str]]) -> None:
        self.unchecked += len(written)
        for who, text, here in written:
            direct = here == "direct"
            place = conversation(who if direct else here)
            if place.thread and "threads" in self.office.platform.lacks:
                place = replace(place, thread="")
            message = self.office.message(who, text, conversation=place, address="direct" if direct else "mention")
            self._do(self.office.deliver(message))

    @rule(which=st.integers(0, 20))
    def the_platform_delivers_again(self, which: int) -> None:
        if kept := self.office.kept:
            self._do(self.office.deliver(kept[which % len(kept)]))

    @rule(milliseconds=st.sampled_from((0, 3, 20, 60)))
    def time_passes(self, milliseconds: int) -> None:
        self._do(self.office.work(milliseconds / 1000))

    @rule(hours=st.sampled_from((-5, -1, 1, 5)))
    def the_clock_jumps(self, hours: int) -> None:
        self.office.around.clock.turn(timedelta(hours=hours))

    @rule(times=st.integers(1, 6), kind=st.sampled_from((IndexUnavailable, IndexCorrupt, RuntimeError)))
    def the_index_fails(self, times: int, kind: type[Exception]) -> None:
        self.office.around.index.errors.extend(kind("It is told to fail.") for _ in range(times))

    @rule(
        at=st.integers(0, 6), times=st.integers(1, 3), when=st.sampled_from(("before", "undone", "after")),
        front=st.booleans(),
    )  # fmt: skip
    def the_store_fails(self, at: int, times: int, when: Trouble, front: bool) -> None:
        store = (self.office.front if front else self.office.process).store
        for number in range(times):
            store.fail(at=at + number, when=when)

    @rule(what=st.sampled_from(("fail", "refuse", "lose", "crash")), times=st.integers(1, 3))
    def the_platform_fails(self, what: str, times: int) -> None:
        getattr(self.office.platform, what)(times if what in ("fail", "lose") else 1)

    @rule(times=st.integers(1, 4))
    def the_router_raises(self, times: int) -> None:
        self.office.router.errors += times

    @rule()
    def the_router_hangs(self) -> None:
        self.office.router.hangs += 1

    @rule(times=st.integers(1, 4))
    def the_directory_fails(self, times: int) -> None:
        self.office.roster.fails += times

    @rule()
    def the_process_is_killed(self) -> None:
        self._do(self.office.kill())

    @rule(which=st.integers(0, 9), text=st.sampled_from(("Yes.", "No, it is closed on Sundays.")))
    def an_expert_answers(self, which: int, text: str) -> None:
        if card := self.office.card(which):
            place = replace(card.reply.conversation, thread=card.id)
            message = self.office.message("eve", text, conversation=place, address="seen")
            self._do(self.office.deliver(message))

    @rule(which=st.integers(0, 9), action=st.sampled_from(_ACTIONS))
    def an_expert_presses(self, which: int, action: Action) -> None:
        if card := self.office.card(which):
            self._do(self.office.press("eve", card.reply.conversation, action, str(card.reply.ticket)))

    @precondition(lambda self: self.unchecked >= 6)
    @rule()
    def all_is_well_again(self) -> None:
        self.unchecked = 0
        self._do(self.office.settle())
        self._do(self.office.check())

    def teardown(self) -> None:
        try:
            if self._office is not None:
                self._do(self.office.settle())
                self._do(self.office.check())
        finally:
            if self._office is not None:
                self._do(self.office.close())
            self._runner.close()
            self._folder.cleanup()


@pytest.fixture
def bare(tmp_path: Path) -> Office:
    return office(tmp_path, deadline=timedelta(seconds=0.3))


async def test_whoever_asks_the_same_while_the_first_is_never_answered_is_answered(bare: Office) -> None:
    async with running(bare):
        bare.router.hangs = 1
        first, second = bare.direct("ann", _TEXTS[0]), bare.direct("bob", _TEXTS[0])
        assert await bare.deliver(first)
        await bare.begun()
        await asyncio.sleep(0.1)
        assert await bare.deliver(second)
        await bare.said(second, within=3)
        assert [reply.kind for reply in bare.outcomes(first)] == ["apology"]
        assert [reply.kind for reply in bare.outcomes(second)] == ["answer"]


@pytest.mark.parametrize("how", ["raises", "hangs"])
async def test_progress_that_cannot_be_shown_holds_up_nothing(bare: Office, how: str) -> None:
    async def fails() -> None:
        if how == "raises":
            raise RuntimeError("Nobody expected that.")
        await asyncio.Event().wait()

    bare.around.deadline = timedelta(seconds=5)
    bare.process = bare.new()
    bare.process.line.progress_fails = fails
    async with running(bare):
        for text in _TEXTS[:2]:
            asked = bare.direct("ann", text)
            assert await bare.deliver(asked)
            await bare.said(asked, within=4)
            assert [reply.kind for reply in bare.outcomes(asked)] == ["answer"]


async def test_what_an_asker_adds_in_their_thread_reaches_the_experts_though_the_directory_is_broken(
    bare: Office,
) -> None:
    async with running(bare):
        asked = bare.message("ann", _TEXTS[3], conversation=conversation("t1"), address="mention")
        assert await bare.deliver(asked)
        await bare.said(asked)
        bare.roster.fails = 100
        added = bare.message("ann", "It is urgent.", conversation=conversation("t1"), address="seen")
        assert await bare.deliver(added)
        await bare.eventually(lambda: any("It is urgent." in reply.text for reply in bare.platform.shown()))


async def test_an_expert_hears_that_an_answer_could_not_be_passed_on(bare: Office) -> None:
    async with running(bare):
        asked = bare.direct("ann", _TEXTS[3])
        assert await bare.deliver(asked)
        await bare.said(asked)
        bare.roster.fails = 100
        answer = bare.message("eve", "Ask at the desk.", conversation=bare.under_card(), address="seen")
        assert await bare.deliver(answer)
        await bare.eventually(lambda: any("not passed on" in reply.text for reply in bare.platform.shown()))


async def test_a_follow_up_in_its_own_thread_is_no_less_addressed_than_a_mention(bare: Office) -> None:
    async with running(bare):
        asked = bare.message("ann", _TEXTS[0], conversation=conversation("t1"), address="mention")
        assert await bare.deliver(asked)
        await bare.said(asked)
        bare.roster.fails = 100
        more = bare.message("ann", _TEXTS[1], conversation=conversation("t1"), address="seen")
        assert await bare.deliver(more)
        await bare.said(more)


async def test_a_claim_whose_answer_was_lost_is_not_held_by_a_busy_worker(tmp_path: Path) -> None:
    bare = office(tmp_path, lease=timedelta(seconds=0.6), deadline=timedelta(seconds=1))
    claim = bare.process.worker.claim
    lost: list[Job] = []

    async def claims_without_hearing(limit: int) -> list[Job]:
        jobs = await claim(limit)
        if jobs and not bare.process.worker.idle and not lost:
            lost.extend(jobs)
            raise StoreUnavailable("The connection was lost while it committed.")
        return jobs

    bare.process.worker.claim = claims_without_hearing  # type: ignore[method-assign]
    async with running(bare):
        bare.router.hangs = 1
        assert await bare.deliver(bare.direct("ann", _TEXTS[0]))
        await bare.begun()
        asked = bare.direct("bob", _TEXTS[1])
        assert await bare.deliver(asked)
        busy = asyncio.create_task(bare.stays_busy())
        await bare.said(asked, within=6)
        busy.cancel()
        assert lost


async def test_a_machine_that_slept_while_it_posted_posts_once(bare: Office) -> None:
    async with running(bare):
        bare.platform.delay = timedelta(seconds=0.3)
        asked = bare.direct("ann", _TEXTS[0])
        assert await bare.deliver(asked)
        await bare.eventually(lambda: not bare.process.sender.idle)
        bare.around.clock.turn(timedelta(hours=1))
        await bare.said(asked)
        await asyncio.sleep(0.8)
        assert len(bare.outcomes(asked)) == 1


async def test_a_post_that_never_ends_is_tried_again(bare: Office) -> None:
    bare.process = Process(bare.around, name="impatient", longest_post=timedelta(seconds=0.2))
    bare.platform.delay = timedelta(hours=1)
    async with running(bare):
        asked = bare.direct("ann", _TEXTS[0])
        assert await bare.deliver(asked)
        await bare.eventually(lambda: not bare.process.sender.idle)
        bare.platform.delay = timedelta(0)
        await bare.said(asked)


async def test_a_directory_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    bare = office(tmp_path, deadline=timedelta(seconds=1.5))
    async with running(bare):
        bare.roster.hangs = True
        asked = bare.direct("ann", _TEXTS[0])
        assert await bare.deliver(asked)
        await bare.said(asked)
        assert [reply.kind for reply in bare.outcomes(asked)] == ["apology"]


async def test_a_directory_that_stops_answering_while_a_ticket_is_opened_holds_up_nobody(tmp_path: Path) -> None:
    bare = office(tmp_path, deadline=timedelta(seconds=1.5), threshold=1.0)
    async with running(bare):
        bare.roster.silent = True
        unsure, other = bare.direct("ann", _TEXTS[0]), bare.direct("bob", _TEXTS[4])
        assert await bare.deliver(unsure)
        await bare.begun()
        assert await bare.deliver(other)
        await bare.said(other)
        await bare.said(unsure)
        assert [reply.kind for reply in bare.outcomes(unsure)] == ["apology"]


async def test_who_stops_the_bot_stops_it_for_nobody_else(bare: Office) -> None:
    thread = conversation("t1")
    mine = bare.message("ann", _TEXTS[0], conversation=thread, address="mention")
    theirs = bare.message("bob", _TEXTS[1], conversation=thread, address="mention")
    stop = Stopped(conversation=thread, author=mine.author, at=mine.at, keys=("stop",))
    for event in (mine, theirs, stop):
        await bare.front.intake.accept(event)
    async with running(bare):
        await bare.said(theirs, within=2)


LONG: Final = int(os.environ.get("DESKHAND_LONG", "1"))
TestNoSilence = NoSilence.TestCase
TestNoSilence.settings = settings(
    max_examples=12 * LONG,
    stateful_step_count=60,
    deadline=None,
    phases=[Phase.generate],
    derandomize=LONG == 1,
    database=None,
    suppress_health_check=list(HealthCheck),
)
