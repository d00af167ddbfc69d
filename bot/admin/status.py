"""What is published."""

from __future__ import annotations

from collections.abc import Sequence

from bot.models import SourceStatus, Status
from knowledge.models import SourceRecord
from knowledge.ports import Catalogue


async def status(catalogue: Catalogue, *, sources: Sequence[SourceRecord], embedder: str) -> Status:
    totals = await catalogue.totals()
    runs = await catalogue.last_runs()
    rows = []
    for record in sources:
        documents = await catalogue.documents(record.name)
        rows.append(
            SourceStatus(
                record=record,
                documents=sum(document.error is None or document.passages > 0 for document in documents),
                passages=sum(document.passages for document in documents),
                run=runs.get(record.name),
                errors=[document for document in documents if document.error],
            )
        )
    return Status(totals.documents, totals.passages, totals.generation, embedder, rows)
