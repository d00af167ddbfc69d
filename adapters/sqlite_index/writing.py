"""Staging and publishing. Every function runs inside a transaction of the caller."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from adapters.sqlite_index.catalogue import drop_sources, record_documents, record_runs, record_sources
from adapters.sqlite_index.rows import encode_document, encode_list, encode_scope, encode_terms, encode_vector, tokens
from knowledge.errors import IndexUnavailable
from knowledge.models import IndexRow, Publication


def stage(connection: sqlite3.Connection, rows: Sequence[IndexRow]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO staged_documents VALUES (?, ?, ?)",
        [
            (document.id, encode_document(document), encode_scope(document))
            for document in {row.passage.document.id: row.passage.document for row in rows}.values()
        ],
    )
    for row in rows:
        passage = row.passage
        _discard(connection, "SELECT row FROM staged WHERE id = ?", passage.id)
        terms = encode_terms(row.terms)
        number = connection.execute(
            "INSERT INTO passages (length, terms, heading_path, start, stop, page, content_hash, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                len(tokens(terms)), terms, encode_list(passage.heading_path), passage.start, passage.end, passage.page,
                passage.content_hash, passage.text,
            ),
        ).lastrowid  # fmt: skip
        vector = encode_vector(row.vector)
        connection.execute("INSERT INTO vectors VALUES (?, ?, ?)", (number, row.vector_key, vector))
        connection.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", (passage.id, number, passage.document.id))


def publish(connection: sqlite3.Connection, publication: Publication) -> None:
    """Raises IndexUnavailable if a passage was not staged."""
    connection.execute("UPDATE state SET generation = generation + 1")
    _list_documents(connection, publication)
    _remove_passages(connection)
    connection.executemany("DELETE FROM documents WHERE id = ?", [(name,) for name in publication.deleted])
    drop_sources(connection, publication.dropped)
    record_documents(connection, [*(each.record for each in publication.replaced), *publication.recorded])
    _describe(connection, publication)
    _place(connection, publication)
    record_sources(connection, publication.sources)
    record_runs(connection, publication.runs)
    _discard(connection, "SELECT row FROM staged")
    connection.execute("DELETE FROM staged")
    connection.execute("DELETE FROM staged_documents")
    connection.execute("DELETE FROM scopes WHERE number NOT IN (SELECT scope FROM documents WHERE scope IS NOT NULL)")


def _discard(connection: sqlite3.Connection, rows: str, *parameters: str) -> None:
    """Forget text and vectors of the rows that a constant SELECT names."""
    for table in ("passages", "vectors"):
        connection.execute(f"DELETE FROM {table} WHERE row IN ({rows})", parameters)


def _list_documents(connection: sqlite3.Connection, publication: Publication) -> None:
    """Fill `touched` with the documents whose passages go."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS touched (id TEXT PRIMARY KEY)")
    connection.execute("DELETE FROM touched")
    touched = [*(each.record.id for each in publication.replaced), *publication.deleted]
    connection.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(name,) for name in touched])
    connection.executemany(
        "INSERT OR IGNORE INTO touched SELECT id FROM documents WHERE source = ?",
        [(name,) for name in publication.dropped],
    )


def _remove_passages(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone (place INTEGER PRIMARY KEY, row INTEGER)")
    connection.execute("DELETE FROM gone")
    connection.execute(
        "INSERT INTO gone SELECT place, row FROM places"
        " WHERE document IN (SELECT number FROM documents WHERE id IN (SELECT id FROM touched))"
    )
    # In the order of places, here and in _place(): FTS5 writes its buffer out whenever numbers do not grow.
    connection.execute(
        "INSERT INTO words (words, rowid, terms)"
        " SELECT 'delete', place, terms FROM gone JOIN passages USING (row) ORDER BY place"
    )
    connection.execute(
        "UPDATE state SET passages = passages - (SELECT count(*) FROM gone),"
        " tokens = tokens - (SELECT ifnull(sum(length), 0) FROM gone JOIN passages USING (row))"
    )
    _discard(connection, "SELECT row FROM gone")
    connection.execute("DELETE FROM places WHERE place IN (SELECT place FROM gone)")


def _describe(connection: sqlite3.Connection, publication: Publication) -> None:
    """Give replaced documents the descriptions that were staged with their passages."""
    connection.execute("INSERT OR IGNORE INTO scopes (scope) SELECT scope FROM staged_documents")
    connection.executemany(
        "UPDATE documents SET (description, scope) = ("
        " SELECT staged_documents.description, scopes.number FROM staged_documents JOIN scopes USING (scope)"
        " WHERE staged_documents.id = documents.id) WHERE id = ?",
        [(each.record.id,) for each in publication.replaced],
    )


def _place(connection: sqlite3.Connection, publication: Publication) -> None:
    places = _free_places(connection)
    for each in publication.replaced:
        for passage in dict.fromkeys(each.passage_ids):
            placed = connection.execute(
                "INSERT INTO places SELECT ?, staged.id, staged.row, documents.number, documents.scope, generation"
                " FROM state, staged JOIN documents ON documents.id = staged.document"
                " WHERE staged.id = ? AND staged.document = ?",
                (next(places), passage, each.record.id),
            )
            if placed.rowcount != 1:
                raise IndexUnavailable(
                    f"Nothing was published: a passage of {each.record.id} was not staged. Run `deskhand index` again."
                )
            connection.execute("DELETE FROM staged WHERE id = ?", (passage,))
    fresh = "FROM places JOIN passages USING (row) WHERE generation = (SELECT generation FROM state)"
    connection.execute(f"INSERT INTO words (rowid, terms) SELECT place, terms {fresh} ORDER BY place")
    connection.execute(
        f"UPDATE state SET (passages, tokens) = (SELECT passages + count(*), tokens + ifnull(sum(length), 0) {fresh})"
    )


def _free_places(connection: sqlite3.Connection) -> Iterator[int]:
    """Numbers from 1 that no passage has: with gaps filled, they never grow beyond the most passages there were."""
    place = 0
    for (taken,) in connection.execute("SELECT place FROM places ORDER BY place").fetchall():
        yield from range(place + 1, taken)
        place = taken
    while True:
        place += 1
        yield place
