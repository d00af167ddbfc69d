"""The organisation in which the scenarios play: indexed once, then copied for each of them."""

from __future__ import annotations

import asyncio
import shutil
from functools import cached_property
from pathlib import Path
from typing import Final

from adapters.onnx_embedder import OnnxEmbedder
from bot.app import build
from bot.settings import load
from tests.e2e.organisation import LEAVE, PARKING, SALARIES, WARRANTY
from tests.e2e.scenarios.drivers.console_browser import Chromium

_REMOTE: Final = (
    "# Remote work\n\nEmployees may work from home up to 3 days a week.\n\n## From abroad\n\n"
    "Working from abroad is possible for 20 days a year and needs the manager's approval.\n"
)
_DOCUMENTS: Final = {
    "docs/leave.md": LEAVE,
    "docs/parking.md": PARKING,
    "docs/remote.md": _REMOTE,
    "hr/salaries.md": SALARIES,
    "manual/warranty.md": WARRANTY,
}
_SOURCES: Final = """
[[source]]
name = "docs"
path = "{folder}/docs"

[[source]]
name = "hr"
path = "{folder}/hr"
audience = ["hr"]

[[source]]
name = "manual"
path = "{folder}/manual"
kind = "manual"
audience = ["public"]
"""


class World:
    """An indexed organisation in a folder, the one embedder that all scenarios share, and the one browser."""

    def __init__(self, folder: Path) -> None:
        self.embedder = OnnxEmbedder()
        self._home = folder / "home"
        self.settings = _SOURCES.format(folder=folder)
        for path, text in _DOCUMENTS.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.write_settings(self._home, "")
        asyncio.run(self._index())

    @cached_property
    def browser(self) -> Chromium:
        return Chromium()

    def close(self) -> None:
        if "browser" in self.__dict__:
            self.browser.close()

    async def _index(self) -> None:
        async with build(load(self._home)) as app:
            app.embedder = self.embedder
            report = await app.index()
            assert not report.errors, report.errors
            await app.store.migrate()

    def write_settings(self, home: Path, more: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "deskhand.toml").write_text(self.settings + more, encoding="utf-8")

    def copy_to(self, home: Path) -> Path:
        shutil.copytree(self._home, home)
        return home
