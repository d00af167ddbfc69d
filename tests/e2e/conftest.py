"""Organisations to run the commands in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.organisation import LEAVE, PARKING, SALARIES, SETTINGS, WARRANTY, Organisation


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """An organisation with documents for members, HR and the public, indexed once: tests only read it."""
    org = Organisation(tmp_path_factory.mktemp("indexed"))
    org.write("docs/leave.md", LEAVE)
    org.write("docs/parking.md", PARKING)
    org.write("hr/salaries.md", SALARIES)
    org.write("manual/warranty.md", WARRANTY)
    org.write(".deskhand/deskhand.toml", SETTINGS)
    done = org("index", "docs", "hr", "manual")
    assert done.code == 0, done.err
    return org


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    org = Organisation(tmp_path)
    org.write("docs/leave.md", LEAVE)
    return org


@pytest.fixture
def copy(indexed: Organisation, tmp_path: Path) -> Organisation:
    """The indexed organisation, to be changed; its `docs` are still those of the original."""
    shutil.copytree(indexed.folder, tmp_path / "copy")
    return Organisation(tmp_path / "copy")
