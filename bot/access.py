"""Who is let in: people by a link that works once, their browsers by a session, programs by a token.

A secret is given to whoever is to have it and kept nowhere: what is stored is its SHA-256, by which it is found again.
Secrets are 256 random bits, so there is nothing that guessing, or a slower hash, could change.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from bot.errors import CommandError
from bot.models import AuditEntry, Credential, CredentialKind, Person, Role
from bot.ports import Store, Work

LINK: Final = timedelta(minutes=15)
"""How long a sign-in link waits to be used."""
_PROGRAM: Final = "api"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Access:
    """Issues what lets somebody in, and knows it again. All methods raise StoreUnavailable.

    `session` is how long a browser stays signed in. What is issued and taken back is audited, without its secret.
    """

    def __init__(self, store: Store, *, clock: Callable[[], datetime], session: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._session = session

    async def issue_link(self, person: str, *, by: str = "") -> str:
        """The secret of a link with which the person signs in, once and soon."""
        async with self._store.transaction() as work:
            secret = await self._issue(work, "link", person, lasts=LINK, by=by)
            await self._audited(work, by or person, "link.issued", person)
        return secret

    async def sign_in(self, link: str) -> str | None:
        """The secret of a new session for the secret of a link; None if it was used, has expired or never was one."""
        async with self._store.transaction() as work:
            used = self._still_good(await work.credentials.take(_digest(link), kind="link"))
            return await self._open(work, used.person, how="by link") if used else None

    async def open_session(self, person: str) -> str:
        """The secret of a new session of somebody whose identity somebody else has made sure of."""
        async with self._store.transaction() as work:
            return await self._open(work, person)

    async def session(self, secret: str) -> str | None:
        """Whose session it is."""
        found = await self._find(secret, "session")
        return found.person if found else None

    async def sign_out(self, secret: str) -> None:
        """It need not be a session any more."""
        async with self._store.transaction() as work:
            ended = await work.credentials.take(_digest(secret), kind="session")
            if ended:
                await self._audited(work, ended.person, "signed_out", ended.person)

    async def sign_out_everywhere(self, person: str, *, by: str = "") -> int:
        """Sessions that ended. Links that were not used yet are good no more either."""
        async with self._store.transaction() as work:
            await work.credentials.remove(person, kind="link")
            ended = await work.credentials.remove(person, kind="session")
            await self._audited(work, by or person, "signed_out", person, f"everywhere, {ended} sessions")
        return ended

    async def issue_token(self, name: str, role: Role, *, by: str) -> str:
        """The secret of a token with which a program does what `role` may. Raises CommandError."""
        if not _NAME.fullmatch(name):
            raise CommandError(f'"{name}" is no name for a token: letters, digits, dots and dashes, 64 at most.')
        async with self._store.transaction() as work:
            secret = await self._issue(work, "token", _program(name), role=role, by=by)
            await self._audited(work, by, "token.issued", _program(name), role)
        return secret

    async def token(self, secret: str) -> Person | None:
        """The program whose token it is: a member of the organisation, in no group."""
        found = await self._find(secret, "token")
        return Person(found.person, _name(found), role=found.role) if found else None

    async def tokens(self) -> Sequence[tuple[str, Credential]]:
        """By name."""
        async with self._store.reading() as work:
            return [(_name(each), each) for each in await work.credentials.all("token")]

    async def revoke(self, name: str, *, by: str) -> None:
        """The token lets nobody in from now on. Raises CommandError if there is none."""
        async with self._store.transaction() as work:
            if not await work.credentials.remove(_program(name), kind="token"):
                raise CommandError(f'There is no token "{name}": `deskhand token list` shows them.')
            await self._audited(work, by, "token.revoked", _program(name))

    async def _open(self, work: Work, person: str, *, how: str = "") -> str:
        secret = await self._issue(work, "session", person, lasts=self._session)
        await self._audited(work, person, "signed_in", person, how)
        return secret

    async def _issue(
        self,
        work: Work,
        kind: CredentialKind,
        person: str,
        *,
        lasts: timedelta | None = None,
        role: Role = "asker",
        by: str = "",
    ) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock()
        issued = Credential(_digest(secret), kind, person, now, now + lasts if lasts else None, role, by)
        if not await work.credentials.add(issued):
            raise CommandError(f'There is a token "{_name(issued)}": revoke it first, or give this one another name.')
        return secret

    async def _find(self, secret: str, kind: CredentialKind) -> Credential | None:
        async with self._store.reading() as work:
            return self._still_good(await work.credentials.get(_digest(secret), kind=kind))

    def _still_good(self, found: Credential | None) -> Credential | None:
        return found if found and (found.expires is None or found.expires > self._clock()) else None

    async def _audited(self, work: Work, actor: str, action: str, subject: str, detail: str = "") -> None:
        await work.audit.add(AuditEntry(self._clock(), actor, action, subject, detail))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _program(name: str) -> str:
    return f"{_PROGRAM}:{name}"


def _name(token: Credential) -> str:
    return token.person.partition(":")[2]
