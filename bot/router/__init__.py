"""A question's way to its answer, as one LangChain Runnable: retrieve -> answer -> verify -> score.

A follow-up question is searched, answered and scored as it was understood from the conversation.
The command line and every chat channel run this same one; callbacks see each step by its name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import Runnable, RunnableLambda, RunnableSequence
from langsmith.run_helpers import tracing_context

from bot.answerer import Answerer
from bot.confidence import confidence
from bot.models import Answer, Draft, Question, quotes_markdown
from bot.router.followups import standalone, together
from bot.verifier import verify
from knowledge.models import Evidence, Retrieval
from knowledge.ports import Embedder
from knowledge.retriever import Retriever, best_documents


@dataclass(frozen=True, slots=True)
class _Retrieved:
    question: Question
    text: str
    """The question as it was understood: its own words unless it follows up on earlier turns."""
    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class _Drafted(_Retrieved):
    draft: Draft


def build_router(*, retriever: Retriever, embedder: Embedder, threshold: float) -> Runnable[Question, Answer]:
    """The Runnable, for `ask`; asynchronous only."""
    answerer = Answerer(embedder=embedder)

    async def search(question: Question, *, text: str) -> Retrieval:
        return await retriever.search(
            text, groups=question.groups, today=question.today, collections=question.collections
        )

    async def retrieve(question: Question) -> _Retrieved:
        text = standalone(question.text, question.history)
        if text == question.text:
            return _Retrieved(question, text, await search(question, text=text))
        alone, understood = await asyncio.gather(search(question, text=question.text), search(question, text=text))
        found = together(question.text, alone=alone, understood=understood)
        return _Retrieved(question, question.text if found is alone else text, found)

    async def answer(found: _Retrieved) -> _Drafted:
        draft = await answerer.answer(found.text, found.retrieval)
        return _Drafted(found.question, found.text, found.retrieval, draft)

    async def check(drafted: _Drafted) -> _Drafted:
        return replace(drafted, draft=verify(drafted.draft, drafted.retrieval.evidence))

    async def score(verified: _Drafted) -> Answer:
        draft, evidence = verified.draft, verified.retrieval.evidence
        sure = confidence(verified.text, verified.retrieval, draft)
        answered = sure >= threshold and bool(draft.quotes)
        return Answer(
            outcome="answered" if answered else "unsure",
            quotes=draft.quotes,
            citations=draft.citations,
            evidence=evidence,
            confidence=sure,
            threshold=threshold,
            reply=quotes_markdown(draft.quotes) if answered else _not_found(evidence),
            standalone=verified.text if verified.text != verified.question.text else "",
        )

    return RunnableSequence(
        RunnableLambda(retrieve, name="retrieve"),
        RunnableLambda(answer, name="answer"),
        RunnableLambda(check, name="verify"),
        RunnableLambda(score, name="score"),
        name="router",
    )


async def ask(router: Runnable[Question, Answer], question: Question) -> Answer:
    """Run the router. Raises what `Retriever.search` raises.

    Tracing is off whatever the environment says: with LANGSMITH_TRACING set, LangChain would send the question and all
    evidence to another host.
    """
    with tracing_context(enabled=False):
        return await router.ainvoke(question)


def _not_found(evidence: Sequence[Evidence]) -> str:
    """What an asker sees in place of an answer: never a bare "I don't know"."""
    closest = best_documents(evidence, most=3)
    if not closest:
        return "I couldn't find anything about this in the documents you can read. A person should answer it."
    titles = [f"*{entry.passage.document.title}*" for entry in closest]
    listed = " or ".join(([", ".join(titles[:-1])] if titles[1:] else []) + titles[-1:])
    return (
        f"I couldn't find a sure answer to this. The closest I have is in {listed}, "
        "but I'd rather have a person answer than guess."
    )
