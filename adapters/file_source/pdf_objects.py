"""What is drawn on a PDF page besides its text: the straight lines, and what may lie behind words."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top, as PDF has it
Colour = tuple[int, int, int]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_MAX_OBJECTS, _MAX_SHAPES, _MAX_FORMS = 100_000, 1000, 12


@dataclass(slots=True)
class Objects:
    """What is drawn, in order; a shape of colour None is an image or a gradient."""

    order: dict[bytes, int] = field(default_factory=dict)  # text object -> place in the order
    shapes: list[tuple[int, Box, Colour | None]] = field(default_factory=list)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)
    image_area: float = 0.0


def objects_of(page: Any, box: Box) -> Objects:
    objects = Objects()
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
            objects.order[bytes(handle)] = place
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _MAX_FORMS:
            inner = _times(_matrix(handle), matrix)
            inside = pdfium.FPDFFormObj_CountObjects(handle)
            stack.append((pdfium.FPDFFormObj_GetObject, handle, 0, inside, inner, depth + 1))
        else:
            _add_shape(objects, handle, kind=kind, place=place, matrix=matrix, box=box)
    return objects


def _add_shape(objects: Objects, handle: Any, *, kind: int, place: int, matrix: Matrix, box: Box) -> None:
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


def _add_strokes(objects: Objects, handle: Any, bounds: Box, matrix: Matrix) -> None:
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
