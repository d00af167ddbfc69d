"""From question to answer, start-up excluded, in a process of its own: `python -m tests.benchmarks.latency HOME`.

Reads questions, a JSON list, from standard input and prints milliseconds as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from bot.app import build
from bot.models import Question
from bot.settings import load
from knowledge.models import MEMBERS, PUBLIC

_WARMING_UP = 20


async def measure(home: Path, texts: Sequence[str]) -> dict[str, float]:
    questions = [Question(text, frozenset({MEMBERS, PUBLIC}), date(2026, 11, 21)) for text in texts]
    async with build(load(home)) as app:
        for question in questions[:_WARMING_UP]:
            answer = await app.ask(question)
            assert answer.evidence, f"nothing found for {question.text!r}"
        # An answer in parts, on questions that neither the answers nor each other have warmed.
        rest = questions[_WARMING_UP:]
        half = len(rest) // 2
        asking = [await _once(app.ask, question) for question in rest[:half]]
        searching = [await _once(app.search, question) for question in rest[half:]]
        embedding = [await _once(app.embedder.embed, [question.text]) for question in rest[half:]]
    return {
        "ask_p50": _at(asking, 50),
        "ask_p95": _at(asking, 95),
        "search_p50": _at(searching, 50),
        "embed_p50": _at(embedding, 50),
    }


async def _once(call: Callable[..., Coroutine[Any, Any, object]], given: object) -> float:
    began = time.perf_counter()
    await call(given)
    return (time.perf_counter() - began) * 1000


def _at(times: Sequence[float], percentile: int) -> float:
    return float(np.percentile(times, percentile))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(Path(sys.argv[1]), json.load(sys.stdin)))))
