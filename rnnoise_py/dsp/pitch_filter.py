"""The comb filter along the pitch, in the bands where the network removes much, and the band gains.

Source: the contract's denoiser, steps 4 and 5. Spectra and bands of R frames are in lane order, as in
:mod:`rnnoise_py.dsp.bands`; band values are spread over the bins on the fly.
"""

import math
from typing import Any

import numpy as np

from rnnoise_py.dsp.bands import band_energy
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.vectors import load, store
from rnnoise_py.spec.constants import (
    BAND_EDGES,
    ENERGY_RATIO_FLOOR,
    FREQ_SIZE,
    GAIN_DECAY,
    NB_BANDS,
    PITCH_FILTER_FLOOR,
)
from rnnoise_py.spec.tables import BAND_FRACTIONS

_EDGES = np.array(BAND_EDGES, dtype=np.int64)
_FRACTIONS = BAND_FRACTIONS
_FALLING = np.float32(1) - BAND_FRACTIONS
_BANDS = NB_BANDS
_BINS = FREQ_SIZE
_TOP = BAND_EDGES[-1]
_FLOOR = PITCH_FILTER_FLOOR
_RATIO_FLOOR = ENERGY_RATIO_FLOOR
_DECAY = GAIN_DECAY
_ZERO = np.float32(0)
_ONE = np.float32(1)


@kernel
def filter_strengths(correlation: Any, gains: Any, energy: Any, pitch_energy: Any, strengths: Any, lanes: Any) -> None:
    """How much of the pitch-delayed spectrum each band takes; all float32 (22·R,), the last overwritten."""
    for i in range(_BANDS * len(lanes)):
        e2 = correlation[i] * correlation[i]
        g2 = gains[i] * gains[i]
        r = np.float32(np.float64(e2 * (_ONE - g2)) / (_FLOOR + np.float64(g2 * (_ONE - e2))))
        r = _ONE if correlation[i] > gains[i] else r
        r = _ZERO if _ZERO > r else r
        r = _ONE if _ONE < r else r
        root = np.float64(np.float32(math.sqrt(r)))
        ratio = np.float64(energy[i]) / (_RATIO_FLOOR + np.float64(pitch_energy[i]))
        strengths[i] = np.float32(root * math.sqrt(ratio))


@kernel
def energy_ratios(energy: Any, filtered_energy: Any, ratios: Any, lanes: Any) -> None:
    """Gains that give each band its energy back; all float32 (22·R,), the last overwritten."""
    for i in range(_BANDS * len(lanes)):
        ratios[i] = np.float32(math.sqrt(np.float64(energy[i]) / (_RATIO_FLOOR + np.float64(filtered_energy[i]))))


@kernel
def add_pitch(spectrum: Any, pitch_spectrum: Any, strengths: Any, lanes: Any) -> None:
    """Add the pitch-delayed spectrum, weighted per band, in place."""
    R = len(lanes)
    for b in range(_BANDS - 1):
        low, high = load(strengths, b * R, lanes), load(strengths, (b + 1) * R, lanes)
        for k in range(_EDGES[b], _EDGES[b + 1]):
            re, im = 2 * k * R, (2 * k + 1) * R
            weight = _FALLING[k] * low + _FRACTIONS[k] * high
            store(spectrum, re, load(spectrum, re, lanes) + weight * load(pitch_spectrum, re, lanes))
            store(spectrum, im, load(spectrum, im, lanes) + weight * load(pitch_spectrum, im, lanes))


@kernel
def apply_gains(spectrum: Any, first: Any, second: Any, lanes: Any) -> None:
    """Multiply a spectrum by two sets of band gains, one after the other, in place; bins 400 … 480 become 0.

    ``first`` and ``second`` are float32 (22·R,).
    """
    R = len(lanes)
    for b in range(_BANDS - 1):
        low1, high1 = load(first, b * R, lanes), load(first, (b + 1) * R, lanes)
        low2, high2 = load(second, b * R, lanes), load(second, (b + 1) * R, lanes)
        for k in range(_EDGES[b], _EDGES[b + 1]):
            re, im = 2 * k * R, (2 * k + 1) * R
            one = _FALLING[k] * low1 + _FRACTIONS[k] * high1
            two = _FALLING[k] * low2 + _FRACTIONS[k] * high2
            store(spectrum, re, load(spectrum, re, lanes) * one * two)
            store(spectrum, im, load(spectrum, im, lanes) * one * two)
    for i in range(2 * _TOP, 2 * _BINS):
        store(spectrum, i * R, load(spectrum, i * R, lanes) * _ZERO)


@kernel
def limit_decay(gains: Any, last_gains: Any, lane: Any, R: Any) -> None:
    """Let one frame's gains (lane ``lane`` of float32 (22·R,)) fall at most to 0.6 of the frame before."""
    for b in range(_BANDS):
        lowest = _DECAY * last_gains[b]
        gain = gains[b * R + lane]
        gain = gain if gain > lowest else lowest
        gains[b * R + lane] = gain
        last_gains[b] = gain


@kernel
def pitch_filter(frames: Any, gains: Any, strengths: Any, ratios: Any, lanes: Any) -> None:
    """Filter R frames along their pitch; the gains that restore the energies are left in ``ratios``.

    Parameters
    ----------
    frames
        :class:`~rnnoise_py.dsp.features.Frames`; its ``spectrum`` is filtered in place.
    gains
        float32 (22·R,), the network's.
    strengths, ratios
        float32 (22·R,), workspace and result.
    lanes
        Tuple of R zeros.
    """
    filter_strengths(frames.correlation, gains, frames.energy, frames.pitch_energy, strengths, lanes)
    add_pitch(frames.spectrum, frames.pitch_spectrum, strengths, lanes)
    band_energy(frames.spectrum, _TOP, strengths, lanes)
    energy_ratios(frames.energy, strengths, ratios, lanes)
