"""Which reader reads which files: one function and one line per format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import cast

from adapters.file_source.content import Caps, Content
from adapters.file_source.sniff import check_content

Reader = Callable[[bytes, Caps], Content]

# By name, so that a process loads only the parsers it needs.
READERS = {
    ".md": "adapters.file_source.markdown:read_markdown",
    ".markdown": "adapters.file_source.markdown:read_markdown",
    ".html": "adapters.file_source.html:read_html",
    ".htm": "adapters.file_source.html:read_html",
    ".xhtml": "adapters.file_source.html:read_html",
    ".txt": "adapters.file_source.text:read_text",
    ".text": "adapters.file_source.text:read_text",
    ".rst": "adapters.file_source.text:read_text",
    ".pdf": "adapters.file_source.pdf:read_pdf",
    ".docx": "adapters.file_source.docx:read_docx",
}
SUFFIXES = frozenset(READERS)


def read(data: bytes, *, suffix: str, caps: Caps) -> Content:
    """The content of a file with this ending, one of SUFFIXES. Raises Unreadable."""
    if not data.strip():
        return Content([])
    check_content(data, suffix=suffix)
    module, function = READERS[suffix].split(":")
    reader = cast(Reader, getattr(import_module(module), function))
    return reader(data, caps)
