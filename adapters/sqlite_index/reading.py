"""Reading: every search sees one generation, in SQLite and in memory."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from adapters.sqlite_index.matrix import Matrix
from adapters.sqlite_index.rows import VECTOR, Row, Scope, decode_document, decode_list, decode_scope, encode_terms
from knowledge.models import Document, FloatArray, Hit, Matches, Passage, Query

K1: Final = 1.2
B: Final = 0.75
_MOST_PARAMETERS: Final = 500
_MOST_CACHED: Final = 64
_MOST_PLACES: Final = 10_000_000
_MOST_TERMS_CACHED: Final = 20_000


class _Allowed(NamedTuple):
    """The places that a query may see, for numpy and, one byte a place, for SQL."""

    mask: NDArray[np.bool_]
    stored: bytes
    everything: bool


class Reader:
    """What one connection reads, with what it remembers of the generation that it saw last.

    All methods want a read transaction, which makes what they read one state.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._generation = 0
        self._passages = 0
        self._tokens = 0
        self._matrix: Matrix | None = None
        self._scopes: dict[int, Scope] = {}
        self._scope_at: NDArray[np.int64] = np.zeros(0, np.int64)
        self._allowed: dict[tuple[frozenset[str], frozenset[str] | None, date], _Allowed] = {}
        self._frequencies: dict[str, int] = {}
        self._documents: dict[int, Document] = {}

    def search(self, query: Query) -> Matches:
        self._refresh()
        terms = {term: encode_terms(term) for term in query.terms}
        frequencies = {term: self._frequency(encoded) for term, encoded in terms.items()}
        encoded = {terms[term]: count for term, count in frequencies.items() if count}
        allowed = self._allowed_places(query)
        scores = self._by_words(list(encoded), allowed, limit=query.limit)
        nearest, cosines = self._by_vector(query, allowed)
        self._add_scores(scores, [place for place in nearest if place not in scores], encoded)
        rows = self._rows(
            "SELECT place, places.id, documents.id FROM places JOIN documents ON documents.number = places.document"
            " WHERE place IN",
            list(scores),
        )
        hits = [
            Hit(passage, document, float(cosines[place - 1]) if cosines is not None else 0.0, scores[place])
            for place, passage, document in rows
        ]
        return Matches(hits, frequencies, self._passages)

    def passages(self, ids: Sequence[str]) -> list[Passage]:
        self._refresh()
        found = {
            row[0]: row
            for row in self._rows(
                "SELECT id, document, heading_path, text, start, stop, content_hash, page"
                " FROM places JOIN passages USING (row) WHERE id IN",
                ids,
            )
        }
        return [self._passage(found[each]) for each in ids if each in found]

    def document(self, id: str) -> list[Passage]:
        self._refresh()
        rows = self._connection.execute(
            "SELECT places.id, places.document, heading_path, text, start, stop, passages.content_hash, page"
            " FROM places JOIN passages USING (row) JOIN documents ON documents.number = places.document"
            " WHERE documents.id = ? ORDER BY start, place",
            (id,),
        )
        return [self._passage(row) for row in rows]

    def vectors(self, keys: Collection[str]) -> Mapping[str, FloatArray]:
        rows = self._rows("SELECT key, vector FROM vectors WHERE key IN", list(keys))
        return {key: np.frombuffer(vector, VECTOR) for key, vector in rows}

    def _refresh(self) -> None:
        row = self._connection.execute("SELECT generation, passages, tokens FROM state").fetchone()
        generation, self._passages, self._tokens = row
        if generation == self._generation:
            return
        if generation < self._generation:  # another copy of the file was put here
            self._matrix = None
        self._allowed.clear()
        self._frequencies.clear()
        self._documents.clear()
        scopes = self._connection.execute("SELECT number, scope FROM scopes")
        self._scopes = {number: decode_scope(scope) for number, scope in scopes}
        places = self._connection.execute("SELECT place, scope FROM places").fetchall()
        at = np.array(places, np.int64).reshape(-1, 2)
        if at[:, 0].max(initial=0) > _MOST_PLACES:
            raise ValueError("a place beyond any real one")
        self._scope_at = np.zeros(at[:, 0].max(initial=0), np.int64)
        self._scope_at[at[:, 0] - 1] = at[:, 1]
        self._generation = generation

    def _allowed_places(self, query: Query) -> _Allowed:
        key = (query.groups, query.collections, query.today)
        if key not in self._allowed:
            if len(self._allowed) >= _MOST_CACHED:
                self._allowed.clear()
            scopes = np.zeros(max(self._scopes, default=0) + 1, np.bool_)  # scope 0 is an empty place
            for number, scope in self._scopes.items():
                scopes[number] = scope.allows(groups=query.groups, collections=query.collections, today=query.today)
            mask = scopes[self._scope_at]
            self._allowed[key] = _Allowed(mask, mask.tobytes(), everything=bool(mask.all()))
        return self._allowed[key]

    def _frequency(self, encoded: str) -> int:
        """In how many passages a word occurs."""
        if encoded not in self._frequencies:
            if len(self._frequencies) >= _MOST_TERMS_CACHED:
                self._frequencies.clear()
            row = self._connection.execute("SELECT doc FROM vocabulary WHERE term = ?", (encoded,)).fetchone()
            self._frequencies[encoded] = 0 if row is None else row[0]
        return self._frequencies[encoded]

    def _by_words(self, encoded: list[str], allowed: _Allowed, *, limit: int) -> dict[int, float]:
        """The best places by BM25, with it."""
        if not encoded or limit < 1:
            return {}
        # Filtering by a byte of a blob costs 0.1 us a match, a join 0.4, and reading on in the order of rank until
        # enough are allowed up to 20 ms. "ORDER BY rank" would sort all matches, filtered or not.
        allowing = "" if allowed.everything else "AND substr(:allowed, rowid, 1) = x'01'"
        rows = self._connection.execute(
            f"SELECT rowid, -bm25(words) FROM words WHERE words MATCH :match {allowing}"
            " ORDER BY bm25(words), rowid LIMIT :limit",
            {"match": " OR ".join(f'"{term}"' for term in encoded), "allowed": allowed.stored, "limit": limit},
        )
        return dict(rows.fetchall())

    def _by_vector(self, query: Query, allowed: _Allowed) -> tuple[list[int], FloatArray | None]:
        """The best places by cosine, and the cosine at every place, None if there is nothing to compare."""
        vector = np.asarray(query.vector, np.float32)
        if vector.size == 0 or not self._passages:
            return [], None
        if self._matrix is None or self._matrix.width != vector.size:
            self._matrix = Matrix(width=vector.size)
        self._matrix.refresh(self._connection, generation=self._generation, size=len(self._scope_at))
        cosines = self._matrix.cosines(vector)
        candidates = np.flatnonzero(allowed.mask & self._matrix.comparable())
        if len(candidates) > query.limit:
            best = np.argpartition(-cosines[candidates], max(query.limit - 1, 0))[: max(query.limit, 0)]
            candidates = candidates[best]
        return [int(index) + 1 for index in candidates], cosines

    def _add_scores(self, scores: dict[int, float], places: list[int], frequencies: Mapping[str, int]) -> None:
        """Add the BM25 of `places`: the formula of FTS5, which would read whole posting lists for it."""
        if not frequencies:
            scores.update(dict.fromkeys(places, 0.0))
            return
        weights = {
            word: max(math.log((self._passages - count + 0.5) / (count + 0.5)), 1e-6)
            for word, count in frequencies.items()
        }
        average = self._tokens / self._passages
        rows = self._rows("SELECT place, length, terms FROM places JOIN passages USING (row) WHERE place IN", places)
        for place, length, terms in rows:
            # Most of these passages have few of the words or none: `in` tells sooner than splitting.
            words = terms.split(" ") if any(word in terms for word in weights) else []
            counts = {word: words.count(word) for word in weights if word in terms}
            damping = K1 * (1 - B + B * length / average)
            scores[place] = math.fsum(
                weights[word] * count * (K1 + 1) / (count + damping) for word, count in counts.items()
            )

    def _passage(self, row: Row) -> Passage:
        name, document, heading_path, text, start, stop, content_hash, page = row
        return Passage(
            id=name,
            document=self._document(document),
            heading_path=decode_list(heading_path),
            text=text,
            start=start,
            end=stop,
            content_hash=content_hash,
            page=page,
        )

    def _document(self, number: int) -> Document:
        if number not in self._documents:
            row = self._connection.execute("SELECT description FROM documents WHERE number = ?", (number,)).fetchone()
            self._documents[number] = decode_document(row[0])
        return self._documents[number]

    def _rows(self, select: str, values: Sequence[object]) -> Iterator[Row]:
        """The rows of a constant SELECT that ends in IN, for any number of values."""
        for start in range(0, len(values), _MOST_PARAMETERS):
            batch = values[start : start + _MOST_PARAMETERS]
            yield from self._connection.execute(f"{select} ({', '.join('?' * len(batch))})", batch)
