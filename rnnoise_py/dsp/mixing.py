"""Clean speech plus noise, sample by sample: gains, high-pass and random filters.

Source: the contract's row assembly, steps 2 and 3. The four filters are the only true recurrence in the
samples; run in one loop, the latency of one hides behind the others.
"""

from typing import Any

import numpy as np
from numba import float32

from rnnoise_py.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B
from rnnoise_py.dsp.biquad import biquad_step
from rnnoise_py.dsp.jit import PCM, packed_kernel

_N = FRAME_SIZE
_HB0 = np.float64(HIGHPASS_B[0])
_HB1 = np.float64(HIGHPASS_B[1])
_HA0 = np.float64(HIGHPASS_A[0])
_HA1 = np.float64(HIGHPASS_A[1])
_ZERO = np.float32(0)


@packed_kernel(
    (
        PCM, PCM, float32[::1], float32[:, ::1], float32[:, ::1], float32[::1], float32[::1], float32[::1],
        float32[::1],
    )
)
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
    s0, s1, t0, t1 = memory[0, 0], memory[0, 1], memory[1, 0], memory[1, 1]
    u0, u1, v0, v1 = memory[2, 0], memory[2, 1], memory[3, 0], memory[3, 1]
    speech_gain, noise_gain = gains[0], gains[1]
    sa0, sa1 = np.float64(filters[0, 0]), np.float64(filters[0, 1])
    sb0, sb1 = np.float64(filters[0, 2]), np.float64(filters[0, 3])
    na0, na1 = np.float64(filters[1, 0]), np.float64(filters[1, 1])
    nb0, nb1 = np.float64(filters[1, 2]), np.float64(filters[1, 3])
    for frame in range(len(energies)):
        energy = _ZERO
        base = (frame * _N)
        for i in range(_N):
            s = np.float32(speech[base + i])
            energy = energy + s * s
            x = speech_gain * s
            n = noise_gain * np.float32(noise[base + i])
            x, s0, s1 = biquad_step(x, s0, s1, _HB0, _HB1, _HA0, _HA1)
            n, u0, u1 = biquad_step(n, u0, u1, _HB0, _HB1, _HA0, _HA1)
            x, t0, t1 = biquad_step(x, t0, t1, sb0, sb1, sa0, sa1)
            n, v0, v1 = biquad_step(n, v0, v1, nb0, nb1, na0, na1)
            clean_out[base + i] = x
            noise_out[base + i] = n
            noisy_out[base + i] = x + n
        energies[frame] = energy
    memory[0, 0], memory[0, 1], memory[1, 0], memory[1, 1] = s0, s1, t0, t1
    memory[2, 0], memory[2, 1], memory[3, 0], memory[3, 1] = u0, u1, v0, v1
