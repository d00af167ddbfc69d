"""Approved answers of experts as a source of documents."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Final

from bot.learning.text import LONGEST_ANSWER, LONGEST_TITLE, blocks_of, clean, one_line
from bot.models import Learned
from bot.ports import Directory, Store
from knowledge.models import Attributes, Block, Document, Failure, Found, Loaded, Note, Scan, SourceRecord

NAME: Final = "learned"
PATH: Final = "deskhand:learned"
_RECIPE: Final = "learned/1"
"""Change it whenever `blocks_of` would make other blocks of the same answer."""
_NOBODY: Final = frozenset[str]()


class LearnedSource:
    """Implements `DocumentSource`: what is approved is a document, and what is not any more vanishes at the next run.

    Whoever answered owns it. An answer that no audience may read is no document.
    """

    def __init__(self, *, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    @property
    def record(self) -> SourceRecord:
        """Of an audience of nobody: each document has its own."""
        return SourceRecord(NAME, PATH, "learned", _NOBODY, NAME, configured=True)

    @property
    def recipe(self) -> str:
        return _RECIPE

    async def scan(self) -> Scan:
        """Raises StoreUnavailable."""
        async with self._store.reading() as work:
            approved = await work.learned.in_state("approved")
        readable = sorted((each for each in approved if each.audience), key=document_id)
        names = {author: await owner(self._directory, author) for author in {each.author for each in readable}}
        found = [Found(document_id(each), _hash(each), _attributes(each, names[each.author])) for each in readable]
        notes = [
            Note(document_id(each), "may be read by nobody, so it is not indexed: approve it for an audience")
            for each in approved
            if not each.audience
        ]
        return Scan(found, notes)

    async def digest(self, found: Found) -> str:
        learned = await self._approved(found)
        return _hash(learned) if learned else ""

    async def load(self, found: Sequence[Found]) -> AsyncGenerator[Loaded | Failure]:
        for each in found:
            learned = await self._approved(each)
            if learned is None:
                # Of an audience of nobody: the indexer keeps what it has only of what the same people may read.
                nobody = replace(each.attributes, audience=_NOBODY)
                yield Failure(each.id, f"{each.id} was rejected or changed just now: index again", nobody)
            else:
                yield loaded(learned, owner=each.attributes.owner)

    async def _approved(self, found: Found) -> Learned | None:
        """None also if it is for other people than it was when it was found: that is for the next run."""
        async with self._store.reading() as work:
            learned = await work.learned.get(int(found.id.removeprefix(f"{NAME}/")))
        if learned is None or learned.state != "approved" or learned.audience != found.attributes.audience:
            return None
        return learned


async def owner(directory: Directory, author: str) -> str | None:
    """Who stands behind a document, by name."""
    return one_line((await directory.person(author)).name)[:100] or None


def document_id(learned: Learned) -> str:
    return f"{NAME}/{learned.id}"


def loaded(learned: Learned, *, owner: str | None) -> Loaded:
    """The document that a learned answer becomes: the question above the answer; without one, the answer alone."""
    title = one_line(learned.question)[:LONGEST_TITLE]
    attributes = _attributes(learned, owner)
    document = Document(
        id=document_id(learned),
        source=NAME,
        uri=f"deskhand:{document_id(learned)}",
        title=title,
        kind=attributes.kind,
        audience=attributes.audience,
        collection=attributes.collection,
        content_hash=_hash(learned),
        owner=attributes.owner,
        updated=learned.at.date(),
    )
    notes = []
    if len(clean(learned.answer)) > LONGEST_ANSWER:
        notes.append(Note(document.id, f"is longer than {LONGEST_ANSWER} characters: the rest is left out"))
    above = [Block("heading", title, 1)] if title else []
    return Loaded(document, [*above, *blocks_of(learned.answer)], notes)


def _attributes(learned: Learned, owner: str | None) -> Attributes:
    return Attributes("learned", learned.audience, learned.collection, owner)


def _hash(learned: Learned) -> str:
    content = json.dumps([learned.question, learned.answer, learned.at.date().isoformat()])
    return hashlib.sha256(content.encode()).hexdigest()
