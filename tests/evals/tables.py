"""The tables that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bot.confidence import SHIPPED_THRESHOLD
from tests.evals.metrics import bootstrap
from tests.evals.scores import Abstention, Answers, Retrieval

_BASELINE = {
    "recall_5": "recall@5",
    "hit_1": "hit@1",
    "hit_5": "hit@5",
    "ndcg_10": "nDCG@10",
    "mrr_10": "MRR@10",
    "passage_hit_5": "span_hit@5",
    "page_hit_5": "page_hit@5",
}


@dataclass(frozen=True, slots=True)
class Row:
    """All about one set. `ndcg` and `prototype_ndcg` hold nDCG@10 of each question, in the same order."""

    name: str
    retrieval: Retrieval
    answers: Answers
    abstention: Abstention
    baseline: Mapping[str, float]
    ndcg: Sequence[float]
    prototype: Retrieval | None = None
    prototype_ndcg: Sequence[float] = field(default=())


def show(rows: Sequence[Row], console: Console) -> None:
    console.print(_retrieval(rows))
    if any(row.prototype for row in rows):
        _show_prototype([row for row in rows if row.prototype], console)
    console.print(_answers(rows))
    console.print(_abstention(rows))
    console.print(_at_threshold(rows))


def _retrieval(rows: Sequence[Row]) -> Table:
    columns = ("recall@5", "hit@1", "hit@5", "nDCG@10", "MRR@10", "passage hit@5", "page hit@5")
    table = _table("Retrieval (answerable questions)", ("set", "", "n", *columns))
    for row in rows:
        ours = row.retrieval
        table.add_row(row.name, "ours", str(ours.n), *(_three(getattr(ours, name)) for name in _BASELINE))
        if row.baseline:
            theirs = (_three(row.baseline.get(name)) for name in _BASELINE.values())
            table.add_row("", "BM25 baseline", str(row.baseline["n"]), *theirs)
        if row.prototype:
            plain = (_three(getattr(row.prototype, name)) for name in _BASELINE)
            table.add_row("", "prototype", str(row.prototype.n), *plain)
    return table


def _show_prototype(rows: Sequence[Row], console: Console) -> None:
    table = _table(
        "Ours against the prototype",
        ("set", "n", "recall@5", "plain", "in questions", "nDCG@10", "plain", "difference"),
    )
    for row in rows:
        ours, plain = row.retrieval, row.prototype
        assert plain is not None
        questions = (ours.recall_5 - plain.recall_5) * ours.n
        table.add_row(
            row.name, str(ours.n), _three(ours.recall_5), _three(plain.recall_5), f"{questions:+.1f}",
            _three(ours.ndcg_10), _three(plain.ndcg_10), f"{ours.ndcg_10 - plain.ndcg_10:+.3f}",
        )  # fmt: skip
    console.print(table)
    mine = sum(row.retrieval.ndcg_10 for row in rows) / len(rows)
    theirs = sum(row.prototype.ndcg_10 for row in rows if row.prototype) / len(rows)
    pairs = [[a - b for a, b in zip(row.ndcg, row.prototype_ndcg, strict=True)] for row in rows]
    low, high = bootstrap(pairs)
    console.print(
        f"Macro nDCG@10 over {len(rows)} sets: ours {mine:.3f}, prototype {theirs:.3f}, difference "
        f"{mine - theirs:+.3f}, 95 % paired bootstrap interval {low:+.3f} to {high:+.3f} "
        f"({sum(map(len, pairs))} questions, drawn again within each set)\n"
    )


def _answers(rows: Sequence[Row]) -> Table:
    columns = (
        "set", "n", "contained", "gold span", "words median", "mean", "citation precision", "first citation gold",
        "F1 answer", "F1 highlight", "EM highlight", "answered",
    )  # fmt: skip
    table = _table("Answers (answerable questions, whatever the outcome)", columns)
    for row in rows:
        found = row.answers
        figures = (found.cited_gold, found.first_gold, found.f1, found.f1_highlight, found.em_highlight, found.answered)
        held = (_three(found.contained), _three(found.span_quoted))
        words = (f"{found.words_median:.0f}", f"{found.words_mean:.1f}")
        table.add_row(row.name, str(found.n), *held, *words, *map(_three, figures))
    return table


def _abstention(rows: Sequence[Row]) -> Table:
    columns = (
        "set", "n yes+no", "AUROC", "BM25", "AURC doc", "BM25", "AURC", "oracle", "err@50", "err@70", "err@90",
        "cov@5% err", "ECE",
    )  # fmt: skip
    table = _table("Abstention (no partial, no clarify; BM25 = baseline's score / query terms)", columns)
    for row in rows:
        found = row.abstention
        table.add_row(
            row.name, f"{found.n_answerable}+{found.n_unanswerable}",
            _three(found.auroc), _three(row.baseline.get("AUROC_norm")),
            _three(found.aurc_document), _three(row.baseline.get("AURC_norm")),
            *map(_three, (found.aurc, found.aurc_oracle, found.error_50, found.error_70, found.error_90)),
            *map(_three, (found.coverage_5, found.ece)),
        )  # fmt: skip
    return table


def _at_threshold(rows: Sequence[Row]) -> Table:
    columns = ("set", "n", "answered", "precision among answered", "unanswerable answered")
    table = _table(f"At the shipped threshold {SHIPPED_THRESHOLD:.2f}", columns)
    for row in rows:
        found = row.abstention
        n = str(found.n_answerable + found.n_unanswerable)
        table.add_row(row.name, n, *map(_three, (found.answered, found.precision, found.unanswerable_answered)))
    return table


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _three(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"  # noqa: PLR0124
