"""The shipped embedder: the same text is the same vector, whatever happens around it."""

from __future__ import annotations

import asyncio
from itertools import combinations

import numpy as np
import pytest

from adapters.onnx_embedder import OnnxEmbedder
from knowledge.models import FloatArray

TEXTS = [
    "How many days of annual leave do I have?",
    "Employees are entitled to 25 days of paid vacation per year.",
    "The VPN client must be updated every month.",
    "My remote network connection does not work.",
    "Expenses above 50 euros need a receipt.",
    "Keep the invoice for anything expensive that you buy.",
    "The cafeteria serves lunch from noon to two.",
    "Press and hold the power button for ten seconds to reset the TV.",
]


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


def cosines(vectors: FloatArray) -> FloatArray:
    return vectors @ vectors.T


async def test_a_text_has_the_same_vector_alone_and_in_any_company(embedder: OnnxEmbedder) -> None:
    together = await embedder.embed([*TEXTS, "short", "long " * 500])
    backwards = (await embedder.embed([*TEXTS, "short", "long " * 500][::-1]))[::-1]
    alone = np.stack([(await embedder.embed([text]))[0] for text in [*TEXTS, "short", "long " * 500]])
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()


async def test_another_embedder_with_other_threads_gives_the_same_vectors(embedder: OnnxEmbedder) -> None:
    other = await OnnxEmbedder(threads=1).embed(TEXTS)
    assert other.tobytes() == (await embedder.embed(TEXTS)).tobytes()


async def test_concurrent_calls_do_not_disturb_each_other(embedder: OnnxEmbedder) -> None:
    expected = await embedder.embed(TEXTS)
    many = await asyncio.gather(*(embedder.embed(TEXTS[n % 8 :] + TEXTS[: n % 8]) for n in range(12)))
    for n, found in enumerate(many):
        assert found.tobytes() == np.roll(expected, -(n % 8), axis=0).tobytes()


async def test_vectors_have_unit_length_and_384_dimensions(embedder: OnnxEmbedder) -> None:
    found = await embedder.embed([*TEXTS, "", "x", "年假 🙂 हिन्दी"])
    assert (found.shape, str(found.dtype)) == ((11, 384), "float32")
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


async def test_no_texts_give_no_vectors(embedder: OnnxEmbedder) -> None:
    found = await embedder.embed([])
    assert (found.shape, str(found.dtype)) == ((0, 384), "float32")
    assert embedder.count_tokens([]) == []
    assert embedder.rough_cosines([], (await embedder.embed(["x"]))[0]).shape == (0,)


async def test_what_means_the_same_is_nearer_than_what_does_not(embedder: OnnxEmbedder) -> None:
    near = cosines(await embedder.embed(TEXTS))
    assert near[0].argsort()[-2] == 1
    assert near[2].argsort()[-2] == 3
    assert near[4].argsort()[-2] == 5


async def test_a_text_is_cut_after_the_tokens_that_count(embedder: OnnxEmbedder) -> None:
    text = "leave " * embedder.max_tokens
    assert embedder.count_tokens([text]) == [embedder.max_tokens]
    whole, longer, shorter, changed = await embedder.embed(
        [text, text + "and taxis " * 1_000, text.removesuffix("leave "), text.removesuffix("leave ") + "taxis"]
    )
    assert whole.tobytes() == longer.tobytes()
    assert whole.tobytes() != shorter.tobytes()
    assert whole.tobytes() != changed.tobytes(), "the last one still counts"


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\n", "🙂" * 300, "x" * 100_000, "word " * 20_000])
async def test_odd_texts_are_embedded_too(embedder: OnnxEmbedder, text: str) -> None:
    [vector] = await embedder.embed([text])
    assert np.isfinite(vector).all()


def test_tokens_are_counted_without_limit(embedder: OnnxEmbedder) -> None:
    counted = embedder.count_tokens(["", "leave", "annual leave", "leave " * 1_000, "Leave, please!"])
    assert counted == [0, 1, 2, 1_000, 4]


def test_tokens_of_a_text_are_the_same_alone_and_beside_others(embedder: OnnxEmbedder) -> None:
    assert embedder.count_tokens(TEXTS) == [embedder.count_tokens([text])[0] for text in TEXTS]


def _ranks(values: FloatArray) -> FloatArray:
    return values.argsort().argsort().astype(np.float32)


async def test_rough_cosines_order_texts_about_as_true_ones_do(embedder: OnnxEmbedder) -> None:
    vectors = await embedder.embed(TEXTS)
    pairs = list(combinations(range(len(TEXTS)), 2))
    true = np.array([vectors[a] @ vectors[b] for a, b in pairs])
    rough = np.array([embedder.rough_cosines([TEXTS[b]], vectors[a])[0] for a, b in pairs])
    assert np.corrcoef(_ranks(true), _ranks(rough))[0, 1] > 0.7


async def test_rough_cosines_are_cosines(embedder: OnnxEmbedder) -> None:
    [vector] = await embedder.embed(TEXTS[:1])
    found = embedder.rough_cosines([*TEXTS, "", "🙂", "word " * 5_000], vector)
    assert (found.shape, str(found.dtype)) == ((11,), "float32")
    assert (np.abs(found) <= 1 + 1e-5).all()
    assert found[8] == 0, "nothing is said by nothing"
    np.testing.assert_array_equal(found[:1], embedder.rough_cosines(TEXTS[:1], vector))
    assert (embedder.rough_cosines(TEXTS, np.zeros(384, np.float32)) == 0).all()


def test_the_name_says_which_model_made_a_vector(embedder: OnnxEmbedder) -> None:
    assert embedder.name == OnnxEmbedder(threads=1).name
    assert "MiniLM" in embedder.name
