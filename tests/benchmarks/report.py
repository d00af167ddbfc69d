"""Figures -> the table that is printed and the one in README.md."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import psutil

START, END = "<!-- bench -->", "<!-- /bench -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement; `limit` is what was asked for, if anything was."""

    what: str
    measured: float
    unit: str
    limit: float | None = None
    at_least: bool = False
    digits: int = 1

    @property
    def asked(self) -> str:
        if self.limit is None:
            return ""
        return f"{'at least' if self.at_least else 'under'} {self.limit:,.10g} {self.unit}"

    @property
    def reached(self) -> Literal["yes", "NO", ""]:
        if self.limit is None:
            return ""
        return "yes" if (self.measured >= self.limit if self.at_least else self.measured < self.limit) else "NO"

    @property
    def cells(self) -> tuple[str, str, str, str]:
        return (self.what, self.asked, f"{self.measured:,.{self.digits}f} {self.unit}", self.reached)


def machine() -> str:
    """What the figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{date.today().isoformat()}: {names[0] if names else platform.processor()}, {cores} cores, "
        f"{memory:.0f} GiB memory, {platform.system()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, onnxruntime {version('onnxruntime')}, numpy {version('numpy')}; "
        f"load before the run {os.getloadavg()[0]:.1f}"
    )


def table(figures: Sequence[Figure]) -> str:
    """In columns, for a terminal."""
    rows = [("", "asked", "measured", "reached"), *(figure.cells for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}  {d}".rstrip() for a, b, c, d in rows)


def markdown(figures: Sequence[Figure], *, on: str, notes: Sequence[str]) -> str:
    rows = [("", "asked", "measured", "reached"), *(figure.cells for figure in figures)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---|--:|--:|---|")
    return "\n".join([*lines, "", f"Measured on {on}.", *(f"{note}" for note in notes)])


def write_into(file: Path, text: str) -> bool:
    """Put `text` between the marks of `file`; False if it has none."""
    before = file.read_text(encoding="utf-8")
    start, end = before.find(START), before.find(END)
    if start < 0 or end < start:
        return False
    file.write_text(f"{before[: start + len(START)]}\n{text}\n{before[end:]}", encoding="utf-8")
    return True
