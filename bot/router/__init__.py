"""A question's way to its answer, as one LangChain Runnable: route -> retrieve -> answer -> verify -> score.

The route says what kind of message it is and where to look; it withholds nothing: where a topic's own collections do
not hold the answer, all are searched, and that a question is out of scope is only said after nothing was found.
A follow-up question is searched, answered and scored as it was understood from the conversation.
The command line and every chat channel run this same one; callbacks see each step by its name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from langchain_core.runnables import Runnable, RunnableLambda, RunnableSequence
from langsmith.run_helpers import tracing_context

from bot.answerer import Answerer
from bot.confidence import confidence
from bot.models import Answer, Draft, Question, Route, RouteName, quotes_markdown
from bot.router.followups import standalone, together
from bot.router.routing import Routing
from bot.verifier import verify
from knowledge.models import Evidence, FloatArray, Retrieval
from knowledge.ports import Embedder
from knowledge.retriever import Retriever, best_documents

_SEARCHED: Final[frozenset[RouteName]] = frozenset({"knowledge", "admin"})
"""Routes on which an answer is given where there is one: "status" alone may be a question too."""
_FAR: Final = 0.35
"""The cosine below which the nearest passage is about something else."""


@dataclass(frozen=True, slots=True)
class _Routed:
    question: Question
    understood: str
    """The question made to stand alone: its own words unless it follows up on earlier turns."""
    text: str
    """What is searched and answered: `understood`, or the question's own words where that finds nothing better."""
    vector: FloatArray
    """Of the question's own words."""
    route: Route


@dataclass(frozen=True, slots=True)
class _Retrieved(_Routed):
    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class _Drafted(_Retrieved):
    draft: Draft


def build_router(
    *, retriever: Retriever, embedder: Embedder, threshold: float, routing: Routing
) -> Runnable[Question, Answer]:
    """The Runnable, for `ask`; asynchronous only."""
    answerer = Answerer(embedder=embedder)

    async def route(question: Question) -> _Routed:
        text = standalone(question.text, question.history)
        vector = (await embedder.embed([question.text]))[0]
        chosen = await routing.route(question, vector=vector, follows_up=text != question.text)
        return _Routed(question, text, text, vector, chosen)

    async def search(routed: _Routed, *, text: str, vector: FloatArray | None = None) -> Retrieval:
        question = routed.question
        return await retriever.search(
            text, groups=question.groups, today=question.today, collections=routed.route.collections, vector=vector
        )

    async def retrieve(routed: _Routed) -> _Retrieved:
        asked, understood = routed.question.text, routed.understood
        alone = search(routed, text=asked, vector=routed.vector)
        if understood == asked:
            return _retrieved(routed, asked, await alone)
        own, whole = await asyncio.gather(alone, search(routed, text=understood))
        found = together(asked, alone=own, understood=whole)
        return _retrieved(routed, asked if found is own else understood, found)

    async def answer(found: _Retrieved) -> _Drafted:
        draft = await answerer.answer(found.text, found.retrieval)
        return _Drafted(found.question, found.understood, found.text, found.vector, found.route, found.retrieval, draft)

    async def check(drafted: _Drafted) -> _Drafted:
        return replace(drafted, draft=verify(drafted.draft, drafted.retrieval.evidence))

    def scored(verified: _Drafted) -> Answer:
        draft, evidence = verified.draft, verified.retrieval.evidence
        sure = confidence(verified.text, verified.retrieval, draft)
        route = verified.route
        answered = sure >= threshold and bool(draft.quotes) and route.name in _SEARCHED
        if route.name == "knowledge" and not route.topic and not answered and is_far(evidence):
            route = replace(route, name="out_of_scope")
        return Answer(
            outcome="answered" if answered else "unsure",
            quotes=draft.quotes,
            citations=draft.citations,
            evidence=evidence,
            confidence=sure,
            threshold=threshold,
            reply=quotes_markdown(draft.quotes) if answered else _not_found(evidence),
            route=route,
            standalone=verified.text if verified.text != verified.question.text else "",
        )

    async def score(verified: _Drafted) -> Answer:
        """Where the topic says, then, unless that was enough, wherever the question may look."""
        first, route, everywhere = scored(verified), verified.route, verified.question.collections
        if first.outcome == "answered" or route.name != "knowledge" or route.collections == everywhere:
            return first
        anywhere = replace(route, collections=everywhere)
        routed = _Routed(verified.question, verified.understood, verified.understood, verified.vector, anywhere)
        second = scored(await check(await answer(await retrieve(routed))))
        return second if second.confidence > first.confidence else first

    return RunnableSequence(
        RunnableLambda(route, name="route"),
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


def _retrieved(routed: _Routed, text: str, retrieval: Retrieval) -> _Retrieved:
    return _Retrieved(routed.question, routed.understood, text, routed.vector, routed.route, retrieval)


def is_far(evidence: Sequence[Evidence]) -> bool:
    """Whether nothing that was found is about the question at all.

    Of the off-topic questions of two public sets nine in ten have no passage so near, of the answerable ones of four
    sets one in two hundred (`python -m tests.evals.scope`).
    """
    return max((found.cosine for found in evidence), default=0.0) < _FAR


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
