"""One PDF page: its visible words and its ruling lines, in points from the top left as a person reads it.

PDFium's C interface, because it reads 50 pages a second where Python parsers read five, and forgives what
browsers forgive. Everything that is handed to C stays in this file.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top, as PDF has it
Colour = tuple[int, int, int]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_MAX_OBJECTS, _MAX_SHAPES, _MAX_FORMS = 100_000, 1000, 12
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
    hidden: int = 0  # characters left out because nobody sees them


class _Style(NamedTuple):
    size: float
    bold: bool
    direction: tuple[int, int]
    seen: bool


@dataclass(slots=True)
class _Objects:
    """What is drawn, in order; a shape of colour None is an image or a gradient."""

    order: dict[int, int] = field(default_factory=dict)  # text object -> place in the order
    shapes: list[tuple[int, Box, Colour | None]] = field(default_factory=list)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)
    image_area: float = 0.0


def read_page(document: Any, index: int) -> Page:
    """A page of an open PdfDocument, from 0."""
    page = document[index]
    try:
        left, bottom, right, top = page.get_bbox()
        box = (left, bottom, right, top)
        objects = _objects(page.raw, box)
        text = pdfium.FPDFText_LoadPage(page.raw)
        try:
            characters = list(_Characters(text, objects, box)) if text else []
        finally:
            pdfium.FPDFText_ClosePage(text)
    finally:
        page.close()
    counted = Counter(style.direction for *_, style in characters if style.seen)
    direction = counted.most_common(1)[0][0] if counted else (1, 0)
    return _oriented(index + 1, characters, objects, box, direction)


class _Characters:
    """Iterates over (code, box, base point, style) of each character; code 0 is a blank."""

    def __init__(self, text: Any, objects: _Objects, box: Box) -> None:
        self._text, self._objects, self._box = text, objects, box
        self._styles: dict[int, _Style] = {}
        area = (box[2] - box[0]) * (box[3] - box[1])
        self._is_scan = objects.image_area > area * 0.5

    def __iter__(self) -> Iterator[tuple[int, Box, tuple[float, float], _Style]]:
        rect, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
        by_rect, by_x, by_y = ctypes.byref(rect), ctypes.byref(x), ctypes.byref(y)
        blank = _Style(0, False, (1, 0), False)
        left, bottom, right, top = self._box
        for index in range(pdfium.FPDFText_CountChars(self._text)):
            code = pdfium.FPDFText_GetUnicode(self._text, index)
            if code in _SPACES:
                yield 0, self._box, (0, 0), blank
                continue
            pdfium.FPDFText_GetLooseCharBox(self._text, index, by_rect)
            pdfium.FPDFText_GetCharOrigin(self._text, index, by_x, by_y)
            style = self._style(index, (x.value, y.value), (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2)
            if not (left <= (rect.left + rect.right) / 2 <= right and bottom <= (rect.top + rect.bottom) / 2 <= top):
                style = style._replace(seen=False)
            yield code, (rect.left, rect.bottom, rect.right, rect.top), (x.value, y.value), style

    def _style(self, index: int, base: tuple[float, float], x: float, y: float) -> _Style:
        handle = pdfium.FPDFText_GetTextObject(self._text, index)
        address = ctypes.cast(handle, ctypes.c_void_p).value or -1
        if address not in self._styles:
            self._styles[address] = self._examine(index, handle, self._objects.order.get(address), (x, y))
        return self._styles[address]

    def _examine(self, index: int, handle: Any, place: int | None, at: tuple[float, float]) -> _Style:
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self._text, index, ctypes.byref(matrix))
        size = pdfium.FPDFText_GetFontSize(self._text, index) * math.hypot(matrix.c, matrix.d)
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        pdfium.FPDFText_GetFontInfo(self._text, index, name, 128, ctypes.byref(flags))
        font = name.value.lower()
        bold = pdfium.FPDFText_GetFontWeight(self._text, index) >= 600 or b"bold" in font or b"black" in font
        seen = size >= 1 and self._is_painted(index, handle, place, at)
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


def _oriented(number: int, characters: list[Any], objects: _Objects, box: Box, direction: tuple[int, int]) -> Page:
    left, bottom, right, top = box
    width, height = (right - left, top - bottom) if direction[0] else (top - bottom, right - left)

    def turn(x: float, y: float) -> tuple[float, float]:
        if direction == (1, 0):
            return x - left, top - y
        if direction == (0, 1):
            return y - bottom, x - left
        return (right - x, y - bottom) if direction == (-1, 0) else (top - y, right - x)

    page = Page(number, width, height, has_image=objects.image_area > 0.2 * width * height)
    _add_words(page, characters, turn, direction)
    for x0, y0, x1, y1 in objects.strokes:
        (ax, ay), (bx, by) = turn(x0, y0), turn(x1, y1)
        if abs(ay - by) <= 1.5 < abs(ax - bx):
            page.across.append(Rule((ay + by) / 2, min(ax, bx), max(ax, bx)))
        elif abs(ax - bx) <= 1.5 < abs(ay - by):
            page.down.append(Rule((ax + bx) / 2, min(ay, by), max(ay, by)))
    return page


def _add_words(page: Page, characters: list[Any], turn: Any, direction: tuple[int, int]) -> None:
    codes: list[int] = []
    x0 = x1 = top = bottom = base = 0.0
    style: _Style | None = None
    slanted = ""

    def close() -> None:
        if codes and style:
            text = "".join(map(chr, codes)).replace(chr(_HYPHEN), "\u00ad")
            page.words.append(Word(text, x0, x1, top, bottom, base, style.size, style.bold))
        codes.clear()

    for code, (left, low, right, high), origin, look in characters:
        if code == 0:
            close()
            slanted += " "
            continue
        if not look.seen:
            page.hidden += 1
            continue
        if look.direction != direction:
            slanted += chr(code)
            continue
        (ax, ay), (bx, by), (_, line) = turn(left, low), turn(right, high), turn(*origin)
        ax, bx, ay, by = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
        apart = not -0.5 * look.size <= ax - x1 <= 0.6 * look.size or abs(line - base) > 0.5 * look.size
        if codes and (apart or (style and look.bold != style.bold and abs(ax - x1) > 0.2 * look.size)):
            close()
        if not codes:
            x0, top, bottom, base, style = ax, ay, by, line, look
        codes.append(code)
        x1, top, bottom = bx, min(top, ay), max(bottom, by)
    close()
    page.aslant = [text for text in [" ".join(slanted.split())] if len(text) > 2]


def _objects(page: Any, box: Box) -> _Objects:
    objects = _Objects()
    stack: list[tuple[Any, Any, int, int, Matrix, int]] = [
        (pdfium.FPDFPage_GetObject, page, 0, pdfium.FPDFPage_CountObjects(page), _IDENTITY, 0)
    ]
    place = 0
    while stack and place < _MAX_OBJECTS:
        get, holder, index, count, matrix, depth = stack.pop()
        if index >= count:
            continue
        stack.append((get, holder, index + 1, count, matrix, depth))
        handle = get(holder, index)
        place += 1
        kind = pdfium.FPDFPageObj_GetType(handle)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            objects.order[ctypes.cast(handle, ctypes.c_void_p).value or 0] = place
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_FORMS:
            inner = _times(_matrix(handle), matrix)
            inside = pdfium.FPDFFormObj_CountObjects(handle)
            stack.append((pdfium.FPDFFormObj_GetObject, handle, 0, inside, inner, depth + 1))
        else:
            _add_shape(objects, handle, kind=kind, place=place, matrix=matrix, box=box)
    return objects


def _add_shape(objects: _Objects, handle: Any, *, kind: int, place: int, matrix: Matrix, box: Box) -> None:
    values = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(handle, *map(ctypes.byref, values)):
        return
    left, bottom, right, top = (value.value for value in values)
    corners = [_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    bounds = (min(xs), min(ys), max(xs), max(ys))
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(handle, ctypes.byref(mode), ctypes.byref(stroke))
        if not mode.value and not stroke.value:
            return
        if len(objects.strokes) < _MAX_OBJECTS // 4:
            _add_strokes(objects, handle, bounds, matrix)
        if mode.value and width * height > 30 and len(objects.shapes) < _MAX_SHAPES:
            known, colour = _fill(handle)
            if known:
                objects.shapes.append((place, bounds, colour))
    elif kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
        inside = (
            max(0.0, min(bounds[2], box[2]) - max(bounds[0], box[0])),
            max(0.0, min(bounds[3], box[3]) - max(bounds[1], box[1])),
        )
        objects.image_area += inside[0] * inside[1] if kind == pdfium.FPDF_PAGEOBJ_IMAGE else 0
        if len(objects.shapes) < _MAX_SHAPES:
            objects.shapes.append((place, bounds, None))


def _fill(handle: Any) -> tuple[bool, Colour | None]:
    """Whether a shape covers what is below it, and its colour where that is known."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(handle, *map(ctypes.byref, parts)):
        return True, None
    red, green, blue, alpha = (part.value for part in parts)
    return alpha > 127, (red, green, blue)


