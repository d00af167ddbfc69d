"""Reads a folder of messy files and checks what it says of them: `python tests/evals/ingest.py PATH`.

PATH holds `files/` and `expected.jsonl` with `{file, expect, phrases}` per line. Exits 1 when a file of a
format with a reader misses its expectation.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path

from adapters.file_source import FileSource, FileSourceSettings
from knowledge.models import Failure, Loaded


def words(text: str) -> str:
    return " ".join(re.findall("[a-z0-9]+", text.lower()))


def text_of(loaded: Loaded) -> str:
    texts = (block.text or " ".join(cell for row in block.rows for cell in row) for block in loaded.blocks)
    return words(" ".join(texts))


def verdict(result: Loaded | Failure, *, expect: str, phrases: list[str]) -> str:
    """Empty when the result is as expected, else what is wrong."""
    if isinstance(result, Failure):
        fits = expect in {"encrypted", "any"} or (expect == "scan" and "OCR" in result.error)
        return "" if fits and result.document in result.error else result.error
    text = text_of(result)
    if expect == "text":
        missing = [phrase for phrase in phrases if words(phrase) not in text]
        return f"misses {missing}" if missing else ""
    if expect == "empty":
        return "" if not text else "is not empty"
    if expect == "scan":
        return "" if text or any("OCR" in note.text for note in result.notes) else "no note about the scan"
    return "no error about its encryption" if expect == "encrypted" else ""


async def main(folder: Path) -> int:
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {entry["file"]: entry for entry in map(json.loads, lines) if entry}
    source = FileSource(FileSourceSettings(name="files", path=folder / "files"))
    scan = await source.scan()
    started = time.perf_counter()
    results: dict[str, Loaded | Failure] = {}
    async for result in source.load(scan.found):
        document = result.document if isinstance(result, Failure) else result.document.id
        results[document] = result
    missed = 0
    for file, entry in expected.items():
        if not (result_or_none := results.get(file)):
            note = next((note.text for note in scan.notes if note.document == file), "not found")
            print(f"{'note':6}{file:60}{note[:60]}")
            continue
        wrong = verdict(result_or_none, expect=entry["expect"], phrases=entry["phrases"])
        missed += bool(wrong)
        print(f"{'MISS' if wrong else 'ok':6}{file:60}{entry['expect']:10}{wrong}")
    print(f"{len(results)} read, {missed} missed, {time.perf_counter() - started:.1f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
