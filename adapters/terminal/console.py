"""The two streams: results go to stdout, messages for people to stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final, TextIO

from rich.console import Console
from rich.text import Text

_WIDEST: Final = 92
"""Longer lines are hard to read."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class OutputClosed(Exception):
    """Whoever read the output went away, as `head` does."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise OutputClosed


def out() -> Console:
    return _console(sys.stdout)


def err() -> Console:
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    console = _Console(file=stream, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, _WIDEST)
    return console


def safe(text: str) -> str:
    """Text of a document or file name, without what a terminal would take as a command."""
    return _CONTROLS.sub("", text)


def say(text: str, *, style: str = "") -> None:
    """A message to a person."""
    err().print(Text(safe(text), style=style), soft_wrap=True)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Shows that something is going on, where there is a person to see it."""
    console = err()
    with (
        console.status(Text(f"{what} ...", style="dim"), spinner_style="cyan") if console.is_terminal else nullcontext()
    ):
        yield


def count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def write_json(form: Any, *, to: TextIO | None = None, indent: int | None = 2) -> None:
    """One JSON value and a line end, at once in the hands of the reader."""
    stream = to or sys.stdout
    try:
        stream.write(_json_line(form, indent=indent, ascii_only=not _speaks_unicode(stream)) + "\n")
        stream.flush()
    except BrokenPipeError as exc:
        raise OutputClosed from exc


def write_raw(text: str) -> None:
    """As it is, for a file."""
    try:
        sys.stdout.write(text.encode("utf-8", "replace").decode())
        sys.stdout.flush()
    except BrokenPipeError as exc:
        raise OutputClosed from exc


def _json_line(form: Any, *, indent: int | None = None, ascii_only: bool = False) -> str:
    text = json.dumps(form, ensure_ascii=ascii_only, indent=indent)
    # Half a surrogate pair, from a file name that is not UTF-8, cannot be written.
    return text.encode("utf-8", "replace").decode()


def _speaks_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "") == "utf8"


def flush() -> None:
    """Raises OutputClosed, OSError."""
    try:
        sys.stdout.flush()
    except BrokenPipeError as exc:
        raise OutputClosed from exc


def abandon_output() -> None:
    """Let what is still in stdout go nowhere, so that Python does not complain about it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def at_terminal() -> bool:
    """Does a person both read and type here?"""
    return sys.stdin.isatty() and sys.stdout.isatty()
