"""One PDF page: its visible words and its ruling lines, in points from the top left as a person reads it.

PDFium's C interface, because it reads 50 pages a second where Python parsers read five, and forgives what
browsers forgive. Everything that is handed to C stays in this file and `pdf_objects.py`.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from adapters.file_source.pdf_objects import Box, Colour, Objects, objects_of

_SPACES = frozenset((0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0xFFFE, 0xFFFF))
_HYPHEN = 0x02  # PDFium's mark for a hyphen at a line's end
_UNSEEN = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)


class Word(NamedTuple):
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool


class Rule(NamedTuple):
    """A straight line along an axis: at `at` across the axis, from `start` to `end` along it."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Page:
    number: int
    width: float
    height: float
    words: list[Word] = field(default_factory=list)
    aslant: list[str] = field(default_factory=list)  # text in another direction than the page's
    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    has_image: bool = False


class _Style(NamedTuple):
    size: float
    bold: bool
    direction: tuple[int, int]
    seen: bool


def read_page(document: Any, index: int) -> Page:
    """A page of an open PdfDocument, from 0."""
    page = document[index]
    try:
        box = _visible_box(page)
        objects = objects_of(page.raw, box)
        text = pdfium.FPDFText_LoadPage(page.raw)
        try:
            runs = list(_Text(text, objects, box).runs()) if text else []
        finally:
            pdfium.FPDFText_ClosePage(text)
    finally:
        page.close()
    return _oriented(index + 1, runs, objects, box)


@dataclass(slots=True)
class _Run:
    """Visible characters that stand close together, in the coordinates of the page's content."""

    codes: list[int]
    left: float
    low: float
    right: float
    high: float
    base: tuple[float, float]
    style: _Style

    def meets(self, left: float, low: float, right: float, high: float, style: _Style) -> bool:
        """Whether a character with this box goes on where the run ends."""
        if style.direction != self.style.direction:
            return False
        x, y = style.direction
        gap = left - self.right if x > 0 else self.left - right if x else low - self.high if y > 0 else self.low - high
        shift = abs(low - self.low) if x else abs(left - self.left)
        close = 0.2 if style.bold != self.style.bold else 0.6
        return -0.5 * style.size <= gap <= close * style.size and shift <= 0.5 * style.size


class _Text:
    """The visible text of a page."""

    def __init__(self, text: Any, objects: Objects, box: Box) -> None:
        self._text, self._objects, self._box = text, objects, box
        self._styles: dict[bytes, _Style] = {}
        area = (box[2] - box[0]) * (box[3] - box[1])
        self._is_scan = objects.image_area > area * 0.5

    def runs(self) -> Iterator[_Run]:
        """Called for every character of every page, so it does little for each."""
        text, rect, run = self._text, pdfium.FS_RECTF(), None
        by_rect, styles = ctypes.byref(rect), self._styles
        least_x, least_y, most_x, most_y = (2 * edge for edge in self._box)
        for index in range(pdfium.FPDFText_CountChars(text)):
            code = pdfium.FPDFText_GetUnicode(text, index)
            if code in _SPACES:
                if run:
                    yield run
                run = None
                continue
            pdfium.FPDFText_GetLooseCharBox(text, index, by_rect)
            left, low, right, high = rect.left, rect.bottom, rect.right, rect.top
            handle = pdfium.FPDFText_GetTextObject(text, index)
            key = bytes(handle)
            style = styles.get(key)
            if style is None:
                style = styles[key] = self._examine(index, handle, key, ((left + right) / 2, (low + high) / 2))
            if not style.seen or not (least_x <= left + right <= most_x and least_y <= low + high <= most_y):
                continue
            if run and run.meets(left, low, right, high, style):
                run.codes.append(code)
                run.left, run.low = min(run.left, left), min(run.low, low)
                run.right, run.high = max(run.right, right), max(run.high, high)
            else:
                if run:
                    yield run
                run = _Run([code], left, low, right, high, self._base(index), style)
        if run:
            yield run

    def _base(self, index: int) -> tuple[float, float]:
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(self._text, index, ctypes.byref(x), ctypes.byref(y))
        return x.value, y.value

    def _examine(self, index: int, handle: Any, key: bytes, at: tuple[float, float]) -> _Style:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self._text, index, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d)
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(self._text, index, name, 128, ctypes.byref(flags))
        font = name.value.lower()
        bold = pdfium.FPDFText_GetFontWeight(self._text, index) >= 600 or b"bold" in font or b"black" in font
        seen = size >= 1 and self._is_painted(index, handle, self._objects.order.get(key), at)
        return _Style(size, bold, _quarter(matrix.a, matrix.b), seen)

    def _is_painted(self, index: int, handle: Any, place: int | None, at: tuple[float, float]) -> bool:
        """Whether the ink differs from what it lies on. Invisible text over a scan is the scan's own."""
        mode = pdfium.FPDFTextObj_GetTextRenderMode(handle) if handle else 0
        if mode in _UNSEEN:
            return self._is_scan
        parts = [ctypes.c_uint() for _ in range(4)]
        get = (
            pdfium.FPDFText_GetStrokeColor
            if mode == pdfium.FPDF_TEXTRENDERMODE_STROKE
            else pdfium.FPDFText_GetFillColor
        )
        if not get(self._text, index, *map(ctypes.byref, parts)):
            return True
        red, green, blue, alpha = (part.value for part in parts)
        if alpha < 13:
            return False
        behind: Colour | None = (255, 255, 255)
        for number, shape, colour in self._objects.shapes:
            if (place is None or number < place) and _holds(shape, at):
                behind = colour
        return behind is None or max(abs(red - behind[0]), abs(green - behind[1]), abs(blue - behind[2])) > 10


