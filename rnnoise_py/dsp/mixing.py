"""Clean speech plus noise, sample by sample: gains, high-pass and random filters.

Source: the contract's row assembly, steps 2 and 3. The four filters are the only true recurrence in the samples.
Speech and noise are the lanes of one vector; run in one loop, the random filters hide behind the high-pass.
"""

from typing import Any

import numpy as np

from rnnoise_py.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B
from rnnoise_py.dsp.biquad import biquad_step
from rnnoise_py.dsp.jit import INDEX, inline_kernel, kernel
from rnnoise_py.dsp.vectors import load, splat
from rnnoise_py.dsp.wide_vectors import separate, together, widen

_N = FRAME_SIZE
_BOTH = (0, 0)  # lanes: speech and noise
_B0, _B1 = HIGHPASS_B
_A0, _A1 = HIGHPASS_A
_ZERO = np.float32(0)


@inline_kernel
def _constant(value: Any) -> Any:
    """One coefficient for speech and noise."""
    return widen(splat(value, _BOTH))


@inline_kernel
def _both(values: Any, first: Any, second: Any, column: Any) -> Any:
    """Speech and noise of one column."""
    return together((values[first, column], values[second, column]))


@kernel
def mix_frames(
    speech: Any, noise: Any, gains: Any, filters: Any, memory: Any, clean_out: Any, noise_out: Any, noisy_out: Any,
    energies: Any,
) -> None:
    """Mix frames that share gains and filters.

    Parameters
    ----------
    speech, noise
        int16 (480·frames,), zeros where the source is muted.
    gains
        float32 (2,), of speech and noise.
    filters
        float32 (2, 4): of each source (speech, noise) the random filter a0, a1, b0, b1.
    memory
        float32 (4, 2), updated: speech high-pass, speech random, noise high-pass, noise random.
    clean_out, noise_out, noisy_out
        float32 (480·frames,), overwritten: filtered speech, filtered noise, their sum.
    energies
        float32 (frames,), overwritten: Σ s² of the unscaled speech.
    """
    gain = load(gains, 0, _BOTH)
    h0, h1 = _both(memory, 0, 2, 0), _both(memory, 0, 2, 1)
    r0, r1 = _both(memory, 1, 3, 0), _both(memory, 1, 3, 1)
    ra0, ra1 = widen(_both(filters, 0, 1, 0)), widen(_both(filters, 0, 1, 1))
    rb0, rb1 = widen(_both(filters, 0, 1, 2)), widen(_both(filters, 0, 1, 3))
    ha0, ha1, hb0, hb1 = _constant(_A0), _constant(_A1), _constant(_B0), _constant(_B1)
    for frame in range(len(energies)):
        energy = _ZERO
        for i in range(frame * _N, (frame + 1) * _N):
            j = i & INDEX
            s = np.float32(speech[j])
            energy = energy + s * s
            x = gain * together((s, np.float32(noise[j])))
            x, h0, h1 = biquad_step(x, h0, h1, hb0, hb1, ha0, ha1)
            x, r0, r1 = biquad_step(x, r0, r1, rb0, rb1, ra0, ra1)
            own, other = separate(x)
            clean_out[j], noise_out[j], noisy_out[j] = own, other, own + other
        energies[frame] = energy
    memory[0, 0], memory[2, 0] = separate(h0)
    memory[0, 1], memory[2, 1] = separate(h1)
    memory[1, 0], memory[3, 0] = separate(r0)
    memory[1, 1], memory[3, 1] = separate(r1)
