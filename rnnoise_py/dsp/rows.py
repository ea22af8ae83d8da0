"""Training rows of R frames: features, band gain targets with their masks, noise energies, VAD label.

Source: contract/features §21, §22.
"""

import math
from typing import NamedTuple

import numpy as np

from rnnoise_py.dsp.bands import write_bands
from rnnoise_py.dsp.buffers import Frames
from rnnoise_py.dsp.features import analyse_frames, describe_frames, write_descriptions
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.dsp.numerals import ONE, ZERO
from rnnoise_py.dsp.window import is_inaudible, skip_inaudible
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Int64Array, Lanes
from rnnoise_py.lanes.vectors import WIDE, all_of, load, select, splat, store
from rnnoise_py.spec.constants import (
    FRAME_SIZE,
    GAIN_FLOOR,
    GAIN_MASK_ENERGY,
    GAIN_MASKED,
    NB_BANDS,
    PITCH_MAX_PERIOD,
    SILENCE_TRAINING,
    WINDOW_SIZE,
)
from rnnoise_py.spec.layout import GAIN, NOISE_LOG_ENERGY, ROW_SIZE, VAD

_GAIN_COLUMN = GAIN.start
_NOISE_COLUMN = NOISE_LOG_ENERGY.start
_VAD_COLUMN = VAD.start


class Mixed(NamedTuple):
    """A chunk of mixed frames, with the samples before it that its first frames reach back to."""

    clean: Float32Array  # (480·(1 + frames) + 960,), ends in 960 zeros
    noise: Float32Array  # the same
    noisy: Float32Array  # (1248 + 480·frames,)
    lowpass: Int64Array  # (frames,) bins kept
    band_lp: Int64Array  # (frames,) last band trained
    noise_gain: Float32Array  # (frames,)
    vad: Float32Array  # (frames,) label 0, ½ or 1


@kernel
def band_gain(clean_energy: Float32, noisy_energy: Float32) -> Float32:
    """Ideal gain sqrt((Ey + 1e-3)/(Ex + 1e-3)), at most 1, float32."""
    gain = np.float32(math.sqrt((np.float64(clean_energy) + GAIN_FLOOR) / (np.float64(noisy_energy) + GAIN_FLOOR)))
    return ONE if gain > ONE else gain


@kernel
def band_gains(clean_energy: Float32Array, noisy_energy: Float32Array, gains: Float32Array) -> None:
    """Ideal gains of R frames, masked where both energies are faint; all float32 (22·R,), the last overwritten."""
    for i in range(len(gains)):
        clean, noisy = clean_energy[i], noisy_energy[i]
        faint = (np.float64(clean) < GAIN_MASK_ENERGY) & (np.float64(noisy) < GAIN_MASK_ENERGY)
        gains[i] = GAIN_MASKED if faint else band_gain(clean, noisy)


