"""Alembic runs this to reach the database; `migrating.upgrade` hands it the connection."""

from __future__ import annotations

from alembic import context

from adapters.sql_store.migrating import VERSION_TABLE
from adapters.sql_store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
