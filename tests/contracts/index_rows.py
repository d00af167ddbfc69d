"""Short ways to say what is in an index, and the formulas that every index has to agree with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Protocol

import numpy as np

from knowledge.models import (
    MEMBERS,
    Attributes,
    Document,
    DocumentRecord,
    FloatArray,
    Hit,
    IndexRow,
    Passage,
    Publication,
    Query,
    Replacement,
    RunRecord,
    SourceRecord,
)
from knowledge.ports import Catalogue, PassageIndex

TODAY = date(2026, 3, 10)
EVERYONE = frozenset({MEMBERS})
HR_ONLY = frozenset({"hr"})
CLOSE = 1e-6
"""How far scores may be from the formulas."""


class IndexAndCatalogue(PassageIndex, Catalogue, Protocol):
    """An object that is both."""


def document(
    name: str = "handbook/leave.md",
    *,
    audience: frozenset[str] = EVERYONE,
    collection: str = "handbook",
    effective: date | None = None,
    expires: date | None = None,
    title: str = "Leave",
) -> Document:
    return Document(
        id=name,
        source=name.split("/", maxsplit=1)[0],
        uri=f"file:///srv/{name}",
        title=title,
        kind="policy",
        audience=audience,
        collection=collection,
        content_hash="0f" * 32,
        effective=effective,
        expires=expires,
    )


def unit(*values: float) -> FloatArray:
    vector = np.array(values, np.float32)
    return vector / (np.linalg.norm(vector) or np.float32(1))


def row(
    name: str,
    terms: str = "",
    vector: FloatArray | None = None,
    *,
    of: Document | None = None,
    text: str = "Some text.",
    key: str | None = None,
) -> IndexRow:
    return IndexRow(
        passage=Passage(
            id=name,
            document=of or document(),
            heading_path=("Leave", "Sick leave"),
            text=text,
            start=3,
            end=3 + len(text),
            content_hash=f"hash of {text}",
        ),
        terms=terms,
        vector=unit(1, 0, 0) if vector is None else vector,
        vector_key=key or f"key of {name}",
    )


def record(of: Document, *, passages: int = 0, error: str | None = None, stamp: str = "1") -> DocumentRecord:
    return DocumentRecord(
        id=of.id,
        source=of.source,
        stamp=stamp,
        content_hash=of.content_hash,
        attributes=Attributes(of.kind, of.audience, of.collection, of.owner),
        recipe="splitter 1",
        title=of.title,
        passages=passages,
        error=error,
    )


def replacement(of: Document, *names: str) -> Replacement:
    return Replacement(record(of, passages=len(names)), names)


def publication(
    *replaced: Replacement,
    recorded: Sequence[DocumentRecord] = (),
    deleted: Sequence[str] = (),
    sources: Sequence[SourceRecord] = (),
    runs: Sequence[RunRecord] = (),
    dropped: Sequence[str] = (),
) -> Publication:
    return Publication(
        sources=sources, replaced=replaced, recorded=recorded, deleted=deleted, runs=runs, dropped=dropped
    )


def all_of(rows: Iterable[IndexRow]) -> Publication:
    """The publication that replaces every document of `rows` by its rows."""
    documents = {each.passage.document.id: each.passage.document for each in rows}
    return publication(
        *(
            replacement(of, *(each.passage.id for each in rows if each.passage.document.id == of.id))
            for of in documents.values()
        )
    )


def fillers(count: int) -> list[IndexRow]:
    """Passages about something else, so that words are as rare as in life."""
    return [
        row(f"filler{n}", f"filler{n} words", unit(-1, n, 2), of=document("handbook/fillers.md")) for n in range(count)
    ]


async def fill(index: PassageIndex, *rows: IndexRow) -> None:
    await index.stage(rows)
    await index.publish(all_of(rows))


def query(
    *terms: str,
    vector: FloatArray | None = None,
    groups: frozenset[str] = EVERYONE,
    today: date = TODAY,
    collections: frozenset[str] | None = None,
    limit: int = 50,
) -> Query:
    return Query(
        terms=terms,
        vector=unit(1, 0, 0) if vector is None else vector,
        groups=groups,
        today=today,
        collections=collections,
        limit=limit,
    )


async def hits(index: PassageIndex, asked: Query) -> dict[str, Hit]:
    found = (await index.search(asked)).hits
    by_id = {hit.passage_id: hit for hit in found}
    assert len(by_id) == len(found), "a passage was found twice"
    return by_id


def bm25(terms: str, *, asked: Sequence[str], corpus: Sequence[str]) -> float:
    """BM25 of one passage, straight from https://www.sqlite.org/fts5.html#the_bm25_function (there negated)."""
    words, k1, b = terms.split(" ") if terms else [], 1.2, 0.75
    lengths = [len(each.split(" ")) if each else 0 for each in corpus]
    average = sum(lengths) / len(lengths)
    total = 0.0
    for term in asked:
        containing = sum(term in each.split(" ") for each in corpus)
        idf = max(math.log((len(corpus) - containing + 0.5) / (containing + 0.5)), 1e-6)
        frequency = words.count(term)
        if frequency:
            total += idf * frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * len(words) / average))
    return total


def run_record(source: str = "handbook", *, minute: int = 0, added: int = 1) -> RunRecord:
    return RunRecord(
        source=source,
        finished=datetime(2026, 3, 10, 9, minute, tzinfo=UTC),
        seconds=1.5,
        added=added,
        changed=2,
        deleted=3,
        unchanged=4,
        errors=5,
    )


def source_record(name: str = "handbook", *, path: str = "/srv/handbook") -> SourceRecord:
    return SourceRecord(name=name, path=path, kind="manual", audience=EVERYONE, collection="handbook", owner="HR")
