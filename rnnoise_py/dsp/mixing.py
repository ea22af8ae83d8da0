"""Clean speech plus noise, sample by sample: gains, high-pass and random filters.

Source: the contract's row assembly, steps 2 and 3. The four filters are the only true recurrence in the samples.
They are the lanes of one vector: speech and noise high-pass, then speech and noise random. The random filters are a
sample behind, so that what they filter is there when the step begins.
"""

from typing import Any

import numpy as np

from rnnoise_py.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B
from rnnoise_py.dsp.biquad import biquad_step, contract_order, quick_order
from rnnoise_py.dsp.jit import inline_kernel, kernel
from rnnoise_py.dsp.vectors import all_of
from rnnoise_py.dsp.wide_vectors import separate, together, widen

_N = FRAME_SIZE
_B0, _B1 = HIGHPASS_B
_A0, _A1 = HIGHPASS_A
_ZERO = np.float32(0)


@inline_kernel
def _coefficients(highpass: Any, filters: Any, which: Any) -> Any:
    """One coefficient of each lane."""
    return widen(together((highpass, highpass, filters[0, which], filters[1, which])))


@inline_kernel
def _mix_frame(
    speech: Any, noise: Any, base: Any, gains: Any, filters: Any, memory: Any, clean_out: Any, noise_out: Any,
    noisy_out: Any, order: Any,
) -> Any:
    """Mix a frame and leave its memory, if the order gave the contract's bits; whether it did."""
    speech_gain, noise_gain = gains[0], gains[1]
    b0, b1 = _coefficients(_B0, filters, 2), _coefficients(_B1, filters, 3)
    a0, a1 = _coefficients(_A0, filters, 0), _coefficients(_A1, filters, 1)
    s0, s1, n0, n1 = memory[0, 0], memory[0, 1], memory[2, 0], memory[2, 1]
    t0, t1, u0, u1 = memory[1, 0], memory[1, 1], memory[3, 0], memory[3, 1]
    # the first sample is only high-passed: its step leaves the random filters as they are
    first = together((speech_gain * np.float32(speech[base]), noise_gain * np.float32(noise[base]), _ZERO, _ZERO))
    y, m0, m1, right = biquad_step(
        first, together((s0, n0, _ZERO, _ZERO)), together((s1, n1, _ZERO, _ZERO)), b0, b1, a0, a1, order
    )
    q0, q1 = separate(m0), separate(m1)
    m0, m1 = together((q0[0], q0[1], t0, u0)), together((q1[0], q1[1], t1, u1))
    for i in range(base, base + _N - 1):
        before = separate(y)
        s, n = speech_gain * np.float32(speech[i + 1]), noise_gain * np.float32(noise[i + 1])
        x = together((s, n, before[0], before[1]))
        y, m0, m1, same = biquad_step(x, m0, m1, b0, b1, a0, a1, order)
        right = right & same
        done = separate(y)
        clean_out[i], noise_out[i], noisy_out[i] = done[2], done[3], done[2] + done[3]
    # the last one only by the random filters
    before, h0, h1 = separate(y), separate(m0), separate(m1)
    last = together((_ZERO, _ZERO, before[0], before[1]))
    y, m0, m1, same = biquad_step(last, m0, m1, b0, b1, a0, a1, order)
    right = right & same
    done, r0, r1 = separate(y), separate(m0), separate(m1)
    i = base + _N - 1
    clean_out[i], noise_out[i], noisy_out[i] = done[2], done[3], done[2] + done[3]
    if not all_of(right):
        return False
    memory[0, 0], memory[0, 1], memory[2, 0], memory[2, 1] = h0[0], h1[0], h0[1], h1[1]
    memory[1, 0], memory[1, 1], memory[3, 0], memory[3, 1] = r0[2], r1[2], r0[3], r1[3]
    return True


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
    for frame in range(len(energies)):
        base = frame * _N
        energy = _ZERO
        for i in range(_N):
            s = np.float32(speech[base + i])
            energy = energy + s * s
        energies[frame] = energy
        if not _mix_frame(
            speech, noise, base, gains, filters, memory, clean_out, noise_out, noisy_out, quick_order
        ):
            _mix_frame(
                speech, noise, base, gains, filters, memory, clean_out, noise_out, noisy_out, contract_order
            )
