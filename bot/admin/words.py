"""Numbers, times and long texts as commands say them."""

from __future__ import annotations

from datetime import datetime


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def short(text: str, most: int = 80) -> str:
    """In one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 2]} …"


def age(since: datetime, *, now: datetime) -> str:
    """As in `since 3 h`."""
    minutes = max((now - since).total_seconds(), 0) / 60
    if minutes < 1:
        return "a moment"
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"


def failure(document: str, error: str | None) -> str:
    """What is wrong with a document; most errors name it themselves."""
    error = error or ""
    return error if error.startswith(document) else f"{document}: {error}"


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def quoted(text: str) -> str:
    """As a quote of Markdown."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())
