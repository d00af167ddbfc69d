"""Fit the sketch of the shipped embedder: `python tests/evals/fit_sketch.py READER_FILE.jsonl.gz ...`.

A sketch guesses a sentence's vector from its tokens alone: the mean of a vector a token, rare tokens weighing more
(smooth inverse frequency, Arora et al. 2017, a = 1e-3). A token's vector is what the model makes of it alone, mapped
linearly (ridge regression) so that sentences come out as the model makes them, and cut to its main 256 directions.
Any text serves, without labels: rows of `{"passage": ...}`. Takes about two minutes on two cores.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Tokenizer

from adapters.onnx_embedder import OnnxEmbedder
from knowledge.sentences import sentence_spans

MODEL = Path(__file__).parents[2] / "adapters" / "onnx_embedder" / "model"
SENTENCES = 10_000
DIRECTIONS = 256
RIDGE = 0.03
SMOOTH = 1e-3

Array = NDArray[np.float32]


def main(paths: list[str]) -> None:
    """Fit and write `sketch.npz`; print the cosine of guessed and true vectors on sentences left out."""
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    texts = sentences(paths)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    vectors, alone = asyncio.run(OnnxEmbedder().embed(texts)), embed_tokens(tokenizer.get_vocab_size())
    counts = np.bincount(np.concatenate([np.array(x) for x in ids]), minlength=len(alone)) + 0.5
    weights = (SMOOTH / (SMOOTH + counts / counts.sum())).astype(np.float32)
    means = np.stack([weights[x] @ alone[x] / weights[x].sum() for x in ids])
    fitted, left_out = slice(len(ids) // 5, None), slice(0, len(ids) // 5)
    guessed = with_ones(means[left_out]) @ ridge(means[fitted], vectors[fitted])
    close = cosine(guessed, vectors[left_out])
    print(f"{len(texts)} sentences; mean cosine of guess and vector on a fifth left out: {close:.3f}")
    directions = np.linalg.svd(vectors, full_matrices=False)[2][:DIRECTIONS]
    table = weights[:, None] * (with_ones(alone) @ ridge(means, vectors)) @ directions.T
    scale = np.abs(table).max(axis=1) / 127
    np.savez(
        MODEL / "sketch.npz",
        table=np.round(table / scale[:, None]).astype(np.int8),
        scale=scale.astype(np.float32),
        directions=directions.astype(np.float32),
    )


def sentences(paths: list[str]) -> list[str]:
    """Sentences of 4 to 50 words, at most three a passage."""
    chance = random.Random(1)
    found: set[str] = set()
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            passages = sorted({json.loads(line)["passage"] for line in lines})
        for passage in chance.sample(passages, min(len(passages), 2500)):
            parts = [passage[a:b] for a, b in sentence_spans(passage)]
            fit = [part for part in parts if 4 <= len(part.split()) <= 50]
            found.update(chance.sample(fit, min(3, len(fit))))
    return chance.sample(sorted(found), min(len(found), SENTENCES))


def embed_tokens(count: int) -> Array:
    """What the model makes of every token alone, parts of words included."""
    session = ort.InferenceSession(str(MODEL / "model.int8.onnx"), providers=["CPUExecutionProvider"])
    rows = []
    for token in range(count):
        ids = np.array([[101, token, 102]])  # [CLS] token [SEP]
        rows.append(session.run(["embedding"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
    return np.stack(rows)


def ridge(inputs: Array, outputs: Array) -> Array:
    """Ridge regression with an intercept (its last row)."""
    full = with_ones(inputs)
    square: Array = full.T @ full + RIDGE * np.eye(full.shape[1], dtype=np.float32)
    return np.linalg.solve(square, full.T @ outputs)


def with_ones(values: Array) -> Array:
    return np.concatenate([values, np.ones((len(values), 1), dtype=np.float32)], axis=1)


def cosine(left: Array, right: Array) -> float:
    """Mean cosine of rows."""
    products = (left * right).sum(axis=1) / (np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1))
    return float(products.mean())


if __name__ == "__main__":
    main(sys.argv[1:])
