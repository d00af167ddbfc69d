"""Nobody sees what they may not read: whoever asks, wherever, and whatever was said before.

Each document has a word of its own, its marker, in title and text. Whatever becomes visible is looked through for
markers of documents that whoever sees it may not read at that moment. What people type by hand holds none.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from adapters.memory import MemoryChannel
from bot.admin.commands import Admin
from bot.admin.parts import Parts
from bot.errors import ChannelUnavailable, PostRefused
from bot.intake import Asked, Mine, Queue, Why
from bot.models import (
    Action,
    Address,
    Conversation,
    Edited,
    Event,
    Exchange,
    Message,
    Person,
    Pressed,
    Question,
    Reply,
    Role,
    Status,
    Ticket,
    Voted,
)
from bot.service import Room
from bot.service.wording import CLOSED_SINCE, NO_DRAFT
from knowledge.models import Evidence
from tests.e2e.wiring import EXPERTS, PLATFORM, Process, Roster, ShakyIndex, Surroundings
from tests.unit.doubles import Book, Shelf, WordEmbedder

Audience = frozenset[str]

_MARKER: Final = re.compile(r"zq\d+x", re.IGNORECASE)
_AUDIENCES: Final[tuple[Audience, ...]] = tuple(
    frozenset(names) for names in (("members",), ("public",), ("hr",), ("finance",), ("hr", "finance"))
)
_SUBJECTS: Final = ("sabbatical", "bonus", "pension", "parking", "laptop", "severance")
_PEOPLE: Final[dict[str, tuple[Role, tuple[str, ...], bool]]] = {
    "hana": ("asker", ("hr",), False),
    "fred": ("asker", ("finance",), False),
    "both": ("asker", ("hr", "finance"), False),
    "mona": ("asker", (), False),
    "carl": ("asker", (), True),
    "olga": ("asker", ("hr",), True),
    "eve": ("expert", (), False),
    "hugo": ("expert", ("hr",), False),
    "adam": ("admin", ("finance",), False),
}
_ROOMS: Final[dict[str, tuple[str, ...]]] = {
    "lobby": ("members", "public"),
    "hr-room": ("hr", "members", "public"),
    "ledger": ("finance",),
    "shop": ("public",),
    "watched": ("members", "public"),
    "reviewed": ("hr", "members", "public"),
    "experts": ("members", "public"),
    "hr-desk": ("hr", "members", "public"),
}
_QUESTIONS: Final = (
    "What is the rule about {}?",
    "How many days of {} does everybody get?",
    "Who approves the {}?",
    "Who approves the {}?",
    "And for {}?",
)
_FOLLOW_UPS: Final = (
    "How do I reach them?",
    "What do they want?",
    "What is the second one?",
    "And the last one?",
    "Why?",
    "Can I talk to a human please?",
)


HR: Final = frozenset({"hr"})
MEMBERS: Final = frozenset({"members"})
WHO: Final = "Who approves the pension?"
PARKING: Final = "What is the rule about parking?"
FOLLOW_UP: Final = "How do I reach them?"


class Watched(MemoryChannel):
    """Remembers all that was ever shown, as it was shown then."""

    def __init__(self) -> None:
        super().__init__(PLATFORM)
        self.rendered: list[Reply] = []
        self.away = False
        self.missed = 0
        self.closed = ""

    async def post(self, reply: Reply, *, thread: str) -> str:
        if self.away and reply.kind in ("answer", "card", "notice"):
            self.missed += 1
            raise ChannelUnavailable("It is away.", retry_after=timedelta(minutes=2))
        if reply.conversation.channel == self.closed:
            raise PostRefused("It is archived.")
        post = await super().post(reply, thread=thread)
        self.rendered.append(reply)
        return post

    async def update(self, reply: Reply, *, post: str) -> None:
        await super().update(reply, post=post)
        self.rendered.append(reply)


@dataclass
class Organisation:
    """Documents and people that change, the bot among them, and everything that anybody has seen of it."""

    folder: Path
    threshold: float = 0.3
    shelf: Shelf = field(default_factory=lambda: Shelf("docs"))
    platform: Watched = field(default_factory=Watched)
    markers: dict[str, str] = field(default_factory=dict)
    """Of which document a marker is, of all there ever were."""

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._seen = 0
        self.messages: list[Message] = []
        self.crossings: list[str] = []
        self.looks = 0
        self.roster = Roster(
            persons={
                f"{PLATFORM}:{name}": Person(
                    f"{PLATFORM}:{name}", name.capitalize(), role=role, groups=frozenset(groups), external=external
                )
                for name, (role, groups, external) in _PEOPLE.items()
            },
            audiences={f"{PLATFORM}:{name}": frozenset(audience) for name, audience in _ROOMS.items()},
        )
        rooms = {
            "watched": Room(mode="automatic"),
            "reviewed": Room(mode="draft", experts=f"{PLATFORM}:hr-desk"),
            "hr-room": Room(experts=f"{PLATFORM}:hr-desk"),
        }
        self.around = Surroundings(
            folder=self.folder,
            index=ShakyIndex(),
            directory=self.roster,
            platform=self.platform,
            rooms={f"{PLATFORM}:{name}": room for name, room in rooms.items()},
            threshold=self.threshold,
            commands=_commands,
        )
        self.process = Process(self.around, name="only")

    async def open(self) -> None:
        await self.publish()
        self.process.start()

    async def close(self) -> None:
        await self.process.kill()

    # Documents

    def write(self, subject: str, audience: Audience) -> str:
        """A document with a new marker, which it returns."""
        marker = f"Zq{next(self._numbers)}x"
        self.markers[marker] = subject
        days = len(self.markers) + 10
        text = (
            f"# The {subject} {marker}\n"
            f"Everybody gets {days} days of {subject} and the rule about {subject} is {marker}.\n"
            f"The {subject} is approved by {marker} Miller.\n"
        )
        stamp = str(next(self._numbers))
        self.shelf.books[_document(subject)] = Book(text, title=f"{subject} {marker}", stamp=stamp, audience=audience)
        return marker

    def reserve(self, subject: str, audience: Audience) -> None:
        """The same words, for others."""
        book = self.shelf.books.get(_document(subject))
        if book is not None:
            book.audience = audience

    def delete(self, subject: str) -> None:
        self.shelf.books.pop(_document(subject), None)

    async def publish(self) -> None:
        await self.around.publish(self.shelf)

    def readable(self, marker: str, groups: Audience) -> bool:
        """Whether it is in a document that people of these groups may read now."""
        book = self.shelf.books.get(_document(self.markers[marker]))
        return book is not None and marker in book.text and bool((book.audience or frozenset()) & groups)

    # People

    def id(self, name: str) -> str:
        return f"{PLATFORM}:{name}"

    def groups(self, name: str, *groups: str) -> None:
        """From now on they belong to these."""
        self.roster.persons[self.id(name)] = replace(self.roster.persons[self.id(name)], groups=frozenset(groups))

    async def asks(
        self, name: str, text: str, *, room: str = "", thread: str = "", address: Address = "mention"
    ) -> Message:
        """In private unless a room is named; in a new thread unless one is."""
        message = self.message(name, text, room=room, thread=thread, address=address)
        await self.accept(message)
        return message

    def message(
        self, name: str, text: str, *, room: str = "", thread: str = "", address: Address = "mention"
    ) -> Message:
        id = f"m{next(self._numbers)}"
        place = Conversation(PLATFORM, room, thread or id) if room else self.private(name)
        if not room and address != "command":
            address = "direct"
        message = Message(id=id, text=text, address=address, **self._event(name, place, id))
        self.messages.append(message)
        return message

    def private(self, name: str) -> Conversation:
        return Conversation(PLATFORM, f"direct/{name}", private=True)

    async def edits(self, message: Message, text: str) -> None:
        id = f"e{next(self._numbers)}"
        name = message.author.partition(":")[2]
        await self.accept(Edited(message=message.id, text=text, **self._event(name, message.conversation, id)))

    async def presses(self, name: str, action: Action, subject: str, *, at: Conversation, text: str = "") -> None:
        id = f"p{next(self._numbers)}"
        await self.accept(Pressed(action=action, subject=subject, text=text, **self._event(name, at, id)))

    async def votes(self, name: str, reply: Reply, *, helpful: bool) -> None:
        id = f"v{next(self._numbers)}"
        await self.accept(Voted(reply=reply.id, helpful=helpful, **self._event(name, reply.conversation, id)))

    def _event(self, name: str, place: Conversation, key: str) -> dict[str, Any]:
        return {"conversation": place, "author": self.id(name), "at": self.around.clock(), "keys": (key,)}

    async def accept(self, event: Event) -> None:
        """And wait until all that comes of it is there."""
        await self.process.intake.accept(event)
        await self.settles()

    async def is_decided(self) -> None:
        """All that was said is worked on, and all that is to be posted waits for the platform that is away."""
        async with asyncio.timeout(4):
            while True:
                async with self.process.store.reading() as work:
                    asked, decided = await work.inbox.waiting(), await work.outbox.waiting()
                if not asked and 0 < decided <= self.platform.missed and self.process.sender.idle:
                    return
                await asyncio.sleep(0.002)

    async def settles(self) -> None:
        async with asyncio.timeout(4):
            while True:
                async with self.process.store.reading() as work:
                    if not (await work.inbox.waiting() or await work.outbox.waiting()):
                        break
                if self.process.worker.idle and self.process.sender.idle:
                    self.process.wake.notify("outbox")
                await asyncio.sleep(0.002)
        self.look()

    # What can be seen

    def look(self) -> None:
        """At what was shown since the last look."""
        for reply in self.platform.rendered[self._seen :]:
            self._check(_texts(reply), self._readers(reply), f"{reply.kind} in {reply.conversation.room}")
        self._seen = len(self.platform.rendered)

    def _readers(self, reply: Reply) -> Audience:
        """Everything that all who see it may read."""
        if reply.only_for:
            return self.roster.persons[reply.only_for].readable
        if reply.conversation.private:
            return self.roster.persons[self.id(reply.conversation.channel.removeprefix("direct/"))].readable
        return self.roster.audiences[reply.conversation.room]

    def _check(self, texts: Sequence[str], groups: Audience, where: str) -> None:
        self.looks += 1
        for text in texts:
            for marker in map(str.capitalize, _MARKER.findall(text)):
                if not self.readable(marker, groups):
                    self.crossings.append(f"{where}: {marker} ({self.markers[marker]}) in {text!r}")

    async def why(self, name: str, reply: str) -> Exchange | None:
        """What they see when they ask why it was answered so."""
        found = await self.process.intake.ask_now(Why(reply), by=self.id(name))
        assert not isinstance(found, Asked | tuple)
        if found is not None:
            texts = [found.standalone, found.text]
            texts += [f"{each.title} {each.heading_path}" for each in found.sources]
            texts += [f"{each.title} {each.heading_path}" for each in found.found]
            self._check(texts, self.roster.persons[self.id(name)].readable, f"why, to {name}")
        return found

    def replies(self, message: Message) -> list[Reply]:
        return [reply for reply in self.platform.shown() if reply.answers == message.id]

    @property
    def cards(self) -> list[Reply]:
        return [reply for reply in self.platform.shown() if reply.kind == "card"]

    async def tickets(self) -> list[Ticket]:
        async with self.process.store.reading() as work:
            found: list[Ticket] = await work.tickets.in_state("open", "claimed", "answered", "resolved", "cancelled")
            return found

    def crossed(self) -> None:
        assert not self.crossings, "\n".join(self.crossings)


def _document(subject: str) -> str:
    return f"doc{_SUBJECTS.index(subject)}"


def _texts(reply: Reply) -> list[str]:
    cited = [f"{source.title} {' '.join(source.heading_path)} {source.uri}" for source in reply.sources]
    fields = [f"{label}: {value}" for label, value in reply.fields]
    return [reply.title, reply.text, *fields, *cited, *(f"{each.label} {each.asks}" for each in reply.buttons)]


def _commands(process: Process) -> Admin:
    async def search(question: Question) -> Sequence[Evidence]:
        found = await process.retriever.search(question.text, groups=question.groups, today=question.today)
        return found.evidence

    async def status() -> Status:
        raise AssertionError("Nobody asks.")

    def learning() -> Any:
        raise AssertionError("Nobody asks.")

    return Admin(
        Parts(
            store=process.store,
            index=process.around.index,
            embedder=WordEmbedder,
            wake=process.wake,
            ask=process.ask,
            search=search,
            status=status,
            learning=learning,
            desk=lambda: process.desk,
            clock=process.around.clock,
        )
    )


class Audiences(RuleBasedStateMachine):
    """Documents are written, closed and deleted, people come and go, and everybody asks."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._runner = asyncio.Runner()
        self._org: Organisation | None = None

    @property
    def org(self) -> Organisation:
        assert self._org is not None
        return self._org

    def _do(self, doing: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await doing

        done = self._runner.run(awaited())
        self.org.crossed()
        return done

    @initialize(
        threshold=st.sampled_from((0.0, 0.3, 1.0)),
        audiences=st.lists(st.sampled_from(_AUDIENCES), min_size=len(_SUBJECTS), max_size=len(_SUBJECTS)),
    )
    def opens(self, threshold: float, audiences: list[Audience]) -> None:
        self._org = Organisation(Path(self._folder.name), threshold=threshold)
        for subject, audience in zip(_SUBJECTS, audiences, strict=True):
            self.org.write(subject, audience)
        self._do(self.org.open())

    @rule(
        names=st.lists(st.sampled_from(sorted(_PEOPLE)), min_size=1, max_size=4, unique=True),
        subject=st.sampled_from(_SUBJECTS), question=st.sampled_from(_QUESTIONS),
        room=st.sampled_from(("", "", *_ROOMS)),
    )  # fmt: skip
    def people_ask_the_same(self, names: list[str], subject: str, question: str, room: str) -> None:
        for name in names:
            address: Address = "seen" if room == "watched" else "mention"
            self._do(self.org.asks(name, question.format(subject), room=room, address=address))

    @rule(
        which=st.integers(0, 9), text=st.sampled_from(_FOLLOW_UPS), name=st.sampled_from(("", *sorted(_PEOPLE)))
    )  # fmt: skip
    def somebody_follows_up(self, which: int, text: str, name: str) -> None:
        if message := self._message(which):
            author = message.author.partition(":")[2]
            if message.conversation.private:
                self._do(self.org.asks(author, text))
            else:
                place = message.conversation
                self._do(self.org.asks(name or author, text, room=place.channel, thread=place.thread))

    @rule(which=st.integers(0, 9), subject=st.sampled_from(_SUBJECTS))
    def somebody_edits(self, which: int, subject: str) -> None:
        if message := self._message(which):
            self._do(self.org.edits(message, f"What is the rule about {subject} now?"))

    @rule(which=st.integers(0, 9), name=st.sampled_from(("", *sorted(_PEOPLE))))
    def somebody_asks_for_a_person(self, which: int, name: str) -> None:
        if (message := self._message(which)) and (replies := self.org.replies(message)):
            button = next((each for each in replies[0].buttons if each.action == "ask_person"), None)
            if button:
                who = name or message.author.partition(":")[2]
                self._do(self.org.presses(who, "ask_person", button.subject, at=message.conversation))

    @rule(
        which=st.integers(0, 9), name=st.sampled_from(("eve", "hugo")),
        action=st.sampled_from(
            ("take", "send_draft", "send_draft", "go_private", "release", "resolve", "reopen", "wrong_source",
             "make_knowledge")
        ),
    )  # fmt: skip
    def an_expert_presses(self, which: int, name: str, action: Action) -> None:
        cards = self.org.cards
        if cards:
            card = cards[-1 - which % len(cards)]
            self._do(self.org.presses(name, action, str(card.ticket), at=card.conversation))

    @rule(
        name=st.sampled_from(("eve", "hugo", "adam")),
        command=st.sampled_from(("search", "explain", "pin", "gaps", "pins", "feedback")),
        subject=st.sampled_from(_SUBJECTS), question=st.sampled_from(_QUESTIONS),
        room=st.sampled_from(("", "lobby", "shop")),
    )  # fmt: skip
    def somebody_commands(self, name: str, command: str, subject: str, question: str, room: str) -> None:
        words = f" {question.format(subject)}" if command in ("search", "explain", "pin") else ""
        self._do(self.org.asks(name, f"/{command}{words}", room=room, address="command"))

    @rule(name=st.sampled_from(sorted(_PEOPLE)), which=st.integers(0, 9))
    def somebody_asks_why(self, name: str, which: int) -> None:
        if (message := self._message(which)) and (replies := self.org.replies(message)):
            self._do(self.org.why(name, replies[0].id))

    @rule(which=st.integers(0, 9), helpful=st.booleans())
    def somebody_votes(self, which: int, helpful: bool) -> None:
        if (message := self._message(which)) and (replies := self.org.replies(message)):
            self._do(self.org.votes("mona", replies[0], helpful=helpful))

    @rule(subject=st.sampled_from(_SUBJECTS), audience=st.sampled_from(_AUDIENCES))
    def a_document_is_for_others(self, subject: str, audience: Audience) -> None:
        self.org.reserve(subject, audience)
        self._do(self.org.publish())

    @rule(subject=st.sampled_from(_SUBJECTS), audience=st.sampled_from(_AUDIENCES))
    def a_document_is_written_anew(self, subject: str, audience: Audience) -> None:
        self.org.write(subject, audience)
        self._do(self.org.publish())

    @rule(subject=st.sampled_from(_SUBJECTS))
    def a_document_is_deleted(self, subject: str) -> None:
        self.org.delete(subject)
        self._do(self.org.publish())

    @rule(name=st.sampled_from(sorted(_PEOPLE)), groups=st.sampled_from(((), ("hr",), ("finance",), ("hr", "finance"))))
    def somebody_changes_groups(self, name: str, groups: tuple[str, ...]) -> None:
        self.org.groups(name, *groups)

    @rule(room=st.sampled_from(sorted(_ROOMS)), audience=st.sampled_from(sorted(set(_ROOMS.values()))))
    def a_channel_is_for_others(self, room: str, audience: tuple[str, ...]) -> None:
        self.org.roster.audiences[f"{PLATFORM}:{room}"] = frozenset(audience)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        async def looks() -> None:
            await self.org.process.upkeep.look()
            await self.org.settles()

        self.org.around.clock.turn(timedelta(hours=hours))
        self._do(looks())

    def _message(self, which: int) -> Message | None:
        """One of the latest."""
        messages = self.org.messages
        return messages[-1 - which % len(messages)] if messages else None

    def teardown(self) -> None:
        try:
            if self._org is not None:
                self._runner.run(self._org.close())
        finally:
            self._runner.close()
            self._folder.cleanup()


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    """HR's pension, everybody's parking; answers are given."""
    org = Organisation(tmp_path)
    org.write("pension", HR)
    org.write("parking", MEMBERS)
    return org


@pytest.fixture
def unsure(tmp_path: Path) -> Organisation:
    """Where every answer is but a draft."""
    org = Organisation(tmp_path, threshold=1.0)
    org.write("pension", HR)
    org.write("parking", MEMBERS)
    return org


@asynccontextmanager
async def at_work(org: Organisation) -> AsyncIterator[None]:
    """Nothing may have crossed at the end."""
    await org.open()
    try:
        yield
        org.crossed()
    finally:
        await org.close()


def shows(org: Organisation, message: Message, subject: str) -> bool:
    """Whether what came of a message has the marker of a document."""
    texts = [text for reply in org.replies(message) for text in _texts(reply)]
    return any(org.markers.get(marker) == subject for text in texts for marker in _MARKER.findall(text))


async def test_what_was_answered_to_hr_is_not_answered_to_a_member_from_the_cache(org: Organisation) -> None:
    async with at_work(org):
        assert shows(org, await org.asks("hana", WHO), "pension")
        assert not shows(org, await org.asks("mona", WHO), "pension")
        assert shows(org, await org.asks("hana", WHO), "pension")


async def test_a_question_of_hr_in_a_channel_is_answered_for_the_channel(org: Organisation) -> None:
    async with at_work(org):
        assert shows(org, await org.asks("hana", WHO), "pension")
        assert not shows(org, await org.asks("hana", WHO, room="lobby"), "pension")
        assert shows(org, await org.asks("hana", WHO, room="hr-room"), "pension")


async def test_a_cached_answer_says_who_may_read_it_today(org: Organisation) -> None:
    org.write("parking", MEMBERS)
    async with at_work(org):
        before = await org.asks("hana", PARKING)
        org.reserve("parking", HR)
        await org.publish()
        after = await org.asks("hana", PARKING)
        assert [reply.sources[0].audience for reply in (*org.replies(before), *org.replies(after))] == [MEMBERS, HR]
        assert not shows(org, await org.asks("mona", PARKING), "parking")


async def test_a_deleted_document_is_quoted_no_more(org: Organisation) -> None:
    async with at_work(org):
        assert shows(org, await org.asks("hana", WHO), "pension")
        org.delete("pension")
        await org.publish()
        assert not shows(org, await org.asks("hana", WHO), "pension")


async def test_the_card_of_a_private_question_has_no_draft_that_its_channel_may_not_read(unsure: Organisation) -> None:
    async with at_work(unsure):
        await unsure.asks("hana", WHO)
        await unsure.asks("mona", PARKING)
        first, second = unsure.cards
        assert "Draft" not in dict(first.fields)
        assert "not shown" in dict(first.fields)["Why you"]
        assert "Draft" in dict(second.fields)


async def test_a_card_loses_its_draft_when_the_document_is_closed(unsure: Organisation) -> None:
    async with at_work(unsure):
        await unsure.asks("mona", PARKING)
        (card,) = unsure.cards
        unsure.reserve("parking", HR)
        await unsure.publish()
        await unsure.presses("eve", "take", str(card.ticket), at=card.conversation)
        (card,) = unsure.cards
        assert "Draft" not in dict(card.fields)
        assert "send_draft" not in [button.action for button in card.buttons]


@pytest.mark.parametrize("closed_to", ["experts", "asker"])
async def test_a_draft_that_one_side_may_not_read_any_more_is_not_sent(unsure: Organisation, closed_to: str) -> None:
    unsure.roster.audiences[EXPERTS] |= HR
    async with at_work(unsure):
        await unsure.asks("hana", WHO)
        (card,) = unsure.cards
        assert "Draft" in dict(card.fields)
        if closed_to == "asker":
            unsure.groups("hana")
        else:
            unsure.roster.audiences[EXPERTS] -= HR
        await unsure.presses("hugo", "send_draft", str(card.ticket), at=card.conversation)
        shown = unsure.platform.shown()
        assert not any(reply.kind == "relay" for reply in shown)
        assert [reply.text for reply in shown if reply.only_for] == [NO_DRAFT]


@asynccontextmanager
async def while_the_platform_is_away(org: Organisation) -> AsyncIterator[None]:
    """What was decided before waits for more than a minute."""
    org.platform.away = True
    async with at_work(org):
        yield
        org.platform.away = False
        org.around.clock.turn(timedelta(minutes=3))
        await org.settles()


async def test_an_answer_that_waits_for_its_platform_is_shown_to_those_who_may_read_it_then(org: Organisation) -> None:
    asked = org.message("mona", PARKING)
    async with while_the_platform_is_away(org):
        await org.process.intake.accept(asked)
        await org.is_decided()
        org.reserve("parking", HR)
        await org.publish()
    (reply,) = org.replies(asked)
    assert (reply.text, reply.sources, reply.votes) == (CLOSED_SINCE, (), False)


async def test_an_answer_that_waits_is_shown_whole_if_nothing_has_changed(org: Organisation) -> None:
    asked = org.message("mona", PARKING)
    async with while_the_platform_is_away(org):
        await org.process.intake.accept(asked)
        await org.is_decided()
    assert shows(org, asked, "parking")


async def test_a_card_that_waits_loses_its_draft_when_the_document_is_closed(unsure: Organisation) -> None:
    asked = unsure.message("mona", PARKING)
    async with while_the_platform_is_away(unsure):
        await unsure.process.intake.accept(asked)
        await unsure.is_decided()
        unsure.reserve("parking", HR)
        await unsure.publish()
    (card,), (notice,) = unsure.cards, unsure.replies(asked)
    assert "Draft" not in dict(card.fields)
    assert "as #1" in notice.text


async def test_a_card_that_its_channel_refuses_goes_to_the_usual_experts(unsure: Organisation) -> None:
    unsure.platform.closed = "hr-desk"
    async with at_work(unsure):
        await unsure.asks("hana", PARKING, room="hr-room")
        (card,) = unsure.cards
        assert card.conversation.room == EXPERTS
        assert "could not be posted in memory:hr-desk" in dict(card.fields)["Why you"]
        await unsure.presses("eve", "take", str(card.ticket), at=card.conversation)
        (card,) = unsure.cards
        assert "taken" in card.title


async def test_who_asked_hears_that_nobody_could_be_reached(unsure: Organisation) -> None:
    unsure.platform.closed = "experts"
    async with at_work(unsure):
        asked = await unsure.asks("mona", PARKING)
        assert unsure.cards == []
        assert "could not reach anybody" in unsure.platform.shown(asked.conversation)[-1].text


async def test_a_draft_is_sent_while_both_sides_may_read_it(unsure: Organisation) -> None:
    unsure.roster.audiences[EXPERTS] |= HR
    async with at_work(unsure):
        await unsure.asks("hana", WHO)
        (card,) = unsure.cards
        await unsure.presses("hugo", "send_draft", str(card.ticket), at=card.conversation)
        (relay,) = [reply for reply in unsure.platform.shown() if reply.kind == "relay"]
        assert _MARKER.search(relay.text)


async def test_an_edited_question_is_answered_with_the_rights_of_today(org: Organisation) -> None:
    async with at_work(org):
        asked = await org.asks("hana", WHO)
        assert shows(org, asked, "pension")
        org.groups("hana")
        await org.edits(asked, "Who approves the pension now?")
        assert not shows(org, asked, "pension")


async def test_asking_a_person_later_shows_experts_what_they_may_read_then(org: Organisation) -> None:
    async with at_work(org):
        asked = await org.asks("mona", PARKING)
        (answer,) = org.replies(asked)
        org.reserve("parking", HR)
        await org.publish()
        await org.presses("mona", "ask_person", answer.id, at=asked.conversation)
        (card,) = org.cards
        assert "Draft" not in dict(card.fields)


async def test_asking_a_person_tells_experts_nothing_of_answers_before(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("hana", WHO)
        asked = await org.asks("hana", FOLLOW_UP)
        (answer,) = org.replies(asked)
        assert _MARKER.search(answer.text)
        await org.presses("hana", "ask_person", answer.id, at=asked.conversation)
        (card,) = org.cards
        assert "pension" in card.text


async def test_a_human_is_told_nothing_of_answers_before(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("hana", WHO)
        await org.asks("hana", FOLLOW_UP)
        await org.asks("hana", "Can I talk to a human please?")
        (card,) = org.cards
        assert "pension" in card.text


async def test_how_a_question_was_understood_is_shown_without_what_was_answered_before(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("hana", WHO)
        asked = await org.asks("hana", FOLLOW_UP)
        found = await org.why("eve", org.replies(asked)[0].id)
        assert found is not None
        assert "pension" in found.standalone
        await org.asks("eve", f"/explain {found.id}", address="command")


@pytest.mark.parametrize("lost_by", ["asker", "document"])
async def test_a_follow_up_points_at_nothing_that_may_not_be_read_any_more(tmp_path: Path, lost_by: str) -> None:
    org = Organisation(tmp_path, threshold=0.0)  # something is always answered, and what was understood is said
    org.write("pension", HR)
    org.write("parking", MEMBERS)
    async with at_work(org):
        await org.asks("hana", WHO)
        if lost_by == "asker":
            org.groups("hana")
        else:
            org.reserve("pension", frozenset({"finance"}))
            await org.publish()
        assert not shows(org, await org.asks("hana", FOLLOW_UP), "pension")


async def test_a_follow_up_points_at_nothing_of_a_draft_that_may_not_be_read_any_more(unsure: Organisation) -> None:
    unsure.roster.audiences[EXPERTS] |= HR
    async with at_work(unsure):
        await unsure.asks("hana", WHO)
        (card,) = unsure.cards
        for action in ("send_draft", "resolve"):
            await unsure.presses("hugo", action, str(card.ticket), at=card.conversation)
        unsure.groups("hana")
        assert not shows(unsure, await unsure.asks("hana", FOLLOW_UP), "pension")


async def test_a_follow_up_in_a_channel_knows_nothing_of_an_answer_in_private(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("hana", WHO)
        assert not shows(org, await org.asks("hana", FOLLOW_UP, room="lobby"), "pension")


async def test_a_pin_is_for_those_it_was_made_for(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("adam", f"/pin {PARKING}", address="command")
        assert shows(org, await org.asks("mona", PARKING), "parking")
        assert not shows(org, await org.asks("carl", PARKING), "parking")
        org.reserve("parking", HR)
        await org.publish()
        assert not shows(org, await org.asks("mona", PARKING), "parking")


async def test_a_wrong_source_is_not_named_to_those_who_may_not_read_it(unsure: Organisation) -> None:
    async with at_work(unsure):
        await unsure.asks("mona", PARKING)
        (card,) = unsure.cards
        unsure.reserve("parking", HR)
        await unsure.publish()
        await unsure.presses("eve", "wrong_source", str(card.ticket), at=card.conversation)
        assert not any(_document("parking") in reply.text for reply in unsure.platform.shown())


async def test_why_shows_experts_no_answer_that_they_may_not_read(org: Organisation) -> None:
    async with at_work(org):
        asked = await org.asks("hana", WHO)
        found = await org.why("eve", org.replies(asked)[0].id)
        assert found is not None
        assert not found.sources
        assert not _MARKER.search(found.text)


async def test_whoever_loses_rights_sees_old_answers_no_more_in_their_own_list(org: Organisation) -> None:
    async with at_work(org):
        await org.asks("hana", WHO)
        org.groups("hana")
        mine = await org.process.intake.ask_now(Mine(), by=org.id("hana"))
        assert isinstance(mine, Asked)
        assert mine.exchanges
        assert not any(_MARKER.search(exchange.text) or exchange.sources for exchange in mine.exchanges)


async def test_the_queue_shows_no_draft_that_an_expert_may_not_read(unsure: Organisation) -> None:
    async with at_work(unsure):
        await unsure.asks("hana", WHO)
        queue = await unsure.process.intake.ask_now(Queue(), by=unsure.id("eve"))
        assert isinstance(queue, tuple)
        assert queue
        assert not any(_MARKER.search(ticket.draft) or ticket.sources for ticket in queue)


LONG: Final = int(os.environ.get("DESKHAND_LONG", "1"))
TestAudiences = Audiences.TestCase
TestAudiences.settings = settings(
    max_examples=12 * LONG,
    stateful_step_count=50,
    deadline=None,
    derandomize=LONG == 1,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
