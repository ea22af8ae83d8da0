"""Second-order filters in transposed direct form II, outputs in binary32, state updates in binary64.

Source: the contract's row assembly, step 3. Coefficients (b0, b1), (a0, a1) belong to z⁻¹ and z⁻²; the
leading ones are implied: ``y = x + m0; m0 = m1 + (b0·x − a0·y); m1 = b1·x − a1·y``.

Each sample waits for the one before, so what counts is how long that takes. ``(m1 + b0·x) − a0·y`` leaves less to do
once y is known; it is nearly always the same float32, but not always. Kernels compute both, go on with the quick one,
and do a stretch again in the contract's order where the bits of any two differed.
"""

from typing import Any

from rnnoise_py.dsp.jit import inline_kernel, kernel
from rnnoise_py.dsp.wide_vectors import less_product, narrow, same_bits, widen


@inline_kernel
def contract_order(m1: Any, forward: Any, a0: Any, y: Any) -> Any:
    """Next m0 as the contract has it, of float64 ``m1``, ``forward`` = b0·x, a0 and y."""
    return narrow(m1 + less_product(forward, a0, y))


@inline_kernel
def quick_order(m1: Any, forward: Any, a0: Any, y: Any) -> Any:
    """Next m0 in the order that makes y wait least."""
    return narrow(less_product(m1 + forward, a0, y))


@inline_kernel
def biquad_step(x: Any, m0: Any, m1: Any, b0: Any, b1: Any, a0: Any, a1: Any, order: Any) -> Any:
    """One sample: float32 x, m0, m1 and float64 coefficients → float32 (y, m0, m1), m0 is the contract's.

    All are vectors or all are single numbers.
    """
    y = x + m0
    wide_x, wide_y, wide_m1 = widen(x), widen(y), widen(m1)
    forward = b0 * wide_x
    m0 = order(wide_m1, forward, a0, wide_y)
    right = same_bits(m0, contract_order(wide_m1, forward, a0, wide_y))
    return y, m0, narrow(less_product(b1 * wide_x, a1, wide_y)), right


@kernel
def biquad(x: Any, memory: Any, b: Any, a: Any, y: Any) -> None:
    """Filter x into y (float32, equal length, may be the same); ``memory`` float32 (2,) is updated.

    ``b`` and ``a`` are float32 (2,).
    """
    b0, b1, a0, a1 = widen(b[0]), widen(b[1]), widen(a[0]), widen(a[1])
    m0, m1 = memory[0], memory[1]
    for i in range(len(x)):
        y[i], m0, m1, _ = biquad_step(x[i], m0, m1, b0, b1, a0, a1, contract_order)
    memory[0], memory[1] = m0, m1
