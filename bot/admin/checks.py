"""What is configured, whether it works, and what to do if not."""

from __future__ import annotations

import platform
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bot.admin.sources import without_source
from bot.admin.words import counted
from bot.errors import StoreUnavailable
from bot.models import Check, SourceStatus, Status
from bot.ports import Store
from bot.settings import Settings
from knowledge.errors import EmbedderUnavailable, KnowledgeError, SourceUnavailable
from knowledge.models import Failure
from knowledge.ports import Catalogue, DocumentSource, Embedder, PassageIndex


async def check_index(index: PassageIndex, catalogue: Catalogue, *, settings: Settings) -> Check:
    """Can the index be opened, is it whole, is there something in it?"""
    run = f"run {settings.command} index PATH"
    again = f"{run} for every folder that deskhand.toml does not name"
    try:
        totals = await catalogue.totals()
        fault = await index.fault()
    except KnowledgeError as exc:
        return Check("index", "failed", str(exc), f"afterwards {again}")
    if fault:
        return Check("index", "failed", fault, f"move it away; {again}")
    if not totals.generation:
        return Check("index", "warning", "nothing is indexed yet", run)
    if not totals.passages:
        return Check("index", "warning", "it is empty: there was no text to index", run)
    counts = f"{totals.documents:,} documents, {totals.passages:,} passages, generation {totals.generation}"
    return Check("index", "ok", f"{counts}; it is whole")


async def check_sources(sources: Sequence[DocumentSource], status: Status | None, *, settings: Settings) -> list[Check]:
    """Can each source be listed, and is it indexed as it is configured? `status` is None if the index does not open."""
    if not sources and status is None:
        return []  # those that `index PATH` registered are in the index
    if not sources:
        fix = f"run {settings.command} index PATH, or add a [[source]] to {settings.file}"
        return [Check("sources", "warning", "there are none", fix)]
    indexed = {row.record.name: row for row in status.sources} if status else {}
    return [await _check_source(source, indexed.get(source.record.name), settings=settings) for source in sources]


async def _check_source(source: DocumentSource, row: SourceStatus | None, *, settings: Settings) -> Check:
    record = source.record
    name = f"source {record.name}"
    again = f"run {settings.command} index {record.path}"
    try:
        scan = await source.scan()
    except SourceUnavailable as exc:
        return Check(name, "failed", str(exc), "correct the path, or put the folder back")
    failures = [*scan.failures, *(Failure(each.id, each.error or "") for each in (row.errors if row else ()))]
    if failures:
        more = f" (and {len(failures) - 1} more)" if failures[1:] else ""
        return Check(name, "warning", failures[0].error + more, "correct the files; " + again)
    if not scan.found:
        return Check(name, "warning", f"{record.path} holds no document that can be read", "add documents; " + again)
    if row is None or row.last_run is None:
        return Check(name, "warning", f"{counted(len(scan.found), 'document')}, not indexed yet", again)
    return Check(name, "ok", f"{counted(len(scan.found), 'document')} in {record.path}")


async def check_settings_applied(
    catalogue: Catalogue, sources: Sequence[DocumentSource], *, settings: Settings
) -> list[Check]:
    """Is what deskhand.toml says of its sources also what is indexed?"""
    recorded = await catalogue.sources()
    indexed = {record.name: record for record in recorded}
    configured = [source.record for source in sources if source.record.configured]
    messages = {
        "deskhand.toml now says otherwise than the index of": [
            record.name for record in configured if indexed.get(record.name, record) != record
        ],
        "the index still holds what is no source any more:": [
            record.name for record in without_source(sources, recorded)
        ],
    }
    return [
        Check("settings applied", "warning", f"{message} {', '.join(names)}", f"run {settings.command} index")
        for message, names in messages.items()
        if names
    ]


async def check_embedder(make: Callable[[], Embedder]) -> Check:
    try:
        embedder = make()
        (vector,) = await embedder.embed(["How many days of annual leave do I have?"])
    except EmbedderUnavailable as exc:
        return Check("embedder", "failed", str(exc), "install Deskhand again")
    return Check("embedder", "ok", f"{embedder.name} works, {len(vector)} dimensions; it is an English model")


def check_home(settings: Settings) -> list[Check]:
    there = settings.file.exists()
    file = f"{settings.file} is in order" if there else "there is no deskhand.toml, which is fine: all has defaults"
    checks = [Check("settings", "ok", file)]
    home = settings.home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        # Permissions alone do not tell: the file system may be read-only, or no place for files.
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as exc:
        fix = "allow writing there, or give another folder with --home"
        checks.append(Check("home", "failed", f"{nearest} cannot be written ({exc.strerror})", fix))
    else:
        checks.append(Check("home", "ok", f"{home} can be written" if home.exists() else f"{home} will be made"))
    return checks


def check_threshold(threshold: float, *, shipped: bool) -> Check:
    whose = "shipped" if shipped else "your own"
    return Check("threshold", "ok", f"{threshold:.2f}, {whose}, not yet proven on your questions")


async def check_store(store: Store, *, where: Path | None) -> Check:
    """Is the journal there, and whole? `where` is None for PostgreSQL."""
    try:
        await store.migrate()
        fault = await store.fault()
        async with store.reading() as work:
            waiting, failed = await work.inbox.waiting(), await work.outbox.failed()
    except StoreUnavailable as exc:
        return Check("store", "failed", str(exc), "the bot takes in no message until that is mended")
    if fault:
        return Check("store", "failed", fault, "stop the bot and restore a backup: deskhand restore FILE")
    name = str(where) if where else "PostgreSQL"
    if failed:
        fix = f"the last one: {failed[0][1]}"
        return Check(
            "store", "warning", f"{name}: {counted(len(failed), 'post')} could not be sent and was given up", fix
        )
    return Check("store", "ok", f"{name} is whole; {counted(waiting, 'message')} waiting")


async def check_directory(fault: Callable[[], Awaitable[str]], *, settings: Settings) -> Check:
    """Who people are."""
    if found := await fault():
        return Check("people", "failed", found, "until then everybody counts as somebody from outside")
    if not settings.people.exists():
        others = "somebody from outside" if settings.directory.unknown == "outside" else "a member"
        return Check("people", "ok", f"there is no {settings.people.name}: on other platforms everybody is {others}")
    return Check("people", "ok", f"{settings.people} is in order")


def check_experts(settings: Settings, *, platforms: frozenset[str]) -> list[Check]:
    """Is there a way to everywhere that questions are handed over to?"""
    named = [channel.experts for channel in settings.channel] + [topic.experts for topic in settings.topic]
    rooms = dict.fromkeys(filter(None, [settings.experts.channel, *named]))
    lost = [room for room in rooms if room.partition(":")[0] not in platforms]
    if lost:
        fix = f"name a channel on one of {', '.join(sorted(platforms))}"
        return [Check("experts", "failed", f"no way leads to {', '.join(lost)}", fix)]
    return [Check("experts", "ok", f"questions go to {', '.join(rooms)}")]


def check_modes(settings: Settings) -> list[Check]:
    """Channels where the bot speaks unasked, on a threshold that nobody has proven."""
    automatic = [channel.id for channel in settings.channel if channel.mode == "automatic"]
    if not automatic:
        return []
    message = f"{', '.join(automatic)}: answers there by itself, and the threshold is not proven on your questions"
    return [Check("channels", "warning", message, 'mode = "draft" lets experts look first')]


def check_platform() -> Check:
    return Check("platform", "ok", f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
