"""``log10`` of band energies: the C library's, to the bit, without calling it (contract/features §13, §21).

Only 24 bits of a logarithm are kept. A series in binary64 gives it to within a relative 10⁻¹⁴, vectorized; where the
rounding to binary32 is the same on either side of a margin of 10⁻¹³, it is what any C library's result rounds to.
Otherwise, about once in a thousand blocks of frames, the C library is asked.
"""

import math

import numpy as np

from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Float64Array
from rnnoise_py.spec.constants import LOG_FLOOR

_MANTISSA_BITS = 52
_ROOT_HALF = int(np.float64(math.sqrt(0.5)).view(np.int64))  # bits: mantissas are taken from √½ up to √2
_LOG_2 = np.float64(math.log10(2.0))
# 2·artanh(s)/ln 10 = s·Σ 2/((2n + 1)·ln 10)·s²ⁿ; with |s| ≤ 0.172, what is left out is below 10⁻¹⁵ of the sum
_SERIES = tuple(np.float64(2 / ((2 * n + 1) * math.log(10.0))) for n in range(9))
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8 = _SERIES
_BELOW = np.float64(1 - 1e-13)
_ABOVE = np.float64(1 + 1e-13)
_LARGEST = np.float64(np.finfo(np.float32).max) * 2  # infinity and NaN are left to the C library
_UNIT = np.float64(1)


# The only energy of audio whose logarithm is so near a tie that C libraries may disagree (contract/inference §14).
_TIED = np.uint32(0x36AB66F3).view(np.float32)
_LOG_OF_TIED = np.uint32(0xBFFFF8BC).view(np.float32)


@inline_kernel
def log_energy(energy: Float32) -> Float32:
    """log10(1e-2 + energy), computed in binary64 by the C library, float32."""
    if energy == _TIED:
        return _LOG_OF_TIED
    return np.float32(math.log10(LOG_FLOOR + np.float64(energy)))


@kernel
def log10_energies(energies: Float32Array, logs: Float32Array, wide: Float64Array) -> None:
    """Logarithms of energies.

    Parameters
    ----------
    energies
        float32 (n,), none negative.
    logs
        float32 (≥ n,), overwritten with :func:`log_energy` of each.
    wide
        float64 (n,), workspace.
    """
    bits = wide.view(np.int64)
    doubtful = 0
    for i in range(len(energies)):
        x = LOG_FLOOR + np.float64(energies[i])
        wide[i] = x
        exponent = (bits[i] - _ROOT_HALF) >> _MANTISSA_BITS
        bits[i] -= exponent << _MANTISSA_BITS
        mantissa = wide[i]
        s = (mantissa - _UNIT) / (mantissa + _UNIT)
        z = s * s
        series = _C4 + z * (_C5 + z * (_C6 + z * (_C7 + z * _C8)))
        series = _C0 + z * (_C1 + z * (_C2 + z * (_C3 + z * series)))
        value = np.float64(np.int32(exponent)) * _LOG_2 + s * series
        low, high = np.float32(value * _BELOW), np.float32(value * _ABOVE)
        doubtful |= (low != high) | (not x < _LARGEST)
        logs[i] = low
    if doubtful:
        for i in range(len(energies)):
            logs[i] = log_energy(energies[i])
