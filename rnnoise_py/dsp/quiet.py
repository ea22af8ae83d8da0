"""Near-silence without subnormal arithmetic: what cannot matter to the pitch search is zero.

After digital silence begins, the high-pass rings out for a second through ever smaller numbers, whose products are
subnormal and take processors a hundred times as long. The pitch search only multiplies samples with each other:
where all samples of a frame's pitch buffer are below 2⁻⁸⁰, every product (whitening at most doubles them) is below
2⁻¹⁵⁰ and rounds to zero, so zeros in their place change no bit of the result. In the end the high-pass stands
still at some 10⁻⁴³; the spectra scale that by 1/960, to zero.
"""

import numpy as np

from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array
from rnnoise_py.spec.constants import FRAME_SIZE

_REACH = 3  # hops on either side that share a pitch buffer with a hop
_TINY = np.float32(2.0**-80)
_VANISHING = np.float32(400 * 2.0**-149)  # 1/960 of it is under half the smallest number
# No bin exceeds the largest sample, so 2·481 of its squares bound a frame's energy: 0.015, silent below 0.04.
_FAINT = np.float32(2.0**-8)


@kernel
def is_tiny(samples: Float32Array) -> bool:
    """Whether every sample is below 2⁻⁸⁰ (NaN is not)."""
    large = 0
    for i in range(len(samples)):
        large |= not (-_TINY < samples[i] < _TINY)
    return bool(large == 0)


@kernel
def is_faint(samples: Float32Array) -> bool:
    """Whether the samples (±32768) are so small that every frame of them is silent (NaN is not)."""
    large = 0
    for i in range(len(samples)):
        large |= not (-_FAINT < samples[i] < _FAINT)
    return bool(large == 0)


@kernel
def silence_for_search(signal: Float32Array, end: int, tiny: Int64Array, searched: Float32Array) -> bool:
    """Copy a chunk with zeros where they cannot matter to the pitch search.

    Parameters
    ----------
    signal
        float32, the chunk with the 1248 samples before it.
    end
        Number of samples of it in use.
    tiny
        int64, room for one a hop of 480 samples, workspace.
    searched
        float32, as long as ``signal``; overwritten when the result is true.

    Returns
    -------
    Whether any hop became zero; if not, ``signal`` itself is as good.
    """
    hops = (end + FRAME_SIZE - 1) // FRAME_SIZE
    run = 0
    longest = 0
    for hop in range(hops):
        run = run + 1 if is_tiny(signal[hop * FRAME_SIZE : min(end, (hop + 1) * FRAME_SIZE)]) else 0
        tiny[hop] = run  # tiny hops up to this one
        longest = max(longest, run)
    if longest <= _REACH:
        return False
    for i in range(end):
        searched[i] = signal[i]
    for hop in range(hops):
        last = min(hops - 1, hop + _REACH)
        if tiny[last] >= last - max(0, hop - _REACH) + 1:
            searched[hop * FRAME_SIZE : min(end, (hop + 1) * FRAME_SIZE)] = ZERO
    return True


@kernel
def vanish_for_spectra(signal: Float32Array) -> None:
    """Set samples to zero, with their sign, that the window and the scale of the FFT take to zero anyway."""
    for i in range(len(signal)):
        value = signal[i]
        if -_VANISHING < value < _VANISHING:
            signal[i] = -ZERO if value < ZERO else ZERO if value > ZERO else value
