"""What documents become on their way to an answer: blocks, passages, evidence.

file -> Document + Blocks -> Passages -> IndexRows -> Evidence
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["policy", "manual", "faq", "learned"]
# Named only for type checkers: numpy takes 0.1 s to import, and much that uses these values needs no vector.
FloatArray: TypeAlias = "NDArray[np.float32]"

MEMBERS = "members"
"""The audience of everyone in the organisation."""
PUBLIC = "public"
"""The audience of everyone, people from outside included."""


@dataclass(frozen=True, slots=True)
class Block:
    """One structural part of a document, in reading order.

    `text` is plain text without markup on one line (`code` keeps its line breaks). `level` is 1-6 for
    a heading and the nesting depth from 0 for an item. `page` is 1-based where the format has pages.
    A table has `rows` in place of `text`: the first row is the header, empty strings where it has none,
    and all rows have the same number of cells.
    """

    kind: Literal["heading", "paragraph", "item", "table", "code"]
    text: str = ""
    level: int = 0
    page: int | None = None
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document's description; its text travels as blocks.

    `id` is the source's name and the path below it (`handbook/leave/annual.md`); `uri` is what a person
    can open. `audience` names the groups that may read it. `content_hash` is the SHA-256 of the bytes.
    A document counts from `effective` up to and including `expires`.
    """

    id: str
    source: str
    uri: str
    title: str
    kind: Kind
    audience: frozenset[str]
    collection: str
    content_hash: str
    owner: str | None = None
    language: str | None = None
    updated: date | None = None
    effective: date | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """What an administrator's settings say of a document, whatever the document itself says."""

    kind: Kind
    audience: frozenset[str]
    collection: str
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A document that a source holds now, not read yet. `stamp` changes when the document may have."""

    id: str
    stamp: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know about a document that is not a failure."""

    document: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document could not be read, and what to do about it; with its `attributes` where a scan knows them."""

    document: str
    error: str
    attributes: Attributes | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """All that a source holds now, sorted by id."""

    found: Sequence[Found]
    notes: Sequence[Note] = ()
    failures: Sequence[Failure] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document with its content."""

    document: Document
    blocks: Sequence[Block]
    notes: Sequence[Note] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that can be found and quoted.

    `text` is Markdown in the reading order of the document: paragraphs, `- items`, fenced code and pipe
    tables, of which each passage repeats the header row. `start` and `end` are character offsets into the
    document's Markdown. `id` stays while document, headings and text stay; `content_hash` changes with
    anything that is searched or shown.
    """

    id: str
    document: Document
    heading_path: tuple[str, ...]
    text: str
    start: int
    end: int
    content_hash: str
    page: int | None = None

    @property
    def uri(self) -> str:
        return self.document.uri if self.page is None else f"{self.document.uri}#page={self.page}"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A passage as indexes store it.

    `terms` are the words to match, made by `knowledge.terms` and joined by blanks; an index takes them as
    they are. `vector` is float32 of unit length; `vector_key` names the text and embedder it was made from.
    """

    passage: Passage
    terms: str
    vector: FloatArray
    vector_key: str


def admits(document: Document, *, groups: frozenset[str], collections: frozenset[str] | None, today: date) -> bool:
    """Whether people of these groups may be shown a document that day; `collections` None are all of them."""
    return (
        not document.audience.isdisjoint(groups)
        and (collections is None or document.collection in collections)
        and (document.effective is None or document.effective <= today)
        and (document.expires is None or today <= document.expires)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What to search. Only passages that `groups` may read, of `collections` (all if None), that count on `today`.

    `terms` are distinct and may be empty; `limit` is how many the words and the vector each contribute.
    """

    terms: tuple[str, ...]
    vector: FloatArray
    groups: frozenset[str]
    today: date
    collections: frozenset[str] | None = None
    limit: int = 50

    def admits(self, document: Document) -> bool:
        return admits(document, groups=self.groups, collections=self.collections, today=self.today)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found, with raw scores: cosine in -1..1; BM25 at least 0 (k1 1.2, b 0.75), 0 without a shared term."""

    passage_id: str
    document_id: str
    cosine: float
    bm25: float


@dataclass(frozen=True, slots=True)
class Matches:
    """The best by words and the best by vector, united, in no promised order.

    `frequencies` says in how many passages each query term occurs, `passages` how many there are.
    """

    hits: Sequence[Hit]
    frequencies: Mapping[str, int]
    passages: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage with its raw scores and `score`, by which evidence is ordered (comparable in one result only)."""

    passage: Passage
    cosine: float
    bm25: float
    score: float


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as the catalogue knows it. `path` is absolute for files, an address for others.

    `configured`: it comes from the settings, and goes when they name it no more.
    """

    name: str
    path: str
    kind: Kind
    audience: frozenset[str]
    collection: str
    owner: str | None = None
    configured: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the last run knew of a document. With an `error`, its passages (if any) are those of the version before.

    `recipe` names how passages were made (readers, splitter, terms, embedder): another recipe, another reading.
    """

    id: str
    source: str
    stamp: str
    content_hash: str
    attributes: Attributes
    recipe: str
    title: str = ""
    passages: int = 0
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run over one source: when it was published, how long it took (seconds), what it did (documents)."""

    source: str
    finished: datetime
    seconds: float
    added: int
    changed: int
    deleted: int
    unchanged: int
    errors: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """A document that was added or changed: from now on it has exactly these passages, staged before."""

    record: DocumentRecord
    passage_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything that one indexing run changes, made visible at once or not at all.

    `recorded` documents keep their passages and change their record only; `deleted` are document ids. Of the sources
    named in `dropped` everything goes, records of runs included, before the rest is applied.
    """

    sources: Sequence[SourceRecord]
    replaced: Sequence[Replacement]
    recorded: Sequence[DocumentRecord]
    deleted: Sequence[str]
    runs: Sequence[RunRecord]
    dropped: Sequence[str] = ()


@dataclass(slots=True)
class Report:
    """What a run did, or would do; documents by id. `documents` and `passages` count all that is published."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    notes: list[Note] = field(default_factory=list)
    errors: list[Failure] = field(default_factory=list)
    documents: int = 0
    passages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    """What is published now. `generation` grows by one with each publication; 0 before the first."""

    generation: int
    documents: int
    passages: int


@dataclass(frozen=True, slots=True, eq=False)
class Retrieval:
    """What was found for a question: evidence, best first, and the question as it was searched.

    `weights` holds the idf of each of the question's terms, at least 0; a term nobody uses weighs most.
    """

    evidence: Sequence[Evidence]
    vector: FloatArray
    weights: Mapping[str, float]
