"""One transaction, as the port has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from adapters.sql_store import epochs, forgetting, weekly
from adapters.sql_store.conversations import SqlExchanges, SqlTurns
from adapters.sql_store.credentials import SqlCredentials
from adapters.sql_store.inbox import SqlInbox
from adapters.sql_store.jobs import SqlJobs
from adapters.sql_store.opinions import SqlAudit, SqlFeedback, SqlPins
from adapters.sql_store.outbox import SqlOutbox
from adapters.sql_store.posts import SqlPosts
from adapters.sql_store.tickets import SqlLearned, SqlTickets
from adapters.sql_store.unit import Unit
from bot.models import Week


class SqlWork:
    """`Work`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self.posts = SqlPosts(unit)
        self.inbox = SqlInbox(unit)
        self.outbox = SqlOutbox(unit, self.posts)
        self.turns = SqlTurns(unit)
        self.exchanges = SqlExchanges(unit)
        self.tickets = SqlTickets(unit)
        self.feedback = SqlFeedback(unit)
        self.audit = SqlAudit(unit)
        self.pins = SqlPins(unit)
        self.learned = SqlLearned(unit)
        self.jobs = SqlJobs(unit)
        self.credentials = SqlCredentials(unit)

    async def weeks(self, *, since: datetime, count: int) -> Sequence[Week]:
        return await weekly.weeks(self._unit, since=since, count=count)

    async def epoch(self, passages: Collection[str]) -> int:
        return await epochs.epoch(self._unit, passages)

    async def distrust(self, passages: Collection[str] | None = None) -> None:
        await epochs.distrust(self._unit, passages)

    async def erase(self, person: str) -> Mapping[str, int]:
        return await forgetting.erase(self._unit, person)

    async def expire(self, *, before: Mapping[str, datetime]) -> Mapping[str, int]:
        return await forgetting.expire(self._unit, before=before)
