"""Running energies at all lags and periods."""

from typing import Any

import numpy as np

from rnnoise_py.dsp.lag_energy import PAST_ENERGIES, lag_energies
from tests import naive
from tests.lane_arrays import Array, F, assert_same, awkward, batches, interleave, lane_counts, separate
from tests.pitch_frames import musical_frames


@naive.quiet
def _from_lag(y: Array, length: int, lags: int) -> list[Any]:
    """1 plus the energy from each lag, by the recurrence of the contract, never below 1."""
    total = naive.ordered_sum(np.concatenate([np.ones(1, F), y[:length] * y[:length]]))
    energies = []
    for k in range(lags):
        energies.append(total)
        total = naive.larger(F(1), total + (y[k + length] * y[k + length] - y[k] * y[k]))
    return energies


@naive.quiet
def _past(lp: Array) -> list[Any]:
    """Energy one period back, by the recurrence of the contract, never negative."""
    total = naive.ordered_sum(lp[384:] * lp[384:])
    energies = [total]
    for period in range(1, PAST_ENERGIES):
        total = total + lp[384 - period] * lp[384 - period] - lp[864 - period] * lp[864 - period]
        energies.append(naive.larger(F(0), total))
    return energies


@lane_counts
def test_equals_naive_twin(lanes: tuple[int, ...]) -> None:
    """All three lists, of awkward and of musical frames."""
    R = len(lanes)
    for batch in batches(np.concatenate([awkward(864), musical_frames(14, 3)]), lanes):
        coarse, fine, past = (np.full(n * R, np.nan, F) for n in (147, 294, PAST_ENERGIES))
        lag_energies(interleave(batch), coarse, fine, past, lanes)
        assert_same(separate(coarse, lanes), [_from_lag(lp[::2], 240, 147) for lp in batch])
        assert_same(separate(fine, lanes), [_from_lag(lp, 480, 294) for lp in batch])
        assert_same(separate(past, lanes), [_past(lp) for lp in batch])
