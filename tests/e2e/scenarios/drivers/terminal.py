"""People at terminals: what they do is typed into chats, and what they see is what these show.

Everybody sits at several terminals: their private conversation, every channel, and the desk if they answer there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from adapters.terminal.channel import TerminalChannel
from adapters.terminal.journal.asker import Asker
from adapters.terminal.journal.expert import Expert
from adapters.terminal.journal.pen import Pen
from bot.app import App
from bot.app.chats import IntakeJournal
from bot.errors import ChannelUnavailable, NotAllowed, PostRefused
from bot.intake import Intake
from bot.ports import Channel
from tests.e2e.scenarios.driver import DESK, Need, Place, Seen, Written
from tests.e2e.scenarios.drivers.frail import Frail
from tests.e2e.scenarios.drivers.terminal_chat import Chat, Form
from tests.e2e.scenarios.world import World

_LACKS: Final[frozenset[Need]] = frozenset({"redelivery", "joining", "files"})
_ASKING: Final = {
    "ask_person": "/person",
    "resolve": "/resolved",
    "reopen": "/reopen",
    "cancel_ticket": "/withdraw",
    "resume": "/resume",
    "confirm": "/yes",
    "dismiss": "/no",
}
_AT_THE_DESK: Final = {
    "take": "/take {subject}",
    "send_draft": "/draft {subject}",
    "edit_and_send": "/edit {subject} {typing}",
    "resolve": "/resolve {subject}",
    "reopen": "/reopen {subject}",
    "release": "/release {subject}",
    "go_private": "/private {subject}",
    "not_a_request": "/notarequest {subject}",
    "wrong_source": "/wrongsource {subject} {typing}",
    "make_knowledge": "/learn {subject} {typing}",
    "confirm": "/yes",
    "dismiss": "/no",
}
"""What is typed where others press a button."""
_MARKS: Final = re.compile(r"\*+|(?m:^> )|\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class _Line:
    """What was typed, and where."""

    chat: Chat
    text: str


class TerminalDriver:
    """`Driver`."""

    lacks: frozenset[Need] = _LACKS | TerminalChannel.lacks

    def __init__(self) -> None:
        self._channel = Frail(TerminalChannel())
        self._people: list[str] = []
        self._rooms: list[str] = []
        self._chats: dict[tuple[str, str], Chat] = {}
        self._typed: list[_Line] = []

    @property
    def channel(self) -> Channel:
        return self._channel

    def person(self, name: str) -> str:
        self._people.append(name)
        return f"{self._channel.platform}:{name}"

    def room(self, name: str) -> str:
        self._rooms.append(name)
        return f"{self._channel.platform}:{name}"

    async def open(self, intake: Intake, *, app: App, world: World) -> None:
        journal = IntakeJournal(intake, app.store)
        for name in self._people:
            pen = Pen(name)
            for room in ("", *(room for room in self._rooms if room != DESK)):
                await self._sit(name, room, Chat(journal, partial(Asker, pen=pen, channel=room)))
            with suppress(NotAllowed):
                await self._sit(name, DESK, Chat(journal, partial(Expert, pen=pen, room=DESK)))

    async def _sit(self, name: str, room: str, chat: Chat) -> None:
        await chat.open()
        self._chats[name, room] = chat

    async def close(self) -> None:
        await asyncio.gather(*(chat.close() for chat in self._chats.values()))

    async def write(
        self, by: str, text: str, *, at: Place, way: Literal["plain", "mention", "command"], files: Sequence[str]
    ) -> Written:
        chat = self._go(by, at)
        line = text if way == "plain" else f"@deskhand {text}" if way == "mention" else f"/deskhand {text}"
        for file in files:
            line = f"/attach {file} {line}"
        if at.room == DESK and at.thread:
            line = f"/reply {chat.shown[at.thread]['ticket']} {line}"
        outcome = await chat.type(line)
        if outcome["event"] == "failed":
            self._typed.append(_Line(chat, line))
            return Written(f"line {len(self._typed)}", at, at, accepted=False)
        begun = at.room and at.room != DESK
        thread = Place(at.room, thread=outcome["conversation"]["thread"]) if begun else at
        return Written(outcome["id"], at, thread, accepted=True)

    async def deliver_again(self, written: Written) -> bool:
        """What was not kept is in the line again: they press Enter."""
        assert not written.accepted, "What was kept is not sent again."
        line = self._typed[int(written.id.removeprefix("line ")) - 1]
        outcome = await line.chat.type(line.text)
        return bool(outcome["event"] == "accepted")

    async def edit(self, by: str, written: Written, text: str) -> None:
        await self._change(by, written, f"/edit {text}")

    async def delete(self, by: str, written: Written) -> None:
        await self._change(by, written, "/delete")

    async def _change(self, by: str, written: Written, line: str) -> None:
        chat = self._go(by, written.thread)
        assert written.id == chat.last(written.thread.thread), "Only the last message can be changed at a terminal."
        await chat.type(line)

    async def stop(self, by: str, at: Place) -> None:
        await self._go(by, at).type("/stop")

    async def resume(self, by: str, at: Place) -> None:
        await self._go(by, at).type("/resume")

    async def press(self, by: str, post: Seen, label: str, *, typing: str) -> None:
        at = self._place_of(by, post)
        chat = self._go(by, at)
        button = chat.button(post.id, label)
        line = _commands(at)[button["action"]].format(subject=button["subject"], typing=typing)
        await chat.type(line.rstrip())

    async def vote(self, by: str, post: Seen, *, helpful: bool, reason: str) -> None:
        chat = self._go(by, self._place_of(by, post))
        await chat.type(f"{'/helpful' if helpful else '/unhelpful'} {reason}".rstrip())

    def loses_its_answer(self) -> None:
        self._channel.next_error = ChannelUnavailable("It is told to lose its answer.")

    def refuses_a_post(self) -> None:
        self._channel.next_error = PostRefused("It is told to refuse.")

    async def sees(self, by: str, at: Place) -> Sequence[Seen]:
        chat = self._chats[by, at.room]
        return [_seen(reply, at) for reply in await chat.look() if _is_in(_place(reply), at)]

    def _go(self, by: str, at: Place) -> Chat:
        """To the terminal for it, and to the thread; in a channel without one, to where threads begin."""
        assert at.owner in ("", by), f"{by} does not sit at the terminal of {at.owner}."
        chat = self._chats[by, at.room]
        if at.room not in ("", DESK):
            chat.turn(f"/thread {chat.thread(at.thread)}" if at.thread else "/new")
        return chat

    def _place_of(self, by: str, post: Seen) -> Place:
        chats = (chat for (name, _), chat in self._chats.items() if name == by)
        return _place(next(chat.shown[post.id] for chat in chats if post.id in chat.shown))


def _place(reply: Form) -> Place:
    conversation = reply["conversation"]
    if conversation["private"]:
        return Place(owner=conversation["channel"])
    return Place(conversation["channel"], thread=conversation["thread"])


def _is_in(posted: Place, place: Place) -> bool:
    """In the place, or in a thread of it."""
    return (posted.room, posted.owner) == (place.room, place.owner) and place.thread in ("", posted.thread)


def _commands(at: Place) -> dict[str, str]:
    return _AT_THE_DESK if at.room == DESK else _ASKING


def _seen(reply: Form, at: Place) -> Seen:
    said = [reply["title"], reply["text"], *(f"{label}: {value}" for label, value in reply["fields"])]
    return Seen(
        id=reply["id"],
        text=_MARKS.sub(r"\1", "\n".join(filter(None, said))),
        title=reply["title"],
        sources=tuple(" › ".join([source["title"], *source["heading_path"]]) for source in reply["sources"]),
        buttons=tuple(button["label"] for button in reply["buttons"] if button["action"] in _commands(at)),
        votes=reply["votes"],
    )
