"""An organisation with documents, and deskhand run in its folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect

LEAVE = (
    "# Annual leave\n\nEverybody gets 25 days of annual leave a year.\n\n## Carrying over\n\nUp to 5 days move on.\n"
)
PARKING = "# Parking\n\nA parking space in the garage costs 4 EUR a day.\n"
SALARIES = "# Salaries\n\nThe salary of grade 7 starts at 60,000 EUR a year.\n"
WARRANTY = "# Warranty\n\nThe warranty of the purifier lasts 24 months.\n"
SETTINGS = """
[[source]]
name = "hr"
path = "../hr"
audience = ["hr"]

[[source]]
name = "manual"
path = "../manual"
kind = "manual"
audience = ["public"]
"""
DESKHAND = (sys.executable, "-m", "bot")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("DESKHAND_HOME", "CI", "NO_COLOR", "COLUMNS")
    }
    return kept | {"PYTHONWARNINGS": "error", "TERM": "xterm-256color"} | more


def heed_interrupts() -> None:
    """Tests that run in the background would hand on that they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Organisation:
    """A folder with documents, and deskhand run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def __call__(self, *args: str, given: str = "", **env: str) -> Ended:
        done = subprocess.run(
            [*DESKHAND, *args],
            cwd=self.folder,
            env=environment(**env),
            input=given.encode(),
            capture_output=True,
            timeout=60,
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.out + ended.err, ended.err
        return ended

    def terminal(self, *args: str, **env: str) -> pexpect.spawn[str]:
        """The command with a person at an 80 column terminal."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "bot", *args],
            cwd=str(self.folder),
            env=environment(**env),
            dimensions=(40, 80),
            preexec_fn=heed_interrupts,
            encoding="utf-8",
            timeout=30,
        )


PROMPT = "›\x1b\\[0m "
"""Of a chat, as a pattern."""
