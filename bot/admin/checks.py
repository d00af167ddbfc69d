"""What is configured, whether it works, and what to do if not."""

from __future__ import annotations

import platform
import sqlite3
import tempfile
from collections.abc import Callable, Sequence

from bot.admin.sources import without_source
from bot.models import Check, SourceStatus, Status
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
        return Check(name, "warning", f"{_count(len(scan.found), 'document')}, not indexed yet", again)
    return Check(name, "ok", f"{_count(len(scan.found), 'document')} in {record.path}")


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


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def check_threshold(threshold: float, *, shipped: bool) -> Check:
    whose = "shipped" if shipped else "your own"
    return Check("threshold", "ok", f"{threshold:.2f}, {whose}, not yet proven on your questions")


def check_platform() -> Check:
    return Check("platform", "ok", f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
