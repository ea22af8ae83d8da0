"""The comb filter along the pitch, in the bands where the network removes much, and the band gains.

Source: contract/inference §6, §7. Spectra and bands of R frames are in lane order, as in
:mod:`rnnoise_py.dsp.bands`; band values are spread over the bins on the fly.
"""

import math

import numpy as np

from rnnoise_py.dsp.bands import EDGES, FALLING, band_energy
from rnnoise_py.dsp.buffers import Frames
from rnnoise_py.dsp.numerals import ONE, ZERO
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Lanes
from rnnoise_py.lanes.vectors import load, store
from rnnoise_py.spec.constants import ENERGY_RATIO_FLOOR, FREQ_SIZE, GAIN_DECAY, NB_BANDS, PITCH_FILTER_FLOOR, TOP_BIN
from rnnoise_py.spec.tables import BAND_FRACTIONS


@kernel
def filter_strengths(
    correlation: Float32Array,
    gains: Float32Array,
    energy: Float32Array,
    pitch_energy: Float32Array,
    strengths: Float32Array,
    lanes: Lanes,
) -> None:
    """How much of the pitch-delayed spectrum each band takes; all float32 (22·R,), the last overwritten."""
    for i in range(NB_BANDS * len(lanes)):
        e2 = correlation[i] * correlation[i]
        g2 = gains[i] * gains[i]
        r = np.float32(np.float64(e2 * (ONE - g2)) / (PITCH_FILTER_FLOOR + np.float64(g2 * (ONE - e2))))
        r = ONE if correlation[i] > gains[i] else r
        r = ZERO if ZERO > r else r
        r = ONE if ONE < r else r
        root = np.float64(np.float32(math.sqrt(r)))
        ratio = np.float64(energy[i]) / (ENERGY_RATIO_FLOOR + np.float64(pitch_energy[i]))
        strengths[i] = np.float32(root * math.sqrt(ratio))


@kernel
def energy_ratios(energy: Float32Array, filtered_energy: Float32Array, ratios: Float32Array, lanes: Lanes) -> None:
    """Gains that give each band its energy back; all float32 (22·R,), the last overwritten."""
    for i in range(NB_BANDS * len(lanes)):
        ratios[i] = np.float32(math.sqrt(np.float64(energy[i]) / (ENERGY_RATIO_FLOOR + np.float64(filtered_energy[i]))))


@kernel
def add_pitch(spectrum: Float32Array, pitch_spectrum: Float32Array, strengths: Float32Array, lanes: Lanes) -> None:
    """Add the pitch-delayed spectrum, weighted per band, in place."""
    R = len(lanes)
    for b in range(NB_BANDS - 1):
        low, high = load(strengths, b * R, lanes), load(strengths, (b + 1) * R, lanes)
        for k in range(EDGES[b], EDGES[b + 1]):
            re, im = 2 * k * R, (2 * k + 1) * R
            weight = FALLING[k] * low + BAND_FRACTIONS[k] * high
            store(spectrum, re, load(spectrum, re, lanes) + weight * load(pitch_spectrum, re, lanes))
            store(spectrum, im, load(spectrum, im, lanes) + weight * load(pitch_spectrum, im, lanes))


@kernel
def apply_gains(spectrum: Float32Array, first: Float32Array, second: Float32Array, lanes: Lanes) -> None:
    """Multiply a spectrum by two sets of band gains, one after the other, in place; bins 400 … 480 become 0.

    ``first`` and ``second`` are float32 (22·R,).
    """
    R = len(lanes)
    for b in range(NB_BANDS - 1):
        low1, high1 = load(first, b * R, lanes), load(first, (b + 1) * R, lanes)
        low2, high2 = load(second, b * R, lanes), load(second, (b + 1) * R, lanes)
        for k in range(EDGES[b], EDGES[b + 1]):
            re, im = 2 * k * R, (2 * k + 1) * R
            one = FALLING[k] * low1 + BAND_FRACTIONS[k] * high1
            two = FALLING[k] * low2 + BAND_FRACTIONS[k] * high2
            store(spectrum, re, load(spectrum, re, lanes) * one * two)
            store(spectrum, im, load(spectrum, im, lanes) * one * two)
    for i in range(2 * TOP_BIN, 2 * FREQ_SIZE):
        store(spectrum, i * R, load(spectrum, i * R, lanes) * ZERO)


@kernel
def limit_decay(gains: Float32Array, last_gains: Float32Array, lane: int, R: int) -> None:
    """Let one frame's gains (lane ``lane`` of float32 (22·R,)) fall at most to 0.6 of the frame before."""
    for b in range(NB_BANDS):
        lowest = GAIN_DECAY * last_gains[b]
        gain = gains[b * R + lane]
        gain = gain if gain > lowest else lowest
        gains[b * R + lane] = gain
        last_gains[b] = gain


@kernel
def pitch_filter(
    frames: Frames, gains: Float32Array, strengths: Float32Array, ratios: Float32Array, lanes: Lanes
) -> None:
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
    band_energy(frames.spectrum, TOP_BIN, strengths, lanes)
    energy_ratios(frames.energy, strengths, ratios, lanes)
