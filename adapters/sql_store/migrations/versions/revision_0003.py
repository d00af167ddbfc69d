"""For pages: when tickets were opened and answered, and posts in the order in which they changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("opened", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("tickets", sa.Column("answered", sa.BigInteger(), nullable=True))
    op.add_column("tickets", sa.Column("draft_sent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("tickets_opened", "tickets", ["opened"])
    op.create_index("posts_order", "posts", ["number"])
    connection = op.get_bind()
    for number, value in connection.execute(sa.text("SELECT number, value FROM tickets")).all():
        ticket = json.loads(value)
        connection.execute(
            sa.text(
                "UPDATE tickets SET opened = :opened, answered = :answered, draft_sent = :draft_sent "
                "WHERE number = :number"
            ),
            {
                "opened": _number(ticket["opened"]),
                "answered": _number(ticket["answered"]) if ticket.get("answered") else None,
                "draft_sent": bool(ticket.get("draft_sent")),
                "number": number,
            },
        )


def _number(moment: str) -> int:
    """Microseconds since 1970."""
    return (datetime.fromisoformat(moment) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
