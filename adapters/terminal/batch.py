"""A file of questions -> a file of answers, one JSON object a line."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from adapters.terminal.asking import question_of
from adapters.terminal.console import write_json
from adapters.terminal.failures import WrongUsage
from adapters.terminal.forms import answer_form, error_form
from bot.errors import BotError
from bot.models import Answer, Question, Turn
from knowledge.errors import KnowledgeError

Ask = Callable[[Question], Awaitable[Answer]]


class _BadLine(Exception):
    """What is wrong with a line, and the id it came with."""

    def __init__(self, message: str, *, id: object = None) -> None:
        super().__init__(message)
        self.id = id


def check_files(file: Path, to: Path | None) -> None:
    """Before any work: is there a file to read, and a place to write to? Raises WrongUsage, BotError."""
    if to and to.is_dir():
        raise WrongUsage(f"{to} is a folder: give --out the name of a file in it.")
    if to and not to.parent.is_dir():
        raise BotError(f"The folder {to.parent} does not exist: make it first, or give --out another path.")
    if str(file) != "-" and not file.is_file():
        raise BotError(f"{file} is not a file: check the path that --file names.")
    if to and to.exists() and file.exists() and to.samefile(file):
        raise WrongUsage("--file and --out are the same file: give --out another name.")


async def answer_file(file: Path, to: Path | None, *, ask: Ask, groups: frozenset[str]) -> int:
    """Answer the lines of `file` (`-` for stdin), into `to` or to stdout, one after the other. How many failed.

    Each answer is written before the next question is asked. Raises OSError.
    """
    failed = 0
    with ExitStack() as stack:
        lines = sys.stdin.buffer if str(file) == "-" else stack.enter_context(file.open("rb"))
        answers = stack.enter_context(to.open("w", encoding="utf-8")) if to else sys.stdout
        for line in _filled(lines):
            form = await _answer(line, ask=ask, groups=groups)
            failed += form["outcome"] == "error"
            write_json(form, to=answers, indent=None)
    return failed


async def _answer(line: bytes, *, ask: Ask, groups: frozenset[str]) -> dict[str, Any]:
    try:
        id, question = _read(line, groups=groups)
    except _BadLine as exc:
        return error_form(str(exc), id=exc.id)
    started = time.perf_counter()
    try:
        answer = await ask(question)
    except (KnowledgeError, BotError) as exc:
        return error_form(str(exc), id=id)
    except Exception as exc:  # noqa: BLE001  # whatever one question does to us, the others are to be answered
        return error_form(f"unexpected error ({type(exc).__name__}: {exc})", id=id)
    return answer_form(answer, id=id, ms=(time.perf_counter() - started) * 1000)


def _filled(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Without blank lines and the byte order mark that some editors write."""
    for number, line in enumerate(lines):
        bare = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        if bare.strip():
            yield bare


def _read(line: bytes, *, groups: frozenset[str]) -> tuple[object, Question]:
    try:
        given = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise _BadLine("the line is not UTF-8: save the file as UTF-8") from exc
    except (ValueError, RecursionError) as exc:
        raise _BadLine(f"the line is not JSON: {exc}") from exc
    if not isinstance(given, dict):
        raise _BadLine('the line is not a JSON object: write {"id": ..., "question": ...}')
    id = given.get("id")
    if "question" not in given:
        raise _BadLine('there is no "question" in the line', id=id)
    if not isinstance(given["question"], str):
        raise _BadLine('"question" must be text', id=id)
    history = _history(given.get("history"), id=id)
    try:
        return id, question_of(given["question"], groups=groups, history=history, name=json.dumps(id))
    except WrongUsage as exc:
        raise _BadLine("the question is empty", id=id) from exc


def _history(given: object, *, id: object) -> tuple[Turn, ...]:
    turns = given or []
    wrong = _BadLine('"history" must be a list of {"role": "user" or "assistant", "content": text}', id=id)
    if not isinstance(turns, list):
        raise wrong
    for turn in turns:
        if not isinstance(turn, dict) or turn.get("role") not in ("user", "assistant"):
            raise wrong
        if not isinstance(turn.get("content"), str):
            raise wrong
    return tuple(Turn(turn["role"], turn["content"]) for turn in turns)
