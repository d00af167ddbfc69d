"""Files that other programs read: the audit, and tables of numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from bot.models import AuditEntry

_COLUMNS: Final = ("at", "actor", "action", "subject", "detail")
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def as_csv(entries: Sequence[AuditEntry]) -> str:
    """What a spreadsheet would take as a formula gets an apostrophe before it."""
    return table_csv([_row(entry) for entry in entries], columns=_COLUMNS)


def table_csv(rows: Sequence[Mapping[str, object]], *, columns: Sequence[str] = ()) -> str:
    """With a header; `columns` are those of the first row unless they are named."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def as_json_lines(entries: Sequence[AuditEntry]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in map(_row, entries))


EXPORTS: Final[Mapping[str, Callable[[Sequence[AuditEntry]], str]]] = {"csv": as_csv, "jsonl": as_json_lines}


def _row(entry: AuditEntry) -> dict[str, str]:
    return {**asdict(entry), "at": entry.at.isoformat()}
