"""The vectors of all published passages in memory, at their places."""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from adapters.sqlite_index.rows import VECTOR
from knowledge.models import FloatArray

_BATCH = 512


class Matrix:
    """Row `place - 1` holds the vector at `place`.

    Vectors of another width than `width` come from another embedder. They cannot be compared and are left
    out until their documents are indexed again.
    """

    def __init__(self, *, width: int) -> None:
        self.width = width
        self._generation = 0
        self._size = 0
        self._vectors: FloatArray = np.zeros((0, width), dtype=np.float32)
        self._comparable: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    def refresh(self, connection: sqlite3.Connection, *, generation: int, size: int) -> None:
        """Follow to the generation and the number of places that `connection` sees; only new vectors are read."""
        if generation == self._generation:
            return
        self._resize(size)
        # The plus keeps SQLite from anything but one pass in the order of places.
        fresh = connection.execute(
            "SELECT place, vector FROM places JOIN vectors USING (row) WHERE +generation > ?", (self._generation,)
        )
        # In batches: one copy into the matrix for many vectors, and never a second matrix beside it.
        while rows := fresh.fetchmany(_BATCH):
            self._comparable[[place - 1 for place, _ in rows]] = False
            rows = [row for row in rows if len(row[1]) == self.width * np.dtype(VECTOR).itemsize]
            places = [place - 1 for place, _ in rows]
            self._vectors[places] = np.frombuffer(b"".join([vector for _, vector in rows]), VECTOR).reshape(
                len(rows), self.width
            )
            self._comparable[places] = True
        self._generation = generation

    def _resize(self, size: int) -> None:
        capacity = len(self._vectors)
        if size > capacity:
            # The first load fits exactly; later ones leave room, so that a growing index is rarely copied.
            grown = size if capacity == 0 else size + size // 8
            vectors, comparable = np.zeros((grown, self.width), np.float32), np.zeros(grown, np.bool_)
            vectors[:capacity], comparable[:capacity] = self._vectors, self._comparable
            self._vectors, self._comparable = vectors, comparable
        self._size = size

    def cosines(self, vector: FloatArray) -> FloatArray:
        """The cosine at each place; 0 where there is no vector to compare."""
        # einsum, because it stays on this thread: on two busy cores BLAS's own threads made 3 ms 8 (they wait
        # for each other), and it computes as exactly.
        cosines: FloatArray = np.einsum("ij,j->i", self._vectors[: self._size], vector)
        cosines[~self._comparable[: self._size]] = 0.0
        return np.clip(cosines, -1.0, 1.0, out=cosines)

    def comparable(self) -> NDArray[np.bool_]:
        return self._comparable[: self._size]
