"""Inner products at many lags side by side, each in its own order."""

import numpy as np

from rnnoise_py.dsp.correlate import add_squares, correlate
from tests import naive
from tests.lanes import F, assert_same, awkward, batches, interleave, lane_counts


@lane_counts
def test_correlations_equal_naive_twin(lanes: tuple[int, ...]) -> None:
    """Every lag of every frame is the ordered sum, wherever the frames lie."""
    R = len(lanes)
    for batch in batches(awkward(700), lanes):
        x = np.concatenate(list(batch))
        x_starts, y_starts = np.arange(R) * 700 + 11, np.arange(R) * 700 + 90
        sums = np.full(24 * R, np.nan, F)
        correlate(x, x_starts, x, y_starts, 480, sums, 24, lanes)
        expected = [naive.inner_products(frame[11:491], frame[90:], 24) for frame in batch]
        assert_same(sums.reshape(R, 24), expected)


def test_twin_is_the_ordered_sum() -> None:
    """The twin's sums, lags side by side, equal one accumulator a lag."""
    x = awkward(200)[10]
    sums = naive.inner_products(x[:100], x[50:], 30)
    assert_same(sums, [naive.ordered_sum(x[:100] * x[50 + k : 150 + k]) for k in range(30)])


@lane_counts
def test_squares_add_in_order(lanes: tuple[int, ...]) -> None:
    """Sums of every or every second square go on from what is there."""
    for batch in batches(awkward(600), lanes):
        for step in (1, 2):
            with np.errstate(over="ignore"):
                squares = batch * batch
            sums = np.full(len(lanes), 1, F)
            add_squares(interleave(squares), 30, 240, step, sums, lanes)
            terms = squares[:, 30 : 30 + 240 * step : step]
            expected = [naive.ordered_sum(np.concatenate([np.ones(1, F), own])) for own in terms]
            assert_same(sums, expected)
