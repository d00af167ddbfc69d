"""What `knowledge` needs from outside."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from knowledge.models import (
    DocumentRecord,
    Failure,
    FloatArray,
    Found,
    IndexRow,
    Loaded,
    Matches,
    Passage,
    Publication,
    Query,
    RunRecord,
    Scan,
    SourceRecord,
    Totals,
)


class DocumentSource(Protocol):
    """One place that documents come from."""

    @property
    def record(self) -> SourceRecord: ...

    @property
    def recipe(self) -> str:
        """Changes whenever the same bytes would be read differently."""
        ...

    async def scan(self) -> Scan:
        """List the documents without reading them. Raises SourceUnavailable."""
        ...

    async def digest(self, found: Found) -> str:
        """The content hash of a document, cheaper than loading it; empty if it cannot be read."""
        ...

    def load(self, found: Sequence[Found]) -> AsyncGenerator[Loaded | Failure]:
        """Read documents, in any order, one result for each. A bad one becomes a Failure and stops nothing."""
        ...


class Embedder(Protocol):
    """Turns texts into vectors. The same text gives the same vector, whatever is embedded beside it."""

    @property
    def name(self) -> str:
        """Changes whenever vectors would."""
        ...

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text count; what is longer is cut."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, whatever its length."""
        ...

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of unit length, float32, one row a text. Raises EmbedderUnavailable."""
        ...

    def rough_cosines(self, texts: Sequence[str], vector: FloatArray) -> FloatArray:
        """Guessed cosines of texts with a vector, far quicker than `embed`: to choose which texts deserve it."""
        ...


class PassageIndex(Protocol):
    """Passages, found by words and by vector. All methods raise IndexUnavailable.

    An object that is both the index and the `Catalogue` publishes both in one transaction.
    """

    async def search(self, query: Query) -> Matches:
        """The best `query.limit` by BM25 and by cosine among the passages that the query may see."""
        ...

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        """Published passages in the order of `ids`; unknown ids are left out."""
        ...

    async def document(self, id: str) -> list[Passage]:
        """The published passages of a document, in its order; empty if there is none."""
        ...

    async def vectors(self, keys: Collection[str]) -> Mapping[str, FloatArray]:
        """Vectors already made under these `vector_key`s, published or staged."""
        ...

    async def stage(self, rows: Sequence[IndexRow]) -> None:
        """Keep rows durably, unseen by searches, until a publication names them. Staging again replaces."""
        ...

    async def publish(self, publication: Publication) -> None:
        """Make a run visible, all or nothing: searches see the state before or after. Drops what else is staged."""
        ...

    async def fault(self) -> str:
        """What is wrong with what is stored, found by looking through all of it; empty if nothing is."""
        ...

    async def close(self) -> None: ...


class Catalogue(Protocol):
    """What is indexed: sources, documents with their hashes and errors, runs, the published generation."""

    def run(self) -> AbstractAsyncContextManager[None]:
        """Held while indexing; a second holder, in any process, gets RunInProgress. Ends with its process."""
        ...

    async def sources(self) -> list[SourceRecord]: ...

    async def documents(self, source: str) -> list[DocumentRecord]: ...

    async def last_runs(self) -> Mapping[str, RunRecord]:
        """The latest run of each source."""
        ...

    async def totals(self) -> Totals: ...

    async def publish(self, publication: Publication) -> None: ...
