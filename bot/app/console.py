"""The bot as the console sees it, over its intake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.app.entrance import access_of, on_console, sign_in_address
from bot.errors import CommandError, NotAllowed, SettingsError
from bot.intake import Asked, Intake, Mine, Open, Queue, Talk, Why
from bot.models import Case, Changed, Check, Conversation, Dialogue, Event, Exchange, Opened, Person, Setting, Ticket
from bot.settings import in_force

if TYPE_CHECKING:
    from bot.app import App
    from bot.models import Result


class BotForPages:
    """`adapters.console.ports.Backend`."""

    def __init__(self, app: App, intake: Intake) -> None:
        self._app = app
        self._intake = intake

    async def person(self, id: str) -> Person:
        return await self._app.directory.person(id)

    async def people(self) -> Sequence[Person]:
        return await self._app.directory.people()

    async def accept(self, event: Event) -> bool:
        return await self._intake.accept(event)

    async def talk(self, conversation: Conversation, *, by: str) -> Dialogue:
        return await self._intake.talk(Talk(conversation), by=by)

    async def open(self, passage: str, *, by: str) -> Opened | None:
        return await self._intake.open(Open(passage), by=by)

    async def why(self, reply: str, *, by: str) -> Exchange | None:
        exchange = await self._intake.ask_now(Why(reply), by=by)
        return exchange if isinstance(exchange, Exchange) else None

    async def mine(self, *, by: str) -> tuple[Sequence[Exchange], Sequence[Ticket]]:
        asked = await self._intake.ask_now(Mine(), by=by)
        return (asked.exchanges, asked.tickets) if isinstance(asked, Asked) else ((), ())

    async def queue(self, *, by: str) -> Sequence[Ticket]:
        tickets = await self._intake.ask_now(Queue(), by=by)
        return tickets if isinstance(tickets, tuple) else ()

    async def case(self, number: int, *, by: str) -> Case | None:
        return await self._intake.case(number, by=by)

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool = False) -> Result:
        return await self._app.admin.run(words, by=by, confirmed=confirmed)

    async def settings(self, *, by: Person) -> Sequence[Setting]:
        _require_admin(by)
        return in_force(self._app.settings)

    async def checks(self, *, by: Person) -> Sequence[Check]:
        from bot.app.checking import check

        _require_admin(by)
        return await check(self._app)

    async def sign_in_address(self, person: str, *, by: Person) -> str:
        _require_admin(by)
        try:
            return await sign_in_address(self._app, on_console(person), by=by.id)
        except SettingsError as exc:
            raise CommandError(str(exc)) from exc

    async def sign_out(self, person: str, *, by: Person) -> int:
        _require_admin(by)
        return await access_of(self._app).sign_out_everywhere(person, by=by.id)

    async def changed(self, *, after: int) -> Sequence[Changed]:
        return await self._intake.changed(after=after)

    async def latest_change(self) -> int:
        return await self._intake.latest_change()


def _require_admin(by: Person) -> None:
    if not by.may("admin"):
        raise NotAllowed("Only admins can see and do this.")
