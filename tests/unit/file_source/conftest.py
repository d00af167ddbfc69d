from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.models import Failure, Loaded
from tests.unit.file_source.support import source_of

Read = Callable[..., Awaitable[Loaded | Failure]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads one file with the given content and ending through a FileSource."""

    async def read_file(content: str | bytes, suffix: str, **limits: Any) -> Loaded | Failure:
        path = tmp_path / f"the_file{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        source = source_of(path, limits=limits)
        scan = await source.scan()
        [result] = [result async for result in source.load(scan.found)]
        return result

    return read_file
