"""What lets people and programs in: digests of secrets, never a secret."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, select

from adapters.sql_store.schema import credentials
from adapters.sql_store.unit import DialectName, Insert, Row, Unit, insert
from adapters.sql_store.values import to_moment, to_number
from bot.models import Credential, CredentialKind


class SqlCredentials:
    """`Credentials`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, credential: Credential) -> bool:
        values = {
            "digest": credential.digest, "kind": credential.kind, "person": credential.person,
            "role": credential.role, "by": credential.by, "made": to_number(credential.made),
            "expires": to_number(credential.expires) if credential.expires else None,
        }  # fmt: skip
        return bool(await self._unit.changed(_add(self._unit.dialect), values))

    async def get(self, digest: str, *, kind: CredentialKind) -> Credential | None:
        row = await self._unit.first(_GET, {"digest": digest, "kind": kind})
        return _credential(row) if row else None

    async def take(self, digest: str, *, kind: CredentialKind) -> Credential | None:
        row = await self._unit.first(_TAKE, {"digest": digest, "kind": kind})
        return _credential(row) if row else None

    async def all(self, kind: CredentialKind) -> list[Credential]:
        return [_credential(row) for row in await self._unit.rows(_ALL, {"kind": kind})]

    async def remove(self, person: str, *, kind: CredentialKind) -> int:
        return await self._unit.changed(_REMOVE, {"person": person, "kind": kind})


_ONE: Final = (credentials.c.digest == bindparam("digest"), credentials.c.kind == bindparam("kind"))
_GET: Final = select(credentials).where(*_ONE)
_TAKE: Final = delete(credentials).where(*_ONE).returning(*credentials.c)
_ALL: Final = (
    select(credentials).where(credentials.c.kind == bindparam("kind"))
    .order_by(credentials.c.person, credentials.c.digest)
)  # fmt: skip
_REMOVE: Final = delete(credentials).where(
    credentials.c.person == bindparam("person"), credentials.c.kind == bindparam("kind")
)


@cache
def _add(dialect: DialectName) -> Insert:
    return insert(dialect, credentials).on_conflict_do_nothing()


def _credential(row: Row) -> Credential:
    return Credential(
        row.digest, row.kind, row.person, to_moment(row.made),
        to_moment(row.expires) if row.expires is not None else None, row.role, row.by,
    )  # fmt: skip
