"""Scores labelled sets with the product as it is: `python -m tests.evals [PATH ...]`."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.evals import metrics, scores
from tests.evals.asking import CACHE, Asked, ask_set
from tests.evals.prototype import prototype_rankings
from tests.evals.questions import EvalSet, Labelled, load_set
from tests.evals.tables import Row, show

SAMPLE = Path(__file__).parents[2] / "knowledge" / "sample"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = asyncio.run(_rows(options))
    console = Console(width=None if Console().is_terminal else 180)
    show(rows, console)
    if options.json:
        options.json.write_text(json.dumps([_as_json(row) for row in rows], indent=1), encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evals", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[SAMPLE], metavar="PATH", help="folders of sets")
    parser.add_argument("--split", choices=("dev", "tune", "all"), default="dev")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"where indexes stay ({CACHE})")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all figures to this file too")
    parser.add_argument("--prototype", action="store_true", help="compare with plain chunks and fusion")
    parser.add_argument("--history", action="store_true", help="ask conversational sets with their history too")
    parser.add_argument("--limit", type=int, metavar="N", help="only N questions of each set")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today(), metavar="YYYY-MM-DD")
    return parser


async def _rows(options: argparse.Namespace) -> list[Row]:
    rows = []
    for path in options.paths:
        given = load_set(path, split=options.split, limit=options.limit)
        asked = await ask_set(given, today=options.today, cache=options.cache)
        plain = await prototype_rankings(given, cache=options.cache) if options.prototype else []
        rows.append(_row(given, asked, plain))
        if options.history and given.conversational:
            again = await ask_set(given, today=options.today, cache=options.cache, history=True, index=False)
            rows.append(_row(given, again, [], history=True))
    return rows


def _row(
    given: EvalSet, asked: Sequence[Asked], plain: Sequence[tuple[Labelled, list[str]]], *, history: bool = False
) -> Row:
    return Row(
        name=f"{given.name}+history" if history else given.name,
        retrieval=scores.retrieval(asked),
        answers=scores.answers(given, asked),
        abstention=scores.abstention(asked),
        baseline=given.history_baseline if history else given.baseline,
        ndcg=_ndcg(scores.rankings(asked)),
        prototype=scores.Retrieval(**scores.of_rankings(plain)) if plain else None,
        prototype_ndcg=_ndcg(plain),
    )


def _ndcg(rankings: Sequence[tuple[Labelled, list[str]]]) -> list[float]:
    return [metrics.ndcg(documents, labelled.gold_docs, at=10) for labelled, documents in rankings]


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "set": row.name,
        "retrieval": scores.as_json(row.retrieval),
        "prototype": scores.as_json(row.prototype) if row.prototype else None,
        "answers": scores.as_json(row.answers),
        "abstention": scores.as_json(row.abstention),
        "baseline": dict(row.baseline),
    }
