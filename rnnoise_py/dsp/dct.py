"""DCT-II over the 22 bands: sums in binary32, the scale in binary64."""

from typing import Any

import numpy as np

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import load, splat, store
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.spec.tables import DCT_SCALE, DCT_TABLE

_TABLE = DCT_TABLE
_SCALE = DCT_SCALE
_BANDS = NB_BANDS
_ZERO = np.float32(0)


@kernel
def dct(values: Any, coefficients: Any, count: Any, lanes: Any) -> None:
    """Transform band values into the first ``count`` coefficients.

    ``values`` is float32 (22·R,), ``coefficients`` float32 (≥ count·R,), overwritten; both in lane order.
    """
    R = len(lanes)
    for i in range(count):
        total = splat(_ZERO, lanes)
        for j in range(_BANDS):
            total = total + load(values, j * R, lanes) * _TABLE[j, i]
        store(coefficients, i * R, total)
    for i in range(count * R):
        coefficients[i] = np.float32(np.float64(coefficients[i]) * _SCALE)
