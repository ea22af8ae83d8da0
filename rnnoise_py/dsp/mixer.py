"""Clean speech plus noise, sample by sample: gains, high-pass and random filters.

Source: the contract's row assembly, steps 2 and 3. The four filters are the only true recurrence in the samples.
Speech and noise, of several shards at once, are the lanes of one vector; run in one loop, the random filters hide
behind the high-pass.
"""

from typing import Any

import numpy as np

from rnnoise_py.dsp.biquad import biquad_step
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.vectors import splat
from rnnoise_py.lanes.wide_vectors import halves, load_apart, store_apart, widen
from rnnoise_py.spec.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B, PITCH_BUF_SIZE

_N = FRAME_SIZE
_NOISY = PITCH_BUF_SIZE - FRAME_SIZE
_B0, _B1 = HIGHPASS_B
_A0, _A1 = HIGHPASS_A
_ZERO = np.float32(0)


@inline_kernel
def _constant(value: Any, lanes: Any) -> Any:
    """One coefficient for all sources."""
    return widen(splat(value, lanes))


@kernel
def mix_frames(
    pcm: Any,
    first: Any,
    gains: Any,
    filters: Any,
    memory: Any,
    clean_out: Any,
    noise_out: Any,
    noisy_out: Any,
    energies: Any,
    lanes: Any,
    shards: Any,
) -> None:
    """Mix frames of S shards that each keep their gains and filters.

    Parameters
    ----------
    pcm
        int16 (2·S, 480·frames): speech of each shard, then noise of each; zeros where a source is muted.
    first
        Row of these frames in the outputs.
    gains
        float32 (2·S, 1).
    filters
        float32 (2·S, 4): of each source the random filter a0, a1, b0, b1.
    memory
        float32 (2·S, 4), updated: of each source the high-pass, then the random filter.
    clean_out, noise_out, noisy_out
        float32 (S, …), overwritten: filtered speech, filtered noise, their sum, after one frame and after the
        history of the pitch.
    energies
        float32 (S, …), overwritten: Σ s² of the unscaled speech of each frame.
    lanes, shards
        Tuples of 2·S and of S zeros.
    """
    gain = load_apart(gains, 0, lanes)
    h0, h1, r0, r1 = (
        load_apart(memory, 0, lanes),
        load_apart(memory, 1, lanes),
        load_apart(memory, 2, lanes),
        load_apart(memory, 3, lanes),
    )
    ra0, ra1 = widen(load_apart(filters, 0, lanes)), widen(load_apart(filters, 1, lanes))
    rb0, rb1 = widen(load_apart(filters, 2, lanes)), widen(load_apart(filters, 3, lanes))
    ha0, ha1, hb0, hb1 = _constant(_A0, lanes), _constant(_A1, lanes), _constant(_B0, lanes), _constant(_B1, lanes)
    for frame in range(pcm.shape[1] // _N):
        energy = splat(_ZERO, shards)
        source, target = frame * _N, (first + frame) * _N
        for i in range(_N):
            x = load_apart(pcm, source + i, lanes)
            speech, _ = halves(x)
            energy = energy + speech * speech
            x, h0, h1 = biquad_step(gain * x, h0, h1, hb0, hb1, ha0, ha1)
            x, r0, r1 = biquad_step(x, r0, r1, rb0, rb1, ra0, ra1)
            clean, noise = halves(x)
            store_apart(clean_out, _N + target + i, clean)
            store_apart(noise_out, _N + target + i, noise)
            store_apart(noisy_out, _NOISY + target + i, clean + noise)
        store_apart(energies, first + frame, energy)
    store_apart(memory, 0, h0)
    store_apart(memory, 1, h1)
    store_apart(memory, 2, r0)
    store_apart(memory, 3, r1)
