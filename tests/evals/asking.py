"""Indexes a set with the product as it is and asks its questions through the product's router."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler

from bot.app import App, build
from bot.confidence import features
from bot.models import Answer, Question
from bot.settings import load
from knowledge.retriever import best_documents
from tests.evals.metrics import contains
from tests.evals.questions import EvalSet, Labelled

CACHE = Path(tempfile.gettempdir()) / "deskhand-evals"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and all that came of it. `features` is empty where there was nothing to quote."""

    labelled: Labelled
    answer: Answer
    features: Mapping[str, float]
    right: bool
    """Answerable, and the first citation is of a gold document; in sets with short answers, with the answer in it."""

    @property
    def ranked(self) -> list[str]:
        """The documents found, best first."""
        return [found.passage.document.id for found in best_documents(self.answer.evidence, most=50)]

    @property
    def cited(self) -> list[str]:
        """The documents cited, in order, each once."""
        return list(dict.fromkeys(citation.passage.document.id for citation in self.answer.citations))

    @property
    def text(self) -> str:
        """The words of the answer without marks."""
        return " ".join(quote.text for quote in self.answer.quotes)

    @property
    def highlighted(self) -> str:
        marked = [(quote.text, quote.highlight) for quote in self.answer.quotes if quote.highlight]
        return " ".join(text[span[0] : span[1]] for text, span in marked)


async def ask_set(
    given: EvalSet, *, today: date, cache: Path = CACHE, history: bool = False, index: bool = True
) -> list[Asked]:
    """Ask every question of the set, after indexing what changed in it since the last time."""
    home = home_of(given, cache=cache)
    home.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    if given.settings_file:
        text = given.settings_file.read_text(encoding="utf-8")
        (home / "deskhand.toml").write_text(text.replace('path = "', f'path = "{given.folder.resolve()}/'))
    async with build(load(home)) as app:
        if index:
            report = await app.index([] if given.settings_file else [given.folder / "corpus"])
            for failure in report.errors:
                _say(f"{given.name}: {failure.error}")
            _say(f"{given.name}: {report.documents} documents, {report.passages} passages, {report.seconds:.1f} s")
        asked = [await _ask(app, given, labelled, today=today, history=history) for labelled in given.questions]
    _say(f"{given.name}: {len(asked)} questions asked, {time.perf_counter() - started:.1f} s in all")
    return asked


def home_of(given: EvalSet, *, cache: Path) -> Path:
    """Where a set is indexed: the same folder each time, of its own for each place the set lies."""
    key = hashlib.sha256(str(given.folder.resolve()).encode()).hexdigest()[:8]
    return cache / f"{given.name}-{key}"


def is_right(labelled: Labelled, answer: Answer, *, short_answers: bool) -> bool:
    """See `Asked.right`."""
    if not labelled.answerable or not answer.citations:
        return False
    text = " ".join(quote.text for quote in answer.quotes)
    held = not short_answers or not labelled.answers or holds_answer(text, labelled.answers)
    return held and answer.citations[0].passage.document.id in labelled.gold_docs


def holds_answer(text: str, answers: Sequence[str]) -> bool:
    return any(contains(text, answer) for answer in answers)


async def _ask(app: App, given: EvalSet, labelled: Labelled, *, today: date, history: bool) -> Asked:
    question = Question(
        text=labelled.text, groups=labelled.groups, today=today, history=labelled.history if history else ()
    )
    steps = _Steps()
    answer = await app.router.ainvoke(question, config={"callbacks": [steps]})
    draft, retrieval = steps.outputs["verify"].draft, steps.outputs["verify"].retrieval
    return Asked(
        labelled=labelled,
        answer=answer,
        features=features(answer.standalone or labelled.text, retrieval, draft) if draft.quotes else {},
        right=is_right(labelled, answer, short_answers=given.short_answers),
    )


class _Steps(AsyncCallbackHandler):
    """Keeps what each step of the router gave, by the step's name."""

    def __init__(self) -> None:
        self.outputs: dict[str, Any] = {}
        self._names: dict[UUID, str] = {}

    async def on_chain_start(self, serialized: dict[str, Any], inputs: Any, **details: Any) -> None:
        self._names[details["run_id"]] = details.get("name") or ""

    async def on_chain_end(self, outputs: Any, **details: Any) -> None:
        self.outputs[self._names[details["run_id"]]] = outputs


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
