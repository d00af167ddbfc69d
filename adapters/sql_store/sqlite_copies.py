"""Copies of a SQLite file, and putting one in its place."""

from __future__ import annotations

from pathlib import Path


def check(path: Path) -> None: ...
def backup(path: Path, *, to: Path) -> None: ...
def restore(path: Path, *, backup: Path) -> None: ...
