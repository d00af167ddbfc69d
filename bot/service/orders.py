"""Admin commands in chat: `/deskhand reindex handbook`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot.errors import CommandError, NotAllowed
from bot.models import Button, Conversation, Person, Pressed, Reply, Result, made_id
from bot.ports import Directory, Work
from bot.service.decision import Decision
from bot.service.listening import Scene

_SLASH: Final = re.compile(r"/[A-Za-z-]+(\s|$)")
"""`/status`, and not the path `/etc/hosts`."""


class Commands(Protocol):
    def knows(self, word: str) -> bool: ...

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool = False, reply: str = "") -> Result:
        """Raises CommandError and NotAllowed. `reply` will show what a job that it starts is doing."""
        ...


@dataclass(frozen=True, slots=True)
class Orders:
    """Runs commands for whoever may give them; each answers whoever gave it, and nobody else."""

    commands: Commands
    directory: Directory

    def of(self, scene: Scene) -> list[str]:
        """The words of a command; empty if the message is none.

        With a slash, or where the platform says that it is a command. "status" alone may be a question, and after
        `/deskhand` a question may stand too; a single word after a slash is never one.
        """
        text = scene.message.text.strip()
        slash = _SLASH.match(text)
        if not (scene.message.address == "command" or slash):
            return []
        words = split(text.lstrip("/"))
        called = words[:1] == ["deskhand"]
        words = words[called:] or ["help"]
        return words if self.commands.knows(words[0]) or (slash and not called) else []

    async def handle(self, scene: Scene, words: Sequence[str]) -> Decision:
        message = scene.message
        reply = made_id("result", message.conversation.id, message.id)
        return await self._run(words, by=scene.author, conversation=message.conversation, reply=reply, confirmed=False)

    async def confirm(self, event: Pressed) -> Decision:
        """The subject is the command that somebody was asked about, as it was typed."""
        by = await self.directory.person(event.author)
        reply = made_id("result", *event.keys)
        words = split(event.subject)
        return await self._run(words, by=by, conversation=event.conversation, reply=reply, confirmed=True)

    async def _run(
        self, words: Sequence[str], *, by: Person, conversation: Conversation, reply: str, confirmed: bool
    ) -> Decision:
        buttons: tuple[Button, ...] = ()
        try:
            result = await self.commands.run(words, by=by, confirmed=confirmed, reply=reply)
            text = result.confirm or result.text
            if result.confirm:
                buttons = (Button("confirm", "Yes, do it", shlex.join(words)), Button("dismiss", "No", "-"))
        except (CommandError, NotAllowed) as exc:
            text = str(exc)
        said = Reply(id=reply, kind="result", conversation=conversation, text=text, buttons=buttons, only_for=by.id)

        async def store(work: Work) -> None:
            await work.outbox.add(said)

        return Decision(store)


def split(text: str) -> list[str]:
    """Words as a shell has them; as they stand where the quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
