"""What lets somebody in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.models.messages import Role

CredentialKind = Literal["link", "session", "token"]
"""A sign-in link, good for one use; a browser that signed in; a program."""


@dataclass(frozen=True, slots=True)
class Credential:
    """Something to be let in with. `digest` is the SHA-256 of its secret, which is kept nowhere.

    It is good until `expires`; None: until it is removed. `role` is what a program may do; people have theirs from the
    directory. `by` is who issued it.
    """

    digest: str
    kind: CredentialKind
    person: str
    made: datetime
    expires: datetime | None = None
    role: Role = "asker"
    by: str = ""
