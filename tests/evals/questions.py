"""Reads a labelled set: `questions.jsonl` beside documents.

The documents are in `corpus/`, or in the sources that a `deskhand.toml` beside the questions names. Gold documents are
paths relative to the set's folder, which are the documents' ids where a source is called like its folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any, Literal

from bot.models import Turn
from knowledge.models import MEMBERS, PUBLIC

Split = Literal["dev", "tune", "all"]

_LEFT_OUT = ("partial", "clarify")
_SHORT = 4
_RESTRICTED = "hr"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question and what is known of its answer. `gold_pages` are document ids and 1-based pages."""

    id: str
    text: str
    answerable: bool
    gold_docs: frozenset[str]
    gold_spans: tuple[str, ...]
    gold_pages: frozenset[tuple[str, int]]
    answers: tuple[str, ...]
    groups: frozenset[str]
    kind: str
    expect: str
    split: str
    history: tuple[Turn, ...]

    @property
    def decidable(self) -> bool:
        """Whether it counts for abstention: neither half an answer nor a question back is the right one."""
        return self.expect not in _LEFT_OUT

    @property
    def findable(self) -> bool:
        """Whether it counts for retrieval and answers."""
        return self.answerable and bool(self.gold_docs)


@dataclass(frozen=True, slots=True)
class EvalSet:
    """A set as it lies in a folder. `baseline` holds its row of the `baselines.json` beside it, if any."""

    name: str
    folder: Path
    questions: Sequence[Labelled]
    baseline: Mapping[str, float]
    history_baseline: Mapping[str, float]

    @property
    def settings_file(self) -> Path | None:
        file = self.folder / "deskhand.toml"
        return file if file.exists() else None

    @property
    def short_answers(self) -> bool:
        """Whether a right answer can be told by containing a reference: they have 4 words or less, typically."""
        lengths = [fmean(len(answer.split()) for answer in q.answers) for q in self.questions if q.answers]
        return bool(lengths) and median(lengths) <= _SHORT

    @property
    def conversational(self) -> bool:
        return any(question.history for question in self.questions)


def load_set(folder: Path, *, split: Split = "dev", limit: int | None = None) -> EvalSet:
    """The set in `folder` with the questions of `split`, of which `limit` spread evenly over the file."""
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [_labelled(json.loads(line)) for line in lines if line.strip()]
    questions = [question for question in questions if split in ("all", question.split)]
    if limit is not None and len(questions) > limit:
        questions = [questions[i * len(questions) // limit] for i in range(limit)]
    baselines: dict[str, Any] = {}
    if (file := folder.parent / "baselines.json").exists():
        baselines = json.loads(file.read_text(encoding="utf-8"))["retrieval"]
    name = folder.resolve().name
    return EvalSet(name, folder, questions, baselines.get(name, {}), baselines.get(f"{name}+history", {}))


def _labelled(row: Mapping[str, Any]) -> Labelled:
    pages = (page.rpartition("#page=") for page in row.get("gold_pages", ()))
    gold = frozenset(row["gold_docs"])
    restricted = row.get("kind") == "restricted" or any(document.startswith("hr-only/") for document in gold)
    return Labelled(
        id=row["id"],
        text=row["question"],
        answerable=row["answerable"],
        gold_docs=gold,
        gold_spans=tuple(row.get("gold_answer_spans", ())),
        gold_pages=frozenset((file, int(number)) for file, _, number in pages),
        answers=tuple(row.get("answers", ())),
        groups=frozenset({MEMBERS, PUBLIC, _RESTRICTED} if restricted else {MEMBERS, PUBLIC}),
        kind=row.get("kind", ""),
        expect=row.get("expect") or ("answer" if row["answerable"] else "abstain"),
        split=row.get("split", "dev"),
        history=tuple(Turn(turn["role"], turn["content"]) for turn in row.get("history", ())),
    )
