"""Who is let in to what this app serves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.access import Access
from bot.app.clock import now
from bot.errors import CommandError, SettingsError

if TYPE_CHECKING:
    from bot.app import App

PLATFORM: Final = "console"
"""The platform that people who sign in are on."""


def access_of(app: App) -> Access:
    return Access(app.store, clock=now, session=timedelta(hours=app.settings.console.session_hours))


def on_console(name: str) -> str:
    """`ann` and `console:ann` -> `console:ann`. Raises CommandError."""
    platform, colon, own = name.partition(":")
    person = name if colon else f"{PLATFORM}:{name}"
    if not name.isprintable() or " " in name or (colon and (platform != PLATFORM or not own)) or not name:
        raise CommandError(f'"{name}" is nobody on the console: name them as in `ann`, or console:ann in people.toml.')
    return person


async def sign_in_address(app: App, person: str, *, by: str) -> str:
    """Where the person signs in, once. Raises SettingsError if nobody knows where the service is."""
    if not app.settings.address:
        raise SettingsError(
            f'{app.settings.file}: [http]: "url" is missing: set it to the address that people type, '
            'such as "https://deskhand.example.com".'
        )
    return f"{app.settings.address}/sign-in/{await access_of(app).issue_link(person, by=by)}"
