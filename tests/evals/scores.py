"""From answered questions to the figures of a set. Every figure comes with the number of questions behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, median
from typing import Any

import numpy as np

from knowledge.models import Evidence
from tests.evals import metrics
from tests.evals.asking import Asked, holds_answer
from tests.evals.questions import EvalSet, Labelled

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Over the answerable questions. `page_hit_5` is of the gold page or the one after it (PDF sets)."""

    n: int
    recall_5: float
    hit_1: float
    hit_5: float
    ndcg_10: float
    mrr_10: float
    passage_hit_5: float = NAN
    n_passage: int = 0
    page_hit_5: float = NAN
    n_page: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """Over the answerable questions, whatever the outcome.

    `contained` is nan in sets with long reference answers; `span_quoted` is the share of answers with at least half of
    the word trigrams of a gold span. `cited_gold` is the share of all cited documents that are gold, `first_gold` the
    share of answers whose first citation is.
    """

    n: int
    contained: float
    span_quoted: float
    words_median: float
    words_mean: float
    cited_gold: float
    first_gold: float
    f1: float
    f1_highlight: float
    em_highlight: float
    answered: float


@dataclass(frozen=True, slots=True)
class Abstention:
    """Over all questions but those of kind partial and clarify.

    `aurc_document` counts an answer as right when its first citation is of a gold document, as the baseline does;
    all that follows uses `Asked.right`. The last three are at the shipped threshold.
    """

    n_answerable: int
    n_unanswerable: int
    auroc: float
    aurc_document: float
    aurc: float
    aurc_oracle: float
    error_50: float
    error_70: float
    error_90: float
    coverage_5: float
    ece: float
    answered: float
    precision: float
    unanswerable_answered: float


def rankings(asked: Sequence[Asked]) -> list[tuple[Labelled, list[str]]]:
    return [(each.labelled, each.ranked) for each in asked if each.labelled.findable]


def retrieval(asked: Sequence[Asked]) -> Retrieval:
    found = [each for each in asked if each.labelled.findable]
    with_spans = [each for each in found if each.labelled.gold_spans]
    with_pages = [each for each in found if each.labelled.gold_pages]
    return Retrieval(
        **of_rankings(rankings(asked)),
        passage_hit_5=_mean(_passage_hit(each) for each in with_spans),
        n_passage=len(with_spans),
        page_hit_5=_mean(_page_hit(each) for each in with_pages),
        n_page=len(with_pages),
    )


def of_rankings(ranked: Sequence[tuple[Labelled, list[str]]]) -> dict[str, Any]:
    """The figures that need nothing but the order of documents, by the names of `Retrieval`."""

    def over(measure: Callable[..., float], at: int) -> float:
        return _mean(measure(documents, labelled.gold_docs, at=at) for labelled, documents in ranked)

    return {
        "n": len(ranked),
        "recall_5": over(metrics.recall, 5),
        "hit_1": over(metrics.hit, 1),
        "hit_5": over(metrics.hit, 5),
        "ndcg_10": over(metrics.ndcg, 10),
        "mrr_10": over(metrics.mrr, 10),
    }


def answers(given: EvalSet, asked: Sequence[Asked]) -> Answers:
    found = [each for each in asked if each.labelled.findable]
    texts = [(each, each.labelled.answers) for each in found if each.labelled.answers]
    cited = [document in each.labelled.gold_docs for each in found for document in each.cited]
    words = [len(each.text.split()) for each in found]
    return Answers(
        n=len(found),
        contained=_mean(holds_answer(each.text, wanted) for each, wanted in texts) if given.short_answers else NAN,
        span_quoted=_mean(_quotes_span(each) for each in found if each.labelled.gold_spans),
        words_median=median(words) if words else NAN,
        words_mean=_mean(words),
        cited_gold=_mean(cited),
        first_gold=_mean(bool(each.cited) and each.cited[0] in each.labelled.gold_docs for each in found),
        f1=_mean(metrics.token_f1(each.text, wanted) for each, wanted in texts),
        f1_highlight=_mean(metrics.token_f1(each.highlighted, wanted) for each, wanted in texts),
        em_highlight=_mean(metrics.exact_match(each.highlighted, wanted) for each, wanted in texts),
        answered=_mean(each.answer.outcome == "answered" for each in found),
    )


def abstention(asked: Sequence[Asked]) -> Abstention:
    found = [each for each in asked if each.labelled.decidable]
    sure = np.array([each.answer.confidence for each in found])
    right = np.array([each.right for each in found], dtype=float)
    document = [bool(each.cited) and each.cited[0] in each.labelled.gold_docs for each in found]
    answerable = np.array([each.labelled.answerable for each in found], dtype=bool)
    given = np.array([each.answer.outcome == "answered" for each in found], dtype=bool)
    return Abstention(
        n_answerable=int(answerable.sum()),
        n_unanswerable=int((~answerable).sum()),
        auroc=metrics.auroc(sure[answerable], sure[~answerable]),
        aurc_document=metrics.aurc(sure, document),
        aurc=metrics.aurc(sure, right),
        aurc_oracle=metrics.aurc(right, right),
        error_50=metrics.error_at(sure, right, coverage=0.5),
        error_70=metrics.error_at(sure, right, coverage=0.7),
        error_90=metrics.error_at(sure, right, coverage=0.9),
        coverage_5=metrics.coverage_at(sure, right, error=0.05),
        ece=metrics.ece(sure, right),
        answered=float(given.mean()),
        precision=_mean(right[given]),
        unanswerable_answered=_mean(given[~answerable]),
    )


def as_json(scored: Retrieval | Answers | Abstention) -> dict[str, float | None]:
    """By name; what could not be computed is None."""
    return {name: None if value != value else value for name, value in asdict(scored).items()}  # noqa: PLR0124


def _passage_hit(asked: Asked) -> bool:
    passages = [evidence.passage.text for evidence in asked.answer.evidence[:5]]
    return any(metrics.passage_matches(text, span) for text in passages for span in asked.labelled.gold_spans)


def _quotes_span(asked: Asked) -> bool:
    return any(metrics.passage_matches(asked.text, span) for span in asked.labelled.gold_spans)


def _page_hit(asked: Asked) -> bool:
    return any(_on_page(evidence, asked.labelled) for evidence in asked.answer.evidence[:5])


def _on_page(evidence: Evidence, labelled: Labelled) -> bool:
    document, page = evidence.passage.document.id, evidence.passage.page
    return page is not None and not labelled.gold_pages.isdisjoint({(document, page), (document, page - 1)})


def _mean(values: Iterable[float]) -> float:
    found = [float(value) for value in values]
    return fmean(found) if found else NAN
