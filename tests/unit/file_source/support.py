"""What the tests of the file source share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.file_source import FileSource, FileSourceSettings, Limits
from knowledge.models import Block, Failure, Loaded


def source_of(path: Path, *, limits: dict[str, Any] | None = None, **settings: Any) -> FileSource:
    return FileSource(FileSourceSettings(name="docs", path=path, limits=Limits(**(limits or {})), **settings))


async def load_all(source: FileSource) -> dict[str, Loaded | Failure]:
    scan = await source.scan()
    results = [result async for result in source.load(scan.found)]
    return {r.document if isinstance(r, Failure) else r.document.id: r for r in results}


def texts(loaded: Loaded | Failure) -> str:
    """All text of a document: table cells row by row, a blank between everything."""
    assert isinstance(loaded, Loaded), loaded
    return " ".join(block.text or " ".join(cell for row in block.rows for cell in row) for block in loaded.blocks)


def outline(loaded: Loaded | Failure) -> list[tuple[str, int, str]]:
    assert isinstance(loaded, Loaded), loaded
    return [(block.kind, block.level, block.text) for block in loaded.blocks]


def tables(loaded: Loaded | Failure) -> list[Block]:
    assert isinstance(loaded, Loaded), loaded
    return [block for block in loaded.blocks if block.kind == "table"]
