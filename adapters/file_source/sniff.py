"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import io
import re
import zipfile

from adapters.file_source.content import Unreadable

_MAGIC = (
    (b"%PDF-", "a PDF", ".pdf"),
    (b"{\\rtf", "an RTF file", ".rtf"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ".png"),
    (b"\xff\xd8\xff", "a JPEG image", ".jpg"),
    (b"GIF87a", "a GIF image", ".gif"),
    (b"GIF89a", "a GIF image", ".gif"),
    (b"II*\x00", "a TIFF image", ".tif"),
    (b"MM\x00*", "a TIFF image", ".tif"),
    (b"\x1f\x8b", "a gzip archive", ".gz"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ".7z"),
    (b"Rar!\x1a\x07", "a RAR archive", ".rar"),
    (b"\xfd7zXZ\x00", "an xz archive", ".xz"),
    (b"SQLite format 3\x00", "an SQLite database", ".sqlite"),
    (b"\x7fELF", "a program", ""),
)
_ZIPPED = (
    ("word/", "a Word document", ".docx"),
    ("xl/", "an Excel workbook", ".xlsx"),
    ("ppt/", "a PowerPoint file", ".pptx"),
    ("META-INF/container.xml", "an EPUB book", ".epub"),
    ("content.xml", "an OpenDocument file", ".odt"),
)
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (b"PK\x03\x04", b"PK\x05\x06")
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_NAMES = {".pdf": "a PDF", ".docx": "a Word document"}


def check_content(data: bytes, *, suffix: str) -> None:
    """Raises Unreadable when the content is plainly something else than the name says."""
    if suffix == ".pdf" and b"%PDF-" in data[:1024]:
        return
    kind, usual = _ole(data) if data.startswith(_OLE) else _kind(data)
    if usual == suffix or (usual == ".html" and suffix not in _NAMES):
        return
    if usual in {".png", ".jpg", ".gif", ".tif"}:
        raise Unreadable(f"is {kind} by content: run text recognition (OCR) on it, or remove it")
    if usual:
        raise Unreadable(f"is {kind} by content: rename it to {usual}")
    if kind:
        raise Unreadable(f"is {kind} by content: remove it, or save the document again")
    if suffix in _NAMES:
        raise Unreadable(f"is not {_NAMES[suffix]} by content, it may be damaged: open it and save it again")


def _kind(data: bytes) -> tuple[str, str]:
    """What it is, in words, and its usual ending; both empty for what looks like text."""
    for magic, kind, usual in _MAGIC:
        if data.startswith(magic):
            return kind, usual
    if data.startswith(_ZIP):
        return _zip(data)
    return ("an HTML page", ".html") if _HTML.match(data) else ("", "")


def _zip(data: bytes) -> tuple[str, str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except Exception:  # noqa: BLE001  # zipfile raises many kinds of error for broken archives
        return "a damaged archive or Word document", ""
    for start, kind, usual in _ZIPPED:
        if any(name.startswith(start) for name in names):
            return kind, usual
    return "a zip archive", ".zip"


def _ole(data: bytes) -> tuple[str, str]:
    """The container of old Office files, and of new ones with a password."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Unreadable("is protected by a password: save a copy without one and index again")
    if "WordDocument".encode("utf-16-le") in data:
        raise Unreadable("is an old Word file (.doc) by content: open it and save it as .docx")
    return "an old Office file", ""
