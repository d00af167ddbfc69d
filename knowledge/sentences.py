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
    """All parts of a passage's text in order."""
    found: list[Unit] = []
    header: list[str] | None = None
    fence: int | None = None
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.startswith("```"):
            if fence is None:
                fence = end + 1
            else:
                found.append(Unit("code", text[fence : start - 1], fence, start - 1))
                fence = None
        elif fence is None:
            if line.startswith("|"):
                if header is None:
                    header = cells(line)
                elif not TABLE_RULE.fullmatch(line):
                    found.append(Unit("row", row_text(header, cells(line)), start, end))
            else:
                header = None
                found.extend(_line_units(line, start))
        start = end + 1
    if fence is not None:
        found.append(Unit("code", text[fence:], fence, len(text)))
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
