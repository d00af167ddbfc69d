"""The errors of `bot`. Each message says what to do next.

BotError
└── SettingsError    deskhand.toml or the environment is wrong
"""


class BotError(Exception):
    """Anything that stops the bot itself; what `knowledge` raises passes through unchanged."""


class SettingsError(BotError):
    """deskhand.toml or the environment is wrong."""
