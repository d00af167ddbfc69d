"""A conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from rich.text import Text

from adapters.terminal.answers import show_answer, show_cited, show_why
from adapters.terminal.asking import question_of
from adapters.terminal.console import at_terminal, out, safe, say
from adapters.terminal.failures import WrongUsage
from adapters.terminal.layout import put
from bot.errors import BotError
from bot.models import Answer, Question, Turn
from knowledge.errors import KnowledgeError

# What a terminal does not print must be marked, or readline takes it for width.
_PROMPT: Final = "\001\033[36m\002›\001\033[0m\002 "
_HELP: Final = "/sources shows what the last answer quotes, /why how it was found, /quit ends (or Ctrl-D)."


def converse(ask: Callable[[Question], Answer], *, groups: frozenset[str]) -> None:
    """Answer what is typed until it ends. What goes wrong with one question is said, and the next one asked."""
    prompt = _prompt()
    turns: list[Turn] = []
    last: Answer | None = None
    while (line := _read(prompt)) is not None:
        text = line.strip()
        if text in ("/quit", "/exit", "/q"):
            return
        if text.startswith("/"):
            _command(text, last)
        elif text:
            answer = _answer(ask, text, groups=groups, history=turns)
            if answer:
                last = answer
                turns += [Turn("user", text), Turn("assistant", answer.reply)]


def welcome(headline: str, *, examples: Sequence[str] = ()) -> None:
    console = out()
    console.print()
    put(Text(safe(headline), style="bold"), to=console, then=0)
    put(Text(f"Ask a question. {_HELP}", style="dim"), to=console)
    for example in examples:
        put(Text(example, style="cyan"), to=console, by=4, then=0)
    if examples:
        console.print()


def _prompt() -> str:
    if not at_terminal():
        return ""
    import readline  # noqa: F401  # input() edits lines from then on

    return "› " if out().no_color else _PROMPT


def _read(prompt: str) -> str | None:
    """The next line, None at the end."""
    while True:
        try:
            return input(prompt)
        except EOFError:
            if prompt:
                sys.stdout.write("\n")
            return None
        except KeyboardInterrupt:
            say("\nCtrl-D or /quit ends the chat.", style="dim")


def _answer(
    ask: Callable[[Question], Answer], text: str, *, groups: frozenset[str], history: Sequence[Turn]
) -> Answer | None:
    try:
        answer = ask(question_of(text, groups=groups, history=tuple(history)))
    except KeyboardInterrupt:
        say("\nStopped.")
        return None
    except (KnowledgeError, BotError, WrongUsage) as exc:
        say(str(exc), style="red")
        return None
    show_answer(answer, to=out())
    return answer


def _command(text: str, last: Answer | None) -> None:
    commands = {"/sources": show_cited, "/why": show_why}
    if text in commands and last:
        commands[text](last, to=out())
    elif text in commands:
        say("Ask something first.", style="dim")
    else:
        say(_HELP, style="dim")
