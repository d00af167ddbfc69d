"""What admins type in either chat: `/deskhand COMMAND`, and the answer to "really?"."""

from __future__ import annotations

from collections.abc import Callable

from adapters.terminal.journal.commands import Command, Unusable
from adapters.terminal.journal.pen import Pen
from adapters.terminal.journal.session import Talk
from bot.models import Button, Conversation, Message, Reply


class Admin:
    """`place` says where the chat is at the moment; `sent` hears of a message that was sent."""

    def __init__(
        self, talk: Talk, pen: Pen, *, place: Callable[[], Conversation], sent: Callable[[Message], None]
    ) -> None:
        self._talk = talk
        self._pen = pen
        self._place = place
        self._sent = sent
        self._asks: tuple[Button, Conversation] | None = None
        self.commands = (
            Command("/deskhand COMMAND", "for admins: status, sources, reindex, ... and help", self._command),
        )
        self.answers = (
            Command("/yes", "do what a command asked about", self._yes),
            Command("/no", "leave it", self._no),
        )

    def see(self, reply: Reply) -> None:
        """Keep in mind what a result asks."""
        for button in reply.buttons:
            if button.action == "confirm":
                self._asks = (button, reply.conversation)

    async def _command(self, rest: str) -> None:
        if not rest:
            raise Unusable("/deskhand needs a command, as in /deskhand status.")
        message = self._pen.message(rest, to=self._place(), address="command")
        self._sent(message)
        await self._talk.send(message)

    async def _yes(self, rest: str) -> None:
        button, place = self._asked()
        await self._talk.send(self._pen.pressed("confirm", button.subject, to=place))
        self._asks = None

    async def _no(self, rest: str) -> None:
        button, place = self._asked()
        await self._talk.send(self._pen.pressed("dismiss", button.subject, to=place))
        self._asks = None
        await self._talk.say("Left as it is.")

    def _asked(self) -> tuple[Button, Conversation]:
        if self._asks is None:
            raise Unusable("Nothing was asked.")
        return self._asks
