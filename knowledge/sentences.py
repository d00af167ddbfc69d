"""The smallest parts of a passage that can be quoted: sentences, list items, table rows, code.

Passages are Markdown of a fixed, small form (see `knowledge.splitter`); this module reads that form back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import sentencex

TABLE_RULE = re.compile(r"\|(?: --- \|)+")
_FENCE = re.compile("`{3,}")
_CELL = re.compile(r"(?<!\\)\|")
NUMBERED = re.compile(r"\d{1,3}[.)] ")
"""How a numbered list item begins."""
_ITEM = re.compile(r" *(?:- |\d{1,3}[.)] )")


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a passage's text, from `start` to `end`.

    `text` is what to show: the words themselves, a row as `Column: value; Column: value`.
    """

    kind: Literal["heading", "sentence", "item", "row", "code"]
    text: str
    start: int
    end: int


def sentence_spans(text: str, *, language: str = "en") -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, blanks at its end left out."""
    start = 0
    for sentence in sentencex.segment(language, text):
        trimmed = sentence.strip()
        if trimmed:
            at = text.index(trimmed, start)
            yield at, at + len(trimmed)
        start += len(sentence)


def units(text: str) -> list[Unit]:
    """All parts of a passage's text in order. Code without an end goes on to the end of the text."""
    lines = list(_lines(text))
    found: list[Unit] = []
    at = 0
    while at < len(lines):
        start, line = lines[at]
        rest = range(at + 1, len(lines))
        if _FENCE.fullmatch(line):
            end = next((n for n in rest if lines[n][1] == line), len(lines))
            first, last = start + len(line) + 1, lines[end][0] - 1 if end < len(lines) else len(text)
            if first < last:
                found.append(Unit("code", text[first:last], first, last))
            at = end + 1
        elif line.startswith("|") and rest and TABLE_RULE.fullmatch(lines[at + 1][1]):
            end = next((n for n in rest if not lines[n][1].startswith("|")), len(lines))
            found.extend(_rows(lines[at], lines[at + 2 : end]))
            at = end
        else:
            found.extend(_line_units(line, start))
            at += 1
    return found


def cells(line: str) -> list[str]:
    """The cells of a table row in Markdown."""
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]]


def row_text(header: list[str], row: list[str]) -> str:
    """A row that can be read on its own: `Column: value; Column: value`. Empty cells are left out."""
    named = [*header, *[""] * (len(row) - len(header))]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(named, row, strict=False) if cell)


def plain(text: str) -> str:
    """The words of a passage without its Markdown, a part a line; headings end in a full stop."""
    return "\n".join(f"{unit.text}." if unit.kind == "heading" else unit.text for unit in units(text))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Where each line starts, and the line."""
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _rows(header: tuple[int, str], rows: list[tuple[int, str]]) -> Iterator[Unit]:
    names = cells(header[1])
    # A table of a header alone is a row without names.
    for start, line in rows or [header]:
        if shown := row_text(names if rows else [], cells(line)):
            yield Unit("row", shown, start, start + len(line))


def _line_units(line: str, start: int) -> Iterator[Unit]:
    if line.startswith("#"):
        level = len(line) - len(line.lstrip("#"))
        yield Unit("heading", line[level:].strip(), start, start + len(line))
        return
    mark = _ITEM.match(line)
    body = mark.end() if mark else 0
    for number, (a, b) in enumerate(sentence_spans(line[body:])):
        # A step keeps its number, a bullet is only typography.
        first = len(line) - len(line.lstrip()) if mark and number == 0 and mark.group().strip() != "-" else body + a
        yield Unit("item" if mark else "sentence", line[first : body + b], start + first, start + body + b)
