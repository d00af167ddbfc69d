"""Topics: few examples are enough, and what is like none of them has no topic."""

from __future__ import annotations

import pytest

from adapters.onnx_embedder import OnnxEmbedder
from bot.router.topics import TopicExamples, Topics
from tests.unit.doubles import WordEmbedder

LEAVE = TopicExamples(
    "leave",
    "Vacation, sick leave and other time off",
    ["How many vacation days do I get?", "I am ill, what do I do?", "Can I carry over leave?"],
)
IT = TopicExamples(
    "it",
    "Computers, accounts and the network",
    ["The VPN does not connect", "How do I reset my password?", "My laptop is broken"],
)
TRAVEL = TopicExamples("travel", "Business trips: trains, flights, hotels and expense claims")


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


async def topic(text: str, topics: Topics, embedder: OnnxEmbedder) -> str | None:
    return topics.topic(text, (await embedder.embed([text]))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how much holiday can I take this year", "leave"),
        ("vpn connection drops all the time", "it"),
        ("what may a hotel cost on a business trip?", "travel"),
        ("what is the capital of Mongolia?", None),
        ("how do I bake bread", None),
    ],
)
async def test_a_message_has_the_topic_that_it_is_about_or_none(
    text: str, expected: str | None, embedder: OnnxEmbedder
) -> None:
    topics = await Topics.fit([LEAVE, IT, TRAVEL], embedder=embedder)
    assert await topic(text, topics, embedder) == expected


async def test_a_single_topic_takes_what_is_like_it_and_nothing_else(embedder: OnnxEmbedder) -> None:
    topics = await Topics.fit([IT], embedder=embedder)
    assert await topic("I cannot reset my password", topics, embedder) == "it"
    assert await topic("who won the match yesterday", topics, embedder) is None


async def test_a_topic_with_only_a_name_is_known_by_it(embedder: OnnxEmbedder) -> None:
    topics = await Topics.fit([TopicExamples("parking"), TopicExamples("canteen")], embedder=embedder)
    assert await topic("parking space", topics, embedder) == "parking"


async def test_the_bar_can_be_lowered_to_nothing_and_raised_beyond_reach(embedder: OnnxEmbedder) -> None:
    bold = await Topics.fit([LEAVE, IT], embedder=embedder, sure=0.0)
    shy = await Topics.fit([LEAVE, IT], embedder=embedder, sure=1.0)
    assert await topic("how do I bake bread", bold, embedder) in {"leave", "it"}
    assert await topic("how many vacation days do I get", shy, embedder) is None


async def test_no_topics_are_no_topics() -> None:
    with pytest.raises(ValueError, match="at least one example"):
        await Topics.fit([], embedder=WordEmbedder())


def test_the_description_counts_as_an_example_and_repetitions_do_not() -> None:
    assert TopicExamples("leave", "Time off", ["Time off", "Sick days"]).texts == ["Time off", "Sick days"]
    assert TopicExamples("leave", " ").texts == ["leave"]
