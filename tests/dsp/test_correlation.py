"""Inner products at many lags side by side, each in its own order."""

import numpy as np

from rnnoise_py.dsp.correlation import NEAR_LAGS, SUMS, correlate, correlate_near
from tests import naive
from tests.lane_arrays import F, assert_same, awkward, batches, interleave, lane_counts, separate


@lane_counts
def test_correlations_equal_naive_twin(lanes: tuple[int, ...]) -> None:
    """Every lag of every frame is the ordered sum."""
    R = len(lanes)
    for batch in batches(awkward(720), lanes):
        x = interleave(batch)
        sums = np.full(4 * SUMS, np.nan, F)
        correlate(x, 90, 480, sums, 2 * SUMS, lanes)
        assert np.isnan(sums[: 2 * SUMS]).all()
        assert np.isnan(sums[3 * SUMS :]).all()
        first, count = 2 * SUMS // R, SUMS // R
        expected = [naive.inner_products(frame[90:570], frame[first:], count) for frame in batch]
        assert_same(separate(sums[2 * SUMS : 3 * SUMS], lanes), expected)


def test_near_correlations_equal_naive_twin() -> None:
    """The same around two lags each of two frames."""
    for x in awkward(2000):
        sums = np.full(4 * NEAR_LAGS + 3, np.nan, F)
        correlate_near(x, 11, 1005, 90, 0, 700, 1500, 480, sums, 1, 2 * NEAR_LAGS + 2)
        pairs = [(11, 90), (11, 0), (1005, 700), (1005, 1500)]
        expected = [naive.inner_products(x[own : own + 480], x[past:], NEAR_LAGS) for own, past in pairs]
        nan = [np.nan]
        assert_same(sums, np.concatenate([nan, expected[0], expected[1], nan, expected[2], expected[3], nan]))


def test_twin_is_the_ordered_sum() -> None:
    """The twin's sums, lags side by side, equal one accumulator a lag."""
    x = awkward(200)[10]
    sums = naive.inner_products(x[:100], x[50:], 30)
    assert_same(sums, [naive.ordered_sum(x[:100] * x[50 + k : 150 + k]) for k in range(30)])
