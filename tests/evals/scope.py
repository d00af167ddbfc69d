"""How often "nothing was found about it" is said rightly: `python -m tests.evals.scope SET ...`.

Over labelled sets, the share of each kind of question of which the nearest passage is far (`bot.router.is_far`), and
of those that are then told so because they are not answered either.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from datetime import date
from pathlib import Path

from bot.router import is_far
from tests.evals.asking import Asked, ask_set
from tests.evals.questions import load_set


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.evals.scope", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="SET")
    parser.add_argument("--limit", type=int, metavar="N")
    options = parser.parse_args()
    print(f"{'set':<16} {'kind':<22} {'n':>4}  {'far':>6}  {'said so':>7}")
    for path in options.paths:
        asked = asyncio.run(ask_set(load_set(path, split="all", limit=options.limit), today=date.today()))
        kinds: dict[str, list[Asked]] = defaultdict(list)
        for each in asked:
            kinds["answerable" if each.labelled.answerable else each.labelled.kind].append(each)
        for kind, given in sorted(kinds.items()):
            far = sum(is_far(each.answer.evidence) for each in given) / len(given)
            said = sum(each.answer.route.name == "out_of_scope" for each in given) / len(given)
            print(f"{path.name:<16} {kind:<22} {len(given):>4}  {far:>6.3f}  {said:>7.3f}")


if __name__ == "__main__":
    main()
