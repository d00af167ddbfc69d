"""Where an asker is: in private, or in a thread of a channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from adapters.terminal.channel import PLATFORM
from adapters.terminal.journal.commands import Unusable
from bot.models import Conversation, Reply


@dataclass(slots=True)
class Known:
    """What was said in a conversation, as far as commands are about it: the last of each."""

    message: str = ""
    text: str = ""
    reply: Reply | None = None
    answer: Reply | None = None
    ticket: int = 0


@dataclass(slots=True)
class Places:
    """The conversations of one person, of which one is the current. In a channel each message above starts a thread."""

    name: str
    channel: str = ""
    threads: list[str] = field(default_factory=list)
    _known: dict[str, Known] = field(default_factory=dict)
    current: Conversation = field(init=False)

    def __post_init__(self) -> None:
        self.current = self.above if self.channel else self.private

    @property
    def private(self) -> Conversation:
        return Conversation(PLATFORM, self.name, private=True)

    @property
    def above(self) -> Conversation:
        """The channel itself, where threads begin."""
        return Conversation(PLATFORM, self.channel)

    @property
    def here(self) -> Known:
        return self.known(self.current)

    def known(self, conversation: Conversation) -> Known:
        return self._known.setdefault(conversation.id, Known())

    def has(self, conversation: Conversation) -> bool:
        if conversation == self.private:
            return True
        return bool(self.channel) and conversation.room == self.above.room and conversation.thread in self.threads

    def add(self, conversation: Conversation) -> None:
        ours = bool(self.channel) and conversation.room == self.above.room and not conversation.private
        if ours and conversation.thread not in self.threads:
            self.threads.append(conversation.thread)

    def named(self, conversation: Conversation) -> str:
        """`#general 2`, empty in private."""
        if conversation.private:
            return ""
        number = f" {self.threads.index(conversation.thread) + 1}" if conversation.thread in self.threads else ""
        return f"#{conversation.channel}{number}"

    def enter(self, number: str) -> None:
        """The thread of that number. Raises Unusable."""
        self._need_channel()
        if not number.isdecimal() or not 0 < int(number) <= len(self.threads):
            raise Unusable(f"Which thread? There are {len(self.threads)} of yours: /thread 1")
        self.current = replace(self.above, thread=self.threads[int(number) - 1])

    def leave(self) -> None:
        """To where threads begin. Raises Unusable."""
        self._need_channel()
        self.current = self.above

    def go_private(self) -> None:
        self.current = self.private

    def _need_channel(self) -> None:
        if not self.channel:
            raise Unusable("There are threads in channels only: deskhand chat --as-asker --channel NAME")

    def restore(self, conversations: Iterable[Conversation]) -> None:
        """Earlier threads, oldest first."""
        for conversation in conversations:
            self.add(conversation)
