"""What the benchmarks search and index: variations of the sample organisation, as many as asked for.

A variation keeps sentences, lists and tables as they are and replaces half of the words that carry meaning by others,
as frequent as words are (Zipf). Its vector is drawn around the vector of the original, so that 50,000 passages need no
50,000 embeddings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from adapters import onnx_embedder
from adapters.file_source import FileSource, FileSourceSettings
from adapters.onnx_embedder import OnnxEmbedder
from adapters.sqlite_index import SqliteIndex
from knowledge.models import MEMBERS, Document, FloatArray, IndexRow, Loaded, Passage
from knowledge.splitter import indexed_text, split
from knowledge.terms import terms
from tests.benchmarks.search import BATCH, PASSAGES_OF_A_DOCUMENT, STOP_WORDS, publication_of

SAMPLE = Path(__file__).parents[2] / "knowledge" / "sample"
MODEL = Path(onnx_embedder.__file__).parent / "model"
_WORD = re.compile(r"[A-Za-z]{3,}")
_FOLDERS = ("handbook", "manual")


@dataclass(frozen=True)
class Sample:
    """The sample's passages by document, their vectors by passage id, its questions, and English words.

    The words are those that the embedder's vocabulary has whole, most frequent first, stop words left out.
    """

    documents: Sequence[Sequence[Passage]]
    vectors: dict[str, FloatArray]
    questions: Sequence[str]
    words: Sequence[str]


async def read_sample() -> Sample:
    embedder = OnnxEmbedder()
    documents = []
    for folder in _FOLDERS:
        source = FileSource(FileSourceSettings(name=folder, path=SAMPLE / folder))
        async for loaded in source.load((await source.scan()).found):
            assert isinstance(loaded, Loaded), loaded
            documents.append(
                split(
                    loaded.document,
                    loaded.blocks,
                    count_tokens=embedder.count_tokens,
                    max_tokens=embedder.max_tokens,
                )
            )
    passages = [passage for document in documents for passage in document]
    vectors = await embedder.embed([indexed_text(passage) for passage in passages])
    lines = (SAMPLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return Sample(
        sorted(documents, key=lambda document: document[0].document.id),
        {passage.id: vector for passage, vector in zip(passages, vectors, strict=True)},
        [json.loads(line)["question"] for line in lines],
        _english(),
    )


def _english() -> list[str]:
    vocabulary = json.loads((MODEL / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if _WORD.fullmatch(word) and terms(word)]


class Variations:
    """Texts like the sample's, the same on every run. `share` is how many of the words are replaced."""

    def __init__(self, sample: Sample, *, seed: int) -> None:
        self.sample = sample
        self._words = sample.words
        self._rng = np.random.default_rng(seed)
        frequencies = 1 / (np.arange(len(self._words)) + STOP_WORDS)
        drawn = self._rng.choice(len(self._words), 1_000_000, p=frequencies / frequencies.sum())
        self._drawn: Iterator[int] = cycle(drawn.tolist())
        self._chances = cycle(self._rng.random(1_000_003).tolist())

    def text(self, original: str, *, share: float = 0.5) -> str:
        def other(match: re.Match[str]) -> str:
            word = match.group()
            if next(self._chances) >= share or not terms(word):
                return word
            drawn = self._words[next(self._drawn)]
            return drawn.capitalize() if word[0].isupper() else drawn

        return _WORD.sub(other, original)

    def vector(self, original: FloatArray) -> FloatArray:
        scattered = original + 0.8 * self._rng.standard_normal(len(original)) / np.sqrt(len(original))
        vector: FloatArray = (scattered / np.linalg.norm(scattered)).astype(np.float32)
        return vector

    def questions(self, count: int) -> list[str]:
        """All different, so that nothing an answer remembers of the one before helps."""
        found: dict[str, None] = {}
        for original in cycle(self.sample.questions):
            found[self.text(original, share=0.3)] = None
            if len(found) == count:
                return list(found)
        return []

    def rows(self, count: int) -> Iterator[IndexRow]:
        """Documents of ten passages; one document in ten is for the group `hr` only."""
        originals = cycle(self.sample.documents)
        for number in range(count):
            at, part = divmod(number, PASSAGES_OF_A_DOCUMENT)
            if part == 0:
                pieces = cycle(next(originals))
            original = next(pieces)
            if part == 0:
                document = self._document(original.document, at)
            passage = Passage(
                id=f"{number:024x}",
                document=document,
                heading_path=original.heading_path,
                text=self.text(original.text),
                start=part * 2000,
                end=part * 2000 + len(original.text),
                content_hash=f"{number:024x}",
            )
            yield IndexRow(
                passage,
                " ".join(terms(indexed_text(passage))),
                self.vector(self.sample.vectors[original.id]),
                f"{number:064x}",
            )

    def _document(self, original: Document, number: int) -> Document:
        return replace(
            original,
            id=f"corpus/{number}.md",
            source="corpus",
            uri=f"file:///srv/corpus/{number}.md",
            title=f"{self.text(original.title)} {number}",
            audience=frozenset({"hr" if number % 10 == 9 else MEMBERS}),
            updated=date(2020 + number % 7, 1 + number % 12, 1),
            effective=None,
            expires=None,
        )

    def markdown(self, sections: int) -> str:
        """A document of sections of some 150 tokens, each a passage."""
        texts = [passage.text for document in self.sample.documents for passage in document if len(passage.text) > 350]
        parts = []
        for _ in range(sections):
            text = self.text(texts[int(self._rng.integers(len(texts)))])
            body = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
            parts.append(f"## {self.text('Annual leave for employees')}\n\n{body}\n")
        return f"# {self.text('Company policy for the working hours of employees')}\n\n" + "\n".join(parts)


async def write_home(home: Path, count: int, *, variations: Variations) -> None:
    """A home with an index of `count` passages, published."""
    home.mkdir(parents=True)
    index = SqliteIndex(home / "knowledge.sqlite")
    rows = variations.rows(count)
    documents: dict[str, tuple[Document, list[str]]] = {}
    while batch := list(islice(rows, BATCH)):
        for row in batch:
            document = row.passage.document
            documents.setdefault(document.id, (document, []))[1].append(row.passage.id)
        await index.stage(batch)
    await index.publish(publication_of(list(documents.values())))
    await index.close()


def write_folder(folder: Path, *, documents: int, sections: int, variations: Variations) -> None:
    """Markdown files in folders of a hundred."""
    for number in range(documents):
        file = folder / f"part-{number // 100}" / f"document-{number}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(variations.markdown(sections), encoding="utf-8")
