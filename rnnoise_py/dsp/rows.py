"""Training rows of R frames: features, band gain targets with their masks, noise energies, VAD label.

Source: the contract's row assembly, steps 5 to 7.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.dsp.bands import write_bands
from rnnoise_py.dsp.features import analyse_frames, describe_frames, write_descriptions
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.dsp.window import is_inaudible, skip_inaudible
from rnnoise_py.lanes.jit import kernel
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

_HOP = FRAME_SIZE
_WINDOW = WINDOW_SIZE
_BANDS = NB_BANDS
_PAST = PITCH_MAX_PERIOD  # samples of the noisy signal before the first frame
_WIDE = WIDE
_FLOOR = GAIN_FLOOR
_MASK_ENERGY = GAIN_MASK_ENERGY
_MASKED = GAIN_MASKED
_SILENCE = SILENCE_TRAINING
_GAIN = GAIN.start
_NOISE = NOISE_LOG_ENERGY.start
_VAD = VAD.start
_ROW = ROW_SIZE
_ZERO = np.float32(0)
_ONE = np.float32(1)


class Mixed(NamedTuple):
    """A chunk of mixed frames, with the samples before it that its first frames reach back to."""

    clean: npt.NDArray[np.float32]  # (480·(1 + frames) + 960,), ends in 960 zeros
    noise: npt.NDArray[np.float32]  # the same
    noisy: npt.NDArray[np.float32]  # (1248 + 480·frames,)
    lowpass: npt.NDArray[np.int64]  # (frames,) bins kept
    band_lp: npt.NDArray[np.int64]  # (frames,) last band trained
    noise_gain: npt.NDArray[np.float32]  # (frames,)
    vad: npt.NDArray[np.float32]  # (frames,) label 0, ½ or 1


@kernel
def band_gain(clean_energy: Any, noisy_energy: Any) -> Any:
    """Ideal gain sqrt((Ey + 1e-3)/(Ex + 1e-3)), at most 1, float32."""
    gain = np.float32(math.sqrt((np.float64(clean_energy) + _FLOOR) / (np.float64(noisy_energy) + _FLOOR)))
    return _ONE if gain > _ONE else gain


@kernel
def band_gains(clean_energy: Any, noisy_energy: Any, gains: Any) -> None:
    """Ideal gains of R frames, masked where both energies are faint; all float32 (22·R,), the last overwritten."""
    for i in range(len(gains)):
        clean, noisy = clean_energy[i], noisy_energy[i]
        faint = (np.float64(clean) < _MASK_ENERGY) & (np.float64(noisy) < _MASK_ENERGY)
        gains[i] = _MASKED if faint else band_gain(clean, noisy)


@kernel
def write_targets(
    gains: Any,
    noise_logs: Any,
    totals: Any,
    noise_gain: Any,
    band_lp: Any,
    vad: Any,
    limits: Any,
    rows: Any,
    starts: Any,
    lanes: Any,
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
        silent = np.float64(totals[lane]) < _SILENCE  # quirk Q-SILENT-CONTINUES
        unlabelled = vad[lane] == _ZERO and noise_gain[lane] == _ZERO
        limits[lane] = np.float32(0 if silent or unlabelled else band_lp[lane] + 1)
        rows[starts[lane] + _VAD] = vad[lane]
    trained = load(limits, 0, lanes)
    for b in range(_BANDS):
        own = load(gains, b * R, lanes)
        store(gains, b * R, select(trained > np.float32(b), own, splat(_MASKED, lanes)))
    write_bands(gains, rows, starts, _GAIN, lanes)
    write_bands(noise_logs, rows, starts, _NOISE, lanes)


@kernel
def same_samples(x: Any, y: Any) -> Any:
    """Whether two signals, of a multiple of 16 samples each, are equal (no NaN is)."""
    for i in range(0, len(x), len(_WIDE)):  # noqa: SIM110  # generators do not compile
        if not all_of(load(x, i, _WIDE) == load(y, i, _WIDE)):
            return False
    return True


@kernel
def source_energy(signal: Any, noisy: Any, first: Any, lowpass: Any, frames: Any, energy: Any, lanes: Any) -> None:
    """Band energies (22·R,) of R frames of the clean speech or the noise, from frame ``first`` on.

    ``frames`` holds the description of the noisy frames, whose samples are ``noisy``. Much is muted: a source that is
    inaudible has no energy, and where the other one is, this one's samples and so its energies are the noisy ones.
    """
    R = len(lanes)
    own = signal[first * _HOP : (first + R + 1) * _HOP]
    if is_inaudible(own):
        for b in range(_BANDS):
            store(energy, b * R, splat(_ZERO, lanes))
    elif same_samples(own, noisy):
        for b in range(_BANDS):
            store(energy, b * R, load(frames.energy, b * R, lanes))
    else:
        for lane in range(R):
            frames.starts[lane] = (first + lane) * _HOP
        skip_inaudible(signal, frames.starts, len(signal) - _WINDOW, lanes)
        analyse_frames(signal, frames.starts, lowpass, frames.windowed, frames.spectrum, energy, lanes)


@kernel
def describe_rows(
    mixed: Any,
    first: Any,
    last: Any,
    periods: Any,
    rows: Any,
    frames: Any,
    clean_energy: Any,
    noise_energy: Any,
    lanes: Any,
) -> None:
    """Fill rows first … last-1 of a chunk with all but what they owe to the rows before.

    ``rows`` is float32 (≥ last, 87), C-contiguous; ``frames`` and the two energies (22·R,) are workspaces.
    """
    R = len(lanes)
    flat = rows.ravel()
    for block in range(first, last, R):
        lowpass = mixed.lowpass[block : block + R]
        own = periods[block : block + R]
        describe_frames(mixed.noisy, block, own, lowpass, frames, lanes)
        noisy = mixed.noisy[block * _HOP + _PAST : (block + R + 1) * _HOP + _PAST]
        source_energy(mixed.clean, noisy, block, lowpass, frames, clean_energy, lanes)
        source_energy(mixed.noise, noisy, block, lowpass, frames, noise_energy, lanes)
        log10_energies(noise_energy, frames.values, frames.wide)
        gains = clean_energy
        band_gains(clean_energy, frames.energy, gains)
        for lane in range(R):
            frames.starts[lane] = (block + lane) * _ROW
        chunk = slice(block, block + R)
        write_descriptions(frames, own, flat, frames.starts, lanes)
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
