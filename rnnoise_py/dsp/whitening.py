"""Downsampling by two and spectral flattening by a fourth-order linear predictor, before the pitch search.

Source: the contract's features, steps 2 and 3. Half-rate frames lie frame by frame with zeros around them:
sample i of frame f is ``half[f*HALF_STRIDE + HALF_PAD + i]``, i = 0 … 863.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.constants import (
    AC_LAG_WINDOW,
    AC_NOISE_FLOOR,
    HALF_BUF_SIZE,
    LEVINSON_STOP,
    LPC_BANDWIDTH,
    LPC_ORDER,
    WHITENING_ZERO,
)
from rnnoise_py.dsp.correlate import correlate
from rnnoise_py.dsp.jit import INDEX, kernel

HALF_PAD: Final = 8  # zeros on each side of a frame
HALF_STRIDE: Final = HALF_BUF_SIZE + 2 * HALF_PAD
AC_LAGS: Final = 16  # lags computed; the first LPC_ORDER + 1 are used

_N = HALF_BUF_SIZE
_PAD = HALF_PAD
_STRIDE = HALF_STRIDE
_AC_LAGS = AC_LAGS
_ORDER = LPC_ORDER
_AC_TERMS = HALF_BUF_SIZE - LPC_ORDER  # terms in the main sum: 860
_AC_BLOCKS = _AC_TERMS // 8 * 8
_FLOOR = AC_NOISE_FLOOR
_LAG_WINDOW = AC_LAG_WINDOW
_STOP = LEVINSON_STOP
_BANDWIDTH = LPC_BANDWIDTH
_C = WHITENING_ZERO
_ROWS = 16  # rows written before the next lane's turn; divides the frame
_HALF = np.float32(0.5)
_ZERO = np.float32(0)
_ONE = np.float32(1)


@kernel
def downsample(signal: Any, starts: Any, half: Any, lanes: Any) -> None:
    """Halve the rate of R pitch buffers with the filter (¼, ½, ¼).

    Parameters
    ----------
    signal
        float32; frame f is ``signal[starts[f] : starts[f] + 1728]``.
    starts
        int64 (R,).
    half
        float32 (R·HALF_STRIDE,), the 864 samples of each frame are overwritten.
    lanes
        Tuple of R zeros.
    """
    for frame in range(len(lanes)):
        s = starts[frame] & INDEX
        h = (frame * _STRIDE + _PAD) & INDEX
        half[h] = _HALF * (_HALF * signal[s + 1] + signal[s])
        for i in range(_N - 1):
            sides = signal[s + 2 * i + 1] + signal[s + 2 * i + 3]
            half[h + i + 1] = _HALF * (_HALF * sides + signal[s + 2 * i + 2])


@kernel
def autocorrelation(half: Any, starts: Any, ac: Any, lanes: Any) -> None:
    """Autocorrelation at lags 0 … 4 of R half-rate frames: a main sum of 860 terms, then a tail.

    ``starts`` is int64 (R,) of first samples in ``half``; ``ac`` float32 (R·AC_LAGS,), overwritten.
    """
    correlate(half, starts, half, starts, _AC_BLOCKS, ac, _AC_LAGS, lanes)
    for frame in range(len(lanes)):
        h = starts[frame]
        for k in range(_ORDER + 1):
            total = ac[frame * _AC_LAGS + k]
            for i in range(_AC_BLOCKS, _AC_TERMS):
                total = total + half[h + i] * half[h + i + k]
            tail = _ZERO
            for i in range(_AC_TERMS + k, _N):
                tail = tail + half[h + i] * half[h + i - k]
            ac[frame * _AC_LAGS + k] = total + tail


@kernel
def levinson(ac: Any, lpc: Any) -> None:
    """Levinson–Durbin: predictor ``lpc`` float32 (4,) of the autocorrelation ``ac`` float32 (≥ 5,)."""
    for i in range(_ORDER):
        lpc[i] = _ZERO
    error = ac[0]
    if ac[0] == _ZERO:
        return
    for i in range(_ORDER):
        rr = _ZERO
        for j in range(i):
            rr = rr + lpc[j] * ac[i - j]
        rr = rr + ac[i + 1]
        r = -rr / error
        lpc[i] = r
        for j in range((i + 1) >> 1):
            t1 = lpc[j]
            t2 = lpc[i - 1 - j]
            lpc[j] = t1 + r * t2
            lpc[i - 1 - j] = t2 + r * t1
        error = error - (r * r) * error
        if error < _STOP * ac[0]:
            return


@kernel
def whiten(half: Any, starts: Any, whitened: Any, targets: Any, ac: Any, lpc: Any, lanes: Any) -> None:
    """Flatten the spectrum of R half-rate frames.

    Parameters
    ----------
    half
        float32 (R·HALF_STRIDE,), zeros around each frame.
    starts
        int64 (R,), first sample of each frame: ``f·HALF_STRIDE + HALF_PAD``.
    whitened, targets
        float32 and int64 (R,): result and where each frame goes in it.
    ac, lpc
        Workspaces, float32 (R·AC_LAGS,) and (4,).
    lanes
        Tuple of R zeros.
    """
    autocorrelation(half, starts, ac, lanes)
    for frame in range(len(lanes)):
        own = ac[frame * _AC_LAGS : (frame + 1) * _AC_LAGS]
        own[0] *= _FLOOR
        for k in range(1, _ORDER + 1):
            width = _LAG_WINDOW * np.float32(k)
            own[k] -= own[k] * width * width
        levinson(own, lpc)
        decay = _ONE
        for i in range(_ORDER):
            decay = _BANDWIDTH * decay
            lpc[i] = lpc[i] * decay
        n0 = lpc[0] + _C
        n1 = lpc[1] + _C * lpc[0]
        n2 = lpc[2] + _C * lpc[1]
        n3 = lpc[3] + _C * lpc[2]
        n4 = _C * lpc[3]
        x = half[starts[frame] - _ORDER - 1 : starts[frame] + _N]  # x[i + 5] is sample i
        y = whitened[targets[frame] : targets[frame] + _N]
        for i in range(_N):
            y[i] = x[i + 5] + n0 * x[i + 4] + n1 * x[i + 3] + n2 * x[i + 2] + n3 * x[i + 1] + n4 * x[i]


@kernel
def square_samples(half: Any, starts: Any, squares: Any, lanes: Any) -> None:
    """Lay the squared samples of R half-rate frames side by side: ``squares`` float32 (864·R,), lane order."""
    R = len(lanes)
    for first in range(0, _N, _ROWS):
        for lane in range(R):
            source = (starts[lane] + first) & INDEX
            for i in range(_ROWS):
                value = half[source + i]
                squares[(first + i) * R + lane] = value * value
