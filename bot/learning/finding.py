"""What publishing a document would change, in words and as it is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.models import Answer, Outcome, Person


@dataclass(frozen=True, slots=True)
class Seen:
    """How a question is answered: `titles` are those of the documents that are quoted."""

    outcome: Outcome
    confidence: float
    titles: tuple[str, ...]

    @property
    def text(self) -> str:
        named = f" from {', '.join(f'*{title}*' for title in self.titles)}" if self.titles else ""
        sure = f"{round(100 * self.confidence)} %"
        return f"answered{named} ({sure})" if self.outcome == "answered" else f"not sure enough ({sure})"


@dataclass(frozen=True, slots=True)
class Changed:
    """A golden question that would be answered otherwise. `audiences` are those of its right sources.

    `question` is empty in what is kept, unless it is pinned: whoever asked it may want to be forgotten.
    """

    origin: str
    question: str
    audiences: tuple[tuple[str, ...], ...]
    before: Seen
    after: Seen

    def may_be_shown(self, to: Person) -> bool:
        return to.may("admin") or all(to.readable.intersection(audience) for audience in self.audiences)


@dataclass(frozen=True, slots=True)
class Finding:
    """The check of a document: its question without and with it, and the golden questions with it.

    `cited`: with it, the answer quotes it. `alone` is what its words would do without their question above them, by
    which they are always found. `golden` counts the golden questions that are answered right without it; of these,
    `broken` would not be any more, and `joined` would, but quoting it too. `already` is the title of the document that
    answers its question without it, empty if none does. `withheld` is the route of a question that is not answered
    however much is known, such as one about somebody's own records.
    """

    before: Seen
    after: Seen
    alone: Seen
    cited: bool
    golden: int
    broken: tuple[Changed, ...] = ()
    joined: tuple[Changed, ...] = ()
    already: str = ""
    withheld: str = ""

    @property
    def improves(self) -> bool:
        """Its question is answered from it, or at least with more confidence thanks to it."""
        more = self.after.outcome == "answered" or self.after.confidence > self.before.confidence
        return self.cited and more and not self.withheld

    @property
    def passes(self) -> bool:
        return self.improves and not self.broken

    def text(self, to: Person) -> str:
        """In words, in the small Markdown of replies; golden questions from documents that `to` may not read are
        counted only."""
        change = f"{self.before.text} → {self.after.text}"
        if self.improves and self.after.outcome != "answered":
            lines = [f"**It helps with its question, but not enough to answer it**: {change}."]
        elif self.improves and self.already:
            lines = [f"**It changes the answer to its question**: {change}."]
        elif self.improves:
            lines = [f"**It improves its question**: {change}."]
        elif self.withheld:
            named = f"such a question ({self.withheld.replace('_', ' ')}) is not answered from documents"
            lines = [f"**It does not improve its question**: {named}."]
        elif self.cited:
            lines = [f"**It does not improve its question**: {change}."]
        else:
            lines = [f"**It does not improve its question**: {change}, and the answer does not quote it."]
        if self.already:
            lines.append(f"*{self.already}* answers it already: if that is wrong, correct it there.")
        elif self.improves and self.alone.outcome != "answered":
            lines.append(
                "It answers only this very question: its own words say too little for other ways to ask it "
                f"({round(100 * self.alone.confidence)} %)."
            )
        return "\n\n".join([*lines, *self._of_golden(to)])

    def to_json(self) -> str:
        kept: dict[str, Any] = asdict(self)
        for changed in (*kept["broken"], *kept["joined"]):
            if not changed["origin"].startswith("pin "):
                changed["question"] = ""
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Finding:
        """Raises ValueError for what `to_json` did not make."""
        try:
            read: dict[str, Any] = json.loads(text)
            read |= {name: _seen(read[name]) for name in ("before", "after", "alone")}
            read |= {name: tuple(map(_changed, read[name])) for name in ("broken", "joined")}
            return cls(**read)
        except (AttributeError, KeyError, TypeError) as exc:
            raise ValueError("This is no finding.") from exc

    def _of_golden(self, to: Person) -> Sequence[str]:
        if not self.golden:
            return ["There are no golden questions yet that it could break: pin answers, or vote for good ones."]
        lines = [f"It breaks no golden question ({self.golden} looked at)."]
        if self.broken:
            lines = [f"**It breaks {len(self.broken)} of {self.golden} golden questions**:", _listed(self.broken, to)]
        if self.joined:
            lines += ["It adds to the answers of these, which must not contradict it:", _listed(self.joined, to)]
        return lines


def told(check: str, to: Person) -> str:
    """`Learned.check` in words; empty if it was not checked yet."""
    try:
        return Finding.from_json(check).text(to) if check else ""
    except ValueError:
        return check


def seen(answer: Answer) -> Seen:
    titles = dict.fromkeys(citation.passage.document.title for citation in answer.citations)
    return Seen(answer.outcome, round(answer.confidence, 3), tuple(titles))


def _listed(changes: Sequence[Changed], to: Person) -> str:
    shown = [
        f"- {each.question or each.origin}: {each.before.text} → {each.after.text}"
        for each in changes
        if each.may_be_shown(to)
    ]
    if hidden := len(changes) - len(shown):
        shown.append(f"- {hidden} that you cannot be shown: ask an admin")
    return "\n".join(shown)


def _seen(read: dict[str, Any]) -> Seen:
    return Seen(read["outcome"], read["confidence"], tuple(read["titles"]))


def _changed(read: dict[str, Any]) -> Changed:
    audiences = tuple(map(tuple, read["audiences"]))
    return Changed(read["origin"], read["question"], audiences, _seen(read["before"]), _seen(read["after"]))
