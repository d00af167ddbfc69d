"""Both sides of a chat over the journal: what is typed becomes events, what is posted is shown to whom it is for."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from rich.console import Console, RenderableType

from adapters.terminal.failures import WrongUsage
from adapters.terminal.journal import forms
from adapters.terminal.journal.asker import Asker
from adapters.terminal.journal.expert import Expert
from adapters.terminal.journal.feed import Feed
from adapters.terminal.journal.markdown import markdown, plain
from adapters.terminal.journal.pen import Pen, name_of
from adapters.terminal.journal.session import Session, Talk
from bot.errors import StoreUnavailable
from bot.models import (
    Button,
    Conversation,
    Deleted,
    Edited,
    Event,
    Exchange,
    Message,
    Posted,
    Pressed,
    Reply,
    Source,
    Stopped,
    Ticket,
    Voted,
)

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
BOB = Conversation("terminal", "bob", private=True)
EXPERTS = Conversation("terminal", "experts")
SOURCE = Source(
    1, "Annual leave", ("How much",), "file:///leave.md", "leave.md", "p1", "h", frozenset(), date(2026, 3, 1), "HR"
)
ANSWER = Reply(
    "a1",
    "answer",
    BOB,
    "Everybody gets **25 days** a year. [1]",
    sources=(SOURCE,),
    buttons=(Button("ask_person", "Ask a person", "a1"),),
    votes=True,
)
CARD = Reply(
    "c1",
    "card",
    EXPERTS,
    "bob asks: Lounges?",
    title="#1 · open",
    fields=(("Question", "> Lounges?"), ("Asked by", "bob in private"), ("Draft", "Perhaps **not**. [1]")),
    sources=(SOURCE,),
    buttons=(Button("take", "Take it", "1"), Button("edit_and_send", "Edit and send", "1", asks="Answer")),
    ticket=1,
)
TAKEN = replace(
    CARD,
    title="#1 · taken",
    fields=(*CARD.fields, ("With", "expert")),
    buttons=(Button("release", "Give it back", "1"),),
)
TICKET = Ticket(1, "open", BOB, "terminal:bob", "bob", "Lounges?", "Not sure.", EXPERTS, "c1", NOW, exchange="a1")


class FakeJournal:
    """Keeps what it accepts, and has what was published. `down`: the store is away. `late`: posted while one waits."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.tickets: list[Ticket] = []
        self.exchanges: list[Exchange] = []
        self.down = False
        self.late: list[Reply] = []
        self._posts: list[tuple[int, Posted]] = []

    def publish(self, *replies: Reply) -> None:
        for reply in replies:
            number = len(self._posts) + 1
            self._posts.append((number, Posted(reply, reply.conversation, reply.id, NOW)))

    async def accept(self, event: Event) -> bool:
        self._check()
        self.events.append(event)
        return True

    async def posts(self, platform: str, *, after: int) -> Sequence[tuple[int, Posted]]:
        self._check()
        return [post for post in self._posts if post[0] > after][:2]

    async def why(self, reply: str, *, by: str) -> Exchange | None:
        return next((exchange for exchange in self.exchanges if exchange.id == reply), None)

    async def mine(self, *, by: str) -> tuple[Sequence[Exchange], Sequence[Ticket]]:
        self._check()
        return self.exchanges, [ticket for ticket in self.tickets if ticket.asker == by]

    async def queue(self, *, by: str) -> Sequence[Ticket]:
        return self.tickets

    async def waiting(self) -> int:
        self.publish(*self.late[:1])
        return len([self.late.pop() for _ in self.late[:1]])

    def _check(self) -> None:
        if self.down:
            raise StoreUnavailable("The database is locked: stop whoever holds it.")


