"""What is drawn on a PDF page besides its text: the straight lines, and what may lie behind words."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top, as PDF has it
Colour = tuple[int, int, int]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_OPTIONAL = "OC\0".encode("utf-16-le")
_MAX_OBJECTS, _MAX_SHAPES, _MAX_FORMS = 100_000, 1000, 12


class Text(NamedTuple):
    """A text object: its place in the order, the matrix it is drawn with, and what it is shown or hidden with."""

    place: int
    matrix: Matrix
    group: bytes | None = None
    in_form: bool = False


class Shape(NamedTuple):
    """Something that fills an area. Colour None is an image or a gradient; one that `covers` hides what is below."""

    place: int
    box: Box
    colour: Colour | None
    covers: bool = False


class _Open(NamedTuple):
    """A page or form whose objects are being passed."""

    get: Any
    holder: Any
    size: int
    at: int = 0
    matrix: Matrix = _IDENTITY
    depth: int = 0
    form: Any = None  # the outermost form that this is in


@dataclass(slots=True)
class Objects:
    """What is drawn, in order. `groups` are objects that a layer may hide."""

    texts: dict[bytes, Text] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    groups: dict[bytes, list[Any]] = field(default_factory=dict)
    strokes: list[tuple[float, float, float, float]] = field(default_factory=list)
    image_area: float = 0.0


def objects_of(page: Any, box: Box) -> Objects:
    objects = Objects()
    stack = [_Open(pdfium.FPDFPage_GetObject, page, pdfium.FPDFPage_CountObjects(page))]
    place = 0
    while stack and place < _MAX_OBJECTS:
        inside = stack.pop()
        if inside.at >= inside.size:
            continue
        stack.append(inside._replace(at=inside.at + 1))
        handle = inside.get(inside.holder, inside.at)
        place += 1
        kind = pdfium.FPDFPageObj_GetType(handle)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            _add_text(objects, handle, place=place, inside=inside)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and inside.depth < _MAX_FORMS:
            inner, size = _times(_matrix(handle), inside.matrix), pdfium.FPDFFormObj_CountObjects(handle)
            form = inside.form or handle
            opened = _Open(pdfium.FPDFFormObj_GetObject, handle, size, 0, inner, inside.depth + 1, form)
            stack.append(opened)
        else:
            _add_shape(objects, handle, kind=kind, place=place, matrix=inside.matrix, box=box)
    return objects


def bounds_of(handle: Any, matrix: Matrix) -> Box | None:
    """Where an object is on the page."""
    values = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(handle, *map(ctypes.byref, values)):
        return None
    left, bottom, right, top = (value.value for value in values)
    return _around([_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)])


def clip_of(handle: Any, matrix: Matrix) -> tuple[Box, bool] | None:
    """The area outside of which an object is not drawn, and whether it fills that area; None for no limit."""
    clip = pdfium.FPDFPageObj_GetClipPath(handle)
    count = pdfium.FPDFClipPath_CountPaths(clip) if clip else 0
    area: Box | None = None
    exact = True
    x, y = ctypes.c_float(), ctypes.c_float()
    for path in range(min(max(count, 0), 20)):
        points = []
        for index in range(min(pdfium.FPDFClipPath_CountPathSegments(clip, path), 200)):
            segment = pdfium.FPDFClipPath_GetPathSegment(clip, path, index)
            pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
            points.append(_apply(matrix, x.value, y.value))
        if not points:
            continue
        box = _around(points)
        exact = exact and _is_box(points, box)
        area = box if area is None else _shared(area, box)
    return None if area is None else (area, exact)


def _add_text(objects: Objects, handle: Any, *, place: int, inside: _Open) -> None:
    """A form may have a layer too, which only painting tells."""
    group = _layer(handle)
    in_form = group is None and inside.form is not None
    if group:
        objects.groups.setdefault(group, []).append(handle)
    elif in_form:
        group = bytes(inside.form)
        objects.groups[group] = [inside.form]
    objects.texts[bytes(handle)] = Text(place, inside.matrix, group, in_form)


def _layer(handle: Any) -> bytes | None:
    """The name of the optional-content layer that an object is in; of a nameless one, its own; None for none."""
    for index in range(pdfium.FPDFPageObj_CountMarks(handle)):
        mark = pdfium.FPDFPageObj_GetMark(handle, index)
        text, length = ctypes.create_string_buffer(256), ctypes.c_ulong()
        wide = ctypes.cast(text, ctypes.POINTER(pdfium.FPDF_WCHAR))
        pdfium.FPDFPageObjMark_GetName(mark, wide, 256, ctypes.byref(length))
        if text.raw[: length.value] != _OPTIONAL:
            continue
        if pdfium.FPDFPageObjMark_GetParamStringValue(mark, b"Name", wide, 256, ctypes.byref(length)):
            return b"layer " + text.raw[: min(length.value, 256)]
        return bytes(handle)
    return None


def _add_shape(objects: Objects, handle: Any, *, kind: int, place: int, matrix: Matrix, box: Box) -> None:
    bounds = bounds_of(handle, matrix)
    if bounds is None:
        return
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        mode, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(handle, ctypes.byref(mode), ctypes.byref(stroke))
        if not mode.value and not stroke.value:
            return
        if len(objects.strokes) < _MAX_OBJECTS // 4:
            _add_strokes(objects, handle, bounds, matrix)
        if mode.value and _area(bounds) > 30 and len(objects.shapes) < _MAX_SHAPES:
            _add_filled(objects, handle, bounds, place=place, matrix=matrix)
    elif kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING):
        objects.image_area += _area(_shared(bounds, box)) if kind == pdfium.FPDF_PAGEOBJ_IMAGE else 0
        if len(objects.shapes) < _MAX_SHAPES:
            objects.shapes.append(Shape(place, bounds, None))


def _add_filled(objects: Objects, handle: Any, bounds: Box, *, place: int, matrix: Matrix) -> None:
    known, colour, alpha = _fill(handle)
    if not known or ((clip := clip_of(handle, matrix)) and not _area(bounds := _shared(bounds, clip[0]))):
        return
    covers = (
        colour is not None
        and alpha == 255
        and (clip is None or clip[1])
        and not pdfium.FPDFPageObj_HasTransparency(handle)
        and _layer(handle) is None
        and _is_rectangle(handle, matrix)
    )
    objects.shapes.append(Shape(place, bounds, colour, covers))


def _fill(handle: Any) -> tuple[bool, Colour | None, int]:
    """Whether a shape hides most of what is below it, its colour where that is known, and its alpha."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(handle, *map(ctypes.byref, parts)):
        return True, None, 255
    red, green, blue, alpha = (part.value for part in parts)
    return alpha > 127, (red, green, blue), alpha


def _is_rectangle(handle: Any, matrix: Matrix) -> bool:
    """Whether a path is nothing but an upright rectangle."""
    count = pdfium.FPDFPath_CountSegments(handle)
    if not 4 <= count <= 6:
        return False
    own = _times(_matrix(handle), matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    points = []
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(handle, index)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_BEZIERTO:
            return False
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        points.append(_apply(own, x.value, y.value))
    return _is_box(points, _around(points))


def _is_box(points: list[tuple[float, float]], box: Box) -> bool:
    corners = {(round(x), round(y)) for x in (box[0], box[2]) for y in (box[1], box[3])}
    return {(round(x), round(y)) for x, y in points} == corners


def _around(points: list[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _shared(one: Box, other: Box) -> Box:
    """What two boxes share; of no width or height where that is nothing."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    return left, bottom, max(left, min(one[2], other[2])), max(bottom, min(one[3], other[3]))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


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
