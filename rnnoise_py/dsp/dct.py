"""DCT-II over the 22 bands: sums in binary32, the scale in binary64 (contract/features §4)."""

import numpy as np

from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.lanes.vectors import load, splat, store
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.spec.tables import DCT_SCALE, DCT_TABLE


@kernel
def dct(values: Float32Array, coefficients: Float32Array, count: int, lanes: Lanes) -> None:
    """Transform band values into the first ``count`` coefficients.

    ``values`` is float32 (22·R,), ``coefficients`` float32 (≥ count·R,), overwritten; both in lane order.
    """
    R = len(lanes)
    for i in range(count):
        total = splat(ZERO, lanes)
        for j in range(NB_BANDS):
            total = total + load(values, j * R, lanes) * DCT_TABLE[j, i]
        store(coefficients, i * R, total)
    for i in range(count * R):
        coefficients[i] = np.float32(np.float64(coefficients[i]) * DCT_SCALE)
