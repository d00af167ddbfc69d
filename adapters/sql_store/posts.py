"""What stands on the platforms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from adapters.sql_store.schema import citations, counters, posts
from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import from_json, to_json, to_moment, to_number
from bot.models import Changed, Conversation, Posted, Reply


class SqlPosts:
    """`Posts`. What was deleted is there for `latest` only: as a notice without text."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, reply: str) -> Posted | None:
        row = await self._unit.first(_GET, {"reply": reply})
        return _posted(row) if row else None

    async def at(self, conversation: Conversation) -> Posted | None:
        if not conversation.thread:
            return None
        row = await self._unit.first(_AT, {"room": conversation.room, "post": conversation.thread})
        return _posted(row) if row else None

    async def citing(self, passages: Collection[str]) -> list[Posted]:
        found: dict[int, Row] = {}
        names = sorted(passages)
        for start in range(0, len(names), 500):
            for row in await self._unit.rows(_CITING, {"passages": names[start : start + 500]}):
                found[row.id] = row
        return [_posted(found[id]) for id in sorted(found)]

    async def within(self, conversation: Conversation, *, after: datetime | None = None) -> list[Posted]:
        since = to_number(after) if after else -1
        return [_posted(row) for row in await self._unit.rows(_WITHIN, {"conversation": conversation.id, "at": since})]

    async def latest(self, platform: str, *, after: int, limit: int = 100) -> list[tuple[int, Posted]]:
        rows = await self._unit.rows(_LATEST, {"platform": platform, "number": after, "most": limit})
        return [(row.number, _posted(row)) for row in rows]

    async def changed(self, *, after: int, limit: int = 500) -> list[Changed]:
        if await self._unit.number(_NUMBER) <= after:
            return []
        rows = await self._unit.rows(_CHANGED, {"number": after, "most": limit})
        return [Changed(row.number, row.conversation, row.ticket) for row in rows]

    async def number(self) -> int:
        return await self._unit.number(_NUMBER)

    async def put(self, reply: Reply, *, post: str, again: bool) -> None:
        """A post, or its new version if it is there `again`, now stands in the reply's conversation."""
        place = reply.conversation
        values = {
            "reply": reply.id, "number": await self._next(), "platform": place.platform, "room": place.room,
            "conversation": place.id, "post": post, "only_for": reply.only_for, "ticket": reply.ticket,
            "at": self._unit.now(), "gone": False, "value": to_json(reply),
        }  # fmt: skip
        await self._unit.put(posts, values, key=("reply",), keep=("at",))
        if again:
            await self._unit.run(_FORGET, {"reply": reply.id})
        if cited := {source.passage for source in reply.sources}:
            await self._unit.run(insert(citations), [{"passage": name, "reply": reply.id} for name in sorted(cited)])

    async def remove(self, reply: Reply) -> None:
        """The post is gone; one that never was, too."""
        empty = to_json(
            Reply(id=reply.id, kind="notice", conversation=reply.conversation, text="", ticket=reply.ticket)
        )
        values = {"old": reply.id, "new_number": await self._next(), "new_value": empty}
        if await self._unit.changed(_REMOVE, values):
            await self._unit.run(_FORGET, {"reply": reply.id})

    async def _next(self) -> int:
        # PostgreSQL holds this row until the transaction ends, so numbers become visible in their order, and a
        # reader who has seen one has missed none before it.
        return await self._unit.number(_NEXT)


_STANDS: Final = select(posts).where(posts.c.gone.is_(False))
_GET: Final = _STANDS.where(posts.c.reply == bindparam("reply"))
_AT: Final = (
    _STANDS.where(posts.c.room == bindparam("room"), posts.c.post == bindparam("post"))
    .order_by(posts.c.id.desc()).limit(1)
)  # fmt: skip
_CITING: Final = _STANDS.where(
    posts.c.reply.in_(
        select(citations.c.reply).where(citations.c.passage.in_(bindparam("passages", expanding=True)))
    )
)  # fmt: skip
_WITHIN: Final = _STANDS.where(
    posts.c.conversation == bindparam("conversation"), posts.c.at > bindparam("at")
).order_by(posts.c.id)  # fmt: skip
_LATEST: Final = (
    select(posts).where(posts.c.platform == bindparam("platform"), posts.c.number > bindparam("number"))
    .order_by(posts.c.number).limit(bindparam("most"))
)  # fmt: skip
_CHANGED: Final = (
    select(posts.c.number, posts.c.conversation, posts.c.ticket).where(posts.c.number > bindparam("number"))
    .order_by(posts.c.number).limit(bindparam("most"))
)  # fmt: skip
_NUMBER: Final = select(counters.c.value).where(counters.c.name == "posts")
_NEXT: Final = (
    update(counters).where(counters.c.name == "posts").values(value=counters.c.value + 1).returning(counters.c.value)
)
_REMOVE: Final = update(posts).where(
    posts.c.reply == bindparam("old"), posts.c.gone.is_(False)
).values(number=bindparam("new_number"), value=bindparam("new_value"), gone=True)  # fmt: skip
_FORGET: Final = delete(citations).where(citations.c.reply == bindparam("reply"))


def _posted(row: Row) -> Posted:
    reply = from_json(Reply, row.value)
    return Posted(reply, reply.conversation, row.post, to_moment(row.at))
