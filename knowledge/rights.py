"""Who may read what, now: looked at again wherever something is shown that was found earlier."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.models import Passage
from knowledge.ports import PassageIndex


async def readable(index: PassageIndex, passages: Iterable[str], *, groups: frozenset[str]) -> list[Passage]:
    """Of these passage ids, what is published now and these groups may read. Raises IndexUnavailable."""
    ids = list(dict.fromkeys(passages))
    found = await index.passages(ids) if ids else []
    return [passage for passage in found if passage.document.audience & groups]
