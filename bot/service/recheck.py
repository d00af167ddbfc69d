"""What waited for its platform is looked at again: who may read what it shows may have changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.models import Exchange, Reply
from bot.ports import Directory, Store
from bot.service import wording
from bot.tickets.desk import Desk
from knowledge.ports import PassageIndex
from knowledge.rights import readable


@dataclass(frozen=True, slots=True)
class Recheck:
    """Raises what its parts raise: as long as nobody knows who may read it, it is not posted."""

    store: Store
    directory: Directory
    index: PassageIndex
    desk: Desk

    async def __call__(self, reply: Reply) -> Reply:
        """The reply as it may be posted now."""
        async with self.store.reading() as work:
            of_card = await work.tickets.of_card(reply.id)
            exchange = await work.exchanges.get(reply.id)
            handed_over = await work.tickets.get(reply.ticket) if exchange and reply.ticket else None
        if of_card:
            return await self.desk.card(of_card)
        if exchange is None or await self._may_be_shown(reply, exchange):
            return reply
        text = wording.passed_on(handed_over, when=self.desk.when()) if handed_over else wording.CLOSED_SINCE
        return replace(reply, kind="notice", text=text, sources=(), votes=False)

    async def _may_be_shown(self, reply: Reply, exchange: Exchange) -> bool:
        """An answer quotes its sources; whatever else was said to a question may name what was found."""
        shown = {source.passage for source in reply.sources} or {found.passage for found in exchange.found}
        if reply.conversation.private:
            groups = (await self.directory.person(exchange.asker)).readable
        else:
            groups = await self.directory.audience(reply.conversation)
        return shown == {passage.id for passage in await readable(self.index, shown, groups=groups)}
