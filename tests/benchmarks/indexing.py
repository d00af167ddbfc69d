"""Indexing beside the embedder alone, in a process of its own: `python -m tests.benchmarks.indexing FOLDER`.

Prints JSON: passages, seconds to index them, seconds to embed the same texts.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from adapters.onnx_embedder import OnnxEmbedder
from bot.app import App, build
from bot.settings import load
from knowledge.models import FloatArray


async def measure(folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        async with build(load(Path(home))) as app:
            texts = _remember_texts(app)
            began = time.perf_counter()
            report = await app.index([folder])
            whole = time.perf_counter() - began
    assert not report.errors, report.errors[:3]
    assert len(texts) == report.passages
    embedder = OnnxEmbedder()
    began = time.perf_counter()
    await embedder.embed(texts)
    return {"passages": report.passages, "index_s": whole, "embed_s": time.perf_counter() - began}


def _remember_texts(app: App) -> list[str]:
    """The list that takes up what `app` embeds from now on."""
    texts: list[str] = []
    embedder = app.embedder
    embed = embedder.embed

    async def remembering(some: Sequence[str]) -> FloatArray:
        texts.extend(some)
        return await embed(some)

    embedder.embed = remembering  # type: ignore[assignment, method-assign]
    return texts


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1])))))