@kernel
def write_targets(
    gains: Float32Array,
    noise_logs: Float32Array,
    totals: Float32Array,
    noise_gain: Float32Array,
    band_lp: Int64Array,
    vad: Float32Array,
    limits: Float32Array,
    rows: Float32Array,
    starts: Int64Array,
    lanes: Lanes,
) -> None:
    """Write the gains, noise log-energies and VAD labels of R frames.

    Parameters
    ----------
    gains, noise_logs
        float32 (22·R,) in lane order; gains that are not to be trained become −1.
    totals, noise_gain, band_lp, vad
        (R,), of each frame.
    limits
        float32 (R,), workspace.
    rows, starts
        float32, flat, and where each row begins in it, int64 (R,).
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    for lane in range(R):
        silent = np.float64(totals[lane]) < SILENCE_TRAINING  # quirk Q-SILENT-CONTINUES
        unlabelled = vad[lane] == ZERO and noise_gain[lane] == ZERO
        limits[lane] = np.float32(0 if silent or unlabelled else band_lp[lane] + 1)
        rows[starts[lane] + _VAD_COLUMN] = vad[lane]
    trained = load(limits, 0, lanes)
    for b in range(NB_BANDS):
        band = load(gains, b * R, lanes)
        store(gains, b * R, select(trained > np.float32(b), band, splat(GAIN_MASKED, lanes)))
    write_bands(gains, rows, starts, _GAIN_COLUMN, lanes)
    write_bands(noise_logs, rows, starts, _NOISE_COLUMN, lanes)


@kernel
def same_samples(x: Float32Array, y: Float32Array) -> bool:
    """Whether two signals, of a multiple of 16 samples each, are equal (no NaN is)."""
    for i in range(0, len(x), len(WIDE)):  # noqa: SIM110  # generators do not compile
        if not all_of(load(x, i, WIDE) == load(y, i, WIDE)):
            return False
    return True


@kernel
def source_energy(
    signal: Float32Array,
    noisy: Float32Array,
    first: int,
    lowpass: Int64Array,
    frames: Frames,
    energy: Float32Array,
    lanes: Lanes,
) -> None:
    """Band energies (22·R,) of R frames of the clean speech or the noise, from frame ``first`` on.

    ``frames`` holds the description of the noisy frames, whose samples are ``noisy``. Much is muted: a source that is
    inaudible has no energy, and where the other one is, this one's samples and so its energies are the noisy ones.
    """
    R = len(lanes)
    samples = signal[first * FRAME_SIZE : (first + R + 1) * FRAME_SIZE]
    if is_inaudible(samples):
        for b in range(NB_BANDS):
            store(energy, b * R, splat(ZERO, lanes))
    elif same_samples(samples, noisy):
        for b in range(NB_BANDS):
            store(energy, b * R, load(frames.energy, b * R, lanes))
    else:
        for lane in range(R):
            frames.starts[lane] = (first + lane) * FRAME_SIZE
        skip_inaudible(signal, frames.starts, len(signal) - WINDOW_SIZE, lanes)
        analyse_frames(signal, frames.starts, lowpass, frames.windowed, frames.spectrum, energy, lanes)


@kernel
def describe_rows(
    mixed: Mixed,
    first: int,
    last: int,
    periods: Int64Array,
    rows: Float32Array,
    frames: Frames,
    clean_energy: Float32Array,
    noise_energy: Float32Array,
    lanes: Lanes,
) -> None:
    """Fill rows first … last-1 of a chunk, except for what depends on earlier rows.

    ``rows`` is float32 (≥ last, 87), C-contiguous; ``frames`` and the two energies (22·R,) are workspaces.
    """
    R = len(lanes)
    flat = rows.ravel()
    for block in range(first, last, R):
        lowpass = mixed.lowpass[block : block + R]
        pitch_periods = periods[block : block + R]
        describe_frames(mixed.noisy, block, pitch_periods, lowpass, frames, lanes)
        noisy = mixed.noisy[block * FRAME_SIZE + PITCH_MAX_PERIOD : (block + R + 1) * FRAME_SIZE + PITCH_MAX_PERIOD]
        source_energy(mixed.clean, noisy, block, lowpass, frames, clean_energy, lanes)
        source_energy(mixed.noise, noisy, block, lowpass, frames, noise_energy, lanes)
        log10_energies(noise_energy, frames.values, frames.wide)
        gains = clean_energy
        band_gains(clean_energy, frames.energy, gains)
        for lane in range(R):
            frames.starts[lane] = (block + lane) * ROW_SIZE
        chunk = slice(block, block + R)
        write_descriptions(frames, pitch_periods, flat, frames.starts, lanes)
        write_targets(
            gains,
            frames.values,
            frames.totals,
            mixed.noise_gain[chunk],
            mixed.band_lp[chunk],
            mixed.vad[chunk],
            frames.limits,
            flat,
            frames.starts,
            lanes,
        )
