"""What lets people and programs in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "credentials",
        sa.Column("digest", sa.Text(), primary_key=True),
        _text("kind"),
        _text("person"),
        _text("role"),
        _text("by"),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
    )
    op.create_index("credentials_person", "credentials", ["person", "kind"])
    token = sa.text("kind = 'token'")
    op.create_index(
        "credentials_token", "credentials", ["person"], unique=True, sqlite_where=token, postgresql_where=token
    )
    op.create_index("ix_credentials_expires", "credentials", ["expires"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")
