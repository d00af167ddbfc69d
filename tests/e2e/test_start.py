"""What a command loads: it decides how soon the first word appears."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def loaded_by(*arguments: str) -> set[str]:
    """The modules that `deskhand ARGUMENTS` has imported when it ends."""
    code = f"""
import sys
sys.argv = ["deskhand", *{list(arguments)!r}]
from bot.__main__ import main
try:
    main()
finally:
    import json
    print("\\n" + json.dumps(sorted(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start")
    (folder / "leave.md").write_text("# Annual leave\n\nEmployees have 27 days of annual leave a year.\n")
    loaded_by("--home", str(folder / "home"), "index", str(folder / "leave.md"))
    return folder / "home"


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("--help")

    assert loaded.isdisjoint({"onnxruntime", "numpy", "langchain_core", "pydantic", "lxml", "pypdfium2", "tokenizers"})


def test_status_needs_neither_model_nor_vectors(home: Path) -> None:
    loaded = loaded_by("--home", str(home), "status", "--json")

    assert loaded.isdisjoint({"onnxruntime", "langchain_core", "lxml", "pypdfium2", "tokenizers", "numpy"})


def test_asking_loads_no_readers_and_no_other_models(home: Path) -> None:
    loaded = loaded_by("--home", str(home), "ask", "How many days of annual leave?", "--json")

    assert "langchain_core.runnables" in loaded
    unneeded = {"langchain", "lxml", "pypdfium2", "docx", "markdown_it", "torch", "pandas"}
    assert loaded.isdisjoint(unneeded), loaded & unneeded
