"""How fast the default index searches, loads and publishes, and what memory it takes.

    python tests/benchmarks/search.py [--sizes 1000 10000 50000]

Makes a corpus of each size, indexes it, and measures in a fresh process. `make_rows` and `make_questions` are for
other benchmarks to use.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from adapters.sqlite_index import SqliteIndex
from knowledge.models import (
    MEMBERS,
    PUBLIC,
    Attributes,
    Document,
    DocumentRecord,
    FloatArray,
    IndexRow,
    Passage,
    Publication,
    Query,
    Replacement,
)

TODAY = date(2026, 3, 10)
BATCH = 500
STOP_WORDS = 100
TOPICS = 200
WORDS_OF_A_TOPIC = 400
PASSAGES_OF_A_DOCUMENT = 10
AUDIENCES = (frozenset({MEMBERS}), frozenset({"hr"}), frozenset({PUBLIC}))
READERS = {
    "everything": frozenset({MEMBERS, "hr", PUBLIC}),
    "70 %": frozenset({MEMBERS}),
    "10 %": frozenset({PUBLIC}),
}


@dataclass(frozen=True)
class Language:
    """Words that are as frequent as words are (Zipf), and topics that each have favourites.

    The most frequent `STOP_WORDS` are in texts and not in terms.
    """

    words: Sequence[str]
    frequencies: NDArray[np.float64]
    topics: NDArray[np.int64]
    centres: FloatArray
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def text(self, topic: int) -> NDArray[np.int64]:
        """120 to 230 words by number, about a fifth of them of the topic."""
        length = int(self.rng.integers(120, 230))
        drawn = self.rng.choice(len(self.words), length, p=self.frequencies)
        favourites = (self.rng.pareto(1.0, length // 5) * 4).astype(np.int64) % WORDS_OF_A_TOPIC
        drawn[self.rng.permutation(length)[: length // 5]] = self.topics[topic][favourites]
        return drawn

    def vector(self, near: FloatArray, *, noise: float) -> FloatArray:
        scattered = near + noise * self.rng.standard_normal(near.shape[0]) / np.sqrt(near.shape[0])
        vector: FloatArray = (scattered / np.linalg.norm(scattered)).astype(np.float32)
        return vector


def make_language(*, size: int = 30_000, centres: FloatArray | None = None, dimensions: int = 384) -> Language:
    """`centres` are unit vectors, one a topic, for vectors as a real embedder scatters them; random unless given."""
    rng = np.random.default_rng(0)
    syllables = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "ai", "en", "or")]
    words: dict[str, None] = {}
    while len(words) < size:
        words["".join(rng.choice(syllables, int(rng.integers(1, 5))))] = None
    frequencies = 1 / (np.arange(size) + 2.7)
    topics = rng.integers(STOP_WORDS, size, (TOPICS, WORDS_OF_A_TOPIC))
    if centres is None:
        centres = rng.standard_normal((TOPICS, dimensions)).astype(np.float32)
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return Language(list(words), frequencies / frequencies.sum(), topics, centres)


def make_rows(count: int, *, language: Language) -> Iterator[IndexRow]:
    """Passages in documents of ten, about one topic each; of ten documents, seven are for members and one is public."""
    for number in range(count):
        at, part = divmod(number, PASSAGES_OF_A_DOCUMENT)
        topic = at % len(language.topics)
        if part == 0:
            title = language.topics[topic][language.rng.integers(0, 20, 3)]
            document = _document(at, title=" ".join(language.words[word] for word in title))
        drawn = language.text(topic)
        terms = [*title, *title, *drawn[drawn >= STOP_WORDS]]
        text = " ".join(language.words[word] for word in drawn)
        yield IndexRow(
            passage=Passage(
                id=f"{number:032x}",
                document=document,
                heading_path=(document.title, f"Part {part}"),
                text=text,
                start=part * 2000,
                end=part * 2000 + len(text),
                content_hash=f"{number:064x}",
            ),
            terms=" ".join(language.words[word] for word in terms),
            vector=language.vector(language.centres[topic], noise=1.0),
            vector_key=f"{number:064x}",
        )


def _document(number: int, *, title: str) -> Document:
    kind = number % 10
    return Document(
        id=f"handbook/part-{number % 37}/document-{number}.md",
        source="handbook",
        uri=f"file:///srv/handbook/part-{number % 37}/document-{number}.md",
        title=title,
        kind="policy",
        audience=AUDIENCES[0 if kind < 7 else 1 if kind < 9 else 2],
        collection="handbook",
        content_hash=f"{number:064x}",
        language="en",
        updated=TODAY,
        expires=date(2027, 1 + number % 12, 1) if number % 3 == 0 else None,
    )


def make_questions(count: int, *, language: Language, terms: int = 8) -> list[tuple[list[str], FloatArray]]:
    """Words as they occur in passages, common ones included, and a vector near those of a topic."""
    questions = []
    for _ in range(count):
        topic = int(language.rng.integers(len(language.topics)))
        drawn = language.text(topic)
        asked = dict.fromkeys(language.words[word] for word in drawn[drawn >= STOP_WORDS])
        vector = language.vector(language.centres[topic], noise=0.8)
        questions.append((list(islice(asked, terms)), vector))
    return questions


def publication_of(documents: Sequence[tuple[Document, Sequence[str]]]) -> Publication:
    return Publication(
        sources=(),
        replaced=[
            Replacement(
                DocumentRecord(
                    id=document.id,
                    source=document.source,
                    stamp="1",
                    content_hash=document.content_hash,
                    attributes=Attributes(document.kind, document.audience, document.collection),
                    recipe="benchmark",
                    title=document.title,
                    passages=len(passages),
                ),
                tuple(passages),
            )
            for document, passages in documents
        ],
        recorded=(),
        deleted=(),
        runs=(),
    )


async def build(path: Path, *, count: int, language: Language) -> dict[str, float]:
    """Index `count` passages at `path`; gives seconds of staging and of publishing."""
    index = SqliteIndex(path)
    rows = make_rows(count, language=language)
    documents: dict[str, tuple[Document, list[str]]] = {}
    staging = 0.0
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            document = row.passage.document
            documents.setdefault(document.id, (document, []))[1].append(row.passage.id)
        began = time.perf_counter()
        await index.stage(batch)
        staging += time.perf_counter() - began
    began = time.perf_counter()
    await index.publish(publication_of(list(documents.values())))
    published = time.perf_counter() - began
    await index.close()
    return {"stage_s": staging, "publish_s": published}


async def measure(path: Path, questions: Sequence[tuple[list[str], FloatArray]]) -> dict[str, float]:
    """Milliseconds and MiB of an index at `path`, which this process has not opened before."""
    resident = psutil.Process().memory_info
    before = resident().rss
    index = SqliteIndex(path)
    result = {"open_ms": await _once(index.totals)}
    result["first_search_ms"] = await _once(lambda: index.search(_query(*questions[0], readers="70 %")))
    result["memory_after_first_mib"] = (resident().rss - before) / 2**20
    for readers in READERS:
        queries = [_query(*question, readers=readers) for question in questions]
        times = [await _once(lambda query=query: index.search(query)) for query in queries]  # type: ignore[misc]
        result |= {f"search_{readers}_p50_ms": _at(times, 50), f"search_{readers}_p95_ms": _at(times, 95)}
    ids = [
        [hit.passage_id for hit in (await index.search(_query(*question, readers="70 %"))).hits][:50]
        for question in questions
    ]
    times = [await _once(lambda some=some: index.passages(some)) for some in ids]  # type: ignore[misc]
    result |= {"passages_50_p50_ms": _at(times, 50), "passages_50_p95_ms": _at(times, 95)}
    result["memory_mib"] = (resident().rss - before) / 2**20
    result["resident_mib"] = resident().rss / 2**20
    await index.close()
    return result


def _query(terms: list[str], vector: FloatArray, *, readers: str) -> Query:
    return Query(terms=tuple(terms), vector=vector, groups=READERS[readers], today=TODAY)


async def _once(call: Callable[[], Coroutine[Any, Any, object]]) -> float:
    began = time.perf_counter()
    await call()
    return (time.perf_counter() - began) * 1000


def _at(times: Sequence[float], percentile: int) -> float:
    return float(np.percentile(times, percentile))


def _in_a_fresh_process(folder: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, "--measure", str(folder)], check=True, stdout=subprocess.PIPE)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        terms = json.loads((options.measure / "terms.json").read_text())
        questions = list(zip(terms, np.load(options.measure / "vectors.npy"), strict=True))
        print(json.dumps(asyncio.run(measure(options.measure / "index.sqlite", questions))))
        return
    for size in options.sizes:
        language = make_language()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            result = asyncio.run(build(folder / "index.sqlite", count=size, language=language))
            result["file_mib"] = (folder / "index.sqlite").stat().st_size / 2**20
            questions = make_questions(options.questions, language=language)
            (folder / "terms.json").write_text(json.dumps([terms for terms, _ in questions]))
            np.save(folder / "vectors.npy", np.array([vector for _, vector in questions]))
            result |= _in_a_fresh_process(folder)
        print(f"{size:,} passages")
        for key, value in result.items():
            print(f"  {key:28} {value:10.2f}")


if __name__ == "__main__":
    main()
