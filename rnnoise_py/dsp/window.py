"""Cutting 960-sample frames out of a signal, windowed and laid side by side in lanes.

The Vorbis power-complementary window: the rising half is the table, the falling half its mirror image.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import BLOCK, WIDE, all_of, load, store, to_lanes
from rnnoise_py.spec.constants import WINDOW_SIZE
from rnnoise_py.spec.tables import HALF_WINDOW

#: Frames whose samples are all below this have band energies of exactly 0: a bin is at most the peak, and the
#: square of anything under 2⁻⁷⁵ rounds to 0.
INAUDIBLE: Final = np.float32(2.0**-77)

_W = np.concatenate([HALF_WINDOW, HALF_WINDOW[::-1]])
_INAUDIBLE = INAUDIBLE
_N = WINDOW_SIZE
_WIDE = WIDE


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
    for first in range(0, _N, BLOCK):
        to_lanes(signal, starts, first, x, first * R, lanes)
        for i in range(first, first + BLOCK):
            store(x, i * R, load(x, i * R, lanes) * _W[i])


@kernel
def is_inaudible(samples: Any) -> Any:
    """Whether all samples are inaudible; their number is a multiple of 16. NaN is audible."""
    for i in range(0, len(samples), len(_WIDE)):
        own = load(samples, i, _WIDE)
        if not all_of((own < _INAUDIBLE) & (own > -_INAUDIBLE)):
            return False
    return True


@kernel
def skip_inaudible(signal: Any, starts: Any, silence: Any, lanes: Any) -> None:
    """Point the frames that are inaudible at ``silence``, the first of 960 zeros in ``signal``.

    A muted source leaves its filters ringing in denormal numbers for ever, on which arithmetic is slow. Only
    for frames of which nothing but the band energies is wanted: those are the same bits.
    """
    for lane in range(len(lanes)):
        if is_inaudible(signal[starts[lane] : starts[lane] + _N]):
            starts[lane] = silence