class FakeScreen:
    """Remembers what it shows, to people and to programs."""

    def __init__(self, *, alive: bool = True) -> None:
        self.alive = alive
        self.shown: list[str] = []
        self.forms: list[Mapping[str, Any]] = []
        self.label = self.busy = self.line = ""
        self.lines: asyncio.Queue[str | None] = asyncio.Queue()

    def opened(self) -> AbstractContextManager[object]:
        return nullcontext()

    async def read(self) -> str | None:
        return await self.lines.get()

    async def show(
        self, view: RenderableType | None, *, form: Mapping[str, Any] | None = None, tight: bool = False
    ) -> None:
        if view is not None:
            self.shown.append(text_of(view))
        if form is not None:
            self.forms.append(form)

    def prompt(self, label: str) -> None:
        self.label = label

    def status(self, text: str) -> None:
        self.busy = text

    def prefill(self, text: str) -> None:
        self.line = text

    @property
    def all(self) -> str:
        return "\n".join(self.shown)


def text_of(view: RenderableType, *, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(view)
    return captured.get()


class Chat:
    """A side with its fakes, driven by hand."""

    def __init__(self, role: str = "asker", *, channel: str = "") -> None:
        self.journal = FakeJournal()
        self.screen = FakeScreen()
        self.talk = Talk(self.journal, self.screen)
        self.side = (
            Asker(self.talk, Pen("bob"), channel=channel)
            if role == "asker"
            else Expert(self.talk, Pen("expert"), room="experts")
        )
        self.session = Session(self.side, self.talk, ended=asyncio.Event())
        self.feed = Feed(self.journal)

    async def begin(self) -> Chat:
        await self.side.begin(await self.feed.news())
        return self

    async def post(self, *replies: Reply) -> None:
        self.journal.publish(*replies)
        for news in await self.feed.news():
            await self.side.arrived(news)

    async def type(self, *lines: str) -> None:
        for line in lines:
            await self.session._typed(line)

    @property
    def last(self) -> Any:
        return self.journal.events[-1]


class TestFeed:
    async def test_each_version_is_told_once_with_what_it_said_before(self) -> None:
        journal = FakeJournal()
        journal.publish(ANSWER, CARD, TAKEN, TAKEN)
        feed = Feed(journal)
        told = await feed.news()
        assert [(news.reply.id, news.before) for news in told] == [("a1", None), ("c1", None), ("c1", CARD)]
        assert await feed.news() == []

    async def test_what_was_taken_back_is_gone_and_what_nobody_saw_is_not_told(self) -> None:
        journal = FakeJournal()
        gone = Reply("a1", "notice", BOB, "")
        journal.publish(ANSWER, gone, replace(gone, id="never seen"))
        assert [news.gone for news in await Feed(journal).news()] == [False, True]

    async def test_what_was_read_before_a_failure_is_told_after_it(self) -> None:
        journal = FakeJournal()
        journal.publish(*(replace(ANSWER, id=str(number)) for number in range(3)))
        feed = Feed(journal)
        read = journal.posts

        async def failing(platform: str, *, after: int) -> Sequence[tuple[int, Posted]]:
            journal.down = after >= 2
            return await read(platform, after=after)

        journal.posts = failing  # type: ignore[method-assign]
        with pytest.raises(StoreUnavailable):
            await feed.news()
        journal.posts, journal.down = read, False  # type: ignore[method-assign]
        assert [news.reply.id for news in await feed.news()] == ["0", "1", "2"]


class TestPen:
    def test_ids_are_unique_and_in_order_even_if_the_clock_stands_still(self) -> None:
        pen = Pen("bob", clock=lambda: 1)
        messages = [pen.message("Hello", to=BOB) for _ in range(50)]
        ids = [message.id for message in messages]
        assert ids == sorted(set(ids))
        assert messages[0].keys == (f"terminal:{ids[0]}",)
        assert messages[0].author == "terminal:bob"

    def test_text_holds_nothing_that_cannot_be_stored_or_shown(self) -> None:
        assert Pen("bob").message("  a\x1b[2Jb\ud800\nc\t ", to=BOB).text == "a [2Jb?\nc"

    @pytest.mark.parametrize("name", ["", "  ", "a:b", "a\nb", "a\x1b"])
    def test_names_that_make_no_id_are_refused(self, name: str) -> None:
        with pytest.raises(WrongUsage):
            name_of(name, what="person")


class TestMarkdown:
    def test_it_looks_as_it_is_meant(self) -> None:
        text = "**Ann**: see *this* [guide](https://a.b/c).\n\n- one\n- two\n\n> said\n> twice\n\nDone. [2]"
        lines = text_of(markdown(text)).rstrip().splitlines()
        assert [line.rstrip() for line in lines] == [
            "Ann: see this guide (https://a.b/c).", "", "• one", "• two", "", "│ said", "│ twice", "", "Done. [2]",
        ]  # fmt: skip

    def test_channels_are_named_and_nothing_commands_the_terminal(self) -> None:
        assert plain("Passed to [experts](room:terminal:experts).\x1b[2J") == "Passed to #experts.[2J"

    def test_stars_that_mean_no_emphasis_stay(self) -> None:
        assert plain("2 * 3 * 4 is 24 **") == "2 * 3 * 4 is 24 **"

    def test_the_mark_of_a_source_never_stands_alone(self) -> None:
        lines = text_of(markdown("word " * 8 + "[1]"), width=40).split("\n")
        assert not any(line.strip() == "[1]" for line in lines)


class TestAsker:
    async def test_a_question_is_kept_and_its_answer_shown_with_its_sources(self) -> None:
        chat = await Chat().begin()
        await chat.type("How many days?")
        assert isinstance(chat.last, Message)
        assert (chat.last.text, chat.last.address, chat.last.conversation) == ("How many days?", "direct", BOB)
        assert chat.screen.busy
        await chat.post(replace(ANSWER, answers=chat.last.id))
        assert not chat.screen.busy
        shown = chat.screen.shown[-1]
        assert "Everybody gets 25 days a year. [1]" in shown
        assert "Annual leave › How much" in shown
        assert "updated 1 Mar 2026 · HR · leave.md" in shown
        assert "/helpful  /unhelpful WHY  /person  /why" in shown

    async def test_nothing_is_shown_that_is_meant_for_somebody_else(self) -> None:
        chat = await Chat().begin()
        before = len(chat.screen.shown)
        await chat.post(
            replace(ANSWER, only_for="terminal:eve"),
            replace(ANSWER, id="a2", conversation=replace(BOB, channel="eve")),
            CARD,
        )
        assert len(chat.screen.shown) == before
        await chat.post(replace(ANSWER, id="a3", only_for="terminal:bob"))
        assert len(chat.screen.shown) == before + 1

    async def test_commands_are_about_the_last_answer(self) -> None:
        chat = await Chat().begin()
        await chat.post(replace(ANSWER, answers="m1"))
        await chat.type("/helpful", "/unhelpful too old", "/person")
        voted, against, asked = chat.journal.events
        assert isinstance(voted, Voted)
        assert (voted.reply, voted.helpful) == ("a1", True)
        assert isinstance(against, Voted)
        assert (against.helpful, against.reason) == (False, "too old")
        assert isinstance(asked, Pressed)
        assert (asked.action, asked.subject, asked.conversation) == ("ask_person", "a1", BOB)

    async def test_a_message_can_be_changed_and_taken_back(self) -> None:
        chat = await Chat().begin()
        await chat.type("How many?")
        id = chat.last.id
        await chat.type("/edit")
        assert chat.screen.line == "/edit How many?"
        await chat.type("/edit How many days?", "/delete", "/stop")
        edited, deleted, stopped = chat.journal.events[1:]
        assert isinstance(edited, Edited)
        assert (edited.message, edited.text) == (id, "How many days?")
        assert isinstance(deleted, Deleted)
        assert deleted.message == id
        assert isinstance(stopped, Stopped)

    async def test_changed_and_deleted_answers_are_said_to_be_so(self) -> None:
        chat = await Chat().begin()
        await chat.post(ANSWER)
        await chat.post(replace(ANSWER, text="Everybody gets 26 days."))
        assert "This answer has changed:\nEverybody gets 26 days." in chat.screen.shown[-1]
        await chat.post(Reply("a1", "notice", BOB, ""))
        assert chat.screen.shown[-1].strip() == "An answer was taken back."
        assert [form["event"] for form in chat.screen.forms[-3:]] == ["posted", "updated", "deleted"]

    async def test_what_could_not_be_kept_stands_in_the_line_again(self) -> None:
        chat = await Chat().begin()
        chat.journal.down = True
        await chat.type("How many days?")
        assert chat.screen.line == "How many days?"
        assert "not kept" in chat.screen.shown[-1]
        assert "stop whoever holds it" in chat.screen.shown[-1]
        chat.journal.down = False
        await chat.type(chat.screen.line)
        assert chat.last.text == "How many days?"

    async def test_while_a_person_has_the_conversation_the_chat_says_who(self) -> None:
        chat = await Chat().begin()
        chat.journal.tickets = [TICKET]
        await chat.type("Hello?")
        assert "→ to #experts, where #1 waits" in chat.screen.all
        assert not chat.screen.busy
        chat.journal.tickets = [replace(TICKET, state="claimed", claimant="terminal:ann", claimant_name="Ann")]
        await chat.type("Hello?")
        assert "→ to Ann, who has #1" in chat.screen.all

    async def test_a_ticket_is_resolved_by_its_number(self) -> None:
        chat = await Chat().begin()
        await chat.type("/resolved")
        assert not chat.journal.events
        await chat.post(Reply("r1", "relay", BOB, "**Ann**: No.", ticket=7))
        await chat.type("/resolved", "/reopen", "/withdraw", "/resume")
        pressed = [(event.action, event.subject) for event in chat.journal.events if isinstance(event, Pressed)]
        assert pressed == [("resolve", "7"), ("reopen", "7"), ("cancel_ticket", "7"), ("resume", "")]

    async def test_the_last_turns_are_shown_at_the_start(self) -> None:
        chat = Chat()
        chat.journal.exchanges = [exchange("a1", message="m1", question="How many days?")]
        chat.journal.publish(replace(ANSWER, answers="m1"))
        await chat.begin()
        assert "› How many days?\nEverybody gets 25 days a year. [1]" in chat.screen.all
        await chat.type("/helpful", "/edit How many days off?")
        assert chat.journal.events[0].reply == "a1"  # type: ignore[union-attr]
        assert chat.last.message == "m1"

    async def test_unknown_commands_are_not_sent(self) -> None:
        chat = await Chat().begin()
        await chat.type("/etc/hosts is gone")
        assert not chat.journal.events
        await chat.type(" /etc/hosts is gone")
        assert chat.last.text == "/etc/hosts is gone"

    async def test_a_command_of_admins_is_one_and_can_be_confirmed(self) -> None:
        chat = await Chat().begin()
        await chat.type("/deskhand forget bob")
        assert (chat.last.address, chat.last.text) == ("command", "forget bob")
        asks = Button("confirm", "Yes, do it", "forget bob")
        await chat.post(Reply("r1", "result", BOB, "Really?", buttons=(asks,), only_for="terminal:bob"))
        await chat.type("/yes", "/yes")
        assert (chat.last.action, chat.last.subject) == ("confirm", "forget bob")
        assert len(chat.journal.events) == 2

    async def test_an_attachment_is_named(self) -> None:
        chat = await Chat().begin()
        await chat.type("/attach form.pdf What is missing?")
        assert (chat.last.attachments[0].name, chat.last.attachments[0].type) == ("form.pdf", "application/pdf")
        assert chat.last.text == "What is missing?"


class TestAskerInAChannel:
    async def test_the_first_message_opens_a_thread_in_which_one_goes_on(self) -> None:
        chat = await Chat(channel="general").begin()
        await chat.type("@Deskhand, how many days?", "And for part-timers?")
        first, second = chat.journal.events
        assert isinstance(first, Message)
        assert isinstance(second, Message)
        assert (first.text, first.address) == ("how many days?", "mention")
        assert (first.conversation.id, first.conversation.private) == (f"terminal:general:{first.id}", False)
        assert (second.conversation, second.address) == (first.conversation, "seen")
        assert chat.screen.label == "#general 1"

    async def test_threads_are_left_and_entered(self) -> None:
        chat = await Chat(channel="general").begin()
        await chat.type("One, two, three", "/new", "Another", "/thread 1", "Back", "/thread 3")
        one, another, back = (event.conversation for event in chat.journal.events)
        assert one != another
        assert back == one
        assert "There are 2 of yours" in chat.screen.all

    async def test_replies_elsewhere_say_where(self) -> None:
        chat = await Chat(channel="general").begin()
        await chat.type("@deskhand one?", "/new @deskhand two?")
        thread = chat.journal.events[0].conversation
        await chat.post(replace(ANSWER, conversation=thread), replace(ANSWER, id="a2"))
        assert "in thread 1: /thread 1 goes there" in chat.screen.shown[-2]
        assert "in private: /private goes there" in chat.screen.shown[-1]
        before = len(chat.screen.shown)
        await chat.post(replace(ANSWER, id="a3", conversation=replace(thread, thread="of somebody else")))
        assert len(chat.screen.shown) == before


class TestExpert:
    async def test_a_card_is_shown_once_and_its_changes_in_a_line(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        card = chat.screen.shown[-1]
        assert "#1 · open" in card
        assert "│ Lounges?" in card
        assert "Perhaps not. [1]" in card
        assert "/reply 1 TEXT  /take 1  /edit 1 TEXT" in card
        assert chat.screen.busy == "1 question to take"
        await chat.post(TAKEN)
        assert chat.screen.shown[-1].strip() == "#1 · taken by expert"
        assert not chat.screen.busy
        moved = replace(TAKEN, fields=(("Asked by", "bob in general, now in private"), ("With", "expert")))
        await chat.post(moved)
        assert chat.screen.shown[-1].strip() == "#1 · bob in general, now in private"

    async def test_what_is_typed_goes_to_the_ticket_that_was_taken(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        await chat.type("No.")
        assert not chat.journal.events
        assert chat.screen.line == "No."
        await chat.type("/take 1", "No.")
        pressed, message = chat.journal.events
        assert isinstance(pressed, Pressed)
        assert isinstance(message, Message)
        assert (pressed.action, pressed.subject) == ("take", "1")
        assert (message.text, message.address) == ("No.", "seen")
        # One thread for both, so that they are handled in this order.
        assert pressed.conversation == message.conversation == replace(EXPERTS, thread="c1")
        assert chat.screen.label == "#1"

    async def test_nothing_goes_to_a_ticket_that_another_took_or_that_is_closed(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        await chat.type("/open 1")
        chat.journal.tickets = [replace(TICKET, claimant="terminal:ann", claimant_name="Ann")]
        await chat.post(replace(TAKEN, fields=(*CARD.fields, ("With", "Ann"))))
        assert chat.screen.label == ""
        await chat.type("/open 1")
        await chat.post(replace(TAKEN, title="#1 · resolved"))
        assert chat.screen.label == ""
        await chat.type("/reply 1 No.")
        assert not chat.journal.events
        assert "/reopen 1 first" in chat.screen.all

    async def test_every_action_names_its_ticket(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        await chat.type(
            "/draft 1", "/edit #1 Only on long flights", "/resolve 1", "/reopen 1", "/release 1", "/private 1",
            "/notarequest 1", "/wrongsource 1 too old", "/learn 1", "/resolve", "/resolve 9",
        )  # fmt: skip
        pressed = [(e.action, e.subject, e.text) for e in chat.journal.events if isinstance(e, Pressed)]
        assert pressed == [
            ("send_draft", "1", ""), ("edit_and_send", "1", "Only on long flights"), ("resolve", "1", ""),
            ("reopen", "1", ""), ("release", "1", ""), ("go_private", "1", ""), ("not_a_request", "1", ""),
            ("wrong_source", "1", "too old"), ("make_knowledge", "1", ""),
        ]  # fmt: skip
        assert "Which ticket?" in chat.screen.all
        assert "There is no card #9" in chat.screen.all

    async def test_the_draft_can_be_edited(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        await chat.type("/edit 1")
        assert chat.screen.line == "/edit 1 Perhaps **not**. [1]"

    async def test_what_is_said_under_a_card_has_its_number(self) -> None:
        chat = await Chat("expert").begin()
        await chat.post(CARD)
        under = replace(EXPERTS, thread="c1")
        await chat.post(Reply("n1", "relay", under, "**bob**: And on Sundays?", under="c1", ticket=1))
        assert chat.screen.shown[-1].strip() == "#1  bob: And on Sundays?"
        await chat.post(Reply("n2", "notice", under, "That is no longer open.", only_for="terminal:expert"))
        assert chat.screen.shown[-1].strip() == "#1  That is no longer open."
        before = len(chat.screen.shown)
        await chat.post(Reply("n3", "notice", under, "Not yours.", only_for="terminal:ann"), ANSWER)
        assert len(chat.screen.shown) == before

    async def test_the_queue_is_shown_at_the_start_with_cards_from_before(self) -> None:
        chat = Chat("expert")
        chat.journal.tickets = [TICKET]
        chat.journal.publish(CARD)
        await chat.begin()
        assert "#1  Lounges?" in chat.screen.all
        assert "waits for somebody to take it" in chat.screen.all
        await chat.type("/take 1")
        assert chat.last.subject == "1"


class TestSession:
    async def test_at_the_end_of_the_lines_it_waits_for_what_was_sent(self) -> None:
        chat = Chat()
        chat.screen.alive = False
        chat.journal.late = [ANSWER]
        chat.screen.lines.put_nowait("How many days?")
        chat.screen.lines.put_nowait(None)
        assert await chat.session.run() == 0
        assert [form["event"] for form in chat.screen.forms] == ["ready", "accepted", "posted"]

    async def test_lines_that_were_not_kept_are_counted(self) -> None:
        chat = Chat()
        chat.screen.alive = False
        running = asyncio.create_task(chat.session.run())
        await asyncio.sleep(0.01)
        chat.journal.down = True
        chat.screen.lines.put_nowait("How many days?")
        await asyncio.sleep(0.01)
        chat.journal.down = False
        chat.screen.lines.put_nowait(None)
        assert await running == 1
        failed = next(form for form in chat.screen.forms if form["event"] == "failed")
        assert failed["typed"] == "How many days?"

    async def test_it_ends_when_it_is_told_to(self) -> None:
        ended = asyncio.Event()
        chat = Chat()
        session = Session(chat.side, chat.talk, ended=ended)
        running = asyncio.create_task(session.run())
        await asyncio.sleep(0.01)
        ended.set()
        assert await running == 0


def test_forms_are_plain_json() -> None:
    form = forms.simple(CARD)
    assert form["fields"][0] == ["Question", "> Lounges?"]
    assert form["sources"][0]["updated"] == "2026-03-01"
    assert form["conversation"] == {"platform": "terminal", "channel": "experts", "thread": "", "private": False}


def exchange(id: str, *, message: str, question: str) -> Exchange:
    return Exchange(
        id, BOB, message, "terminal:bob", question, question, "knowledge", "answered", 0.9, 0.5, frozenset(), "", NOW
    )
