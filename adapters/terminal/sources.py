"""Where something stands, as a terminal shows it: the section, how old it is, whose it is, how to open it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rich.style import Style
from rich.text import Text

from adapters.terminal.console import safe


def place(title: str, heading_path: Sequence[str]) -> str:
    return safe(" › ".join([title, *heading_path]))


def origin(*, updated: date | None, owner: str, uri: str, name: str) -> Text:
    """`name` leads to `uri` where a terminal has links; without one the address itself is shown."""
    known = [f"updated {day(updated)}"] if updated else []
    known += [safe(owner)] if owner else []
    text = Text(" · ".join([*known, ""]), style="dim")
    return text.append(safe(name), style=Style(link=safe(uri))) if name else text.append(safe(uri))


def day(moment: date) -> str:
    return f"{moment.day} {moment:%b %Y}"
