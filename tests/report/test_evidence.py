"""Tests and intervals against scipy's, and against all orders counted by hand."""

import itertools

import numpy as np
import pytest

from rnnoise_py.report.evidence import difference, interval, sign_test, signed_rank_test

stats = pytest.importorskip("scipy.stats", reason="no scipy: pip install rnnoise-py[report]")


@pytest.mark.parametrize("count", [1, 3, 8, 25, 60])
def test_signed_ranks_are_those_of_scipy(count: int) -> None:
    """Exact without ties."""
    values = np.random.default_rng(count).normal(0.3, 1, count)
    expected = stats.wilcoxon(values, method="exact").pvalue
    assert signed_rank_test(values.tolist()) == pytest.approx(expected, rel=1e-9)


def test_many_pairs_are_taken_as_normal() -> None:
    """As scipy does without a correction."""
    values = np.random.default_rng(2).normal(0.05, 1, 500)
    expected = stats.wilcoxon(values, method="approx", correction=False).pvalue
    assert signed_rank_test(values.tolist()) == pytest.approx(expected, rel=1e-9)


def test_ties_and_zeros_are_exact() -> None:
    """All signs of the ranks, ties at the mean of theirs, are counted."""
    values = [0.5, 0.5, -0.5, 1.5, 1.5, -2.0, 0.0, 3.0]
    ranks = [2, 2, 2, 4.5, 4.5, 6, 7]
    seen = min(2 + 6, sum(ranks) - 2 - 6)
    sums = [
        sum(r for r, sign in zip(ranks, signs, strict=True) if sign) for signs in itertools.product((0, 1), repeat=7)
    ]
    expected = 2 * np.mean([one <= seen for one in sums])
    assert signed_rank_test(values) == pytest.approx(expected)
    assert signed_rank_test([0, 0]) == signed_rank_test([]) == 1
    assert signed_rank_test([1, -1]) == 1


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (7, 0), (15, 3), (9, 9), (0, 40)])
def test_sign_test_is_binomial(wins: int, losses: int) -> None:
    """Two-sided, exact."""
    expected = stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1
    assert sign_test(wins, losses) == pytest.approx(expected)


def test_interval_holds_the_mean() -> None:
    """95 % of 95 % intervals do, more or less; the same values give the same one; one value is its own."""
    random = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        low, high = interval(random.normal(1, 2, 30).tolist())
        held += low <= 1 <= high
    assert 0.88 <= held / 200 <= 0.99
    assert interval([1.0, 2.0, 5.0]) == interval([1.0, 2.0, 5.0])
    assert interval([4.0]) == (4.0, 4.0)
    low, high = interval(random.normal(1, 2, 5000).tolist())
    assert (high - low) / 2 == pytest.approx(1.96 * 2 / 5000**0.5, rel=0.05)


def test_difference_counts_what_is_seen() -> None:
    """Values that look equal count neither way; less may be better."""
    pairs = [(1.0, 0.5), (1.0, 0.9996), (0.2, 0.6), (0.9, 0.1)]
    found = difference(pairs, 2)
    assert found is not None
    assert (found.wins, found.losses, found.count) == (2, 1, 4)
    assert found.mean == pytest.approx((0.5 + 0.0004 - 0.4 + 0.8) / 4)
    lower = difference(pairs, 2, lower=True)
    assert lower is not None
    assert (lower.wins, lower.losses) == (1, 2)
    assert difference([], 2) is None
