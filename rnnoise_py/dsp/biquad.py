"""Second-order filters in transposed direct form II, outputs in binary32, state updates in binary64.

Source: contract/features §19. Coefficients (b0, b1), (a0, a1) belong to z⁻¹ and z⁻²; the
leading ones are implied: ``y = x + m0; m0 = m1 + (b0·x − a0·y); m1 = b1·x − a1·y``.
"""

from typing import TypeVar

from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Float64, Vector, WideVector
from rnnoise_py.lanes.wide_vectors import less_product, narrow, widen

Number = TypeVar("Number", Float32, Vector)  # of one signal, or of as many as there are lanes
Wide = TypeVar("Wide", Float64, WideVector)


@inline_kernel
def biquad_step(
    x: Number, m0: Number, m1: Number, b0: Wide, b1: Wide, a0: Wide, a1: Wide
) -> tuple[Number, Number, Number]:
    """One sample: float32 x, m0, m1 and float64 coefficients → float32 (y, m0, m1); all vectors, or all numbers."""
    y = x + m0
    wide_x, wide_y = widen(x), widen(y)
    return (y, narrow(widen(m1) + less_product(b0 * wide_x, a0, wide_y)), narrow(less_product(b1 * wide_x, a1, wide_y)))


@kernel
def biquad(x: Float32Array, memory: Float32Array, b: Float32Array, a: Float32Array, y: Float32Array) -> None:
    """Filter x into y (float32, equal length, may be the same); ``memory`` float32 (2,) is updated.

    ``b`` and ``a`` are float32 (2,).
    """
    b0, b1, a0, a1 = widen(b[0]), widen(b[1]), widen(a[0]), widen(a[1])
    m0, m1 = memory[0], memory[1]
    for i in range(len(x)):
        y[i], m0, m1 = biquad_step(x[i], m0, m1, b0, b1, a0, a1)
    memory[0], memory[1] = m0, m1
