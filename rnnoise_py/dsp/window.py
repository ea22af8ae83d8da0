"""Cutting 960-sample frames out of a signal, windowed and laid side by side in lanes.

The Vorbis power-complementary window: the rising half is the table, the falling half its mirror image.
"""

from typing import Any

from rnnoise_py.constants import FRAME_SIZE, WINDOW_SIZE
from rnnoise_py.dsp.jit import INDEX, kernel
from rnnoise_py.tables import HALF_WINDOW

_W = HALF_WINDOW
_N = WINDOW_SIZE
_HOP = FRAME_SIZE
_ROWS = 16  # rows written before the next lane's turn: they stay in the first-level cache


@kernel
def window(signal: Any, starts: Any, x: Any, lanes: Any) -> None:
    """Lay windowed frames side by side.

    Parameters
    ----------
    signal
        float32, any length.
    starts
        int64 (R,), first sample of each frame.
    x
        float32 (960·R,), overwritten in lane order.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for first in range(0, _HOP, _ROWS):
        for lane in range(R):
            rising = (starts[lane] + first) & INDEX
            falling = (starts[lane] + _HOP + first) & INDEX
            for i in range(_ROWS):
                x[(first + i) * R + lane] = signal[rising + i] * _W[first + i]
            for i in range(_ROWS):
                x[(_HOP + first + i) * R + lane] = signal[falling + i] * _W[_HOP - 1 - first - i]
