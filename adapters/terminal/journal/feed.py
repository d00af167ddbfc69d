"""What is new among the posts of the terminals on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.terminal.channel import PLATFORM
from adapters.terminal.journal.ports import Journal
from bot.models import Posted, Reply


@dataclass(frozen=True, slots=True)
class News:
    """A post as it stands now. `before` is what it said when it was last seen, None if it was not."""

    posted: Posted
    before: Reply | None = None

    @property
    def reply(self) -> Reply:
        return self.posted.reply

    @property
    def gone(self) -> bool:
        return not (self.reply.text or self.reply.title)


class Feed:
    """Follows the posts in their order; each version of each is told once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._after = 0
        self._seen: dict[str, Reply] = {}
        self._found: list[News] = []

    async def news(self) -> list[News]:
        """All since the last call, oldest first; at the first call all there are. Raises StoreUnavailable.

        What was read before it raised comes with the next call.
        """
        while posts := await self._journal.posts(PLATFORM, after=self._after):
            for number, posted in posts:
                self._add(posted)
                self._after = max(self._after, number)
        found, self._found = self._found, []
        return found

    def _add(self, posted: Posted) -> None:
        before = self._seen.get(posted.reply.id)
        news = News(posted, before)
        if before != posted.reply and not (news.gone and before is None):
            self._seen[posted.reply.id] = posted.reply
            self._found.append(news)
