"""What was typed -> Question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from adapters.terminal.console import say
from adapters.terminal.failures import WrongUsage
from bot.models import LONGEST_QUESTION, Question, Turn
from knowledge.models import MEMBERS, PUBLIC

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def groups_of(given: Iterable[str]) -> frozenset[str]:
    """The groups in whose name `--as` asks: an outsider has exactly those given, everybody else is a member too."""
    given = list(given)
    groups = frozenset(name.strip() for each in given for name in each.split(",")) - {""}
    if given and not groups:
        raise WrongUsage("--as needs the name of a group, as in --as hr.")
    return groups if PUBLIC in groups else groups | {MEMBERS, PUBLIC}


def question_of(text: str, *, groups: frozenset[str], history: tuple[Turn, ...] = (), name: str = "") -> Question:
    """The question; of one that is too long the beginning, and a message says so, with its `name` in front.

    Raises WrongUsage if it is empty.
    """
    # Bytes that are no UTF-8 arrive as half surrogates, which nothing further on could encode.
    clean = _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    if not clean:
        raise WrongUsage('The question is empty: ask something, as in deskhand ask "How many days off do I get?"')
    if len(clean) > LONGEST_QUESTION:
        which = f"{name}: " if name else ""
        say(f"{which}The question has {len(clean):,} characters: only the first {LONGEST_QUESTION:,} count.")
    return Question(text=clean[:LONGEST_QUESTION], groups=groups, today=date.today(), history=history)
