"""Which words of a quote are highlighted."""

from __future__ import annotations

import pytest

from bot.answerer.highlight import answering_words
from knowledge.sentences import units


@pytest.mark.parametrize(
    ("question", "passage", "words"),
    [
        ("How many days of leave do I have?", "Every employee has 25 days of annual leave a year.", "25 days"),
        ("When does the deadline end?", "Claims must arrive by 31 March of the next year.", "31 March"),
        ("How long is the probation period?", "The probation period is six months.", "six months"),
        ("What does a night in Dublin cost at most?", "The limit for Dublin is 155 EUR.", "155 EUR"),
        ("Who is the head of Finance?", "The head of Finance is Ana Ruiz, who also leads Payroll.", "Ana Ruiz"),
        ("What colour is the carpet in room A-561?", "The carpet in room A-561 is navy blue, a shade.", "navy blue"),
        ("Where is the yearly retreat?", "The yearly retreat takes place at Lakeview Resort.", "Lakeview Resort"),
        (
            "How many days after 12 years of service?",
            "| Years of service | Days of leave |\n| --- | --- |\n| Over 10 | 31 |",
            "31",
        ),
        (
            "what does QL-21 mean",
            "| Message | Cause |\n| --- | --- |\n| QL-21 | Certificate has expired |",
            "Certificate has expired",
        ),
    ],
)
def test_the_words_that_answer_stand_out(question: str, passage: str, words: str) -> None:
    unit = units(passage)[-1]
    _, start, end = answering_words(question, unit)
    assert unit.text[start:end] == words
