"""Rows of cells, made regular."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.file_source.content import Part

_NUMERIC = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*")


def table_part(rows: Sequence[Sequence[str]], *, headers: int | None, page: int | None = None) -> Part | None:
    """A table, or None where there is no second column or row with text.

    `headers` is how many rows at the top are headers; None lets the text decide.
    """
    width = max((len(row) for row in rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    head, body = padded[: headers or 0], [row for row in padded[headers or 0 :] if any(row)]
    used = [column for column in range(width) if any(row[column] for row in [*head, *body])]
    if len(used) < 2 or len([row for row in head if any(row)]) + len(body) < 2:
        return None
    body = [[row[column] for column in used] for row in body]
    if headers is None and _looks_like_header(body):
        head, body = body[:1], body[1:]
    elif head:
        head = [[_joined([row[column] for row in head]) for column in used]]
    else:
        head = [[""] * len(used)]
    return Part("table", rows=tuple(tuple(row) for row in [*head, *body]), page=page)


def _joined(texts: list[str]) -> str:
    """The header of one column from several header rows."""
    return " ".join(text for text in dict.fromkeys(texts) if text)


def _looks_like_header(rows: list[list[str]]) -> bool:
    """Short different words over longer texts or numbers. A table of names and values has no header."""
    first, rest = rows[0], rows[1:]
    if not rest or any(len(cell) > 60 or cell.endswith((".", ":", ";")) for cell in first):
        return False
    if sum(map(bool, first)) < len(first) - (1 if len(first) > 2 else 0) or len(set(first)) < len(first):
        return False
    if any(_NUMERIC.fullmatch(cell) and not re.fullmatch(r"(19|20)\d\d", cell) for cell in first):
        return False
    if len(first) > 2:
        return True
    longer = _mean_length(rest, 0) > 2 * len(first[0]) and _mean_length(rest, 1) > len(first[1]) / 2
    return len(rest) > 1 and (longer or _numeric_column(rest))


def _mean_length(rows: list[list[str]], column: int) -> float:
    return sum(len(row[column]) for row in rows) / len(rows)


def _numeric_column(rows: list[list[str]]) -> bool:
    return sum(bool(_NUMERIC.fullmatch(row[1])) for row in rows) > len(rows) * 0.8
