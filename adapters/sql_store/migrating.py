"""Schema changes, by Alembic. It is imported only where there is something to change."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from adapters.sql_store.schema import VERSION

VERSION_TABLE: Final = "deskhand_version"
HEAD: Final = f"{VERSION:04}"


def upgrade(connection: Connection) -> None:
    """Bring the schema up to date within the connection's transaction, which the caller commits."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
