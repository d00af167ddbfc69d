"""Parts that unit tests can look into, count and break."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from knowledge.errors import EmbedderUnavailable, SourceUnavailable
from knowledge.models import (
    MEMBERS,
    Attributes,
    Block,
    Document,
    Failure,
    FloatArray,
    Found,
    Loaded,
    Note,
    Scan,
    SourceRecord,
)

_TOKEN = re.compile(r"\w{1,8}|[^\w\s]")


def count_tokens(texts: Sequence[str]) -> list[int]:
    """A token is up to 8 letters of a word, or a sign."""
    return [len(_TOKEN.findall(text)) for text in texts]


class WordEmbedder:
    """Texts that share words point the same way. Fails at the `fails_at`-th text, counted over its life."""

    def __init__(self, *, name: str = "words/1", max_tokens: int = 256, fails_at: int | None = None) -> None:
        self.name = name
        self.max_tokens = max_tokens
        self.fails_at = fails_at
        self.embedded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return count_tokens(texts)

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        for text in texts:
            if self.fails_at is not None and len(self.embedded) >= self.fails_at:
                raise EmbedderUnavailable("The model is gone: start it again.")
            self.embedded.append(text)
        return np.stack([self.vector(text) for text in texts]) if texts else np.empty((0, 64), np.float32)

    def rough_cosines(self, texts: Sequence[str], vector: FloatArray) -> FloatArray:
        return np.array([self.vector(text) @ vector for text in texts], np.float32)

    def vector(self, text: str) -> FloatArray:
        total = np.full(64, 1e-3, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            total[int.from_bytes(hashlib.sha256(f"{self.name} {word}".encode()).digest()[:2]) % 64] += 1
        return total / np.linalg.norm(total)


@dataclass(slots=True)
class Book:
    """A document on a shelf. With an `error`, it cannot be read; `unseen`, not even examined."""

    text: str
    title: str = ""
    error: str | None = None
    unseen: bool = False
    stamp: str = "1"
    audience: frozenset[str] | None = None
    updated: date | None = None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Shelf:
    """`DocumentSource` in a dictionary that counts what is read: each text is a document of one paragraph a line,
    of which those that begin with `# ` are headings."""

    name: str = "handbook"
    books: dict[str, Book] = field(default_factory=dict)
    unlisted: tuple[str, ...] = ()
    """Folders that cannot be looked into."""
    unavailable: bool = False
    recipe: str = "shelf/1"
    audience: frozenset[str] = frozenset({MEMBERS})
    collection: str = "handbook"
    digested: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    @property
    def record(self) -> SourceRecord:
        return SourceRecord(self.name, f"/srv/{self.name}", "policy", self.audience, self.collection)

    def put(self, **texts: str) -> None:
        """Write documents, as a person does who saves a file."""
        for name, text in texts.items():
            before = self.books.get(name)
            self.books[name] = Book(text, stamp=f"{int(before.stamp) + 1}" if before else "1")

    def touch(self, name: str) -> None:
        self.books[name].stamp += "'"

    async def scan(self) -> Scan:
        if self.unavailable:
            raise SourceUnavailable(f"{self.name} is not there: plug it in")
        below = tuple(f"{folder}/" for folder in self.unlisted)
        listed = {name: book for name, book in sorted(self.books.items()) if not name.startswith(below)}
        found = [
            Found(self.id(name), book.stamp, self._attributes(book)) for name, book in listed.items() if not book.unseen
        ]
        failures = [Failure(self.id(name), f"{name} cannot be listed") for name in self.unlisted]
        failures += [Failure(self.id(name), f"{name} is too big") for name, book in listed.items() if book.unseen]
        return Scan(found, [], failures)

    async def digest(self, found: Found) -> str:
        self.digested.append(found.id)
        book = self._book(found)
        return "" if book.error else self._hash(book)

    async def load(self, found: Sequence[Found]) -> AsyncGenerator[Loaded | Failure]:
        for each in found:
            self.loaded.append(each.id)
            book = self._book(each)
            if book.error:
                yield Failure(each.id, book.error)
                continue
            document = Document(
                id=each.id,
                source=self.name,
                uri=f"file:///srv/{each.id}",
                title=book.title or each.id,
                kind=each.attributes.kind,
                audience=each.attributes.audience,
                collection=each.attributes.collection,
                content_hash=self._hash(book),
                owner=each.attributes.owner,
                updated=book.updated,
            )
            yield Loaded(document, list(_blocks(book.text)), [Note(each.id, note) for note in book.notes])

    def id(self, name: str) -> str:
        return f"{self.name}/{name}"

    def _book(self, found: Found) -> Book:
        return self.books[found.id.removeprefix(f"{self.name}/")]

    def _attributes(self, book: Book) -> Attributes:
        return Attributes("policy", book.audience or self.audience, self.collection)

    @staticmethod
    def _hash(book: Book) -> str:
        return hashlib.sha256(f"{book.title}\n{book.text}".encode()).hexdigest()


def _blocks(text: str) -> Sequence[Block]:
    return [
        Block("heading", line[2:], 1) if line.startswith("# ") else Block("paragraph", line)
        for line in text.splitlines()
        if line.strip()
    ]
