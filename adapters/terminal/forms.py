"""The JSON forms that programs rely on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.models import Answer, Check, Citation, Status
from knowledge.models import Evidence, Report

_DOCUMENTS: Final = 10
_PASSAGES: Final = 50


def answer_form(answer: Answer, *, id: object, ms: float) -> dict[str, Any]:
    return {
        "id": id,
        "outcome": answer.outcome,
        "answer": answer.text,
        "reply": answer.reply,
        "route": answer.route.name,
        "confidence": float(answer.confidence),
        "citations": [_citation_form(citation) for citation in answer.citations],
        "evidence": evidence_form(answer.evidence),
        "ms": round(ms, 3),
        **({"standalone": answer.standalone} if answer.standalone else {}),
    }


def error_form(error: str, *, id: object) -> dict[str, Any]:
    return {"id": id, "outcome": "error", "error": error}


def evidence_form(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Best first, until ten different documents are named, at most 50 passages."""
    forms: list[dict[str, Any]] = []
    named: set[str] = set()
    for found in evidence[:_PASSAGES]:
        forms.append(_found_form(found))
        named.add(found.passage.document.id)
        if len(named) == _DOCUMENTS:
            break
    return forms


def _found_form(found: Evidence) -> dict[str, Any]:
    passage = found.passage
    return {
        "doc": passage.document.id,
        "uri": passage.uri,
        "passage_id": passage.id,
        "cosine": float(found.cosine),
        "bm25": float(found.bm25),
        "score": float(found.score),
        "text": passage.text,
    }


def _citation_form(citation: Citation) -> dict[str, Any]:
    passage = citation.passage
    return {
        "doc": passage.document.id,
        "title": passage.document.title,
        "heading": " > ".join(citation.heading_path),
        "uri": passage.uri,
        "passage_id": passage.id,
    }


def report_form(report: Report) -> dict[str, Any]:
    return {
        "added": list(report.added),
        "changed": list(report.changed),
        "deleted": list(report.deleted),
        "unchanged": report.unchanged,
        "notes": [{"doc": note.document, "note": note.text} for note in report.notes],
        "errors": [{"doc": failure.document, "error": failure.error} for failure in report.errors],
        "documents": report.documents,
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
    }


def status_form(status: Status) -> dict[str, Any]:
    return {
        "documents": status.documents,
        "passages": status.passages,
        "generation": status.generation,
        "embedder": status.embedder,
        "sources": [
            {
                "name": source.record.name,
                "path": source.record.path,
                "kind": source.record.kind,
                "audience": sorted(source.record.audience),
                "documents": source.documents,
                "passages": source.passages,
                "last_run": source.last_run and source.last_run.isoformat(),
                "errors": len(source.errors),
            }
            for source in status.sources
        ],
    }


def check_form(checks: Sequence[Check]) -> list[dict[str, str]]:
    return [{"name": check.name, "state": check.state, "message": check.message, "fix": check.fix} for check in checks]
