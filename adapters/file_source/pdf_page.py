"""One PDF page: its visible words and its ruling lines, in points from the top left as a person reads it.

PDFium's C interface, because it reads 50 pages a second where Python parsers read five, and forgives what
browsers forgive. Everything that is handed to C stays in this file, `pdf_objects.py` and `pdf_sight.py`.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from adapters.file_source.pdf_objects import Box, Colour, Objects, Shape, Text, bounds_of, clip_of, objects_of
from adapters.file_source.pdf_sight import Sight

_SPACES = frozenset((0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0xFFFE, 0xFFFF))
_HYPHEN = 0x02  # PDFium's mark for a hyphen at a line's end
_LAST = 1 << 30  # the place of something drawn over everything
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


class _Doubt(NamedTuple):
    """What may hide a text object or parts of it: the shapes below and above it, its clip, its layer."""

    ink: Colour | None
    place: int
    shapes: list[Shape]
    clip: Box | None
    group: bytes | None
    sight: Sight

    def settled(self, bounds: Box) -> tuple[bool, _Doubt | None]:
        """Whether all of it is seen, where nothing hides it in part; else each character is to be looked at."""
        edges = [shape.box for shape in self.shapes] + ([self.clip] if self.clip else [])
        if self.group is None and all(_within(bounds, edge) or not _meet(bounds, edge) for edge in edges):
            return self.lets(bounds), None
        return True, self

    def lets(self, box: Box) -> bool:
        """Whether what is drawn in this box can be seen."""
        at = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if self.clip and not _holds(self.clip, at):
            return False
        behind: Colour | None = (255, 255, 255)
        for shape in self.shapes:
            if not _holds(shape.box, at):
                continue
            if shape.place < self.place:
                behind = shape.colour
            elif shape.covers:
                return False
        if self.ink and behind and max(abs(one - other) for one, other in zip(self.ink, behind, strict=True)) <= 10:
            return False
        return self.group is None or self.sight.shows(self.group, box)


class _Style(NamedTuple):
    """Of a text object. `seen` is for all of it where `doubt` is None, which else looks at each character."""

    size: float
    bold: bool
    direction: tuple[int, int]
    seen: bool
    doubt: _Doubt | None = None


def read_page(document: Any, index: int) -> Page:
    """A page of an open PdfDocument, from 0."""
    page = document[index]
    try:
        box = _visible_box(page)
        objects = objects_of(page.raw, box)
        text = pdfium.FPDFText_LoadPage(page.raw)
        try:
            runs = list(_Words(text, objects, box, Sight(page.raw, objects.groups)).runs()) if text else []
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


class _Words:
    """The visible text of a page."""

    def __init__(self, text: Any, objects: Objects, box: Box, sight: Sight) -> None:
        self._text, self._objects, self._box, self._sight = text, objects, box, sight
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
                style = styles[key] = self._examine(index, handle, key)
            if not style.seen or (style.doubt and not style.doubt.lets((left, low, right, high))):
                continue
            if not (least_x <= left + right <= most_x and least_y <= low + high <= most_y):
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

    def _examine(self, index: int, handle: Any, key: bytes) -> _Style:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self._text, index, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d)
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(self._text, index, name, 128, ctypes.byref(flags))
        font = name.value.lower()
        bold = pdfium.FPDFText_GetFontWeight(self._text, index) >= 600 or b"bold" in font or b"black" in font
        seen, doubt = (False, None) if size < 1 else self._look(index, handle, self._objects.texts.get(key))
        return _Style(size, bold, _quarter(matrix.a, matrix.b), seen, doubt)

    def _look(self, index: int, handle: Any, text: Text | None) -> tuple[bool, _Doubt | None]:
        """Whether a text object can be seen. Invisible text over a scan is the scan's own."""
        mode = pdfium.FPDFTextObj_GetTextRenderMode(handle) if handle else 0
        if mode in _UNSEEN:
            return self._is_scan, None
        ink, alpha = self._ink(index, stroke=mode == pdfium.FPDF_TEXTRENDERMODE_STROKE)
        if alpha < 13:
            return False, None
        if text is None:
            return True, _Doubt(ink, _LAST, self._objects.shapes, None, None, self._sight)
        shapes, bounds = self._objects.shapes, bounds_of(handle, text.matrix)
        if bounds and bounds[0] < bounds[2] and bounds[1] < bounds[3]:
            shapes = [shape for shape in shapes if _meet(shape.box, bounds)]
        clip = clip_of(handle, text.matrix)
        # Visible text in a form under a scan may be what recognition has read in it.
        group = None if text.in_form and self._is_scan else text.group
        doubt = _Doubt(ink, text.place, shapes, clip[0] if clip else None, group, self._sight)
        return doubt.settled(bounds) if bounds else (True, doubt)

    def _ink(self, index: int, *, stroke: bool) -> tuple[Colour | None, int]:
        parts = [ctypes.c_uint() for _ in range(4)]
        get = pdfium.FPDFText_GetStrokeColor if stroke else pdfium.FPDFText_GetFillColor
        if not get(self._text, index, *map(ctypes.byref, parts)):
            return None, 255
        red, green, blue, alpha = (part.value for part in parts)
        return (red, green, blue), alpha


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


def _within(inner: Box, outer: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
