"""The audit as files that other programs read."""

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
    """With a header. What a spreadsheet would take as a formula gets an apostrophe before it."""
    text = io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    rows.writeheader()
    for row in map(_row, entries):
        rows.writerow({name: f"'{value}" if value.startswith(_FORMULAS) else value for name, value in row.items()})
    return text.getvalue()


def as_json_lines(entries: Sequence[AuditEntry]) -> str:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in map(_row, entries))


EXPORTS: Final[Mapping[str, Callable[[Sequence[AuditEntry]], str]]] = {"csv": as_csv, "jsonl": as_json_lines}


def _row(entry: AuditEntry) -> dict[str, str]:
    return {**asdict(entry), "at": entry.at.isoformat()}
