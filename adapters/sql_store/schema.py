"""The tables. Values are kept as JSON; what is searched for has a column of its own. Times are microseconds since 1970.

A change here needs a migration in `migrations/versions`, and `VERSION` is the number of the latest.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeEngine

from adapters.sql_store.values import clean

VERSION: Final = 3
"""Of the schema; revision 0001 and so on."""


class Text(TypeDecorator[str]):
    """Text that both databases can keep: `values.clean`."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)

    def coerce_compared_value(self, op: object, value: object) -> TypeEngine[str]:
        return self


# SQLite numbers the rows of INTEGER PRIMARY KEY only.
Number: Final = BigInteger().with_variant(Integer(), "sqlite")

metadata: Final = MetaData()


def _id() -> Column[int]:
    return Column("id", Number, primary_key=True, autoincrement=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="")


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=false())


def _leased(name: str, *columns: Column[str] | Column[int] | Column[bool]) -> Table:
    """A table of ordered work: of each lane the oldest unfinished row is next.

    `worker` holds the row until `until`; without a worker it waits until then. `added` and `finished` are times.
    """
    unfinished, finished = text("finished IS NULL"), text("finished IS NOT NULL")
    return Table(
        name, metadata, _id(), Column("lane", Text, nullable=False), *columns,
        _number("added"), Column("worker", Text), _number("until"), _number("attempts"), Column("finished", BigInteger),
        Index(f"{name}_next", "id", sqlite_where=unfinished, postgresql_where=unfinished),
        Index(f"{name}_lane", "lane", "id", sqlite_where=unfinished, postgresql_where=unfinished),
        Index(f"{name}_finished", "finished", sqlite_where=finished, postgresql_where=finished),
    )  # fmt: skip


# `lane` is the conversation. `message` is what a Deleted names.
inbox: Final = _leased(
    "inbox", _text("kind"), _text("message"), _text("author"), _flag("private"), _text("value"),
)  # fmt: skip
inbox_keys: Final = Table(
    "inbox_keys", metadata,
    Column("key", Text, primary_key=True), Column("event", BigInteger, nullable=False, index=True),
)  # fmt: skip

# `lane` is the reply's conversation. A row that was given up has a `reason`.
outbox: Final = _leased(
    "outbox", _text("reply"), _text("operation"), _text("only_for"), _number("ticket"), _text("value"),
    _text("placeholder"), _flag("uncertain"), _text("reason"),
)  # fmt: skip
Index(
    "outbox_post", outbox.c.reply, unique=True,
    sqlite_where=text("operation = 'post'"), postgresql_where=text("operation = 'post'"),
)  # fmt: skip
Index("outbox_reply", outbox.c.reply)

# `number` grows with each version of a post, `id` with each post. `gone` marks what was deleted.
posts: Final = Table(
    "posts", metadata, _id(), Column("reply", Text, nullable=False, unique=True), _number("number"), _text("platform"),
    _text("room"), _text("conversation"), _text("post"), _text("only_for"), _number("ticket"), _number("at"),
    _flag("gone"), _text("value"),
    Index("posts_number", "platform", "number"), Index("posts_order", "number"), Index("posts_post", "room", "post"),
    Index("posts_conversation", "conversation", "id"), Index("posts_at", "at"),
)  # fmt: skip
citations: Final = Table(
    "citations", metadata, Column("passage", Text, nullable=False), Column("reply", Text, nullable=False),
    PrimaryKeyConstraint("passage", "reply"), Index("citations_reply", "reply"),
)  # fmt: skip
counters: Final = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False),
)  # fmt: skip

conversations: Final = Table(
    "conversations", metadata, Column("id", Text, primary_key=True), _text("asker"), _text("owner"), _flag("private"),
    Column("updated", BigInteger, nullable=False, index=True), _text("value"), Index("conversations_asker", "asker"),
)  # fmt: skip
said: Final = Table(
    "said", metadata, _id(), _text("conversation"), _text("message"), _text("author"),
    Column("at", BigInteger, nullable=False, index=True), _text("value"),
    Index("said_conversation", "conversation", "id"), Index("said_author", "author"),
    Index("said_message", "message"),
)  # fmt: skip

exchanges: Final = Table(
    "exchanges", metadata, Column("row", Number, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True), _text("conversation"), _text("message"), _text("asker"),
    _text("outcome"), _text("route"), _number("ticket"), Column("at", BigInteger, nullable=False, index=True),
    _text("value"),
    Index("exchanges_conversation", "conversation", "row"), Index("exchanges_asker", "asker", "row"),
)  # fmt: skip

# Numbers are spoken of, so they are never given twice.
tickets: Final = Table(
    "tickets", metadata, Column("number", Number, primary_key=True, autoincrement=True), _text("state"),
    _text("conversation"), _text("private"), _text("asker"), _text("card"), Column("remind_at", BigInteger, index=True),
    _number("opened"), Column("answered", BigInteger), _flag("draft_sent"), _number("updated"), _text("value"),
    Index("tickets_opened", "opened"), Index("tickets_state", "state", "number"),
    Index("tickets_conversation", "conversation", "number"),
    Index("tickets_private", "private", "number"), Index("tickets_asker", "asker", "number"),
    Index("tickets_card", "card"),
    sqlite_autoincrement=True,
)  # fmt: skip

feedback: Final = Table(
    "feedback", metadata, Column("reply", Text, nullable=False), Column("person", Text, nullable=False),
    _flag("helpful"), _text("reason"), Column("at", BigInteger, nullable=False, index=True), _flag("seen"),
    PrimaryKeyConstraint("reply", "person"), Index("feedback_person", "person"),
)  # fmt: skip
audit: Final = Table(
    "audit", metadata, _id(), Column("at", BigInteger, nullable=False, index=True), _text("actor"), _text("action"),
    _text("subject"), _text("detail"),
)  # fmt: skip
# `digest` is that of a secret. What never expires has no `expires`.
credentials: Final = Table(
    "credentials", metadata, Column("digest", Text, primary_key=True), _text("kind"), _text("person"), _text("role"),
    _text("by"), Column("made", BigInteger, nullable=False), Column("expires", BigInteger, index=True),
    Index("credentials_person", "person", "kind"),
    Index(
        "credentials_token", "person", unique=True,
        sqlite_where=text("kind = 'token'"), postgresql_where=text("kind = 'token'"),
    ),
)  # fmt: skip
# `readers` is the audience, sorted, as JSON.
pins: Final = Table(
    "pins", metadata, Column("key", Text, nullable=False), Column("readers", Text, nullable=False), _text("value"),
    PrimaryKeyConstraint("key", "readers"),
)  # fmt: skip
learned: Final = Table(
    "learned", metadata, _id(), Column("state", Text, nullable=False, index=True), _text("value"),
    sqlite_autoincrement=True,
)  # fmt: skip
admin_jobs: Final = Table(
    "admin_jobs", metadata, _id(), _text("kind"), Column("state", Text, nullable=False, index=True), _text("argument"),
    _text("by"), _number("at"), _number("done"), _number("of"), _text("result"), _flag("cancel"), _text("reply"),
    Column("worker", Text), _number("until"),
    sqlite_autoincrement=True,
)  # fmt: skip
