"""The plain prototype that the product's search is measured against.

Chunks of 200 words, no titles, no structure; BM25 (k1 1.2, b 0.75) and the cosine of each chunk, the best 50 of each
united, both scaled to 0..1 over the union and averaged; a document ranks as its best chunk.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adapters.file_source import FileSource, FileSourceSettings
from adapters.onnx_embedder import OnnxEmbedder
from knowledge.models import Loaded
from knowledge.ports import Embedder
from knowledge.terms import query_terms, terms
from tests.evals.questions import EvalSet, Labelled

K1, B = 1.2, 0.75
_EACH = 50
_WORDS = 200
_BATCH = 256


class Prototype:
    """Chunks of one set, found by words and by vector."""

    def __init__(self, chunks: Sequence[tuple[str, str]], vectors: NDArray[np.float32]) -> None:
        """`chunks` are documents and texts."""
        self._documents = [document for document, _ in chunks]
        self._vectors = vectors
        counts = [Counter(terms(text)) for _, text in chunks]
        lengths = np.array([count.total() for count in counts], dtype=float)
        self._norms = K1 * (1 - B + B * lengths / max(lengths.mean(), 1.0))
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, count in enumerate(counts):
            for term, times in count.items():
                postings[term].append((number, times))
        self._postings = {term: np.array(found, dtype=np.int64) for term, found in postings.items()}

    def search(self, question: str, vector: NDArray[np.float32]) -> list[str]:
        """Documents, best first."""
        words = np.zeros(len(self._documents))
        for term in query_terms(question):
            if term in self._postings:
                at, times = self._postings[term].T
                idf = math.log(1 + (len(words) - len(at) + 0.5) / (len(at) + 0.5))
                words[at] += idf * times * (K1 + 1) / (times + self._norms[at])
        cosine = (self._vectors @ vector).astype(float)
        by_words = [i for i in np.argsort(-words, kind="stable")[:_EACH] if words[i] > 0]
        union = np.array(sorted({*by_words, *np.argsort(-cosine, kind="stable")[:_EACH]}))
        fused = 0.5 * _scaled(words[union]) + 0.5 * _scaled(cosine[union])
        order = union[np.argsort(-fused, kind="stable")]
        return list(dict.fromkeys(self._documents[i] for i in order))


async def prototype_rankings(
    given: EvalSet, *, cache: Path, overlap: int = 0, embedder: Embedder | None = None
) -> list[tuple[Labelled, list[str]]]:
    """The documents that the prototype finds for each answerable question of the set."""
    embedder = embedder or OnnxEmbedder()
    chunks = [
        (loaded.document.id, text)
        for loaded in await _documents(given)
        for text in _chunks(_plain(loaded), overlap=overlap)
    ]
    prototype = Prototype(chunks, await _embedded([text for _, text in chunks], embedder, cache=cache))
    asked = [labelled for labelled in given.questions if labelled.findable]
    vectors = await embedder.embed([labelled.text for labelled in asked])
    return [
        (labelled, prototype.search(labelled.text, vector)) for labelled, vector in zip(asked, vectors, strict=True)
    ]


async def _documents(given: EvalSet) -> list[Loaded]:
    """All documents of the set, in the folders that gold documents are named after."""
    folders = sorted(entry for entry in given.folder.iterdir() if entry.is_dir())
    loaded: list[Loaded] = []
    for folder in folders:
        source = FileSource(FileSourceSettings(name=folder.name, path=folder))
        found = (await source.scan()).found
        loaded += [each async for each in source.load(found) if isinstance(each, Loaded)]
    return sorted(loaded, key=lambda each: each.document.id)


def _plain(loaded: Loaded) -> list[str]:
    """The words of a document in order."""
    texts = (block.text or " ".join(cell for row in block.rows for cell in row) for block in loaded.blocks)
    return " ".join(texts).split()


def _chunks(words: Sequence[str], *, overlap: int) -> Iterator[str]:
    step = _WORDS - overlap
    for start in range(0, max(1, len(words) - overlap), step):
        if chunk := words[start : start + _WORDS]:
            yield " ".join(chunk)


async def _embedded(texts: Sequence[str], embedder: Embedder, *, cache: Path) -> NDArray[np.float32]:
    """Vectors of the texts; those made before come from the cache."""
    key = hashlib.sha256("\x1f".join([embedder.name, *texts]).encode()).hexdigest()[:24]
    file = cache / f"prototype-{key}.npy"
    if file.exists():
        return np.asarray(np.load(file), dtype=np.float32)
    parts = [await embedder.embed(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    vectors = np.concatenate(parts)
    cache.mkdir(parents=True, exist_ok=True)
    await asyncio.to_thread(np.save, file, vectors)
    return vectors


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros_like(values)
