"""Tables without ruling lines: a bold header, and rows whose cells stand in its columns.

Only what can hardly be anything else. Lines that are left alone are still read, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from adapters.file_source.cleaning import one_line
from adapters.file_source.pdf_layout import WIDE, Cell, Line
from adapters.file_source.pdf_tables import PageTable
from adapters.file_source.tables import table_part

_SHORT = 30  # a column whose cells are longer than this may be prose
_TIGHT = 1.4  # lines this close, in units of their size, may belong to one cell


@dataclass(slots=True)
class _Column:
    x0: float
    x1: float


@dataclass(slots=True)
class _Row:
    line: Line
    cells: dict[int, str] = field(default_factory=dict)


def with_tables(lines: Sequence[Line]) -> Iterator[Line | PageTable]:
    """The lines of a page, those of such tables brought together."""
    place = 0
    while place < len(lines):
        line = lines[place]
        found = (_table(lines, place, _coarse(line)) or _table(lines, place, line.cells)) if _heads(line) else None
        if found:
            table, used = found
            yield table
            place += used
        else:
            yield line
            place += 1


def _heads(line: Line) -> bool:
    return line.bold and line.gaps > 0


def _coarse(line: Line) -> list[Cell]:
    """The cells of a line, without regard to narrow blanks."""
    cells = line.cells[:1]
    for cell in line.cells[1:]:
        last = cells[-1]
        if cell.x0 - last.x1 > WIDE * line.size:
            cells.append(cell)
        else:
            cells[-1] = Cell(f"{last.text} {cell.text}", last.x0, cell.x1)
    return cells


def _table(lines: Sequence[Line], start: int, heads: Sequence[Cell]) -> tuple[PageTable, int] | None:
    """The table whose header is this line with these cells, and how many lines it takes."""
    header = lines[start]
    columns = [_Column(cell.x0, cell.x1) for cell in heads]
    names = [cell.text for cell in heads]
    rows: list[_Row] = []
    for line in lines[start + 1 :]:
        above = rows[-1].line if rows else header
        placed = (
            (_placed(line, _coarse(line), columns) or _placed(line, line.cells, columns))
            if _follows(above, line, first=not rows)
            else None
        )
        if placed is None:
            break
        if -1 in placed:  # a column without a header, left of the others
            columns.insert(0, _Column(placed[-1].x0, placed[-1].x1))
            names.insert(0, "")
            rows = [_Row(row.line, {place + 1: text for place, text in row.cells.items()}) for row in rows]
            placed = {place + 1: cell for place, cell in placed.items()}
        for place, cell in placed.items():
            columns[place].x0, columns[place].x1 = min(columns[place].x0, cell.x0), max(columns[place].x1, cell.x1)
        rows.append(_Row(line, {place: cell.text for place, cell in placed.items()}))
    while rows and len(rows[-1].cells) < 2:
        rows.pop()
    used = len(rows) + 1
    rows = _joined(rows)
    if not _is_sure(rows, len(columns)):
        return None
    grid = [[one_line(row.cells.get(place, "")) for place in range(len(columns))] for row in rows]
    part = table_part([[one_line(name) for name in names], *grid], headers=1, page=header.page)
    return (PageTable(part, header.top, columns[0].x0, columns[-1].x1), used) if part else None


def _follows(above: Line, line: Line, *, first: bool) -> bool:
    near = 0 < line.base - above.base <= 4 * above.size
    is_total = line.gaps > 0 and not first
    return near and (is_total or not line.bold) and above.column == line.column and abs(line.size - above.size) <= 2


def _placed(line: Line, cells: Sequence[Cell], columns: list[_Column]) -> dict[int, Cell] | None:
    """The cells of a line by column, -1 for one before the first; None where they do not fit."""
    placed: dict[int, Cell] = {}
    for cell in cells:
        over = [place for place, column in enumerate(columns) if cell.x0 < column.x1 and cell.x1 > column.x0]
        slack = line.size / 2
        if not over:
            over = [
                place
                for place, column in enumerate(columns)
                if abs(cell.x0 - column.x0) < slack or abs(cell.x1 - column.x1) < slack
            ]
        if not over and cell.x1 < columns[0].x0 - slack:
            over = [-1]
        if len(over) != 1 or over[0] in placed:
            return None
        placed[over[0]] = cell
    return placed


def _joined(rows: list[_Row]) -> list[_Row]:
    """Rows with the lines that only go on with the cells above them."""
    steps = [lower.line.base - upper.line.base for upper, lower in pairwise(rows)]
    usual = median(steps) if steps else 0.0
    joined: list[_Row] = []
    before: Line | None = None
    for row in rows:
        step = row.line.base - before.base if before else 0.0
        tight = step <= _TIGHT * row.line.size and (
            step < 0.85 * usual or any(c[:1].islower() for c in row.cells.values())
        )
        if joined and before and 0 not in row.cells and tight and row.cells.keys() <= joined[-1].cells.keys():
            for place, text in row.cells.items():
                joined[-1].cells[place] += f" {text}"
        else:
            joined.append(row)
        before = row.line
    return joined


def _is_sure(rows: list[_Row], width: int) -> bool:
    """Whether rows are data, and not the lines of columns of prose."""
    full = [row for row in rows if len(row.cells) >= 2]
    if width < 2 or len(full) < max(2 if width > 2 else 3, len(rows) // 2):
        return False
    columns = [[row.cells[place] for row in rows if place in row.cells] for place in range(width)]
    if any(len(cells) < 2 for cells in columns[1:]) or len(columns[0]) < len(rows) / 3:
        return False
    short = sum(median(map(len, cells)) <= _SHORT for cells in columns)
    return short >= max(2, width - 1) and not any(map(_is_prose, columns))


def _is_prose(cells: list[str]) -> bool:
    """Whether the cells of a column are lines that go on in the next."""
    inside = sum(cell[:1].islower() for cell in cells[1:])
    return inside > 1 and inside > 0.25 * len(cells) and median(map(len, cells)) > 12
