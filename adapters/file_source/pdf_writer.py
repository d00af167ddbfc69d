"""Lines and tables of a PDF -> headings, paragraphs, items and tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Part
from adapters.file_source.pdf_layout import Line
from adapters.file_source.pdf_tables import PageTable

Element = Line | PageTable

_BULLET = re.compile(r"^(?:[•◦▪■●○–‣⁃∙·\uf0b7\uf0a7\uf0d8\uf076\uf0fc✓➢❖*o-]|\u2022)\s+(?=\S)")
_NUMBERED = re.compile(r"^(?:\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)\s+(?=\S)")
_SECTION = re.compile(r"(\d{1,2})((?:\.\d{1,2}){0,3})\.? +(?=[A-Z])")
_PREFIXES = frozenset("self well full part long short high low non co ex cross cutting on off up in".split())
_END = re.compile(r"""[.!?:;]["'”’)\]]*$""")


class PartWriter:
    """Turns lines into parts."""

    def __init__(self, elements: list[Element]) -> None:
        self._elements = elements
        lines = [element for element in elements if isinstance(element, Line)]
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self._body = sizes.most_common(1)[0][0] if sizes else 0.0
        self._body_bold = sum(len(line.text) for line in lines if line.bold) > 0.5 * sum(sizes.values())
        self._levels = self._rank(lines)
        sections = (_SECTION.match(line.text) for line in lines)
        self._sections = {number[1] for number in sections if number and number[2]}
        self._capitals = sum(_is_capitals(line.text) for line in lines) > 0.3 * len(lines)
        self._right = self._right_edges(lines)
        self._leading = self._usual_leading(lines)
        self._words = Counter(word for line in lines for word in re.findall(r"[\w-]+", line.text.lower()))
        divided = sum(bool(re.search("[a-z][-\u00ad\u2010]$", line.text)) for line in lines)
        self._divides = divided > 0.02 * sum(len(line.text) > 40 for line in lines) + 1
        self._parts: list[Part] = []
        self._open: list[Line] = []
        self._bold_headings = False  # whether there has been one in the size of the body
        self._kind = ""

    def parts(self) -> list[Part]:
        previous: Line | None = None
        for element, following in pairwise([*self._elements, None]):
            if isinstance(element, PageTable):
                self._close()
                self._add_table(element)
                previous = None
            elif element:
                kind = self._kind_of(element, previous, following)
                if not (previous and self._open and self._goes_on(previous, element, kind)):
                    self._close()
                    self._kind = kind
                self._open.append(element)
                previous = element
        self._close()
        return self._parts

    def _rank(self, lines: list[Line]) -> dict[float, int]:
        """Heading levels by size, largest first; sizes within half a point of each other are one."""
        larger = sorted(
            {line.size for line in lines if line.size >= self._body * 1.12 + 0.3 and _is_title(line.text)}, reverse=True
        )
        levels: dict[float, int] = {}
        level, last = 0, 0.0
        for size in larger:
            level += not last or last - size > 0.6
            levels[size], last = min(level, 5), size
        return levels

    def _right_edges(self, lines: list[Line]) -> dict[tuple[int, int], float]:
        edges: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for line in lines:
            edges[line.page, line.column].append(line.x1)
        return {key: max(values) for key, values in edges.items()}

    def _usual_leading(self, lines: list[Line]) -> float:
        """The commonest distance of baselines in body text, in units of its size."""
        steps: Counter[float] = Counter()
        for one, other in pairwise(lines):
            if one.page == other.page and one.size == other.size == self._body:
                step = round((other.base - one.base) / self._body, 1)
                steps[step] += 0.9 <= step <= 2.2
        return steps.most_common(1)[0][0] if steps and steps.most_common(1)[0][1] > 0 else 1.2

    def _kind_of(self, line: Line, previous: Line | None, following: Element | None) -> str:
        if line.size in self._levels and not line.gaps and _is_title(line.text):
            return f"heading{self._levels[line.size]}"
        below = max(self._levels.values(), default=0)  # the level of headings in the size of the body
        if self._stands_alone(line, previous, following) and (depth := self._section_depth(line, previous, following)):
            return f"heading{min(below + depth, 6)}"
        if self._is_bold_heading(line, previous):
            self._bold_headings = True
            return f"heading{min(below + 1, 6)}"
        if _BULLET.match(line.text) or _NUMBERED.match(line.text):
            return "item"
        if _is_capitals(line.text) and not self._capitals and self._stands_alone(line, previous, following):
            return f"heading{min(below + 1 + self._bold_headings, 6)}"
        return "row" if line.gaps else "paragraph"

    def _section_depth(self, line: Line, previous: Line | None, following: Element | None) -> int:
        """How deep in the numbering of sections a heading is: 2 for `3.2 Purpose`; 0 for no such heading.

        `3. Travel` is one only where there is a section 3.1, because it may as well be a step.
        """
        number = _SECTION.match(line.text)
        if not number or not _is_title(line.text) or len(line.text) > 80:
            return 0
        if not number[2]:
            return int(number[1] in self._sections)
        dots = number[2].count(".")
        around = (_SECTION.match(other.text) for other in (previous, following) if isinstance(other, Line))
        return 0 if any(other and other[2].count(".") == dots for other in around) else 1 + dots

    def _stands_alone(self, line: Line, previous: Line | None, following: Element | None) -> bool:
        """Whether a short line has space above it, and text that may be its own below."""
        if line.gaps or line.size < self._body - 0.6 or len(line.text) > 80 or following is None:
            return False
        near = previous is not None and previous.page == line.page and previous.column == line.column
        if previous and near and self._step(previous, line) <= self._leading + 0.25:
            return False
        right = self._right.get((line.page, line.column), line.x1)
        return line.x1 - line.x0 < 0.75 * (right - line.x0) or right - line.x0 < 20 * line.size

    def _is_bold_heading(self, line: Line, previous: Line | None) -> bool:
        if not line.bold or self._body_bold or line.gaps or not _is_title(line.text) or len(line.text) > 110:
            return False
        if line.size < self._body - 0.6 or _BULLET.match(line.text):
            return False
        # Bold words inside a paragraph can fill a line of it.
        goes_on = previous is not None and previous.page == line.page and not previous.bold and self._is_full(previous)
        return (
            not (goes_on and not _END.search(previous.text) and self._step(previous, line) <= self._leading + 0.15)
            if previous
            else True
        )

    def _goes_on(self, previous: Line, line: Line, kind: str) -> bool:
        if kind == "item" or "row" in (kind, self._kind):
            return False
        if kind.startswith("heading") or self._kind.startswith("heading"):
            same = kind == self._kind and previous.page == line.page and previous.bold == line.bold
            return same and abs(previous.size - line.size) < 0.6 and self._step(previous, line) <= 1.5
        if previous.page != line.page or previous.column != line.column:
            return not _END.search(previous.text) and (line.text[:1].islower() or self._is_full(previous))
        if abs(previous.size - line.size) > 1.2:
            return False
        step = self._step(previous, line)
        if step > self._leading + 0.35 or step < 0:
            return False
        return self._is_full(previous) or (not _END.search(previous.text) and line.text[:1].islower())

    def _step(self, previous: Line, line: Line) -> float:
        return (line.base - previous.base) / max(line.size, 1)

    def _is_full(self, line: Line) -> bool:
        """Whether a line reaches so far to the right that it was broken there for lack of space."""
        right = self._right.get((line.page, line.column), line.x1)
        return line.x1 >= right - max(0.22 * (right - line.x0), 6 * line.size)

    def _close(self) -> None:
        if not self._open:
            return
        lines, self._open = self._open, []
        text, page = one_line(self._joined(lines)), lines[0].page
        if not text:
            return
        if self._kind.startswith("heading"):
            self._parts.append(Part("heading", text, int(self._kind[-1]), page))
        elif self._kind == "item":
            self._parts.append(Part("item", one_line(_BULLET.sub("", text)), 0, page))
        else:
            self._parts.append(Part("paragraph", text, 0, page))

    def _joined(self, lines: list[Line]) -> str:
        text = lines[0].text
        for line in lines[1:]:
            if re.search("\\w[-\u00ad\u2010]$", text) and line.text[:1].isalnum():
                text = text[:-1] + self._hyphen(text, line.text) + line.text
            else:
                text += " " + line.text
        return text

    def _hyphen(self, before: str, after: str) -> str:
        """A hyphen where the word has one of its own, nothing where it was only divided for the line."""
        if not (before[-2].isalpha() and after[0].islower()):
            return "-"
        first, second = re.findall(r"\w+", before)[-1].lower(), re.findall(r"\w+", after)[0].lower()
        whole, apart = self._words[first + second], self._words[f"{first}-{second}"]
        if whole or apart:
            return "-" if apart > whole else ""
        # Who divides words does it often; then a hyphen is the word's own if both halves are words.
        return (
            "-" if not self._divides or first in _PREFIXES or (self._words[first] and self._words[second] > 1) else ""
        )

    def _add_table(self, table: PageTable) -> None:
        """A table that goes on over the page gets the header it had there."""
        part, last = table.part, self._parts[-1] if self._parts else None
        if last and last.kind == "table" and last.page == (part.page or 0) - 1:
            header, *body = part.rows
            if len(header) == len(last.rows[0]) and header != last.rows[0]:
                part = part._replace(rows=(last.rows[0], *([header] if any(header) else []), *body))
        self._parts.append(part)


def _is_title(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return (
        letters >= 2 and letters >= 0.4 * len(text) and len(text) <= 160 and not text.rstrip().endswith((",", ";", "."))
    )


def _is_capitals(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return text.isupper() and letters >= 4 and letters >= 0.7 * len(text) and _is_title(text)
