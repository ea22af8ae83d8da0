"""Second-order filters in transposed direct form II, outputs in binary32, state updates in binary64.

Source: the contract's row assembly, step 3. Coefficients (b0, b1), (a0, a1) belong to z⁻¹ and z⁻²; the
leading ones are implied: ``y = x + m0; m0 = m1 + (b0·x − a0·y); m1 = b1·x − a1·y``.
"""

from typing import Any

import numpy as np

from rnnoise_py.dsp.jit import inline_kernel, kernel


@inline_kernel
def biquad_step(x: Any, m0: Any, m1: Any, b0: Any, b1: Any, a0: Any, a1: Any) -> Any:
    """One sample: float32 x, m0, m1 and float64 coefficients → float32 (y, m0, m1)."""
    y = np.float32(x + m0)
    wide_x = np.float64(x)
    wide_y = np.float64(y)
    return (
        y,
        np.float32(np.float64(m1) + (b0 * wide_x - a0 * wide_y)),
        np.float32(b1 * wide_x - a1 * wide_y),
    )


@kernel
def biquad(x: Any, memory: Any, b: Any, a: Any, y: Any) -> None:
    """Filter x into y (float32, equal length, may be the same); ``memory`` float32 (2,) is updated.

    ``b`` and ``a`` are float32 (2,).
    """
    b0, b1 = np.float64(b[0]), np.float64(b[1])
    a0, a1 = np.float64(a[0]), np.float64(a[1])
    m0, m1 = memory[0], memory[1]
    for i in range(len(x)):
        y[i], m0, m1 = biquad_step(x[i], m0, m1, b0, b1, a0, a1)
    memory[0], memory[1] = m0, m1
