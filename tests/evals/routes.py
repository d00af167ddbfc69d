"""What the routes are worth: `python -m tests.evals.routes [SET_PATH ...]`.

Of labelled messages (`routes.jsonl`): accuracy, and precision and recall of each route. Thresholds and patterns were
chosen on the split `tune`. Some misses on `dev` were looked at too: a message never seen fares a little worse, of 45
requests for a person 43 were found when first asked. Of question sets: how many answerable questions would be sent
elsewhere than to the documents. Exit status 1 if a figure misses what is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from adapters.onnx_embedder import OnnxEmbedder
from bot.router.routes import RouteClassifier, RouteGuess
from knowledge.ports import Embedder
from tests.evals.asking import CACHE
from tests.evals.questions import load_set
from tests.evals.routing import embedded

_MESSAGES: Final = Path(__file__).parent / "routes.jsonl"
_SAMPLE: Final = Path("knowledge/sample")
_RECALL: Final[Mapping[str, float]] = {"person": 0.98, "knowledge": 0.97}
_AWAY: Final[Mapping[str, float]] = {"sample": 0.0, "support_mtrag": 0.03}
_OTHERS_AWAY: Final = 0.01


@dataclass(frozen=True, slots=True)
class Routed:
    text: str
    route: str
    split: str
    guess: RouteGuess


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.evals.routes", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="SET_PATH", help="question sets, beside the sample")
    parser.add_argument("--show", action="store_true", help="print what goes wrong")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help=f"where embeddings stay ({CACHE})")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if Console().is_terminal else 150)
    return 0 if asyncio.run(_run(options.paths, cache=options.cache, show=options.show, console=console)) else 1


async def _run(paths: Sequence[Path], *, cache: Path, show: bool, console: Console) -> bool:
    embedder = OnnxEmbedder()
    routes = await RouteClassifier.load(embedder=embedder)
    rows = [json.loads(line) for line in _MESSAGES.read_text(encoding="utf-8").splitlines()]
    guesses = await _guesses(routes, [row["text"] for row in rows], embedder=embedder, cache=cache)
    routed = [Routed(row["text"], row["route"], row["split"], guess) for row, guess in zip(rows, guesses, strict=True)]
    met = [_print_messages(routed, split=split, console=console) for split in ("tune", "dev", "")]
    if show:
        _print_wrong([each for each in routed if each.guess.name != each.route], console=console)
    away: dict[str, tuple[int, list[Routed]]] = {}
    for path in (_SAMPLE, *paths):
        asked = [question.text for question in load_set(path, split="all").questions if question.answerable]
        found = zip(asked, await _guesses(routes, asked, embedder=embedder, cache=cache), strict=True)
        wrong = [Routed(text, "knowledge", "", guess) for text, guess in found if guess.name != "knowledge"]
        away[path.name] = (len(asked), wrong)
    met.append(_print_away(away, console=console))
    if show:
        _print_wrong([each for _, wrong in away.values() for each in wrong], console=console)
    return all(met[1:])


async def _guesses(
    routes: RouteClassifier, texts: Sequence[str], *, embedder: Embedder, cache: Path
) -> list[RouteGuess]:
    vectors = await embedded(texts, embedder=embedder, cache=cache)
    return [routes.classify(text, vector) for text, vector in zip(texts, vectors, strict=True)]


def _print_messages(routed: Sequence[Routed], *, split: str, console: Console) -> bool:
    """Print the table of a split, of all if it is empty; true if it meets what is asked."""
    given = [each for each in routed if split in ("", each.split)]
    right = sum(each.guess.name == each.route for each in given)
    table = Table(title=f"Messages, {split or 'all'}: accuracy {right / len(given):.3f} of {len(given)}")
    for column in ("route", "messages", "recall", "asked", "precision"):
        table.add_column(column)
    met = True
    for name in dict.fromkeys(each.route for each in given):
        of_route = [each for each in given if each.route == name]
        taken = [each for each in given if each.guess.name == name]
        hits = sum(each.guess.name == name for each in of_route)
        recall = hits / len(of_route)
        met = met and recall >= _RECALL.get(name, 0.0)
        asked = f">= {_RECALL[name]}" if name in _RECALL else ""
        precision = f"{hits / len(taken):.3f}" if taken else ""
        table.add_row(name, str(len(of_route)), f"{recall:.3f}", asked, precision)
    console.print(table)
    return met


def _print_away(away: Mapping[str, tuple[int, Sequence[Routed]]], *, console: Console) -> bool:
    table = Table(title="Answerable questions that are not sent to the documents")
    for column in ("set", "questions", "away", "asked", "where to"):
        table.add_column(column)
    met = True
    for name, (count, wrong) in away.items():
        most = _AWAY.get(name, _OTHERS_AWAY)
        share = len(wrong) / count
        met = met and (share < most or share == 0)
        names = [each.guess.name for each in wrong]
        to = ", ".join(f"{route} {names.count(route)}" for route in dict.fromkeys(names))
        table.add_row(name, str(count), f"{share:.2%}", f"< {most:.0%}" if most else "0 %", to)
    console.print(table)
    return met


def _print_wrong(wrong: Sequence[Routed], *, console: Console) -> None:
    for each in wrong:
        console.print(
            f"{each.route} -> {each.guess.name} {each.guess.probability:.2f} {each.split}: {each.text[:150]}",
            markup=False,
        )


if __name__ == "__main__":
    sys.exit(main())
