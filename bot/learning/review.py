"""Review: what would an expert's answer change if it were a document, and is it to become one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.errors import CommandError, NotAllowed
from bot.learning.finding import Changed, Finding, seen
from bot.learning.golden import Golden, golden_questions
from bot.learning.source import document_id, loaded, owner
from bot.learning.text import blocks_of, one_line
from bot.models import LONGEST_QUESTION, Answer, AuditEntry, Learned, LearnedState, Person, Question
from bot.ports import Directory, Store, Work
from knowledge.models import MEMBERS, PUBLIC
from knowledge.overlay import OverlayIndex, unpublished
from knowledge.ports import Embedder, PassageIndex

Asking = Callable[[PassageIndex], Callable[[Question], Awaitable[Answer]]]
"""The whole router over an index, without answers that are remembered."""
Reindex = Callable[[Work, Person], Awaitable[object]]
"""Orders, in the transaction of the approval, that the source `learned` is indexed."""


@dataclass(frozen=True, slots=True)
class Learning:
    """Checks and decides drafts. `index` is the published one; nothing here writes to it."""

    store: Store
    directory: Directory
    index: PassageIndex
    embedder: Embedder
    asking: Asking
    reindex: Reindex
    clock: Callable[[], datetime]

    async def check(self, learned: Learned) -> Finding:
        """What publishing it would change, for those who may read it.

        Raises CommandError if it could not be read by anybody or says nothing, and what a search raises.
        """
        _require_content(learned)
        readers = await self._readers(learned.audience)
        with_it, alone = await self._over(learned), await self._over(replace(learned, question=""))
        without = self.asking(OverlayIndex(self.index, (), without=[document_id(learned)]))
        question = self._question(learned.question, readers)
        before, after, unaided = await without(question), await with_it(question), await alone(question)
        async with self.store.reading() as work:
            golden = await golden_questions(work, directory=self.directory)
        right, broken, joined = 0, [], []
        for each in golden:
            # Asked by those who may read it: nobody else's answers change.
            asked = self._question(each.question, each.groups | readers)
            was = await without(asked)
            if not each.is_right(was):
                continue
            right, now = right + 1, await with_it(asked)
            if not each.is_right(now):
                broken.append(_changed(each, was, now))
            elif _cites(now, learned):
                joined.append(_changed(each, was, now))
        return Finding(
            before=seen(before),
            after=seen(after),
            alone=seen(unaided),
            cited=_cites(after, learned),
            golden=right,
            broken=tuple(broken),
            joined=tuple(joined),
            already=before.citations[0].passage.document.title if before.outcome == "answered" else "",
            withheld=after.route.name if after.outcome == "unsure" and after.confidence >= after.threshold else "",
        )

    async def approve(
        self, id: int, *, by: Person, audience: frozenset[str] | None = None, force: bool = False
    ) -> Learned:
        """Publish it, for the people it was drafted for unless `audience` names others; from then on `at` is that time.

        Raises NotAllowed, and CommandError with the finding if it does not improve its question or breaks a golden one,
        which an admin may `force`.
        """
        learned = await self._get(id)
        if learned.state == "approved":
            raise CommandError(f"Number {id} is approved already: reject it first if something is to change.")
        chosen = replace(learned, audience=learned.audience if audience is None else audience)
        _require_reviewer(by, learned)
        _require_right_to_show(by, learned, chosen.audience)
        if force and not by.may("admin"):
            raise NotAllowed("Only an admin can publish what did not pass its check.")
        finding = await self.check(chosen)
        accepted = finding.passes or force
        decided = replace(chosen, check=finding.to_json())
        if accepted:
            decided = replace(decided, state="approved", reviewer=by.id, at=self.clock())
        await self._save(decided, before=learned, by=by, detail=_outcome(finding, force=force))
        if not accepted:
            raise CommandError(f"It is not published.\n\n{finding.text(by)}")
        return decided

    async def reject(self, id: int, *, by: Person) -> Learned:
        """It becomes no document, or is one no more after the next run. Raises NotAllowed and CommandError."""
        learned = await self._get(id)
        if not by.may("expert"):
            raise NotAllowed("Only experts and admins can review this.")
        if learned.state == "rejected":
            raise CommandError(f"Number {id} is rejected already.")
        rejected = replace(learned, state="rejected", reviewer=by.id)
        await self._save(rejected, before=learned, by=by, detail=f"was {learned.state}")
        return rejected

    async def _get(self, id: int) -> Learned:
        async with self.store.reading() as work:
            learned = await work.learned.get(id)
        if learned is None:
            raise CommandError(f"There is no learned answer number {id}.")
        return learned

    async def _save(self, decided: Learned, *, before: Learned, by: Person, detail: str) -> None:
        action = decided.state if decided.state != "draft" else "refused"
        async with self.store.transaction() as work:
            now = await work.learned.get(before.id)
            if now is None or replace(now, check=before.check) != before:
                raise CommandError(f"Number {before.id} has changed meanwhile: look at it again.")
            await work.learned.save(decided)
            subject = f"learned {before.id}"
            await work.audit.add(AuditEntry(self.clock(), by.id, f"learned.{action}", subject, detail))
            if decided.state != before.state and "approved" in (decided.state, before.state):
                await self.reindex(work, by)

    async def _over(self, learned: Learned) -> Callable[[Question], Awaitable[Answer]]:
        """The router as if the document were published."""
        document = loaded(learned, owner=await owner(self.directory, learned.author))
        return self.asking(OverlayIndex(self.index, await unpublished(document, embedder=self.embedder)))

    async def _readers(self, audience: frozenset[str]) -> frozenset[str]:
        """What those who may read it can read: also what is public, and if one is a member what those may read."""
        people = await self.directory.people()
        inside = any(not person.external and person.groups & audience for person in people)
        return audience | ({MEMBERS, PUBLIC} if inside else {PUBLIC})

    def _question(self, text: str, groups: frozenset[str]) -> Question:
        return Question(one_line(text)[:LONGEST_QUESTION], groups, self.clock().date())


async def forget(work: Work, person: str) -> int:
    """Remove what somebody taught and what was learned from their questions; how many. Call it before `work.erase`,
    which removes the tickets that tell; published documents vanish at the next run."""
    states: tuple[LearnedState, ...] = ("draft", "approved", "rejected")
    count = 0
    for learned in [each for state in states for each in await work.learned.in_state(state)]:
        ticket = await work.tickets.get(learned.ticket) if learned.ticket else None
        if learned.author == person or (ticket is not None and ticket.asker == person):
            count += await work.learned.remove(learned.id)
    return count


def _require_content(learned: Learned) -> None:
    if not learned.audience:
        raise CommandError(f"Nobody may read number {learned.id}: say for which audience it is.")
    if not one_line(learned.question) or not blocks_of(learned.answer):
        raise CommandError(f"Number {learned.id} has no question or no answer: reject it.")


def _require_reviewer(by: Person, learned: Learned) -> None:
    if not by.may("expert"):
        raise NotAllowed("Only experts and admins can review this.")
    if by.id == learned.author and not by.may("admin"):
        raise NotAllowed("You wrote this yourself: somebody else has to review it.")


def _require_right_to_show(by: Person, learned: Learned, audience: frozenset[str]) -> None:
    """An expert reviews what they can read, and for no more people than it was written for."""
    if by.may("admin"):
        return
    if not learned.audience <= by.readable or not audience <= by.readable:
        raise NotAllowed("Not everything about this is meant for you: an admin has to review it.")
    if not audience <= learned.audience and PUBLIC not in learned.audience:
        raise NotAllowed("Only an admin can let more people read it than it was written for.")


def _changed(golden: Golden, before: Answer, after: Answer) -> Changed:
    audiences = tuple(tuple(sorted(source.audience)) for source in golden.sources)
    return Changed(golden.origin, golden.question, audiences, seen(before), seen(after))


def _cites(answer: Answer, learned: Learned) -> bool:
    return any(citation.passage.document.id == document_id(learned) for citation in answer.citations)


def _outcome(finding: Finding, *, force: bool) -> str:
    """For the audit, which holds no text of anybody."""
    forced = ", forced" if force and not finding.passes else ""
    improves = "improves its question" if finding.improves else "does not improve its question"
    return f"{improves}, breaks {len(finding.broken)} of {finding.golden} golden questions{forced}"
