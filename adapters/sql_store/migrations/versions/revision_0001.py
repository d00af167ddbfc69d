"""All tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _work()
    _posts()
    _conversations()
    _people()
    op.execute("INSERT INTO counters (name, value) VALUES ('posts', 0)")


def _work() -> None:
    op.create_table(
        "inbox",
        _id("id"),
        _text("lane", default=False),
        _text("kind"),
        _text("message"),
        _text("author"),
        _flag("private"),
        _text("value"),
        _number("added"),
        _text("worker", default=False, nullable=True),
        _number("until"),
        _number("attempts"),
        _number("finished", default=False, nullable=True),
    )
    _index("inbox_finished", "inbox", "finished", where="finished IS NOT NULL")
    _index("inbox_lane", "inbox", "lane", "id", where="finished IS NULL")
    _index("inbox_next", "inbox", "id", where="finished IS NULL")
    op.create_table(
        "inbox_keys", _text("key", default=False), _number("event", default=False), sa.PrimaryKeyConstraint("key")
    )
    _index("ix_inbox_keys_event", "inbox_keys", "event")
    op.create_table(
        "outbox",
        _id("id"),
        _text("lane", default=False),
        _text("reply"),
        _text("operation"),
        _text("only_for"),
        _number("ticket"),
        _text("value"),
        _text("placeholder"),
        _flag("uncertain"),
        _text("reason"),
        _number("added"),
        _text("worker", default=False, nullable=True),
        _number("until"),
        _number("attempts"),
        _number("finished", default=False, nullable=True),
    )
    _index("outbox_finished", "outbox", "finished", where="finished IS NOT NULL")
    _index("outbox_lane", "outbox", "lane", "id", where="finished IS NULL")
    _index("outbox_next", "outbox", "id", where="finished IS NULL")
    _index("outbox_post", "outbox", "reply", unique=True, where="operation = 'post'")
    _index("outbox_reply", "outbox", "reply")
    op.create_table(
        "admin_jobs",
        _id("id"),
        _text("kind"),
        _text("state", default=False),
        _text("argument"),
        _text("by"),
        _number("at"),
        _number("done"),
        _number("of"),
        _text("result"),
        _flag("cancel"),
        _text("reply"),
        _text("worker", default=False, nullable=True),
        _number("until"),
        sqlite_autoincrement=True,
    )
    _index("ix_admin_jobs_state", "admin_jobs", "state")


def _posts() -> None:
    op.create_table(
        "posts",
        _id("id"),
        _text("reply", default=False),
        _number("number"),
        _text("platform"),
        _text("room"),
        _text("conversation"),
        _text("post"),
        _text("only_for"),
        _number("ticket"),
        _number("at"),
        _flag("gone"),
        _text("value"),
        sa.UniqueConstraint("reply"),
    )
    _index("posts_at", "posts", "at")
    _index("posts_conversation", "posts", "conversation", "id")
    _index("posts_number", "posts", "platform", "number")
    _index("posts_post", "posts", "room", "post")
    op.create_table(
        "citations",
        _text("passage", default=False),
        _text("reply", default=False),
        sa.PrimaryKeyConstraint("passage", "reply"),
    )
    _index("citations_reply", "citations", "reply")
    op.create_table(
        "counters", _text("name", default=False), _number("value", default=False), sa.PrimaryKeyConstraint("name")
    )


def _conversations() -> None:
    op.create_table(
        "conversations",
        _text("id", default=False),
        _text("asker"),
        _text("owner"),
        _flag("private"),
        _number("updated", default=False),
        _text("value"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("conversations_asker", "conversations", "asker")
    _index("ix_conversations_updated", "conversations", "updated")
    op.create_table(
        "said",
        _id("id"),
        _text("conversation"),
        _text("message"),
        _text("author"),
        _number("at", default=False),
        _text("value"),
    )
    _index("ix_said_at", "said", "at")
    _index("said_author", "said", "author")
    _index("said_conversation", "said", "conversation", "id")
    _index("said_message", "said", "message")
    op.create_table(
        "exchanges",
        _id("row"),
        _text("id", default=False),
        _text("conversation"),
        _text("message"),
        _text("asker"),
        _text("outcome"),
        _text("route"),
        _number("ticket"),
        _number("at", default=False),
        _text("value"),
        sa.UniqueConstraint("id"),
    )
    _index("exchanges_asker", "exchanges", "asker", "row")
    _index("exchanges_conversation", "exchanges", "conversation", "row")
    _index("ix_exchanges_at", "exchanges", "at")
    op.create_table(
        "tickets",
        _id("number"),
        _text("state"),
        _text("conversation"),
        _text("private"),
        _text("asker"),
        _text("card"),
        _number("remind_at", default=False, nullable=True),
        _number("updated"),
        _text("value"),
        sqlite_autoincrement=True,
    )
    _index("ix_tickets_remind_at", "tickets", "remind_at")
    _index("tickets_asker", "tickets", "asker", "number")
    _index("tickets_card", "tickets", "card")
    _index("tickets_conversation", "tickets", "conversation", "number")
    _index("tickets_private", "tickets", "private", "number")
    _index("tickets_state", "tickets", "state", "number")


def _people() -> None:
    op.create_table(
        "feedback",
        _text("reply", default=False),
        _text("person", default=False),
        _flag("helpful"),
        _text("reason"),
        _number("at", default=False),
        _flag("seen"),
        sa.PrimaryKeyConstraint("reply", "person"),
    )
    _index("feedback_person", "feedback", "person")
    _index("ix_feedback_at", "feedback", "at")
    op.create_table(
        "audit",
        _id("id"),
        _number("at", default=False),
        _text("actor"),
        _text("action"),
        _text("subject"),
        _text("detail"),
    )
    _index("ix_audit_at", "audit", "at")
    op.create_table(
        "pins",
        _text("key", default=False),
        _text("readers", default=False),
        _text("value"),
        sa.PrimaryKeyConstraint("key", "readers"),
    )
    op.create_table("learned", _id("id"), _text("state", default=False), _text("value"), sqlite_autoincrement=True)
    _index("ix_learned_state", "learned", "state")


def _id(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True)


def _text(name: str, *, default: bool = True, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable, server_default="" if default else None)


def _number(name: str, *, default: bool = True, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable, server_default="0" if default else None)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _index(name: str, table: str, *columns: str, unique: bool = False, where: str = "") -> None:
    partial: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
    op.create_index(name, table, list(columns), unique=unique, **partial)