def _add_strokes(objects: _Objects, handle: Any, bounds: Box, matrix: Matrix) -> None:
    """The straight sides of a path. One that is as thin as a line counts as a line."""
    left, bottom, right, top = bounds
    if right - left < 3 or top - bottom < 3:
        x, y = (left + right) / 2, (bottom + top) / 2
        thin = (x, bottom, x, top) if right - left < top - bottom else (left, y, right, y)
        objects.strokes.append(thin)
        return
    own = _times(_matrix(handle), matrix)
    x_value, y_value = ctypes.c_float(), ctypes.c_float()
    first = last = (0.0, 0.0)
    for index in range(min(pdfium.FPDFPath_CountSegments(handle), 2000)):
        segment = pdfium.FPDFPath_GetPathSegment(handle, index)
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x_value), ctypes.byref(y_value))
        point = _apply(own, x_value.value, y_value.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            objects.strokes.append((*last, *point))
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            objects.strokes.append((*last, *first))


def _quarter(a: float, b: float) -> tuple[int, int]:
    """The direction of writing in quarter turns; (0, 0) for anything aslant."""
    length = math.hypot(a, b) or 1
    x, y = round(a / length, 1), round(b / length, 1)
    return (int(x), int(y)) if abs(x) == 1 or abs(y) == 1 else (0, 0)


def _holds(box: Box, at: tuple[float, float]) -> bool:
    return box[0] <= at[0] <= box[2] and box[1] <= at[1] <= box[3]


def _matrix(handle: Any) -> Matrix:
    m = pdfium.FS_MATRIX()
    return (m.a, m.b, m.c, m.d, m.e, m.f) if pdfium.FPDFPageObj_GetMatrix(handle, ctypes.byref(m)) else _IDENTITY


def _times(m: Matrix, n: Matrix) -> Matrix:
    """First m, then n."""
    a, b, c, d, e, f = m
    return (
        *(a * n[0] + b * n[2], a * n[1] + b * n[3], c * n[0] + d * n[2], c * n[1] + d * n[3]),
        *(e * n[0] + f * n[2] + n[4], e * n[1] + f * n[3] + n[5]),
    )


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]
