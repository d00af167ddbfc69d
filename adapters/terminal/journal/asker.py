"""The side of whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.terminal.console import safe
from adapters.terminal.journal import forms, views
from adapters.terminal.journal.asker_commands import AskerCommands
from adapters.terminal.journal.commands import find
from adapters.terminal.journal.feed import News
from adapters.terminal.journal.pen import Pen, name_of
from adapters.terminal.journal.places import Places
from adapters.terminal.journal.session import Talk
from bot.models import OPEN, Action, Address, Attachment, Button, Exchange, Message, Reply, Ticket

_HINTS: Final[dict[Action, str]] = {
    "ask_person": "/person",
    "resolve": "/resolved",
    "reopen": "/reopen",
    "cancel_ticket": "/withdraw",
    "resume": "/resume",
    "confirm": "/yes",
    "dismiss": "/no",
}
_MENTION: Final = "@deskhand"
_TURNS: Final = 4
_PATIENCE: Final = 10.0
_SHORT_PATIENCE: Final = 1.0
_BUSY: Final = "looking it up ..."


class Asker:
    """`Side` of a person who asks, in private or, with `channel`, in a channel of terminals."""

    def __init__(self, talk: Talk, pen: Pen, *, channel: str = "") -> None:
        self.talk = talk
        self.pen = pen
        self.places = Places(pen.name, name_of(channel, what="channel") if channel else "")
        self._pending: set[str] = set()
        self._settled = asyncio.Event()
        self._settled.set()
        self._commands = AskerCommands(self)

    async def begin(self, past: Sequence[News]) -> None:
        exchanges, _ = await self.talk.journal.mine(by=self.pen.person)
        self.places.restore(exchange.conversation for exchange in reversed(exchanges))
        for exchange in reversed(exchanges):
            known = self.places.known(exchange.conversation)
            known.message, known.text = exchange.message, exchange.question
        replies = [news.reply for news in past if self._is_mine(news.reply) and not news.gone]
        for reply in replies:
            self._remember(reply)
        here = [reply for reply in replies if reply.conversation == self.places.current and not reply.only_for]
        await self.talk.put(self._welcome(here[-_TURNS:], exchanges))
        await self.talk.screen.show(None, form=forms.ready(self.pen.person, self.places.current))
        self.show_place()

    async def arrived(self, news: News) -> None:
        reply = news.reply
        if not self._is_mine(reply):
            return
        self._no_longer_pending(reply.answers)
        self._remember(reply)
        form = forms.news_form(news)
        if news.gone:
            await self.talk.screen.show(Text("An answer was taken back.", style="dim"), form=form, tight=True)
            return
        await self.talk.screen.show(self._view(news), form=form)

    async def typed(self, line: str) -> None:
        if line.startswith("/"):
            command, rest = find(self._commands.listed, line.strip())
            await command.run(rest)
        else:
            await self.write(line.strip())

    async def write(self, text: str, *, attachments: tuple[Attachment, ...] = ()) -> None:
        """Send a message to where the chat is; in a channel the first one opens a thread, and the chat goes there."""
        place = self.places.current
        address: Address = "direct" if place.private else "seen"
        if not place.private and text.lower().startswith(_MENTION):
            text, address = text[len(_MENTION) :].lstrip(" ,:"), "mention"
        message = self.pen.message(text, to=place, address=address, attachments=attachments)
        self.sent(message)  # first, as an answer may be read before the next line is
        await self.talk.send(message)
        known = self.places.known(message.conversation)
        known.message, known.text = message.id, text
        self.places.current = message.conversation
        self.show_place()
        if address != "seen":
            self._wait_for(message.id)
        if address != "mention":
            await self._say_who_has_it(message)

    def sent(self, message: Message) -> None:
        self.places.add(message.conversation)

    async def _say_who_has_it(self, message: Message) -> None:
        """While a person has the conversation, the bot is silent, and nobody should wait for it."""
        _, tickets = await self.talk.journal.mine(by=self.pen.person)
        for ticket in tickets:
            if ticket.state in OPEN and message.conversation in (ticket.conversation, ticket.private):
                self._no_longer_pending(message.id)
                await self.talk.say(f"→ to {_who_has(ticket)}")
                return

    def _is_mine(self, reply: Reply) -> bool:
        return reply.only_for in ("", self.pen.person) and self.places.has(reply.conversation)

    def _remember(self, reply: Reply) -> None:
        known = self.places.known(reply.conversation)
        if reply.answers:
            known.reply = reply
        if reply.sources or reply.votes:
            known.answer = reply
        known.ticket = reply.ticket or known.ticket
        self._commands.admin.see(reply)

    def _wait_for(self, message: str) -> None:
        self._pending.add(message)
        self._settled.clear()
        self.talk.screen.status(_BUSY)

    def _no_longer_pending(self, message: str) -> None:
        self._pending.discard(message)
        if not self._pending:
            self.wait_no_more()

    def wait_no_more(self) -> None:
        self._pending.clear()
        self._settled.set()
        self.talk.screen.status("")

    async def settled(self) -> None:
        """What was asked before is answered, or takes too long: "the last answer" is what whoever typed means."""
        # A person sees what was answered, and is not to wait before an empty line.
        patience = _SHORT_PATIENCE if self.talk.screen.alive else _PATIENCE
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._settled.wait(), patience)

    def show_place(self) -> None:
        self.talk.screen.prompt(self.places.named(self.places.current))

    def _view(self, news: News) -> RenderableType:
        reply = news.reply
        parts: list[RenderableType] = []
        if reply.conversation != self.places.current:
            where = "in private: /private goes there" if reply.conversation.private else self._thread_of(reply)
            parts.append(Text(where, style="dim"))
        if news.before is not None and reply.kind != "result":
            parts.append(Text("This answer has changed:", style="dim"))
        return Group(*parts, views.show_reply(reply, hint=hint))

    def _thread_of(self, reply: Reply) -> str:
        number = self.places.threads.index(reply.conversation.thread) + 1
        return f"in thread {number}: /thread {number} goes there"

    def _welcome(self, replies: Sequence[Reply], exchanges: Sequence[Exchange]) -> RenderableType:
        """Who one is here, what there is, and what was said last."""
        where = f"in #{safe(self.places.channel)}" if self.places.channel else "in private"
        parts: list[RenderableType] = [
            Text(f"You are {safe(self.pen.name)}, {where}.", style="bold"),
            Text(self._advice, style="dim"),
        ]
        asked = {exchange.message: exchange.question for exchange in exchanges}
        for reply in replies:
            parts.append(Text())
            if question := asked.get(reply.answers):
                parts.append(Text(f"› {safe(question)}", style="dim"))
            parts.append(Text(views.first_words(reply), style="dim"))
        return Group(*parts)

    @property
    def _advice(self) -> str:
        how = f"{_MENTION} asks; anything else is only seen." if self.places.channel else "Ask a question."
        return f"{how} /help shows more, /quit ends."


def hint(button: Button) -> str:
    return _HINTS.get(button.action, "")


def _who_has(ticket: Ticket) -> str:
    if ticket.claimant_name:
        return f"{ticket.claimant_name}, who has #{ticket.number}"
    return f"#{ticket.experts.channel}, where #{ticket.number} waits"
