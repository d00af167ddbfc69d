"""What an expert can do about a ticket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from adapters.terminal.journal import forms, views
from adapters.terminal.journal.admin import Admin
from adapters.terminal.journal.commands import Command, Unusable, listed
from adapters.terminal.journal.session import Quit
from bot.models import Action, Message

if TYPE_CHECKING:
    from adapters.terminal.journal.expert import Expert

_MORE: Final = "N can be left out while the prompt shows a number: what is typed without / then goes to that asker."


class ExpertCommands:
    """The commands of one chat. In each, N is the number of a ticket, by default the one that is looked at."""

    def __init__(self, expert: Expert) -> None:
        self._expert = expert
        self.admin = Admin(expert.talk, expert.pen, place=lambda: expert.room, sent=self._sent)
        self.listed = (
            Command("/take N", "it is yours, and the asker hears of it", self._take),
            Command("/reply N TEXT", "answer the asker", self._reply),
            Command("/draft N", "send the draft as it is", self._pressing("send_draft")),
            Command("/edit N TEXT", "send this in place of the draft; without TEXT, edit the draft", self._edit),
            Command("/resolve N", "it is done", self._pressing("resolve")),
            Command("/reopen N", "it is not, after all", self._pressing("reopen")),
            Command("/release N", "give it back to whoever takes it", self._release),
            Command("/private N", "go on with the asker in private", self._pressing("go_private")),
            Command("/notarequest N", "nothing was asked; it is closed", self._pressing("not_a_request")),
            Command("/wrongsource N WHY", "the draft quotes what it should not", self._pressing("wrong_source")),
            Command("/learn N [TEXT]", "make the answer knowledge, after review", self._pressing("make_knowledge")),
            Command("/open N", "show its card again; what you type goes to it", self._open),
            Command("/close", "what you type goes to no ticket", self._close),
            Command("/why N", "what the bot found for it", self._why),
            Command("/queue", "all that waits", self._queue),
            *self.admin.commands,
            *self.admin.answers,
            Command("/help", "this", self._help),
            Command("/quit", "end (or Ctrl-D)", self._quit),
        )

    async def _take(self, rest: str) -> None:
        number, _ = self._ticket(rest)
        await self._press("take", number)
        self._expert.look_at(number)

    async def _reply(self, rest: str) -> None:
        number, text = self._ticket(rest)
        if not text:
            raise Unusable(f"/reply {number} needs what you want to say.")
        await self._expert.write(number, text)

    async def _edit(self, rest: str) -> None:
        number, text = self._ticket(rest)
        if text:
            await self._press("edit_and_send", number, text)
            return
        draft = dict(self._expert.card(number).fields).get("Draft", "")
        self._expert.talk.screen.prefill(f"/edit {number} {' '.join(draft.split())}".strip())

    async def _release(self, rest: str) -> None:
        number, _ = self._ticket(rest)
        await self._press("release", number)
        if number == self._expert.focus:
            self._expert.look_at(0)

    def _pressing(self, action: Action) -> Callable[[str], Awaitable[None]]:
        async def press(rest: str) -> None:
            number, text = self._ticket(rest)
            await self._press(action, number, text)

        return press

    async def _press(self, action: Action, number: int, text: str = "") -> None:
        expert = self._expert
        await expert.talk.send(expert.pen.pressed(action, str(number), to=expert.thread(number), text=text))

    async def _open(self, rest: str) -> None:
        from adapters.terminal.journal.expert import hint

        number, _ = self._ticket(rest)
        card = self._expert.card(number)
        form = {"event": "card", "reply": forms.simple(card)}
        await self._expert.talk.screen.show(views.show_card(card, hint=hint), form=form)
        self._expert.look_at(number)

    async def _close(self, rest: str) -> None:
        self._expert.look_at(0)

    async def _why(self, rest: str) -> None:
        number, _ = self._ticket(rest)
        expert = self._expert
        ticket = next((each for each in await expert.queue() if each.number == number), None)
        exchange = await expert.talk.journal.why(ticket.exchange, by=expert.pen.person) if ticket else None
        if exchange is None:
            raise Unusable(f"There is nothing to explain about #{number}.")
        await expert.talk.screen.show(views.show_why(exchange), form=forms.why(exchange))

    async def _queue(self, rest: str) -> None:
        tickets = await self._expert.queue()
        await self._expert.talk.screen.show(views.show_queue(tickets), form=forms.queue(tickets))

    async def _help(self, rest: str) -> None:
        await self._expert.talk.screen.show(listed(self.listed, more=_MORE), form=forms.note(_MORE))

    async def _quit(self, rest: str) -> None:
        raise Quit

    def _sent(self, message: Message) -> None: ...

    def _ticket(self, rest: str) -> tuple[int, str]:
        """The ticket, and what follows its number. A number in front is always a ticket's. Raises Unusable."""
        word, _, text = rest.partition(" ")
        number = word.removeprefix("#")
        if number.isdecimal() and len(number) < 10:
            self._expert.card(int(number))
            return int(number), text.strip()
        if not self._expert.focus:
            raise Unusable("Which ticket? Put its number behind the command, as in /take 1.")
        return self._expert.focus, rest
