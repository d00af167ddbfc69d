"""Routes: documents by default, people when they are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.onnx_embedder import OnnxEmbedder
from bot.router.routes import (
    RouteClassifier,
    RouteGuess,
    fit_routes,
    load_examples,
    read_weights,
    weights_file,
    write_weights,
)
from tests.unit.doubles import WordEmbedder

Routed = Callable[[str], RouteGuess]


@pytest.fixture(scope="module")
def routed() -> Routed:
    """The route of a text, by the shipped embedder and weights."""
    embedder = OnnxEmbedder()
    routes = asyncio.run(RouteClassifier.load(embedder=embedder))
    return lambda text: routes.classify(text, asyncio.run(embedder.embed([text]))[0])


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("how many days of leave do I get?", "knowledge"),
        ("how many days of leave do I have LEFT?", "personal"),
        ("has MY expense claim been paid?", "personal"),
        ("where is my order?", "personal"),
        ("reset my password for me", "personal"),
        ("how do I reset my password?", "knowledge"),
        ("hello!", "small_talk"),
        ("Hello, how do I book a hotel?", "knowledge"),
        ("thank you so much", "small_talk"),
        ("it doesn't work", "clarify"),
        ("help", "clarify"),
        ("Can you help me?", "clarify"),
        ("what about it?", "clarify"),
        ("???", "clarify"),
        ("the printer doesn't work since the update to Windows 11", "knowledge"),
        ("reindex the handbook", "admin"),
        ("/deskhand status", "admin"),
        ("purge the cache", "admin"),
        ("how do I purge the browser cache?", "knowledge"),
    ],
)
def test_a_message_takes_its_route(text: str, route: str, routed: Routed) -> None:
    assert routed(text).name == route


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a human",
        "Agent!",
        "Hi, could you put me through to someone in payroll please?",
        "This bot is useless. Get me a real person.",
        "I'd rather discuss this with a colleague from HR",
        "talk to a humna",
        "Can somebody call me back?",
        "Ich möchte mit einem Mitarbeiter sprechen",
        "je voudrais parler à quelqu'un",
        "quiero hablar con una persona",
    ],
)
def test_a_person_who_is_asked_for_is_found(text: str, routed: Routed) -> None:
    assert routed(text).name == "person"


@pytest.mark.parametrize(
    "text",
    [
        "who is the contact person for visas?",
        "How do I speak to customers politely?",
        "Is there a human rights policy?",
        "agent fees",
        "Do I need to talk to my manager before I book leave?",
        "When can customers speak to an agent?",
        "send me the link to the support portal",
        "can I talk to the press about my work?",
        "Does a human review automatic decisions?",
    ],
)
def test_a_question_about_people_is_for_the_documents(text: str, routed: Routed) -> None:
    assert routed(text).name == "knowledge"


@pytest.mark.parametrize("text", ["hola", "danke", "no funciona", "où est ma commande ?", "Wie geht es dir?", "你好"])
def test_other_languages_are_for_the_documents(text: str, routed: Routed) -> None:
    assert routed(text).name == "knowledge"


def test_probabilities_are_between_0_and_1(routed: Routed) -> None:
    for text in ("", "hi", "xyzzy plugh", "where is my order?", "pension"):
        assert 0 <= routed(text).probability <= 1


def test_the_shipped_weights_are_made_from_the_shipped_examples() -> None:
    """If this fails, run `python -m tests.evals.fit_routes`."""
    embedder = OnnxEmbedder()
    assert read_weights(weights_file(embedder.name), embedder=embedder.name) is not None


async def test_another_embedder_gets_weights_of_its_own() -> None:
    embedder = WordEmbedder()
    routes = await RouteClassifier.load(embedder=embedder)
    text = "please put me on the waiting list"
    assert routes.classify(text, embedder.vector(text)).name == "personal"


async def test_weights_come_back_from_their_file_only_for_their_embedder(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    few = {name: given[:5] for name, given in load_examples().items()}
    classifier = await fit_routes(few, embedder=embedder)
    path = tmp_path / "routes.npz"
    written = write_weights(path, classifier.fitted, embedder=embedder.name)
    found = read_weights(path, embedder=embedder.name)
    assert found is not None
    assert found.labels == written.labels
    assert abs(found.vectors - classifier.fitted.vectors).max() < 0.01
    assert read_weights(path, embedder="words/2") is None


def test_examples_are_not_given_twice() -> None:
    texts = [text.casefold() for given in load_examples().values() for text in given]
    assert len(texts) == len(set(texts))
