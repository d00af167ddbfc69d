"""Sources, documents and runs: what is indexed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from adapters.sqlite_index.rows import document_row, run_row, source_row, to_record, to_run, to_source
from knowledge.models import DocumentRecord, RunRecord, SourceRecord, Totals


def sources(connection: sqlite3.Connection) -> list[SourceRecord]:
    rows = connection.execute(
        "SELECT name, path, kind, audience, collection, owner, configured FROM sources ORDER BY name"
    )
    return [to_source(row) for row in rows]


def documents(connection: sqlite3.Connection, source: str) -> list[DocumentRecord]:
    rows = connection.execute(
        "SELECT id, source, stamp, content_hash, attributes, recipe, title, passages, error, notes"
        " FROM documents WHERE source = ? ORDER BY id",
        (source,),
    )
    return [to_record(row) for row in rows]


def last_runs(connection: sqlite3.Connection) -> Mapping[str, RunRecord]:
    rows = connection.execute(
        "SELECT source, finished, seconds, added, changed, deleted, unchanged, errors FROM runs ORDER BY source"
    )
    return {run.source: run for run in map(to_run, rows)}


def totals(connection: sqlite3.Connection) -> Totals:
    generation, passages = connection.execute("SELECT generation, passages FROM state").fetchone()
    (count,) = connection.execute("SELECT count(*) FROM documents WHERE error IS NULL OR passages > 0").fetchone()
    return Totals(generation=generation, documents=count, passages=passages)


def fault(connection: sqlite3.Connection) -> str:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if found == "ok" else str(found)


def drop_sources(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """With their documents; passages must be gone."""
    for table, column in (("documents", "source"), ("runs", "source"), ("sources", "name")):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(name,) for name in names])


def record_sources(connection: sqlite3.Connection, records: Sequence[SourceRecord]) -> None:
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)", map(source_row, records))


def record_runs(connection: sqlite3.Connection, records: Sequence[RunRecord]) -> None:
    connection.executemany("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(run_row, records))


def record_documents(connection: sqlite3.Connection, records: Sequence[DocumentRecord]) -> None:
    """New ones have no description yet; known ones keep theirs, and with it their passages."""
    connection.executemany(
        "INSERT INTO documents (id, source, stamp, content_hash, attributes, recipe, title, passages, error, notes)"
        " VALUES (:id, :source, :stamp, :content_hash, :attributes, :recipe, :title, :passages, :error, :notes)"
        " ON CONFLICT (id) DO UPDATE SET source = excluded.source, stamp = excluded.stamp,"
        " content_hash = excluded.content_hash, attributes = excluded.attributes, recipe = excluded.recipe,"
        " title = excluded.title, passages = excluded.passages, error = excluded.error, notes = excluded.notes",
        map(document_row, records),
    )
