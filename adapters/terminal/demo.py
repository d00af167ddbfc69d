"""The sample organisation, shown in the terminal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

from rich.text import Text

import knowledge
from adapters.terminal import chat
from adapters.terminal.answers import show_answer
from adapters.terminal.asking import groups_of, question_of
from adapters.terminal.console import out, say
from adapters.terminal.layout import put
from bot.errors import SettingsError
from bot.models import Answer, Question

_SAMPLE: Final = Path(knowledge.__file__).parent / "sample"


class Stop(NamedTuple):
    """A question of the tour, and what its answer says; None if there is to be none."""

    lead: str
    question: str
    says: str | None
    group: str = ""


TOUR: Final = (
    Stop(
        "An employee asks. The answer is a row of a table in a PDF.",
        "Who has to approve an expense claim of 1,800 EUR?",
        "Head of department",
    ),
    Stop(
        "A rule that changed. Of two travel policies only the one in force counts.",
        "What is the highest room rate for a hotel in Ireland?",
        "155 EUR",
    ),
    Stop(
        "A customer asks, who sees nothing but the product manual.",
        "Will the Sorrel Flow lower my CO2?",
        "a filter cannot remove CO2",
        group="public",
    ),
    Stop(
        "Only HR may read the salary bands. Nobody else is told that there are any.",
        "What is the salary band for grade 7?",
        None,
    ),
    Stop("The same question from HR.", "What is the salary band for grade 7?", "60,000", group="hr"),
    Stop(
        "And when no document has the answer, it says so.",
        "Does the company pay for airport lounges?",
        None,
    ),
)


def settings() -> str:
    """A deskhand.toml for the sample's documents, wherever it is put."""
    return (_SAMPLE / "deskhand.toml").read_text(encoding="utf-8").replace('path = "', f'path = "{_SAMPLE}/')


def introduce(file: Path) -> None:
    """Raises SettingsError if `file` is not of the demo: its documents would be asked the wrong questions."""
    if str(_SAMPLE) not in file.read_text(encoding="utf-8"):
        raise SettingsError(f"{file} is not of the demo: give the demo another folder with --home.")
    say("Deskhand on the documents of Dunvarra Instruments, an invented company. Reading them first ...", style="bold")


def people() -> str:
    """A people.toml with those who may be played in the console."""
    return (_SAMPLE / "people.toml").read_text(encoding="utf-8")


def invite(address: str, *, command: str) -> None:
    """What to do in the browser, in two minutes."""
    steps = (
        "Be Mara, an employee, and ask:",
        f"  {TOUR[1].question}",
        f"  {TOUR[-1].question}",
        "The first is answered. The second is written down nowhere, so it goes to a person.",
        "In a second, private window be Eva, who answers: take it on her desk and reply. Mara sees it at once.",
        "Ada looks after it all; Kim is a customer, who sees the product manual only.",
    )
    console = out()
    console.print()
    console.print(Text("  Deskhand is at ", style="bold").append(address, style="bold cyan").append(" now. Open it:"))
    console.print()
    for step in steps:
        console.print(Text(f"  {step}", style="cyan" if step.startswith(" ") else ""), soft_wrap=True)
    console.print()
    console.print(Text(f"  Ctrl-C stops it. In this terminal instead: {command} chat", style="dim"), soft_wrap=True)
    console.file.flush()


def welcome() -> None:
    examples = [stop.question for stop in TOUR if not stop.group]
    chat.welcome("You work at Dunvarra Instruments, an invented company.", examples=examples)


async def tour(ask: Callable[[Question], Awaitable[Answer]], *, command: str) -> None:
    """A few questions that show what it does, without anybody at the terminal."""
    console = out()
    for stop in TOUR:
        console.print()
        console.print(Text(stop.lead, style="dim"))
        asked_as = f"  --as {stop.group}" if stop.group else ""
        console.print(Text(f"› {stop.question}", style="cyan").append(asked_as, style="dim"))
        question = question_of(stop.question, groups=groups_of([stop.group] if stop.group else []))
        show_answer(await ask(question), to=console)
    put(Text("Go on by yourself:", style="bold"), to=console, then=0)
    for example in ("chat", 'ask "How do I swap a shift?"', "status"):
        console.print(Text(f"    {command} {example}"), soft_wrap=True)
