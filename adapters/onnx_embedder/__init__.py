"""The shipped sentence embedder: all-MiniLM-L6-v2 as int8 ONNX, on the CPU, with no download.

`model/README.md` says where the weights come from and how they were made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from knowledge.errors import EmbedderUnavailable
from knowledge.models import FloatArray

_MODEL: Final = Path(__file__).parent / "model"
_MAX_TOKENS: Final = 256
_DIMENSIONS: Final = 384
_MARKS: Final = 2  # [CLS] and [SEP]


class OnnxEmbedder:
    """all-MiniLM-L6-v2, 384 dimensions, English. Opening takes about 0.2 s and 80 MB."""

    def __init__(self, *, threads: int = 2) -> None:
        """`threads` texts are embedded at the same time. Raises EmbedderUnavailable."""
        try:
            self._tokenizer = Tokenizer.from_file(str(_MODEL / "tokenizer.json"))
            self._session = ort.InferenceSession(
                str(_MODEL / "model.int8.onnx"), _session_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as exc:  # both libraries raise bare exceptions of their own
            raise EmbedderUnavailable(
                f"The embedding model in {_MODEL} cannot be read: install the package again."
            ) from exc
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._at_once = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="embedder")

    @property
    def name(self) -> str:
        return "all-MiniLM-L6-v2/int8/1"

    @property
    def max_tokens(self) -> int:
        return _MAX_TOKENS - _MARKS

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding.ids) for encoding in encodings]

    async def embed(self, texts: Sequence[str]) -> FloatArray:
        vectors = np.empty((len(texts), _DIMENSIONS), dtype=np.float32)
        # The longest first, so that no thread is left alone with it at the end. All take from one iterator.
        waiting = iter(sorted(range(len(texts)), key=lambda i: -len(texts[i])))

        def work() -> None:
            for i in waiting:
                vectors[i] = self._embed_one(texts[i])

        loop = asyncio.get_running_loop()
        jobs = min(self._at_once, len(texts))
        await asyncio.gather(*(loop.run_in_executor(self._threads, work) for _ in range(jobs)))
        return vectors

    def rough_cosines(self, texts: Sequence[str], vector: FloatArray) -> FloatArray:
        sketch = self._sketch
        direction = sketch.directions @ vector
        direction /= np.linalg.norm(direction) or 1.0
        found = np.zeros(len(texts), dtype=np.float32)
        for i, encoding in enumerate(self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)):
            ids = encoding.ids[:_MAX_TOKENS]
            guess = sketch.scale[ids] @ sketch.table[ids]
            found[i] = guess @ direction / (np.linalg.norm(guess) or 1.0)
        return found

    @cached_property
    def _sketch(self) -> _Sketch:
        with np.load(_MODEL / "sketch.npz") as file:
            return _Sketch(file["table"], file["scale"], file["directions"])

    def _embed_one(self, text: str) -> FloatArray:
        # One text a run: int8 activations are scaled per run, so that texts embedded together change each other.
        ids = self._tokenizer.encode(text).ids
        if len(ids) > _MAX_TOKENS:
            ids = [*ids[: _MAX_TOKENS - 1], ids[-1]]
        tokens = np.array([ids], dtype=np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        vector: FloatArray = self._session.run(["embedding"], inputs)[0][0]
        return vector


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A vector a token, int8 [tokens, 256] times a scale a token, in the space of 256 directions of 384."""

    table: NDArray[np.int8]
    scale: FloatArray
    directions: FloatArray


def _session_options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    # Two texts on one thread each are a quarter faster than one text on two, and a question is as fast either way.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options
