"""The core environment: the wheel and what it needs, nothing for development, in a fresh virtual environment."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import defaultdict
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def install(folder: Path) -> Path:
    """Build the wheel, install it with the versions of uv.lock in `folder`, compile; gives its site-packages."""
    uv = next((path for path in (ROOT / ".uv/bin/uv", ROOT / ".venv/bin/uv") if path.exists()), shutil.which("uv"))
    if uv is None:
        raise SystemExit("uv is missing: run this as `make bench`.")

    def run(*arguments: object) -> None:
        environment = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_NO_PROGRESS": "1"}
        subprocess.run([str(uv), *map(str, arguments)], check=True, cwd=ROOT, env=environment)

    python = folder / "core" / "bin" / "python"
    run("build", "--quiet", "--wheel", "--out-dir", folder / "dist")
    run("export", "--quiet", "--frozen", "--no-default-groups", "--no-emit-project", "-o", folder / "core.txt")
    run("venv", "--quiet", "--no-project", "--python", ROOT / ".venv/bin/python", folder / "core")
    into = ("--quiet", "--python", python, "--compile-bytecode", "--link-mode", "copy")
    run("pip", "install", *into, "--require-hashes", "-r", folder / "core.txt")
    run("pip", "install", *into, "--no-deps", *(folder / "dist").glob("*.whl"))
    return next((folder / "core" / "lib").glob("python3*/site-packages"))


def sizes(packages: Path) -> dict[str, float]:
    """MB (10^6 bytes, on disk, compiled files included) by distribution, largest first."""
    found: dict[str, int] = defaultdict(int)
    for distribution in distributions(path=[str(packages)]):
        for file in _files(distribution):
            found[distribution.name] += _on_disk(file)
    return {name: size / 1e6 for name, size in sorted(found.items(), key=lambda entry: -entry[1])}


def whole(folder: Path) -> float:
    return sum(_on_disk(path) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def _files(distribution: Distribution) -> set[Path]:
    files: set[Path] = set()
    for listed in distribution.files or ():
        file = Path(str(listed.locate()))
        files.add(file)
        if file.suffix == ".py":
            files.update((file.parent / "__pycache__").glob(f"{file.stem}.cpython-*.pyc"))
    return {file for file in files if file.is_file()}


def _on_disk(file: Path) -> int:
    return file.stat().st_blocks * 512
