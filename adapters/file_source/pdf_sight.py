"""Whether something on a PDF page can be seen, by painting the page with it and without it.

PDFium knows which optional-content layers are off, and tells only by what it paints.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import Any

import pypdfium2.raw as pdfium

from adapters.file_source.pdf_objects import Box

_MOST_PIXELS, _MOST_GROUPS = 2000, 40


class Sight:
    """Groups are parts of the page that are shown or hidden together. Those over the most are taken for shown."""

    def __init__(self, page: Any, groups: Mapping[bytes, Sequence[Any]]) -> None:
        self._page, self._groups = page, groups
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        scale = min(1.0, _MOST_PIXELS / max(width, height, 1))
        self._width, self._height = max(1, round(width * scale)), max(1, round(height * scale))
        self._stride = 0
        self._whole: bytes | None = None
        self._without: dict[bytes, bytes] = {}

    def shows(self, group: bytes, box: Box) -> bool:
        """Whether the group changes what is seen in a box of the page."""
        if group not in self._without:
            if len(self._without) >= _MOST_GROUPS:
                return True
            self._without[group] = self._painted_without(self._groups[group])
        if self._whole is None:
            self._whole = self._painted()
        (left, top), (right, bottom) = self._corners(box)
        rows = (range(row * self._stride + left, row * self._stride + right) for row in range(top, bottom))
        whole, without = self._whole, self._without[group]
        return any(whole[row.start : row.stop] != without[row.start : row.stop] for row in rows)

    def _painted_without(self, handles: Sequence[Any]) -> bytes:
        for handle in handles:
            pdfium.FPDFPageObj_SetIsActive(handle, False)
        try:
            return self._painted()
        finally:
            for handle in handles:
                pdfium.FPDFPageObj_SetIsActive(handle, True)

    def _painted(self) -> bytes:
        bitmap = pdfium.FPDFBitmap_CreateEx(self._width, self._height, pdfium.FPDFBitmap_Gray, None, 0)
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, self._width, self._height, 0xFFFFFFFF)
            pdfium.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, self._width, self._height, 0, 0)
            self._stride = pdfium.FPDFBitmap_GetStride(bitmap)
            return ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), self._stride * self._height)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)

    def _corners(self, box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
        x, y = ctypes.c_int(), ctypes.c_int()
        points = []
        for across, up in ((box[0], box[1]), (box[2], box[3])):
            # In tenths, because whole pixels are too coarse for letters.
            pdfium.FPDF_PageToDevice(
                self._page, 0, 0, self._width * 10, self._height * 10, 0, across, up, ctypes.byref(x), ctypes.byref(y)
            )
            points.append((x.value / 10, y.value / 10))
        (ax, ay), (bx, by) = points
        left, top = max(0, floor(min(ax, bx))), max(0, floor(min(ay, by)))
        return (left, top), (min(self._width, ceil(max(ax, bx))), min(self._height, ceil(max(ay, by))))
