"""Figures of merit against values worked out by hand."""

from __future__ import annotations

from math import isnan, log2

import pytest

from tests.evals import metrics

RANKED = ["a", "b", "c", "d", "e", "f"]


def test_recall_counts_gold_documents_among_the_first() -> None:
    assert metrics.recall(RANKED, {"b", "f"}, at=5) == 0.5
    assert metrics.recall(RANKED, {"x"}, at=5) == 0


def test_hit_needs_one_gold_document() -> None:
    assert metrics.hit(RANKED, {"b", "f"}, at=5) == 1
    assert metrics.hit(RANKED, {"b"}, at=1) == 0


def test_ndcg_compares_with_all_gold_documents_first() -> None:
    assert metrics.ndcg(RANKED, {"a"}, at=10) == 1
    assert metrics.ndcg(RANKED, {"c"}, at=10) == pytest.approx(1 / log2(4))
    # Ranks 1 and 3 of two gold documents: (1 + 1/2) / (1 + 1/log2 3).
    assert metrics.ndcg(RANKED, {"a", "c"}, at=10) == pytest.approx(1.5 / (1 + 1 / log2(3)))
    assert metrics.ndcg(RANKED, {"c"}, at=2) == 0


def test_mrr_is_zero_beyond_the_cut() -> None:
    assert metrics.mrr(RANKED, {"d", "f"}, at=10) == 0.25
    assert metrics.mrr(RANKED, {"f"}, at=5) == 0


def test_containment_is_of_whole_words_in_sequence() -> None:
    assert metrics.contains("We pay **155 EUR**, a night.", "155 eur")
    assert not metrics.contains("We pay 1550 EUR.", "155")
    assert not metrics.contains("EUR 155", "155 EUR")
    assert not metrics.contains("anything", "—")


def test_passage_needs_half_of_the_trigrams() -> None:
    # Trigrams of the span: one two three, two three four, three four five, four five six.
    assert metrics.passage_matches("one two three four and so on", "one two three four five six")
    assert not metrics.passage_matches("one two three and so on", "one two three four five six")
    assert metrics.passage_matches("up to 5 days", "5 days")
    assert not metrics.passage_matches("up to 15 days", "5 days")


def test_token_f1_takes_the_best_reference() -> None:
    # Two of three words found, two of four wanted: 2 * 2 / (3 + 4).
    assert metrics.token_f1("five working days", ["at most five days"]) == pytest.approx(4 / 7)
    assert metrics.token_f1("Five days.", ["no", "five days"]) == 1
    assert metrics.token_f1("days days", ["days"]) == pytest.approx(2 / 3)
    assert metrics.token_f1("", ["five"]) == 0


def test_exact_match_ignores_case_and_punctuation() -> None:
    assert metrics.exact_match("Five days.", ["no", "five DAYS"]) == 1
    assert metrics.exact_match("five days off", ["five days"]) == 0


def test_auroc_counts_ties_half() -> None:
    assert metrics.auroc([0.9, 0.8], [0.1]) == 1
    assert metrics.auroc([0.9, 0.1], [0.5]) == 0.5
    assert metrics.auroc([0.5, 0.5], [0.5]) == 0.5
    assert isnan(metrics.auroc([0.5], []))


def test_aurc_averages_the_error_of_every_prefix() -> None:
    # Errors of the prefixes: 0, 1/2, 1/3, 2/4.
    assert metrics.aurc([0.9, 0.7, 0.5, 0.3], [1, 0, 1, 0]) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_risks_do_not_depend_on_the_order_of_equals() -> None:
    assert metrics.risks([0.5, 0.5, 0.9], [1, 0, 1]).tolist() == pytest.approx([0, 0.25, 1 / 3])
    assert metrics.risks([0.5, 0.5, 0.9], [0, 1, 1]).tolist() == pytest.approx([0, 0.25, 1 / 3])


def test_error_and_coverage_read_the_same_curve() -> None:
    confidence, right = [0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1]
    assert metrics.error_at(confidence, right, coverage=0.5) == 0
    assert metrics.error_at(confidence, right, coverage=0.7) == pytest.approx(1 / 3)
    assert metrics.coverage_at(confidence, right, error=0.05) == 0.5
    assert metrics.coverage_at(confidence, right, error=0.25) == 1
    assert metrics.coverage_at([0.5], [0], error=0.05) == 0


def test_ece_weighs_bins_of_equal_mass() -> None:
    # Bins (.1, .3) with one right of two and (.7, .9) with two of two: (|.2 - .5| + |.8 - 1|) / 2.
    assert metrics.ece([0.9, 0.1, 0.7, 0.3], [1, 0, 1, 1], bins=2) == pytest.approx(0.25)
    assert metrics.ece([1.0, 0.0], [1, 0]) == 0


def test_bootstrap_holds_the_macro_mean() -> None:
    low, high = metrics.bootstrap([[0.2] * 10, [0.0] * 1000])
    assert low == high == pytest.approx(0.1)
    low, high = metrics.bootstrap([[0.0, 1.0] * 50])
    # 100 coin flips: 0.5 with a standard error of 0.05.
    assert low == pytest.approx(0.402, abs=0.015)
    assert high == pytest.approx(0.598, abs=0.015)
    assert metrics.bootstrap([[0.0, 1.0] * 50]) == (low, high)
