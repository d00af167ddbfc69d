"""Lines of text in reading order from the words of a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from adapters.file_source.pdf_page import Page, Word

WIDE = 1.4  # a blank that parts columns, in units of the size of what stands around it
_NARROW = 0.8
_PROSE = 22  # a line this long is prose, and not a cell of a table without rules


class Cell(NamedTuple):
    text: str
    x0: float
    x1: float


@dataclass(slots=True)
class Line:
    """Words on one baseline. `gaps` counts the wide blanks between them, as in rows of a table without rules.

    `cells` are what these and narrower blanks part.
    """

    page: int
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    gaps: int = 0
    column: int = 0
    cells: list[Cell] = field(default_factory=list)


def lines_of(page: Page, words: Sequence[Word]) -> list[Line]:
    """Columns of prose one after the other; anything else row by row."""
    segments = [segment for row in _rows(words) for segment in _segments(row)]
    lines: list[Line] = []
    for number, group in enumerate(_columns(segments)):
        for row in _rows([word for segment in group for word in segment]):
            lines.append(_line(page.number, row, column=number))
    return lines


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words that share a line, from top to bottom and left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        for row in reversed(rows[-3:]):
            nearest = row[-1]
            size = max(nearest.size, word.size)
            raised = min(nearest.size, word.size) < 0.8 * size and abs(word.base - nearest.base) < 0.5 * size
            if abs(word.base - nearest.base) < 0.22 * size or (raised and _near(row, word)):
                row.append(word)
                break
        else:
            rows.append([word])
    for row in rows:
        row.sort(key=lambda word: word.x0)
    return rows


def _near(row: list[Word], word: Word) -> bool:
    """Whether a smaller sign above or below the line stands right beside a word of it."""
    return any(
        -1 <= word.x0 - other.x1 < 0.4 * other.size or -1 <= other.x0 - word.x1 < 0.4 * word.size for other in row
    )


def _segments(row: list[Word], *, blank: float = WIDE) -> list[list[Word]]:
    segments = [[row[0]]]
    for word in row[1:]:
        if word.x0 - segments[-1][-1].x1 > blank * max(word.size, segments[-1][-1].size):
            segments.append([word])
        else:
            segments[-1].append(word)
    return segments


def _columns(segments: list[list[Word]], *, depth: int = 0) -> list[list[list[Word]]]:
    """Groups of segments to read one after the other: left and right of a gutter, between what crosses it."""
    gutter = _gutter(segments) if depth < 3 else None
    if gutter is None:
        return [segments] if segments else []
    groups: list[list[list[Word]]] = []
    band: list[list[Word]] = []

    def close() -> None:
        left = [segment for segment in band if segment[-1].x1 <= gutter]
        groups.extend(_columns(left, depth=depth + 1))
        groups.extend(_columns([segment for segment in band if segment[-1].x1 > gutter], depth=depth + 1))
        band.clear()

    crossing: list[list[Word]] = []
    for segment in sorted(segments, key=lambda segment: segment[0].base):
        if segment[0].x0 < gutter < segment[-1].x1:
            if not crossing:
                close()
            crossing.append(segment)
        else:
            if crossing:
                groups.append(crossing)
                crossing = []
            band.append(segment)
    close()
    return [*groups, crossing] if crossing else groups


def _gutter(segments: list[list[Word]]) -> float | None:
    """Where a vertical blank parts two columns of prose beyond doubt."""
    if len(segments) < 10:
        return None
    starts = Counter(round(segment[0].x0 / 4) * 4 for segment in segments)
    best: tuple[int, float] | None = None
    for start, count in starts.items():
        if count < 4:
            continue
        gutter = start - 3.0
        left = [segment for segment in segments if segment[-1].x1 <= gutter + 1]
        right = [segment for segment in segments if segment[0].x0 >= gutter - 1]
        crossing = len(segments) - len(left) - len(right)
        if len(left) < 5 or len(right) < 5 or crossing > 0.3 * len(segments):
            continue
        if (
            min(_length(left), _length(right)) >= _PROSE
            and _overlap(left, right) > 0.5
            and (not best or crossing < best[0])
        ):
            best = (crossing, gutter)
    return best[1] if best else None


def _length(segments: list[list[Word]]) -> float:
    return median(sum(len(word.text) + 1 for word in segment) for segment in segments)


def _overlap(left: list[list[Word]], right: list[list[Word]]) -> float:
    """The share of the shorter column's height beside which the other one stands."""
    (a, b), (c, d) = ((min(s[0].top for s in side), max(s[0].bottom for s in side)) for side in (left, right))
    return (min(b, d) - max(a, c)) / max(1.0, min(b - a, d - c))


def _line(number: int, row: list[Word], *, column: int) -> Line:
    cells = [
        Cell(_text(segment), segment[0].x0, max(word.x1 for word in segment))
        for segment in _segments(row, blank=_NARROW)
    ]
    sizes: Counter[float] = Counter()
    for word in row:
        sizes[round(word.size * 2) / 2] += len(word.text)
    return Line(
        page=number,
        text=" ".join(cell.text for cell in cells),
        x0=row[0].x0,
        x1=max(word.x1 for word in row),
        top=min(word.top for word in row),
        bottom=max(word.bottom for word in row),
        base=row[0].base,
        size=sizes.most_common(1)[0][0],
        bold=all(word.bold for word in row if any(c.isalnum() for c in word.text)),
        gaps=len(_segments(row)) - 1,
        column=column,
        cells=cells,
    )


def _text(segment: list[Word]) -> str:
    text = segment[0].text
    for before, word in pairwise(segment):
        text += word.text if word.x0 - before.x1 < 0.08 * word.size else f" {word.text}"
    return text
