"""The sample organisation, shown in the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from rich.text import Text

import knowledge
from adapters.terminal import chat
from adapters.terminal.answers import show_answer
from adapters.terminal.asking import groups_of, question_of
from adapters.terminal.console import out, say
from adapters.terminal.layout import put
from bot.models import Answer, Question

SETTINGS: Final = Path(knowledge.__file__).parent / "sample" / "deskhand.toml"
_EXAMPLES: Final = (
    "How often do I have to change my password?",
    "What is the most I can spend on a hotel in Dublin?",
    "Can I work from Portugal for two weeks?",
    "Does the company pay for airport lounges?",
)
_TOUR: Final = (
    ("An employee asks:", "How often do I have to change my password?", ""),
    ("A rule that changed: only the policy in force counts.", "What is the most I can spend on a hotel in Dublin?", ""),
    ("A customer sees the product manual only.", "Does the Sorrel work on 5 GHz Wi-Fi?", "public"),
    ("Only HR may read the salary bands; anybody else is not even told of them.", "Pay range for grade 7?", "hr"),
    ("And when no document has the answer, it says so.", "Does the company pay for airport lounges?", ""),
)


def introduce() -> None:
    say("Deskhand on the documents of Dunvarra Instruments, an invented company. Reading them first ...", style="bold")


def welcome() -> None:
    chat.welcome("You work at Dunvarra Instruments, an invented company.", examples=_EXAMPLES)


async def tour(ask: Callable[[Question], Awaitable[Answer]], *, command: str) -> None:
    """A few questions that show what it does, without anybody at the terminal."""
    console = out()
    for lead, text, group in _TOUR:
        console.print()
        console.print(Text(lead, style="dim"))
        console.print(Text(f"› {text}", style="cyan").append(f"  --as {group}" if group else "", style="dim"))
        question, _ = question_of(text, groups=groups_of([group] if group else []))
        show_answer(await ask(question), to=console)
    put(Text("Go on by yourself:", style="bold"), to=console, then=0)
    for example in ("chat", 'ask "How do I swap a shift?"', "status"):
        console.print(Text(f"    {command} {example}"), soft_wrap=True)
