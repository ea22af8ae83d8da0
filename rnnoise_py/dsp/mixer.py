"""Clean speech plus noise, sample by sample: gains, high-pass and random filters.

Source: contract/features §18, §19. The four filters are the only true recurrence in the samples. Speech and noise, of
several shards at once, are the lanes of one vector; run in one loop, the random filters hide behind the high-pass.
"""

from rnnoise_py.dsp.biquad import biquad_step
from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.lanes.jit import inline_kernel, kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Int16Array, Lanes, WideVector
from rnnoise_py.lanes.vectors import splat
from rnnoise_py.lanes.wide_vectors import halves, load_apart, store_apart, widen
from rnnoise_py.spec.constants import FRAME_SIZE, HIGHPASS_A, HIGHPASS_B, PITCH_HISTORY

_HIGHPASS_B0, _HIGHPASS_B1 = HIGHPASS_B
_HIGHPASS_A0, _HIGHPASS_A1 = HIGHPASS_A


@inline_kernel
def _constant(value: Float32, lanes: Lanes) -> WideVector:
    """One coefficient for all sources."""
    constant: WideVector = widen(splat(value, lanes))
    return constant


@kernel
def mix_frames(
    pcm: Int16Array,
    first: int,
    gains: Float32Array,
    filters: Float32Array,
    memory: Float32Array,
    clean_out: Float32Array,
    noise_out: Float32Array,
    noisy_out: Float32Array,
    energies: Float32Array,
    lanes: Lanes,
    shards: Lanes,
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
    h0, h1 = load_apart(memory, 0, lanes), load_apart(memory, 1, lanes)
    r0, r1 = load_apart(memory, 2, lanes), load_apart(memory, 3, lanes)
    ra0, ra1 = widen(load_apart(filters, 0, lanes)), widen(load_apart(filters, 1, lanes))
    rb0, rb1 = widen(load_apart(filters, 2, lanes)), widen(load_apart(filters, 3, lanes))
    ha0, ha1 = _constant(_HIGHPASS_A0, lanes), _constant(_HIGHPASS_A1, lanes)
    hb0, hb1 = _constant(_HIGHPASS_B0, lanes), _constant(_HIGHPASS_B1, lanes)
    for frame in range(pcm.shape[1] // FRAME_SIZE):
        energy = splat(ZERO, shards)
        source, target = frame * FRAME_SIZE, (first + frame) * FRAME_SIZE
        for i in range(FRAME_SIZE):
            x = load_apart(pcm, source + i, lanes)
            speech, _ = halves(x)
            energy = energy + speech * speech
            x, h0, h1 = biquad_step(gain * x, h0, h1, hb0, hb1, ha0, ha1)
            x, r0, r1 = biquad_step(x, r0, r1, rb0, rb1, ra0, ra1)
            clean, noise = halves(x)
            store_apart(clean_out, FRAME_SIZE + target + i, clean)
            store_apart(noise_out, FRAME_SIZE + target + i, noise)
            store_apart(noisy_out, PITCH_HISTORY + target + i, clean + noise)
        store_apart(energies, first + frame, energy)
    store_apart(memory, 0, h0)
    store_apart(memory, 1, h1)
    store_apart(memory, 2, r0)
    store_apart(memory, 3, r1)
