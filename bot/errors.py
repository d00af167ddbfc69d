"""The errors of `bot`. Each message says what to do next.

BotError
├── SettingsError          deskhand.toml or the environment is wrong
├── StoreUnavailable       the database cannot be read or written: nothing was stored
├── LeaseLost              somebody else has taken over this job or delivery
├── ChannelUnavailable     a platform does not take posts now; try again later
├── PostRefused            a platform will never take this post
├── CommandError           an admin command that makes no sense
└── NotAllowed             the person may not do that
"""

from __future__ import annotations

from datetime import timedelta


class BotError(Exception):
    """Anything that stops the bot itself; what `knowledge` raises passes through unchanged."""


class SettingsError(BotError):
    """deskhand.toml or the environment is wrong."""


class StoreUnavailable(BotError):
    """The database cannot be read or written. What was to be stored together was not stored, none of it."""


class LeaseLost(BotError):
    """A lease ran out and somebody else has the job: what was done under it must not be stored."""


class ChannelUnavailable(BotError):
    """The platform cannot be reached or asks for patience: `retry_after` where it says how long."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PostRefused(BotError):
    """The platform will never take this post: the channel is gone, or the bot was removed from it."""


class CommandError(BotError):
    """An admin command that makes no sense; the message says what does."""


class NotAllowed(BotError):
    """The person may not do that."""
