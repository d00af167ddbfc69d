"""What was typed -> Question."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from adapters.terminal.console import say
from adapters.terminal.failures import WrongUsage
from bot.models import Question, Turn
from knowledge.models import MEMBERS, PUBLIC

LONGEST: Final = 4000
"""Characters of a question that count; the search itself looks at some 250 words."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def groups_of(given: Iterable[str]) -> frozenset[str]:
    """The groups in whose name `--as` asks: an outsider has exactly those given, everybody else is a member too."""
    given = list(given)
    groups = frozenset(name.strip() for each in given for name in each.split(",")) - {""}
    if given and not groups:
        raise WrongUsage("--as needs the name of a group, as in --as hr.")
    return groups if PUBLIC in groups else groups | {MEMBERS, PUBLIC}


def question_of(text: str, *, groups: frozenset[str], history: tuple[Turn, ...] = ()) -> tuple[Question, bool]:
    """The question, and whether it was too long and had to be cut. Raises WrongUsage if it is empty."""
    # Bytes that are no UTF-8 arrive as half surrogates, which nothing further on could encode.
    clean = _CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    if not clean:
        raise WrongUsage('The question is empty: ask something, as in deskhand ask "How many days off do I get?"')
    question = Question(text=clean[:LONGEST], groups=groups, today=date.today(), history=history)
    return question, len(clean) > LONGEST


def ask_of(text: str, *, groups: frozenset[str]) -> Question:
    """As `question_of`; says so if the question was cut."""
    question, cut = question_of(text, groups=groups)
    if cut:
        say(cut_notice(text))
    return question


def cut_notice(text: str) -> str:
    return f"The question has {len(text):,} characters: only the first {LONGEST:,} count."
