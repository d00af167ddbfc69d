"""Values of `knowledge` as columns, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from knowledge.models import Attributes, Document, DocumentRecord, FloatArray, RunRecord, SourceRecord

Row = tuple[Any, ...]

# The tokenizer "ascii" takes every character above 127 and every ASCII letter and digit as part of a word, and
# folds A-Z. So for words to be matched as they are, whatever is in them (marks of any script included), the
# other ASCII characters and A-Z travel as private-use characters. (unicode61 would split words at some marks
# and fold the case of all scripts.)
_ENCODED: Final = {
    code: 0xF0000 + code for code in range(128) if not (chr(code).islower() or chr(code).isdigit() or code == 32)
}
VECTOR: Final = "<f4"
"""How numbers of a vector are stored, in numpy's words: little-endian float32."""


def encode_terms(terms: str) -> str:
    """Blank-joined words as FTS5 gets them: tokens are exactly the words."""
    return terms.translate(_ENCODED)


def tokens(encoded: str) -> list[str]:
    """The words of `encode_terms` as FTS5 counts them: it splits at blanks only, `str.split` elsewhere too."""
    return [token for token in encoded.split(" ") if token]


def encode_vector(vector: FloatArray) -> bytes:
    return vector.astype(VECTOR).tobytes()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def encode_list(values: Iterable[str]) -> str:
    return _json(list(values))


def decode_list(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))


@dataclass(frozen=True, slots=True)
class Scope:
    """What filters look at. Passages share few of them."""

    audience: frozenset[str]
    collection: str
    effective: date | None
    expires: date | None

    def allows(self, *, groups: frozenset[str], collections: frozenset[str] | None, today: date) -> bool:
        return (
            not self.audience.isdisjoint(groups)
            and (collections is None or self.collection in collections)
            and (self.effective is None or self.effective <= today)
            and (self.expires is None or today <= self.expires)
        )


def encode_scope(document: Document) -> str:
    return _json([sorted(document.audience), document.collection, _day(document.effective), _day(document.expires)])


def decode_scope(stored: str) -> Scope:
    audience, collection, effective, expires = json.loads(stored)
    return Scope(frozenset(audience), collection, _date(effective), _date(expires))


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def encode_document(document: Document) -> str:
    fields: dict[str, object] = {name: getattr(document, name) for name in Document.__slots__}
    for name in ("updated", "effective", "expires"):
        fields[name] = _day(getattr(document, name))
    return _json({**fields, "audience": sorted(document.audience)})


def decode_document(stored: str) -> Document:
    fields: dict[str, Any] = json.loads(stored)
    for name in ("updated", "effective", "expires"):
        fields[name] = _date(fields[name])
    return Document(**{**fields, "audience": frozenset(fields["audience"])})


def source_row(source: SourceRecord) -> Row:
    audience = encode_list(sorted(source.audience))
    return (source.name, source.path, source.kind, audience, source.collection, source.owner, source.configured)


def to_source(row: Row) -> SourceRecord:
    name, path, kind, audience, collection, owner, configured = row
    return SourceRecord(name, path, kind, frozenset(decode_list(audience)), collection, owner, bool(configured))


def run_row(run: RunRecord) -> Row:
    counts = (run.added, run.changed, run.deleted, run.unchanged, run.errors)
    return (run.source, run.finished.isoformat(), run.seconds, *counts)


def to_run(row: Row) -> RunRecord:
    source, finished, *counts = row
    return RunRecord(source, datetime.fromisoformat(finished), *counts)


def document_row(record: DocumentRecord) -> Mapping[str, object]:
    attributes = record.attributes
    return {
        "id": record.id,
        "source": record.source,
        "stamp": record.stamp,
        "content_hash": record.content_hash,
        "attributes": _json([attributes.kind, sorted(attributes.audience), attributes.collection, attributes.owner]),
        "recipe": record.recipe,
        "title": record.title,
        "passages": record.passages,
        "error": record.error,
        "notes": encode_list(record.notes),
    }


def to_record(row: Row) -> DocumentRecord:
    name, source, stamp, content_hash, attributes, recipe, title, passages, error, notes = row
    kind, audience, collection, owner = json.loads(attributes)
    return DocumentRecord(
        id=name,
        source=source,
        stamp=stamp,
        content_hash=content_hash,
        attributes=Attributes(kind, frozenset(audience), collection, owner),
        recipe=recipe,
        title=title,
        passages=passages,
        error=error,
        notes=decode_list(notes),
    )
