"""Tables with ruling lines: the grid they draw, and the words in its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Part
from adapters.file_source.pdf_layout import lines_of
from adapters.file_source.pdf_page import Page, Rule, Word
from adapters.file_source.tables import table_part

_SNAP = 3.0
_MAX_RULES = 1000  # more of them is a drawing


@dataclass(slots=True)
class PageTable:
    part: Part
    top: float
    x0: float
    x1: float
    words: set[int] = field(default_factory=set)  # which of the page's words, by place


def tables_of(page: Page) -> list[PageTable]:
    """The tables on a page, from top to bottom."""
    rules = _merged(page.across), _merged(page.down)
    if not all(2 <= len(kind) <= _MAX_RULES for kind in rules):
        return []
    tables = []
    for across, down in _connected(*rules):
        xs, ys = sorted({rule.at for rule in down}), sorted({rule.at for rule in across})
        # A grid may be open at the sides.
        xs = _with_ends(xs, min(rule.start for rule in across), max(rule.end for rule in across))
        ys = _with_ends(ys, min(rule.start for rule in down), max(rule.end for rule in down))
        if 3 <= len(xs) <= 60 and 3 <= len(ys) <= 300 and (table := _table(page, xs, ys, across, down)):
            tables.append(table)
    return sorted(tables, key=lambda table: table.top)


def _table(page: Page, xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]) -> PageTable | None:
    cells = _cells(xs, ys, across, down)
    words: dict[tuple[int, int], list[Word]] = {}
    used: set[int] = set()
    for place, word in enumerate(page.words):
        column = _slot(xs, (word.x0 + word.x1) / 2)
        row = _slot(ys, (word.top + word.bottom) / 2)
        if row is not None and column is not None:
            words.setdefault(cells[row, column], []).append(word)
            used.add(place)
    texts = {cell: _cell_text(page, inside) for cell, inside in words.items()}
    if len(texts) < max(3, 0.3 * len(set(cells.values()))) or any(len(text) > 2500 for text in texts.values()):
        return None
    if not all(_is_rectangle(cells, cell) for cell in texts):
        return None  # boxes of a form, which reads better line by line
    rows = [[_shown(cells, texts, row, column) for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]
    rows = [row for row in rows if any(row)]
    first = [word for cell, inside in words.items() if cell[0] == min(words)[0] for word in inside]
    part = table_part(
        rows,
        headers=1 if all(word.bold for word in first) and len(rows[0]) > 1 and sum(map(bool, rows[0])) > 1 else None,
        page=page.number,
    )
    return PageTable(part, ys[0], xs[0], xs[-1], used) if part else None


def _shown(
    cells: dict[tuple[int, int], tuple[int, int]], texts: dict[tuple[int, int], str], row: int, column: int
) -> str:
    """A merged cell counts for every row it covers, and for its first column."""
    cell = cells[row, column]
    return texts.get(cell, "") if column == cell[1] else ""


def _cell_text(page: Page, words: list[Word]) -> str:
    return one_line(" ".join(line.text for line in lines_of(page, words)))


def _cells(
    xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]
) -> dict[tuple[int, int], tuple[int, int]]:
    """Each slot of the grid with the top left slot of its cell: slots without a rule between them are one."""
    cell = {(row, column): (row, column) for row in range(len(ys) - 1) for column in range(len(xs) - 1)}

    def join(one: tuple[int, int], other: tuple[int, int]) -> None:
        keep, drop = sorted((cell[one], cell[other]))
        if keep != drop:
            for slot, root in cell.items():
                if root == drop:
                    cell[slot] = keep

    for row, column in list(cell):
        if column + 2 < len(xs) and not _covered(down, xs[column + 1], ys[row], ys[row + 1]):
            join((row, column), (row, column + 1))
        if row + 2 < len(ys) and not _covered(across, ys[row + 1], xs[column], xs[column + 1]):
            join((row, column), (row + 1, column))
    return cell


def _is_rectangle(cells: dict[tuple[int, int], tuple[int, int]], cell: tuple[int, int]) -> bool:
    slots = [slot for slot, root in cells.items() if root == cell]
    rows, columns = {row for row, _ in slots}, {column for _, column in slots}
    return len(slots) == len(rows) * len(columns)


def _covered(rules: list[Rule], at: float, start: float, end: float) -> bool:
    covered = sum(max(0.0, min(rule.end, end) - max(rule.start, start)) for rule in rules if rule.at == at)
    return covered >= 0.5 * (end - start)


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that lie nearly on each other brought together, short dashes joined."""
    merged: list[Rule] = []
    at = None
    for rule in sorted(rules):
        at = rule.at if at is None or rule.at - at > _SNAP else at
        merged.append(rule._replace(at=at))
    joined: list[Rule] = []
    for rule in sorted(merged):
        if joined and joined[-1].at == rule.at and rule.start <= joined[-1].end + _SNAP:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, rule.end))
        else:
            joined.append(rule)
    return [rule for rule in joined if rule.end - rule.start > 5]


def _connected(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Groups of rules that touch each other."""
    groups: list[tuple[list[Rule], list[Rule]]] = []
    for rule in across:
        touching = [other for other in down if _touch(rule, other)]
        hits = [group for group in groups if any(other in group[1] for other in touching)]
        merged: tuple[list[Rule], list[Rule]] = ([rule], touching)
        for group in hits:
            groups.remove(group)
            merged = (merged[0] + group[0], merged[1] + [other for other in group[1] if other not in merged[1]])
        if touching:
            groups.append(merged)
    return groups


def _touch(across: Rule, down: Rule) -> bool:
    return across.start - _SNAP <= down.at <= across.end + _SNAP and down.start - _SNAP <= across.at <= down.end + _SNAP


def _with_ends(edges: list[float], start: float, end: float) -> list[float]:
    before = [start] if edges and start < edges[0] - 10 else []
    after = [end] if edges and end > edges[-1] + 10 else []
    return [*before, *edges, *after]


def _slot(edges: list[float], at: float) -> int | None:
    for index in range(len(edges) - 1):
        if edges[index] <= at <= edges[index + 1]:
            return index
    return None
