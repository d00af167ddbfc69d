"""What an asker can do besides asking."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Final, NoReturn

from rich.console import RenderableType

from adapters.terminal.journal import forms, views
from adapters.terminal.journal.admin import Admin
from adapters.terminal.journal.commands import Command, Unusable, listed
from adapters.terminal.journal.places import Known
from adapters.terminal.journal.session import Quit
from bot.models import Action, Attachment, Reply

if TYPE_CHECKING:
    from adapters.terminal.journal.asker import Asker

_MORE: Final = "What is typed without / is a message. While a person has your question, it goes to them."


class AskerCommands:
    """The commands of one chat."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self.admin = Admin(asker.talk, asker.pen, place=lambda: asker.places.current, sent=asker.sent)
        self.listed = (
            Command("/person", "ask a person about your last question", self._person),
            Command("/helpful", "the last answer helped", self._helpful),
            Command("/unhelpful WHY", "it did not, and why", self._unhelpful),
            Command("/why", "why it was answered so", self._why),
            Command("/sources", "where the last answer stands", self._sources),
            Command("/edit TEXT", "say your last message differently; it is answered anew", self._edit),
            Command("/delete", "take your last message back, and its answer", self._delete),
            Command("/stop", "no answer is needed any more", self._stop),
            Command("/resolved", "that solves it", self._resolved),
            Command("/reopen", "it does not, after all", self._reopen),
            Command("/withdraw", "nobody needs to answer any more", self._withdraw),
            Command("/resume", "let the bot answer again", self._resume),
            Command("/mine", "what you asked, and what became of it", self._mine),
            Command("/attach NAME TEXT", "a message with a file, of which only the name is sent", self._attach),
            *self._of_channels(),
            *self.admin.commands,
            *self.admin.answers,
            Command("/help", "this", self._help),
            Command("/quit", "end (or Ctrl-D)", self._quit),
        )

    def _of_channels(self) -> tuple[Command, ...]:
        if not self._asker.places.channel:
            return ()
        return (
            Command("/new [TEXT]", "out of the thread, to begin another", self._new),
            Command("/thread N", "go on in a thread", self._thread),
            Command("/private", "go on in your private conversation", self._private),
        )

    async def _person(self, rest: str) -> None:
        await self._asker.settled()
        reply = self._here.reply
        if reply is None:
            raise Unusable("Ask your question first; then /person passes it on.")
        await self._press("ask_person", reply.id)

    async def _helpful(self, rest: str) -> None:
        await self._vote(helpful=True, reason=rest)

    async def _unhelpful(self, rest: str) -> None:
        await self._vote(helpful=False, reason=rest)

    async def _vote(self, *, helpful: bool, reason: str) -> None:
        answer = await self._answer()
        asker = self._asker
        event = asker.pen.voted(answer.id, to=answer.conversation, helpful=helpful, reason=reason)
        await asker.talk.send(event)

    async def _why(self, rest: str) -> None:
        await self._asker.settled()
        reply = self._here.reply or self._nothing()
        exchange = await self._asker.talk.journal.why(reply.id, by=self._asker.pen.person)
        if exchange is None:
            raise Unusable("There is nothing to explain about that.")
        await self._show(views.show_why(exchange), forms.why(exchange))

    async def _sources(self, rest: str) -> None:
        answer = await self._answer()
        if not answer.sources:
            raise Unusable("The last answer had no sources.")
        form = {"event": "sources", "sources": forms.simple(answer.sources)}
        await self._show(views.show_sources(answer.sources, whole=True), form)

    async def _edit(self, rest: str) -> None:
        here = self._here
        if not here.message:
            self._nothing()
        if not rest:
            self._asker.talk.screen.prefill(f"/edit {here.text}")
            return
        asker = self._asker
        await asker.talk.send(asker.pen.edited(here.message, rest, to=asker.places.current))
        here.text = rest

    async def _delete(self, rest: str) -> None:
        asker, here = self._asker, self._here
        if not here.message:
            self._nothing()
        await asker.talk.send(asker.pen.deleted(here.message, to=asker.places.current))
        here.message = here.text = ""
        await asker.talk.say("Your message is taken back.")

    async def _stop(self, rest: str) -> None:
        asker = self._asker
        await asker.talk.send(asker.pen.stopped(to=asker.places.current))
        asker.wait_no_more()
        await asker.talk.say("Stopped.")

    async def _resolved(self, rest: str) -> None:
        await self._on_ticket("resolve")

    async def _reopen(self, rest: str) -> None:
        await self._on_ticket("reopen")

    async def _withdraw(self, rest: str) -> None:
        await self._on_ticket("cancel_ticket")

    async def _resume(self, rest: str) -> None:
        await self._press("resume", "")

    async def _on_ticket(self, action: Action) -> None:
        await self._asker.settled()
        if not self._here.ticket:
            raise Unusable("No person has a question of this conversation.")
        await self._press(action, str(self._here.ticket))

    async def _mine(self, rest: str) -> None:
        exchanges, tickets = await self._asker.talk.journal.mine(by=self._asker.pen.person)
        await self._show(views.show_mine(exchanges, tickets), forms.mine(exchanges, tickets))

    async def _attach(self, rest: str) -> None:
        name, _, text = rest.partition(" ")
        if not name:
            raise Unusable("/attach needs the name of a file, as in /attach form.pdf What is missing here?")
        type = mimetypes.guess_type(name)[0] or ""
        await self._asker.write(text.strip(), attachments=(Attachment(name, type),))

    async def _new(self, rest: str) -> None:
        self._asker.places.leave()
        self._asker.show_place()
        if rest:
            await self._asker.write(rest)

    async def _thread(self, rest: str) -> None:
        self._asker.places.enter(rest)
        self._asker.show_place()

    async def _private(self, rest: str) -> None:
        self._asker.places.go_private()
        self._asker.show_place()

    async def _help(self, rest: str) -> None:
        await self._show(listed(self.listed, more=_MORE), forms.note(_MORE))

    async def _quit(self, rest: str) -> None:
        raise Quit

    @property
    def _here(self) -> Known:
        return self._asker.places.here

    async def _answer(self) -> Reply:
        await self._asker.settled()
        return self._here.answer or self._here.reply or self._nothing()

    async def _press(self, action: Action, subject: str) -> None:
        asker = self._asker
        await asker.talk.send(asker.pen.pressed(action, subject, to=asker.places.current))

    async def _show(self, view: RenderableType, form: dict[str, object]) -> None:
        await self._asker.talk.screen.show(view, form=form)

    def _nothing(self) -> NoReturn:
        raise Unusable("Ask something first.")
