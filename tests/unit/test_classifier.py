"""The classifier: sorts by examples, and tells what belongs nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from bot.router.classifier import Classifier, choose_threshold
from tests.unit.doubles import WordEmbedder

EXAMPLES = {
    "leave": ["days of annual leave", "annual leave rules", "carry over annual leave", "leave for new parents"],
    "travel": ["book a train for a trip", "hotel limit on a trip", "taxi receipts of a trip", "flight class on trips"],
    "network": ["vpn does not connect", "wifi password for guests", "vpn client update", "network cable is loose"],
}


async def fitted(outside: tuple[str, ...] = ()) -> Classifier:
    return await Classifier.fit(EXAMPLES, embedder=WordEmbedder(), outside=outside)


async def test_a_message_gets_the_label_whose_examples_it_is_like() -> None:
    classifier, embedder = await fitted(), WordEmbedder()
    for text, label in [
        ("how many days of annual leave", "leave"),
        ("which hotel on a trip", "travel"),
        ("my vpn client", "network"),
    ]:
        guess = classifier.classify(text, embedder.vector(text))
        assert guess.label == label
        assert guess.probability > 0.5


async def test_an_example_is_inside_and_an_unrelated_message_outside() -> None:
    classifier, embedder = await fitted(), WordEmbedder()
    known = "vpn does not connect"
    strange = "purple elephants juggle quietly"
    inside = classifier.classify(known, embedder.vector(known)).inside
    outside = classifier.classify(strange, embedder.vector(strange)).inside
    assert inside > 0.8
    assert outside < 0.25


async def test_messages_named_as_outside_are_pushed_further_out() -> None:
    text, embedder = "annual report of the board", WordEmbedder()
    before = (await fitted()).classify(text, embedder.vector(text)).inside
    after = (await fitted(outside=("annual report", "the board meets"))).classify(text, embedder.vector(text)).inside
    assert after < before


async def test_probabilities_are_of_all_labels_and_add_up_to_one() -> None:
    guess = (await fitted()).classify("hotel", WordEmbedder().vector("hotel"))
    assert sum(guess.probabilities) == pytest.approx(1.0, abs=1e-5)
    assert max(guess.probabilities) == guess.probability
    assert len(guess.probabilities) == len(EXAMPLES)


async def test_the_same_examples_give_the_same_classifier() -> None:
    first, second = await fitted(), await fitted()
    assert first.fitted.weights.tobytes() == second.fitted.weights.tobytes()


async def test_misspelt_words_still_count() -> None:
    """Groups of letters are shared where words are not."""
    by_letters = await Classifier.fit(EXAMPLES, embedder=WordEmbedder(), lexical=1.0)
    assert by_letters.classify("anual leeve", np.zeros(64, np.float32)).label == "leave"


async def test_fewer_landmarks_than_examples_are_nearly_as_good() -> None:
    embedder = WordEmbedder()
    texts = [f"{text} {number}" for number in range(10) for given in EXAMPLES.values() for text in given]
    labels = [label for _ in range(10) for label, given in EXAMPLES.items() for _ in given]
    vectors = await embedder.embed(texts)
    classifier = Classifier.from_vectors(texts, labels=labels, vectors=vectors, most=40)
    assert len(classifier.fitted.vectors) == 40
    right = [classifier.classify(text, vector).label for text, vector in zip(texts, vectors, strict=True)]
    assert np.mean([found == label for found, label in zip(right, labels, strict=True)]) > 0.95


async def test_one_label_is_enough() -> None:
    classifier, embedder = await Classifier.fit({"leave": EXAMPLES["leave"]}, embedder=WordEmbedder()), WordEmbedder()
    near = classifier.classify("annual leave", embedder.vector("annual leave"))
    far = classifier.classify("loose cable", embedder.vector("loose cable"))
    assert near.probability == 1.0
    assert near.inside > 2 * far.inside


async def test_without_examples_there_is_no_classifier() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        await Classifier.fit({}, embedder=WordEmbedder())


async def test_a_message_without_words_is_classified_all_the_same() -> None:
    assert (await fitted()).classify("?!", WordEmbedder().vector("?!")).inside < 0.5


def test_a_threshold_rejects_the_share_that_is_asked() -> None:
    outside = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    threshold = choose_threshold(outside, recall=0.75)
    assert 0.8 < threshold <= 0.9
    assert sum(value < threshold for value in outside) == 8


def test_a_threshold_can_reject_all_that_it_was_chosen_on() -> None:
    assert choose_threshold([0.2, 0.5], recall=1.0) > 0.5


def test_a_threshold_between_equal_scores_still_rejects_them() -> None:
    assert choose_threshold([0.5, 0.5, 0.5], recall=0.5) > 0.5


def test_a_threshold_needs_messages() -> None:
    with pytest.raises(ValueError, match="needs messages"):
        choose_threshold([], recall=0.9)
