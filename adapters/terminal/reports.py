"""Index runs, status and check for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from adapters.terminal.console import count, safe
from adapters.terminal.layout import put, rows
from bot.models import Check, SourceStatus, Status
from knowledge.models import Report

_MOST_NOTES: Final = 20
_SIGNS: Final = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


@contextmanager
def progress_bar(*, on: Console) -> Iterator[Callable[[int, int], None]]:
    """Tells how many documents are done, where there is a person to see it."""
    if not on.is_terminal:
        yield lambda done, of: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(style="cyan"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=32, complete_style="cyan", finished_style="cyan"),
        MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=on, transient=True) as bar:
        task = bar.add_task("Looking for documents", total=None)

        def show(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of or None, description="Reading documents")

        yield show


def show_report(report: Report, *, dry_run: bool, to: Console, messages: Console) -> None:
    """What a run did; what a person should know of single documents goes to `messages`."""
    groups = [("added", report.added), ("changed", report.changed), ("deleted", report.deleted)]
    counts = ", ".join(f"{len(documents):,} {name}" for name, documents in groups if documents)
    counts = ", ".join(filter(None, [counts, f"{report.unchanged:,} unchanged" if report.unchanged else ""]))
    if dry_run:
        for name, documents in groups:
            for document in documents:
                to.print(Text(f"{name:<8} {safe(document)}"), soft_wrap=True)
        to.print(Text(f"A dry run: nothing was changed. A run would do this: {counts or 'nothing'}.", style="bold"))
    else:
        to.print(Text(f"{_did(report)} in {report.seconds:.1f} s: {counts or 'no documents'}.", style="bold"))
        to.print(
            Text(f"{count(report.documents, 'document')}, {count(report.passages, 'passage')}: all searchable now.")
        )
    for note in report.notes[:_MOST_NOTES]:
        messages.print(Text(f"note: {safe(note.document)}: {safe(note.text)}", style="dim"), soft_wrap=True)
    if left := report.notes[_MOST_NOTES:]:
        messages.print(Text(f"note: {len(left):,} more notes with --json", style="dim"))
    for failure in report.errors:
        messages.print(
            Text("error: ", style="red").append(safe(_named(failure.document, failure.error))), soft_wrap=True
        )


def _did(report: Report) -> str:
    return "Indexed" if report.added or report.changed or report.deleted else "Looked through everything"


def _named(document: str, error: str) -> str:
    return error if document in error else f"{document}: {error}"


def show_status(status: Status, *, to: Console) -> None:
    to.print()
    if not status.sources:
        put(Text("No sources yet. Add one: deskhand index PATH"), to=to)
        return
    put(rows([_source(source) for source in status.sources], gap=3, first="bold"), to=to)
    whole = (
        f"{count(status.documents, 'document')}, {count(status.passages, 'passage')}, generation {status.generation}"
    )
    put(Text(f"{whole}, embedder {status.embedder}", style="dim"), to=to)
    failed = [document for source in status.sources for document in source.errors]
    for document in failed[:_MOST_NOTES]:
        put(Text("error: ", style="red").append(safe(_named(document.id, document.error or ""))), to=to, then=0)
    if left := failed[_MOST_NOTES:]:
        put(Text(f"error: {len(left):,} more with --json", style="red"), to=to, then=0)


def _source(source: SourceStatus) -> tuple[Text, Text]:
    text = Text(f"{count(source.documents, 'document')}, {count(source.passages, 'passage')}, {_when(source.last_run)}")
    if source.errors:
        text.append(f", {count(len(source.errors), 'error')}", style="red")
    text.append(f"\n{_short(source.record.path)}", style="dim")
    return Text(safe(source.record.name)), text


def _when(moment: datetime | None) -> str:
    if moment is None:
        return "not indexed yet"
    local = moment.astimezone()
    return f"indexed {local.day} {local:%b %Y %H:%M}"


def _short(path: str) -> str:
    home = str(Path.home())
    return safe(f"~{path.removeprefix(home)}" if path.startswith(f"{home}/") else path)


def show_checks(checks: Sequence[Check], *, to: Console) -> None:
    to.print()
    put(rows([_check(check) for check in checks], gap=2), to=to)
    failed = sum(check.state == "failed" for check in checks)
    warned = sum(check.state == "warning" for check in checks)
    verdict = f"{failed} not working" if failed else "Everything works"
    put(Text(verdict + (f", {warned} to look at." if warned else "."), style="bold"), to=to)


def _check(check: Check) -> tuple[Text, Text, Text]:
    sign, colour = _SIGNS[check.state]
    message = Text(safe(check.message))
    if check.fix:
        message.append(f"\n→ {safe(check.fix)}", style=colour)
    return Text(sign, style=colour), Text(safe(check.name), style="bold"), message
