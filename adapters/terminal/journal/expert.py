"""The side of whoever answers: cards as they come and change, and what is done about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.terminal.channel import PLATFORM
from adapters.terminal.console import count, safe
from adapters.terminal.journal import forms, views
from adapters.terminal.journal.commands import Unusable, find
from adapters.terminal.journal.expert_commands import ExpertCommands
from adapters.terminal.journal.feed import News
from adapters.terminal.journal.markdown import inline
from adapters.terminal.journal.pen import Pen
from adapters.terminal.journal.session import Talk
from bot.models import Action, Button, Conversation, Posted, Reply, Ticket

_HINTS: Final[dict[Action, str]] = {
    "take": "/take",
    "send_draft": "/draft",
    "edit_and_send": "/edit",
    "resolve": "/resolve",
    "reopen": "/reopen",
    "release": "/release",
    "go_private": "/private",
    "not_a_request": "/notarequest",
    "wrong_source": "/wrongsource",
    "make_knowledge": "/learn",
}
_TYPED: Final[dict[Action, str]] = {"edit_and_send": " TEXT", "wrong_source": " WHY"}
_CLOSED: Final = ("resolved", "closed")


class Expert:
    """`Side` of a person who answers. Shows all channels of experts at terminals; `room` is the usual one."""

    def __init__(self, talk: Talk, pen: Pen, *, room: str) -> None:
        self.talk = talk
        self.pen = pen
        self.focus = 0
        self._usual = Conversation(PLATFORM, room)
        self._rooms = {self._usual.room}
        self._cards: dict[int, Posted] = {}
        self._commands = ExpertCommands(self)

    async def begin(self, past: Sequence[News]) -> None:
        tickets = await self.talk.journal.queue(by=self.pen.person)
        for news in past:
            if news.reply.kind == "card":
                self._keep(news.posted)
        greeting = Group(
            Text(f"You are {safe(self.pen.name)}, and answer for the organisation.", style="bold"),
            Text("/take N takes a question, /reply N TEXT answers it, /help shows more.", style="dim"),
            Text(),
            views.show_queue(tickets),
        )
        await self.talk.put(greeting)
        await self.talk.screen.show(None, form=forms.queue(tickets))
        await self.talk.screen.show(None, form=forms.ready(self.pen.person, self._usual))
        self._show_waiting()

    async def arrived(self, news: News) -> None:
        reply = news.reply
        if reply.kind == "card":
            await self._card(news)
        elif self._is_for_me(reply):
            self._commands.admin.see(reply)
            await self._note(news)

    async def typed(self, line: str) -> None:
        if line.startswith("/"):
            command, rest = find(self._commands.listed, line.strip())
            await command.run(rest)
        elif self.focus:
            await self.write(self.focus, line.strip())
        else:
            raise Unusable("To whom? /take N or /open N first, or /reply N TEXT.")

    async def write(self, number: int, text: str) -> None:
        """To the asker, in the thread of the card."""
        card = self.card(number)
        if card.title.endswith(_CLOSED):
            raise Unusable(f"#{number} is closed: /reopen {number} first.")
        await self.talk.send(self.pen.message(text, to=self.thread(number), address="seen"))
        await self.talk.say(f"→ to {_asker(card)}")

    def card(self, number: int) -> Reply:
        """Raises Unusable."""
        posted = self._cards.get(number)
        if posted is None:
            known = ", ".join(f"#{each}" for each in sorted(self._cards)[-5:])
            raise Unusable(f"There is no card #{number} at terminals." + (f" The latest: {known}." if known else ""))
        return posted.reply

    def thread(self, number: int) -> Conversation:
        """Under the card. All that is done about a ticket is done there, and so stays in order. Raises Unusable."""
        self.card(number)
        posted = self._cards[number]
        room = posted.conversation
        return Conversation(room.platform, room.channel, posted.post)

    @property
    def room(self) -> Conversation:
        return self._usual

    def look_at(self, number: int) -> None:
        """What is typed from now on goes to that ticket; 0 for none."""
        self.focus = number
        self.talk.screen.prompt(f"#{number}" if number else "")

    async def _card(self, news: News) -> None:
        number = news.reply.ticket
        if news.gone or not number:
            return
        self._keep(news.posted)
        self._show_waiting()
        form = forms.news_form(news)
        if news.before is None or news.before.kind != "card":
            await self.talk.screen.show(views.show_card(news.reply, hint=hint), form=form)
            return
        line = _state_line(news.reply, before=news.before)
        await self.talk.screen.show(Text(line, style="dim"), form=form, tight=True)
        await self._follow_focus(news.reply)

    async def _follow_focus(self, card: Reply) -> None:
        """Nothing more is typed to a ticket that is closed, or that somebody else has taken."""
        if card.ticket != self.focus:
            return
        closed = card.title.endswith(_CLOSED)
        if closed or ("With" in dict(card.fields) and await self._is_of_another(card.ticket)):
            self.look_at(0)

    async def _is_of_another(self, number: int) -> bool:
        tickets = await self.talk.journal.queue(by=self.pen.person)
        return any(ticket.number == number and ticket.claimant not in ("", self.pen.person) for ticket in tickets)

    async def _note(self, news: News) -> None:
        """What somebody says under a card, or to this person alone."""
        reply, form = news.reply, forms.news_form(news)
        if news.gone:
            await self.talk.screen.show(Text("Something said here was taken back.", style="dim"), form=form, tight=True)
        elif reply.kind == "relay":
            await self.talk.screen.show(self._said(reply), form=form)
        elif "\n" in reply.text or reply.buttons:
            await self.talk.screen.show(views.show_reply(reply, hint=hint), form=form)
        else:
            await self.talk.screen.show(self._said(reply), form=form, tight=True)

    def _said(self, reply: Reply) -> RenderableType:
        number = reply.ticket or self._under(reply.conversation)
        return views.show_note(reply, number=number)

    def _under(self, conversation: Conversation) -> int:
        """The ticket whose card a thread is under."""
        threads = {posted.post: number for number, posted in self._cards.items()}
        return threads.get(conversation.thread, 0)

    def _is_for_me(self, reply: Reply) -> bool:
        return reply.only_for in ("", self.pen.person) and reply.conversation.room in self._rooms

    def _keep(self, posted: Posted) -> None:
        self._cards[posted.reply.ticket] = posted
        self._rooms.add(posted.conversation.room)

    def _show_waiting(self) -> None:
        free = sum("take" in {button.action for button in posted.reply.buttons} for posted in self._cards.values())
        self.talk.screen.status(f"{count(free, 'question')} to take" if free else "")

    async def queue(self) -> Sequence[Ticket]:
        return await self.talk.journal.queue(by=self.pen.person)


def hint(button: Button) -> str:
    command = _HINTS.get(button.action)
    if command is None:
        return {"confirm": "/yes", "dismiss": "/no"}.get(button.action, "")
    return f"{command} {button.subject}{_TYPED.get(button.action, '')}"


def _asker(card: Reply) -> str:
    return dict(card.fields).get("Asked by", "the asker").partition(" in ")[0]


def _state_line(card: Reply, *, before: Reply) -> str:
    """`#3 · taken by Ann Lee`, or what else changed: where the asker is."""
    who = dict(card.fields).get("With", "")
    asker = dict(card.fields).get("Asked by", "")
    if card.title == before.title and asker != dict(before.fields).get("Asked by"):
        return safe(f"{card.title.partition(' · ')[0]} · {asker}")
    by = f" by {inline(who).plain}" if who and not card.title.endswith(("open", "again", "closed")) else ""
    return safe(f"{card.title}{by}")
