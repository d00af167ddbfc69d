"""Makes the weights that are shipped for the routes: `python -m tests.evals.fit_routes`.

To be run after a change of the examples. They are `bot/router/routes.toml` seen through the shipped embedder, and the
same whenever they are made.
"""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console

from adapters.onnx_embedder import OnnxEmbedder
from bot.router.routes import fit_routes, load_examples, weights_file, write_weights
from knowledge.ports import Embedder


def main() -> int:
    asyncio.run(_fit(OnnxEmbedder()))
    return 0


async def _fit(embedder: Embedder) -> None:
    examples = load_examples()
    classifier = await fit_routes(examples, embedder=embedder)
    path = weights_file(embedder.name)
    write_weights(path, classifier.fitted, embedder=embedder.name)
    counts = ", ".join(f"{name} {len(given)}" for name, given in examples.items())
    Console(highlight=False).print(f"{path.name}: {path.stat().st_size // 1024} KB from {counts}")


if __name__ == "__main__":
    sys.exit(main())
