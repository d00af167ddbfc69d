"""From elements to parts: one pass over a page in reading order."""

from __future__ import annotations

import re

from lxml import etree

from adapters.file_source.cleaning import clean, one_line
from adapters.file_source.content import Part
from adapters.file_source.hidden import Look, Styles, is_hidden, look_inside
from adapters.file_source.numbers import Numbers, numbered
from adapters.file_source.tables import table_part

_SKIP = frozenset(
    "script style template noscript head iframe object embed canvas audio video svg input select textarea button"
    " datalist option optgroup map param source track col colgroup annotation annotation-xml rp".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody"
    " td tfoot th thead title tr ul".split()
)
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_LAYOUT = ("table", "h1", "h2", "h3", "h4", "h5", "h6", "form", "pre", "hr", "article", "section")
_BREAK = re.compile(r"\n *\n\s*")
_BULLETS = re.compile(r"[•·◦▪■●○–*\u2022-]?|\(?\w{1,3}[.)]")
_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)
_MAX_WIDTH, _MAX_CELLS = 200, 200_000


class Flow:
    """Collects parts. `left_out` are elements to pass over."""

    def __init__(
        self, styles: Styles, *, left_out: frozenset[etree._Element] = frozenset(), in_cell: bool = False
    ) -> None:
        self.parts: list[Part] = []
        self._styles, self._left_out, self._in_cell = styles, left_out, in_cell
        self._buffer: list[str] = []
        self._preformatted = self._heading = 0
        self._lists: list[Numbers] = []  # that are open, outermost first
        self._item = False  # whether the next text starts a list item
        self._mark = ""  # what stands before that text
        self._term = ""  # what the next text defines

    def walk(self, root: etree._Element, look: Look = Look()) -> None:  # noqa: B008  # immutable
        looks = [look]
        passed: set[etree._Element] = set()
        walker = etree.iterwalk(root, events=("start", "end"))
        for event, element in walker:
            if event == "start":
                style = self._styles.get(element, {})
                looks.append(look_inside(looks[-1], style) if style else looks[-1])
                if self._is_left_out(element) or is_hidden(element, style) or self._took_table(element, looks[-1]):
                    passed.add(element)
                    walker.skip_subtree()
                else:
                    self._start(element)
                    self._add(element.text, looks[-1])
            else:
                looks.pop()
                if element not in passed:
                    self._end(str(element.tag))
                if element is not root:
                    self._add(element.tail, looks[-1])
        self._flush()

    def _is_left_out(self, element: etree._Element) -> bool:
        closed = element.tag == "dialog" and element.get("open") is None
        return not isinstance(element.tag, str) or element.tag in _SKIP or element in self._left_out or closed

    def _start(self, element: etree._Element) -> None:
        tag = str(element.tag)
        if tag in _BLOCKS:
            self._flush()
        if tag in _LISTS:
            self._lists.append(Numbers(element, self._styles.get(element, {})))
        elif tag in {"li", "dd", "dt"}:
            self._item = True
            self._mark = self._lists[-1].take(element) if tag == "li" and self._lists else ""
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "br":
            self._buffer.append("\n")
        elif tag == "img":
            alternative = (element.get("alt") or "").strip()
            if alternative and not _FILE_NAME.fullmatch(alternative):
                self._buffer.append(f" {alternative} ")
        self._heading = _heading_level(element) or self._heading

    def _end(self, tag: str) -> None:
        if tag == "dt":
            # Kept until its definition comes; a term without one is an item by itself.
            self._define(one_line("".join(self._buffer)))
        elif tag in _BLOCKS:
            self._flush()
        if tag in _LISTS:
            self._lists.pop()
        elif tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        elif tag == "dl":
            self._define("")
        if tag in {"li", "dd", "dt"}:
            self._item, self._mark = False, ""
        if (tag[:1] == "h" and tag[1:].isdigit()) or tag in {"div", "p", "span"}:
            self._heading = 0

    def _define(self, term: str) -> None:
        self._buffer.clear()
        if self._term:
            self.parts.append(Part("item", self._term, self._level))
        self._term = term

    def _add(self, text: str | None, look: Look) -> None:
        if text and look.visible:
            self._buffer.append(text if self._preformatted else text.replace("\n", " "))

    def _flush(self) -> None:
        if not self._buffer:
            return
        text = "".join(self._buffer)
        self._buffer.clear()
        if self._preformatted and not self._in_cell:
            code = clean(text).strip("\n").rstrip()
            if code.strip():
                self.parts.append(Part("code", code))
            return
        for piece in _BREAK.split(text):
            if line := one_line(piece):
                self.parts.append(self._part(line))

    def _part(self, line: str) -> Part:
        if self._heading:
            return Part("heading", line, self._heading)
        if self._term:
            line, self._term = f"{self._term.rstrip(':')}: {line}", ""
        elif not self._item:
            return Part("paragraph", line)
        line = numbered(self._mark, line)
        self._item, self._mark = False, ""
        return Part("item", line, self._level)

    @property
    def _level(self) -> int:
        return max(0, len(self._lists) - 1)

    def _took_table(self, table: etree._Element, look: Look) -> bool:
        """Adds a table of data as such. One that only arranges things is walked like anything else."""
        if table.tag != "table" or self._in_cell or table.get("role") in {"presentation", "none"}:
            return False
        rows = list(table.iterfind("./tr")) + list(table.iterfind("./*/tr"))
        rows = [row for row in rows if not self._hides(row)]
        if len(rows) < 2 or next((table.iterdescendants(*_LAYOUT)), None) is not None:
            return False
        headers, grid = self._grid(rows, look)
        if all(_BULLETS.fullmatch(row[0]) for row in grid if row):
            return False
        part = table_part(grid, headers=headers)
        if part is None:
            return False
        self._flush()
        for caption in table.iterfind("./caption"):
            self.parts += self._inside(caption, look)
        self.parts.append(part)
        return True

    def _grid(self, rows: list[etree._Element], look: Look) -> tuple[int | None, list[list[str]]]:
        """The cells' texts with spans filled: downwards always, to the right only in headers."""
        grid: list[list[str]] = []
        below: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, and with what
        headers, in_head, any_header = 0, True, False
        for row in rows:
            cells = [cell for cell in row.iterchildren("td", "th") if not self._hides(cell)]
            is_header = bool(cells) and (
                next(row.iterancestors("thead", "table")).tag == "thead" or all(cell.tag == "th" for cell in cells)
            )
            any_header = any_header or any(cell.tag == "th" for cell in cells)
            in_head = in_head and is_header
            headers += in_head
            line: list[str] = []
            for cell in [*cells, None]:
                while len(line) in below:
                    left, text = below.pop(len(line))
                    if left > 1:
                        below[len(line)] = (left - 1, text)
                    line.append(text)
                if cell is None or len(line) >= _MAX_WIDTH:
                    break
                text = " ".join(_texts(self._inside(cell, look)))
                for extra in range(min(_span(cell, "colspan"), _MAX_WIDTH - len(line))):
                    if (down := _span(cell, "rowspan")) > 1:
                        below[len(line)] = (down - 1, "" if extra else text)
                    line.append(text if is_header or not extra else "")
            grid.append(line)
        return headers if any_header else None, grid

    def _inside(self, cell: etree._Element, look: Look) -> list[Part]:
        for element in reversed([cell, *cell.iterancestors("tr", "tbody", "thead")]):
            look = look_inside(look, self._styles.get(element, {}))
        flow = Flow(self._styles, left_out=self._left_out, in_cell=True)
        flow.walk(cell, look)
        return flow.parts

    def _hides(self, element: etree._Element) -> bool:
        return is_hidden(element, self._styles.get(element, {}))


def _texts(parts: list[Part]) -> list[str]:
    return [part.text for part in parts]


def _heading_level(element: etree._Element) -> int:
    tag = str(element.tag)
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return int(tag[1])
    if element.get("role") == "heading":
        level = element.get("aria-level") or "2"
        return min(int(level), 6) if level.isdigit() and level != "0" else 2
    return 0


def _span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return max(1, min(int(value), 1000)) if value.isascii() and value.isdigit() and len(value) < 8 else 1