def _oriented(number: int, runs: list[_Run], objects: Objects, box: Box) -> Page:
    """The page turned so that most of its text runs from left to right."""
    counted: Counter[tuple[int, int]] = Counter()
    for run in runs:
        counted[run.style.direction] += len(run.codes)
    direction = counted.most_common(1)[0][0] if counted else (1, 0)
    left, bottom, right, top = box
    width, height = (right - left, top - bottom) if direction[0] else (top - bottom, right - left)

    def turn(x: float, y: float) -> tuple[float, float]:
        if direction[1] > 0:
            return y - bottom, x - left
        if direction[1] < 0:
            return top - y, right - x
        return (right - x, y - bottom) if direction[0] < 0 else (x - left, top - y)

    page = Page(number, width, height, has_image=objects.image_area > 0.2 * width * height)
    for run in runs:
        text = "".join(map(chr, run.codes)).replace(chr(_HYPHEN), "\u00ad")
        if run.style.direction != direction:
            page.aslant.append(text)
            continue
        (ax, ay), (bx, by), (_, base) = turn(run.left, run.low), turn(run.right, run.high), turn(*run.base)
        style = run.style
        page.words.append(Word(text, min(ax, bx), max(ax, bx), min(ay, by), max(ay, by), base, style.size, style.bold))
    for x0, y0, x1, y1 in objects.strokes:
        (ax, ay), (bx, by) = turn(x0, y0), turn(x1, y1)
        if abs(ay - by) <= 1.5 < abs(ax - bx):
            page.across.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
        elif abs(ax - bx) <= 1.5 < abs(ay - by):
            page.down.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))
    return page


def _visible_box(page: Any) -> Box:
    """What of the page is shown, in the coordinates of its content, whatever way the page is turned."""
    media, crop = page.get_mediabox(), page.get_cropbox()
    left, bottom, right, top = (*map(max, media[:2], crop[:2]), *map(min, media[2:], crop[2:]))
    return (left, bottom, right, top) if left < right and bottom < top else media


def _quarter(a: float, b: float) -> tuple[int, int]:
    """The direction of writing in quarter turns; (0, 0) for anything aslant."""
    length = math.hypot(a, b) or 1
    x, y = round(a / length, 1), round(b / length, 1)
    return (int(x), int(y)) if abs(x) == 1 or abs(y) == 1 else (0, 0)


def _holds(box: Box, at: tuple[float, float]) -> bool:
    return box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3]
