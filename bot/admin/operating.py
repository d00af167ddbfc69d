"""Running the bot: index runs, status, cache, forgetting, audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from bot.admin.exports import EXPORTS
from bot.admin.jobs import Order, index_job
from bot.admin.parts import Given, Parts
from bot.admin.words import age, counted, failure, moment, short
from bot.errors import CommandError
from bot.learning import LEARNED, forget
from bot.models import OPEN, AdminJob, AuditEntry, Person, Result, SourceStatus
from bot.ports import Store, Work
from knowledge.models import DocumentRecord

_NAMED: Final = 5
_LINES: Final = 50
_CALLED: Final = {
    "said": "message",
    "exchanges": "answer",
    "posts": "post",
    "tickets": "ticket",
    "feedback": "opinion",
    "learned": "learned answer",
}
"""What people call a row of a table."""


class Operating:
    """What admins do to the bot as a whole."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def status(self, given: Given) -> Result:
        status = await self._parts.status()
        waiting, waiting_data = await at_work(self._parts.store)
        errors = sum(len(source.errors) for source in status.sources)
        data = {
            "documents": status.documents,
            "passages": status.passages,
            "generation": status.generation,
            "errors": errors,
            "sources": [
                {"name": each.record.name, "last_run": _iso(each.last_run), "errors": len(each.errors)}
                for each in status.sources
            ],
            **waiting_data,
        }
        documents, passages = counted(status.documents, "document"), counted(status.passages, "passage")
        runs = [each.last_run for each in status.sources if each.last_run]
        lines = [
            f"- **Index**: {documents}, {passages}, generation {status.generation}"
            + (f"; **{counted(errors, 'document')} could not be read**" if errors else ""),
            f"- **Last run**: {moment(max(runs, default=None))}"
            + (f"; the oldest of {counted(len(runs), 'source')} {moment(min(runs))}" if runs[1:] else ""),
            *waiting,
        ]
        return Result("\n".join(lines), data)

    async def sources(self, given: Given) -> Result:
        status = await self._parts.status()
        lines, data = [], []
        for source in status.sources:
            named = [each for each in source.errors if _may_know(each, given.by)]
            lines += _source_lines(source, named)
            data.append(_source_data(source, named))
        return Result("\n".join(lines) or "There are no sources yet.", data)

    async def reindex(self, given: Given) -> Result:
        """A job, so that it goes on if this process ends, and is not done twice at the same time."""
        sources = {source.record.name: source.documents for source in (await self._parts.status()).sources}
        if unknown := [name for name in given.words if name not in sources]:
            there_are = f"there are {', '.join(sorted(sources))}" if sources else "there are none"
            raise CommandError(f'There is no source "{unknown[0]}": {there_are}.')
        dry_run = "dry-run" in given.options
        # Learned documents go because somebody decided so, one by one.
        holds = {name: had for name, had in sources.items() if name in (given.words or sources) and name != LEARNED}
        ordered = index_job(
            given.words,
            by=given.by.id,
            at=self._parts.clock(),
            dry_run=dry_run,
            reply=given.reply,
            holds={} if given.confirmed else holds,
        )
        async with self._parts.store.transaction() as work:
            job = await _same(work, ordered)
            if job is None:
                job = await work.jobs.add(ordered)
                await self._parts.audited(work, given.by, "reindex", " ".join(given.words) or "all", f"job {job.id}")
        self._parts.wake.notify("jobs")
        what = ", ".join(given.words) or "all sources"
        text = f"Job {job.id}: {'looking what would change in' if dry_run else 'reindexing'} {what}."
        return Result(f"{text} `jobs` shows how far it is, `cancel {job.id}` stops it.", {"job": job.id}, job=job.id)

    async def jobs(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            recent = await work.jobs.recent()
        now = self._parts.clock()
        lines = [f"- **{job.id}** {job.by}, {age(job.at, now=now)} ago, {_job_line(job)}" for job in recent]
        return Result("\n".join(lines) or "There were no jobs yet.", [_job(job) for job in recent])

    async def cancel(self, given: Given) -> Result:
        number = given.number()
        async with self._parts.store.transaction() as work:
            stopped = await work.jobs.cancel(number)
            await self._parts.audited(work, given.by, "cancel", f"job {number}", "" if stopped else "was not running")
        text = f"Job {number} stops." if stopped else f"Job {number} is not running: `jobs` lists them."
        return Result(text, {"cancelled": stopped}, ok=stopped)

    async def cache(self, given: Given) -> Result:
        if list(given.words) != ["purge"]:
            raise CommandError(f"What about the cache? `{given.usage}`")
        if not given.confirmed:
            return Result("", confirm="Forget all cached answers? Questions take a little longer for a while.")
        async with self._parts.store.transaction() as work:
            await work.distrust()
            await self._parts.audited(work, given.by, "cache.purged")
        return Result("All cached answers are forgotten, whatever process had them.", {"purged": True})

    async def forget(self, given: Given) -> Result:
        person = given.text
        if not all(person.partition(":")) or " " in person:
            raise CommandError(f'"{person}" is nobody: name the platform too, as in slack:T1/U2.')
        if not given.confirmed:
            what = "everything they wrote, what was answered to them, and their feedback"
            return Result("", confirm=f"Forget {person}? This removes {what}, and cannot be undone.")
        async with self._parts.store.transaction() as work:
            learned = await forget(work, person)
            gone = {**await work.erase(person), "learned": learned}
            left = [each.number for each in await work.tickets.of(person, limit=1000) if each.state in OPEN]
            if learned:
                await work.jobs.add(index_job([LEARNED], by=given.by.id, at=self._parts.clock()))
            await work.distrust()
            await self._parts.audited(work, given.by, "forgot", "a person", f"{sum(gone.values())} rows")
        self._parts.wake.notify("jobs")
        data = {"removed": gone, "rows": sum(gone.values()), "open_tickets": left}
        return Result(_forgotten(person, gone, left), data)

    async def audit(self, given: Given) -> Result:
        since = _date(given.options["since"]) if "since" in given.options else None
        form = given.options.get("export", "")
        if form not in ("", *EXPORTS):
            raise CommandError(f'"{form}" is no format: it is one of {", ".join(EXPORTS)}.')
        async with self._parts.store.reading() as work:
            entries = [entry async for entry in work.audit.entries(since=since)]
        await self._parts.shown(given.by, "audit.exported", detail=f"{len(entries)} entries")
        lines = [f"- {_entry_line(each)}" for each in entries[-_LINES:]]
        if entries[_LINES:]:
            lines.insert(0, f"The latest {_LINES} of {len(entries):,}:")
        data = [{**asdict(each), "at": each.at.isoformat()} for each in entries]
        text = "\n".join(lines) or "Nothing was done in that time."
        return Result(text, data, export=EXPORTS[form](entries) if form else "")


async def at_work(store: Store) -> tuple[list[str], dict[str, Any]]:
    """What waits, and what failed: as lines, and for programs."""
    async with store.reading() as work:
        tickets = dict(await work.tickets.count())
        messages, posts = await work.inbox.waiting(), await work.outbox.waiting()
        failed = await work.outbox.failed(limit=_LINES)
        jobs = await work.jobs.recent(limit=1)
    many = f"{_LINES} or more" if len(failed) == _LINES else f"{len(failed)}"
    lines = [
        *([f"- **Last job**: {_job_line(jobs[0])}"] if jobs else []),
        f"- **Waiting**: {counted(messages, 'message')} to work on, {counted(posts, 'post')} to send"
        + (f"; **{many} given up** (the last one: {short(failed[0][1])})" if failed else ""),
        f"- **Tickets**: {', '.join(f'{count} {state}' for state, count in tickets.items() if count) or 'none'}",
    ]
    data = {
        "messages_waiting": messages,
        "posts_waiting": posts,
        "posts_failed": len(failed),
        "given_up": [
            {"kind": reply.kind, "room": reply.conversation.room, "why": why} for reply, why in failed[:_NAMED]
        ],
        "tickets": tickets,
        "job": _job(jobs[0]) if jobs else None,
    }
    return lines, data


async def _same(work: Work, ordered: AdminJob) -> AdminJob | None:
    """The job of the same message, which is worked on a second time if a worker dies over it."""
    recent = await work.jobs.recent() if ordered.reply else []
    return next((job for job in recent if job.reply == ordered.reply), None)


def _may_know(document: DocumentRecord, by: Person) -> bool:
    """Admins have to mend it; experts hear of what they may read."""
    return by.may("admin") or bool(document.attributes.audience & by.readable)


def _source_lines(source: SourceStatus, named: Sequence[DocumentRecord]) -> list[str]:
    errors = f"; **{counted(len(source.errors), 'document')} could not be read**" if source.errors else ""
    counts = f"{counted(source.documents, 'document')}, {counted(source.passages, 'passage')}"
    more = f"  - and {len(named) - _NAMED:,} more"
    return [
        f"- **{source.record.name}**: {counts}, last run {moment(source.last_run)}{errors}",
        *(f"  - {failure(each.id, each.error)}" for each in named[:_NAMED]),
        *([more] if named[_NAMED:] else []),
    ]


def _source_data(source: SourceStatus, named: Sequence[DocumentRecord]) -> dict[str, Any]:
    did = ("added", "changed", "deleted", "unchanged", "seconds")
    return {
        "name": source.record.name,
        "kind": source.record.kind,
        "audience": sorted(source.record.audience),
        "owner": source.record.owner or "",
        "documents": source.documents,
        "passages": source.passages,
        "last_run": _iso(source.last_run),
        "did": {name: getattr(source.run, name) for name in did} if source.run else None,
        "errors": [{"doc": each.id, "error": each.error} for each in named],
        "unnamed_errors": len(source.errors) - len(named),
    }


def _entry_line(entry: AuditEntry) -> str:
    what = " ".join(filter(None, [entry.actor, f"**{entry.action}**", entry.subject]))
    return f"{entry.at:%Y-%m-%d %H:%M:%S} {what}{f' ({entry.detail})' if entry.detail else ''}"


def _job_line(job: AdminJob) -> str:
    state = "stopping" if job.cancel and job.state == "running" else job.state
    far = f" ({job.done:,} of {job.of:,})" if job.of and job.state == "running" else ""
    first = job.result.partition("\n")[0]
    return f"{state}{far}{f': {first}' if first else ''}"


def _job(job: AdminJob) -> dict[str, Any]:
    order = Order.of(job)
    kept = {name: getattr(job, name) for name in ("id", "kind", "state", "by", "done", "of", "result")}
    return {**kept, "at": job.at.isoformat(), "sources": list(order.sources), "dry_run": order.dry_run}


def _forgotten(person: str, gone: Mapping[str, int], left: Sequence[int]) -> str:
    told = [counted(gone[table], what) for table, what in _CALLED.items() if gone.get(table)]
    if others := sum(number for table, number in gone.items() if table not in _CALLED):
        told.append(counted(others, "other row"))
    text = f"Forgot {person}: {', '.join(told) or 'there was nothing'}."
    if left:
        numbers = ", ".join(f"#{number}" for number in left)
        text += f" What is open stays until it is resolved ({numbers}): give the command again then."
    return text


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f'"{text}" is no date: write it as 2026-11-27.') from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
