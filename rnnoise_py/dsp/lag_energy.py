"""Energies of the stretches of a whitened half-rate frame that its searches compare with the newest samples.

Source: contract/features §10, §11. Each list of energies is one recurrence, whose latency is long: the
three run side by side, R frames in lanes.
"""

from typing import Final

from rnnoise_py.dsp.numerals import ONE, ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32Array, Lanes, Vector
from rnnoise_py.lanes.vectors import load, select, splat, store
from rnnoise_py.spec.constants import COARSE_LAGS, FINE_LAGS, HALF_BUF_SIZE, HALF_FRAME_SIZE, HALF_MAX_PERIOD

PAST_ENERGIES: Final = HALF_MAX_PERIOD + 1  #: of a frame, indexed by period


@inline_kernel
def _square(x: Float32Array, sample: int, lanes: Lanes) -> Vector:
    value: Vector = load(x, sample * len(lanes), lanes)
    return value * value


@kernel
def lag_energies(x: Float32Array, coarse: Float32Array, fine: Float32Array, past: Float32Array, lanes: Lanes) -> None:
    """Energies of R frames, all in lane order, float32.

    Parameters
    ----------
    x
        (864·R,), whitened samples.
    coarse
        (147·R,), overwritten: 1 plus the energy of 240 samples at the quarter rate from lag k, never below 1.
    fine
        (294·R,), overwritten: 1 plus the energy of 480 samples from lag k, never below 1.
    past
        (PAST_ENERGIES·R,), overwritten: energy of the 480 samples one period back, never negative; of the newest 480
        samples for period 0.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    zero, one = splat(ZERO, lanes), splat(ONE, lanes)
    at_coarse, at_fine, newest = one, one, zero
    for i in range(0, HALF_FRAME_SIZE, 2):
        even = _square(x, i, lanes)
        at_coarse = at_coarse + even
        at_fine = at_fine + even
        at_fine = at_fine + _square(x, i + 1, lanes)
        newest = newest + _square(x, HALF_MAX_PERIOD + i, lanes)
        newest = newest + _square(x, HALF_MAX_PERIOD + i + 1, lanes)
    store(past, 0, newest)
    for k in range(COARSE_LAGS):
        store(coarse, k * R, at_coarse)
        store(fine, 2 * k * R, at_fine)
        even = _square(x, 2 * k + HALF_FRAME_SIZE, lanes) - _square(x, 2 * k, lanes)
        at_coarse = at_coarse + even
        at_coarse = select(one > at_coarse, one, at_coarse)
        at_fine = at_fine + even
        at_fine = select(one > at_fine, one, at_fine)
        store(fine, (2 * k + 1) * R, at_fine)
        at_fine = at_fine + (_square(x, 2 * k + 1 + HALF_FRAME_SIZE, lanes) - _square(x, 2 * k + 1, lanes))
        at_fine = select(one > at_fine, one, at_fine)
        for period in range(2 * k + 1, 2 * k + 3):
            newest = newest + _square(x, HALF_MAX_PERIOD - period, lanes) - _square(x, HALF_BUF_SIZE - period, lanes)
            store(past, period * R, select(zero > newest, zero, newest))
    for period in range(FINE_LAGS + 1, HALF_MAX_PERIOD + 1):
        newest = newest + _square(x, HALF_MAX_PERIOD - period, lanes) - _square(x, HALF_BUF_SIZE - period, lanes)
        store(past, period * R, select(zero > newest, zero, newest))
