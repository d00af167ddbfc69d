"""Running the bot: index runs, status, cache, forgetting, audit."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from bot.admin.jobs import index_job
from bot.admin.parts import Given, Parts, Result
from bot.errors import CommandError
from bot.learning import LEARNED, forget
from bot.models import AdminJob


class Operating:
    """What admins do to the bot as a whole."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def status(self, given: Given) -> Result:
        status = await self._parts.status()
        async with self._parts.store.reading() as work:
            tickets = dict(await work.tickets.count())
            messages, posts = await work.inbox.waiting(), await work.outbox.waiting()
            failed = await work.outbox.failed()
        data = {
            "documents": status.documents,
            "passages": status.passages,
            "generation": status.generation,
            "errors": sum(len(source.errors) for source in status.sources),
            "messages_waiting": messages,
            "posts_waiting": posts,
            "posts_failed": len(failed),
            "tickets": tickets,
        }
        open_tickets = ", ".join(f"{count} {state}" for state, count in tickets.items() if count) or "none"
        lines = [
            f"- **Index**: {status.documents:,} documents, {status.passages:,} passages, generation {status.generation}"
            + (f", **{data['errors']} could not be read**" if data["errors"] else ""),
            f"- **Messages** waiting: {messages}; posts waiting: {posts}"
            + (f"; **posts given up: {len(failed)}** ({failed[0][1]})" if failed else ""),
            f"- **Tickets**: {open_tickets}",
        ]
        return Result("\n".join(lines), data)

    async def sources(self, given: Given) -> Result:
        status = await self._parts.status()
        lines, data = [], []
        for source in status.sources:
            when = f"{source.last_run:%Y-%m-%d %H:%M} UTC" if source.last_run else "never"
            errors = f", **{len(source.errors)} errors**" if source.errors else ""
            lines.append(f"- **{source.record.name}**: {source.documents:,} documents, indexed {when}{errors}")
            lines += [f"  - {each.id}: {each.error}" for each in source.errors[:5]]
            data.append(
                {
                    "name": source.record.name,
                    "documents": source.documents,
                    "passages": source.passages,
                    "last_run": source.last_run and source.last_run.isoformat(),
                    "errors": [{"doc": each.id, "error": each.error} for each in source.errors],
                }
            )
        return Result("\n".join(lines) or "There are no sources yet.", data)

    async def reindex(self, given: Given) -> Result:
        """A job, so that it goes on if this process ends, and is not done twice at the same time."""
        known = {source.record.name for source in (await self._parts.status()).sources}
        if unknown := [name for name in given.words if name not in known]:
            there_are = f"there are {', '.join(sorted(known))}" if known else "there are none"
            raise CommandError(f'There is no source "{unknown[0]}": {there_are}.')
        dry_run = "dry-run" in given.options
        ordered = index_job(given.words, by=given.by.id, at=self._parts.clock(), dry_run=dry_run, reply=given.reply)
        async with self._parts.store.transaction() as work:
            job = await work.jobs.add(ordered)
            await self._parts.audited(work, given.by, "reindex", " ".join(given.words) or "all", f"job {job.id}")
        self._parts.wake.notify("jobs")
        what = ", ".join(given.words) or "all sources"
        text = f"Job {job.id}: {'looking what would change in' if dry_run else 'reindexing'} {what}."
        return Result(f"{text} `jobs` shows how far it is, `cancel {job.id}` stops it.", {"job": job.id}, job=job.id)

    async def jobs(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            recent = await work.jobs.recent()
        lines = [f"- **{job.id}** {job.state}{_progress(job)}, by {job.by}: {job.result or '…'}" for job in recent]
        data = [{**asdict(job), "at": job.at.isoformat()} for job in recent]
        return Result("\n".join(lines) or "There were no jobs yet.", data)

    async def cancel(self, given: Given) -> Result:
        number = given.number()
        async with self._parts.store.transaction() as work:
            stopped = await work.jobs.cancel(number)
            await self._parts.audited(work, given.by, "cancel", f"job {number}")
        return Result(f"Job {number} stops." if stopped else f"Job {number} is not running.", {"cancelled": stopped})

    async def cache(self, given: Given) -> Result:
        if given.text != "purge":
            raise CommandError(f"What about the cache? {given.usage}")
        if not given.confirmed:
            return Result("", confirm="Forget all cached answers? Questions take a little longer for a while.")
        count = await self._parts.cache.drop()
        async with self._parts.store.transaction() as work:
            await self._parts.audited(work, given.by, "cache.purged", detail=f"{count} answers")
        return Result(f"Forgot {count} cached answers.", {"forgotten": count})

    async def forget(self, given: Given) -> Result:
        person = given.text
        if ":" not in person:
            raise CommandError(f'"{person}" is nobody: name the platform too, as in slack:T1/U2.')
        if not given.confirmed:
            what = "everything they wrote, what was answered to them, and their feedback"
            return Result("", confirm=f"Forget {person}? This removes {what}, and cannot be undone.")
        async with self._parts.store.transaction() as work:
            learned = await forget(work, person)
            gone = {**await work.erase(person), "learned": learned}
            if learned:
                await work.jobs.add(index_job([LEARNED], by=given.by.id, at=self._parts.clock()))
            await self._parts.audited(work, given.by, "forgot", "a person", f"{sum(gone.values())} rows")
        await self._parts.cache.drop()
        count = sum(gone.values())
        told = ", ".join(f"{number} {table}" for table, number in gone.items() if number)
        return Result(f"Forgot {person}: {told or 'there was nothing'}.", {"removed": dict(gone), "rows": count})

    async def audit(self, given: Given) -> Result:
        since = _date(given.options["since"]) if "since" in given.options else None
        async with self._parts.store.reading() as work:
            entries = [entry async for entry in work.audit.entries(since=since)]
        async with self._parts.store.transaction() as work:
            await self._parts.audited(work, given.by, "audit.exported", detail=f"{len(entries)} entries")
        lines = [
            f"- {each.at:%Y-%m-%d %H:%M:%S} {each.actor} **{each.action}** {each.subject} {each.detail}".rstrip()
            for each in entries[-50:]
        ]
        return Result("\n".join(lines), [{**asdict(each), "at": each.at.isoformat()} for each in entries])


def _progress(job: AdminJob) -> str:
    return f" {job.done}/{job.of}" if job.of and job.state == "running" else ""


def _date(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f'"{text}" is no date: write it as 2026-11-27.') from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
