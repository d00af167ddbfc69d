"""Fits the weights of `bot/confidence.py`: `python -m tests.evals.fit SET_PATH ...` (needs the extra `fit`).

Fits on the `tune` splits, reports on `dev`. "left out" is the honest figure for an organisation never seen: the set is
scored by weights that were fitted on the other sets only.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bot.confidence import BIAS, FIXED, WEIGHTS
from tests.evals import logistic, metrics
from tests.evals.asking import CACHE, Asked, ask_set
from tests.evals.logistic import Floats, Sample, Weights
from tests.evals.probes import probes
from tests.evals.questions import load_set

Scores = Callable[[Sample], Floats]

_GRID = np.arange(0.05, 0.96, 0.01)
_SHOWN = (0.4, 0.5, 0.6, 0.7)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    asked, probed = asyncio.run(_asked(options.paths, cache=options.cache, today=options.today))
    features = list(dict.fromkeys(name for found in asked.values() for each in found for name in each.features))
    used = [name not in FIXED for name in features]
    tune = _samples(asked, features, split="tune")
    dev = _samples(asked, features, split="dev")
    strength = logistic.best_strength(tune, used=used)

    def fitted(samples: Sequence[Sample]) -> Weights:
        return logistic.with_fixed(logistic.fit(samples, strength=strength, used=used), features, FIXED)

    weights = fitted(tune)
    left_out = {left.name: fitted(others) for left, others in logistic.leave_one_out(tune)}
    scorers: dict[str, Scores] = {
        "shipped": _shipped(features),
        "new": lambda given: weights.scores(given.rows),
        "left out": lambda given: left_out.get(given.name, weights).scores(given.rows),
    }
    single = {name: _single(at, float(weights.weights[at])) for at, name in enumerate(features)}
    console = Console(width=None if Console().is_terminal else 180)
    console.print(_ranking_table(dev, {**scorers, **single}))
    threshold = propose(tune, scorers["new"], precision=options.precision)
    for name, scores in scorers.items():
        console.print(_threshold_table(name, dev, scores, sorted({*_SHOWN, round(threshold, 2)})))
    console.print(_probe_table(_samples(probed, features, split="dev"), scorers["new"]))
    _paste(console, weights, features, strength=strength, threshold=threshold, precision=options.precision)
    return 0


def propose(samples: Sequence[Sample], scores: Scores, *, precision: float) -> float:
    """The lowest threshold from which on right / answered, sets weighted equally, stays at `precision` or more."""
    found = [(scores(given), given.right) for given in samples]
    best = 1.0
    for threshold in _GRID[::-1]:
        right = sum((correct & (sure >= threshold)).mean() for sure, correct in found)
        answered = sum((sure >= threshold).mean() for sure, _ in found)
        if answered and right / answered < precision:
            break
        best = float(threshold)
    return best


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.evals.fit", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="SET_PATH")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR")
    parser.add_argument("--precision", type=float, default=0.75, help="what the threshold is to reach (0.75)")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today(), metavar="YYYY-MM-DD")
    return parser


async def _asked(
    paths: Sequence[Path], *, cache: Path, today: date
) -> tuple[dict[str, list[Asked]], dict[str, list[Asked]]]:
    """All questions of each set, and the probes asked of it."""
    sets = [load_set(path, split="all") for path in paths]
    asked = {given.name: await ask_set(given, today=today, cache=cache) for given in sets}
    probed = {given.name: await ask_set(probes(given), today=today, cache=cache, index=False) for given in sets}
    return asked, probed


def _samples(asked: dict[str, list[Asked]], features: Sequence[str], *, split: str) -> list[Sample]:
    return [
        logistic.sample(name, (each for each in found if each.labelled.split == split), features)
        for name, found in asked.items()
    ]


def _shipped(features: Sequence[str]) -> Scores:
    shipped = {**WEIGHTS, **FIXED}
    weights = Weights(np.array([shipped.get(name, 0.0) for name in features]), BIAS)
    return lambda given: weights.scores(given.rows)


def _single(at: int, weight: float) -> Scores:
    return lambda given: given.rows[:, at] * (1 if weight >= 0 else -1)


def _ranking_table(samples: Sequence[Sample], scorers: dict[str, Scores]) -> Table:
    table = Table(title="AUROC answerable / unanswerable, and AURC of right answers, on dev", title_justify="left")
    table.add_column("")
    for given in samples:
        table.add_column(f"{given.name}\n{given.answerable.sum()}+{(~given.answerable).sum()}", justify="right")
    table.add_column("mean", justify="right")
    for name, scores in scorers.items():
        pairs = []
        for given in samples:
            sure = scores(given)
            auroc = metrics.auroc(sure[given.answerable], sure[~given.answerable])
            pairs.append((auroc, metrics.aurc(sure, given.right)))
        pairs.append((float(np.nanmean([a for a, _ in pairs])), float(np.mean([b for _, b in pairs]))))
        table.add_row(name, *(f"{auroc:.3f} / {aurc:.3f}" for auroc, aurc in pairs))
    return table


def _threshold_table(name: str, samples: Sequence[Sample], scores: Scores, thresholds: Sequence[float]) -> Table:
    title = f"Weights: {name}. Precision among answered / share answered / share of unanswerable answered, on dev"
    table = Table(title=title, title_justify="left")
    table.add_column("set (n), ECE")
    for threshold in thresholds:
        table.add_column(f"at {threshold:.2f}", justify="right")
    for given in samples:
        sure = scores(given)
        outcomes = [_outcome(given, sure >= threshold) for threshold in thresholds]
        cells = (
            f"{_ratio(right, all_):.2f} / {all_:.2f} / {unanswerable:.2f}" for right, all_, unanswerable in outcomes
        )
        table.add_row(f"{given.name} ({len(sure)}), {metrics.ece(sure, given.right):.3f}", *cells)
    pooled = [np.mean([_outcome(given, scores(given) >= at) for given in samples], axis=0) for at in thresholds]
    cells = (f"{_ratio(right, all_):.2f} / {all_:.2f} / {unanswerable:.2f}" for right, all_, unanswerable in pooled)
    table.add_row("all, each set equally", *cells)
    return table


def _outcome(given: Sample, answered: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Shares: of all that are answered and right, of all that are answered, of the unanswerable that are answered."""
    unanswerable = answered[~given.answerable]
    return (
        float((answered & given.right).mean()),
        float(answered.mean()),
        float(unanswerable.mean()) if unanswerable.size else 0.0,
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _probe_table(samples: Sequence[Sample], scores: Scores) -> Table:
    table = Table(title="Questions in other languages and nonsense, new weights", title_justify="left")
    for column in ("set (n)", "highest", "mean"):
        table.add_column(column, justify="right")
    for given in samples:
        if len(sure := scores(given)):
            table.add_row(f"{given.name} ({len(sure)})", f"{sure.max():.2f}", f"{sure.mean():.2f}")
    return table


def _paste(
    console: Console, weights: Weights, features: Sequence[str], *, strength: float, threshold: float, precision: float
) -> None:
    named, bias = logistic.rounded(weights, features)
    console.print(f"C {strength} by leaving each set out; for bot/confidence.py:\n", highlight=False, markup=False)
    console.print("WEIGHTS: Mapping[str, float] = {", highlight=False, markup=False)
    for name, weight in ((name, weight) for name, weight in named.items() if name not in FIXED):
        console.print(f'    "{name}": {weight},', highlight=False, markup=False)
    console.print(f"}}\nBIAS = {bias}", highlight=False, markup=False)
    console.print(
        f"SHIPPED_THRESHOLD = {threshold:.2f}  # right / answered >= {precision} on tune", highlight=False, markup=False
    )


if __name__ == "__main__":
    sys.exit(main())
