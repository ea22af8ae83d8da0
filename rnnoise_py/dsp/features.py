"""Frames from samples to pitch, spectra, cepstra and features: the kernels in the order of the data.

Source: contract/features §7–§16. A *chunk* is some number of blocks of R frames. Of the four steps,
:func:`find_pitch` and :func:`describe_frames` are independent from frame to frame, so their blocks may run in any
order and on any core; :func:`track_pitch` and :func:`finish_features` look back at the frame before, and are cheap.
"""

from typing import Any, Final

import numpy as np

from rnnoise_py.dsp.bands import band_correlation, band_energy, lowpass_bins, write_bands
from rnnoise_py.dsp.buffers import Frames, History, Pitch, PitchWork
from rnnoise_py.dsp.cepstrum import cepstra, cepstral_differences, log_energies, normalize_correlation, pitch_cepstra
from rnnoise_py.dsp.fft import fft_real
from rnnoise_py.dsp.lag_energy import lag_energies
from rnnoise_py.dsp.octave import DIVISORS, octave_candidates, octave_choice
from rnnoise_py.dsp.pitch_search import FINE_SUMS, coarse_search, fine_search
from rnnoise_py.dsp.variability import spectral_variability, update_distances
from rnnoise_py.dsp.whitening import downsample, lay_frames, whiten
from rnnoise_py.dsp.window import window
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array, Lanes
from rnnoise_py.spec.constants import (
    CEPS_MEM,
    FRAME_SIZE,
    FREQ_SIZE,
    NB_BANDS,
    NB_DELTA_CEPS,
    PITCH_BUF_SIZE,
    PITCH_FEATURE_CENTRE,
    PITCH_FEATURE_SCALE,
    PITCH_MAX_PERIOD,
    TOP_BIN,
)
from rnnoise_py.spec.layout import CEPSTRUM, PITCH_CORRELATION, PITCH_PERIOD, SPECTRAL_VARIABILITY

_CEPSTRUM_COLUMN = CEPSTRUM.start
_CORRELATION_COLUMN = PITCH_CORRELATION.start
_PERIOD_COLUMN = PITCH_PERIOD.start
_VARIABILITY_COLUMN = SPECTRAL_VARIABILITY.start
_TOP_BIN: Final[Any] = np.int64(TOP_BIN)  # no literal, for which numba would compile the FFT once more


@kernel
def find_pitch(signal: Float32Array, first: int, last: int, pitch: Pitch, work: PitchWork, lanes: Lanes) -> None:
    """Evaluate the pitch candidates of a chunk's frames first … last-1 (``last − first`` a multiple of R).

    ``signal`` is the chunk with the 1248 samples before it: frame f's pitch buffer (1728 samples) starts at
    480·f.
    """
    R = len(lanes)
    for block in range(first, last, R):
        part = slice(block * DIVISORS, (block + R) * DIVISORS)
        starts = pitch.starts[block : block + R]
        period = pitch.search_period[block : block + R]
        buffers = signal[block * FRAME_SIZE : (block + R - 1) * FRAME_SIZE + PITCH_BUF_SIZE]
        downsample(buffers, work.half)
        lay_frames(buffers, work.half, work.half_starts, work.samples, lanes)
        whiten(work.samples, work.flat, pitch.whitened, starts, work.ac, work.lpc, lanes)
        lag_energies(work.flat, work.coarse_energy, work.fine_energy, work.past_energy, lanes)
        coarse_search(work.flat, work.coarse_energy, work.best, work.quarter, work.coarse_sums, lanes)
        fine_search(
            pitch.whitened,
            starts,
            work.fine_energy,
            work.best,
            period,
            pitch.fine_lags[2 * block : 2 * (block + R)],
            pitch.fine_sums[2 * block * FINE_SUMS : 2 * (block + R) * FINE_SUMS],
            work.correlations,
            lanes,
        )
        octave_candidates(
            pitch.whitened,
            starts,
            work.past_energy,
            period,
            pitch.periods[part],
            pitch.second_periods[part],
            pitch.gain_limit[part],
            pitch.candidate_yy[part],
            pitch.xx[block : block + R],
            lanes,
        )


@kernel
def track_pitch(pitch: Pitch, history: History, count: int) -> None:
    """Choose the periods of a chunk's first ``count`` frames in time order."""
    for frame in range(count):
        part = slice(frame * DIVISORS, (frame + 1) * DIVISORS)
        period, gain = octave_choice(
            pitch.whitened,
            pitch.starts[frame],
            pitch.periods[part],
            pitch.second_periods[part],
            pitch.gain_limit[part],
            pitch.candidate_yy[part],
            pitch.xx[frame],
            pitch.fine_lags[2 * frame : 2 * frame + 2],
            pitch.fine_sums[2 * frame * FINE_SUMS : 2 * (frame + 1) * FINE_SUMS],
            history.period[0],
            history.gain[0],
        )
        pitch.period[frame] = period
        pitch.gain[frame] = gain
        history.period[0] = period
        history.gain[0] = gain


@kernel
def analyse_frames(
    signal: Float32Array,
    starts: Int64Array,
    lowpass: Int64Array,
    windowed: Float32Array,
    spectrum: Float32Array,
    energy: Float32Array,
    lanes: Lanes,
) -> int:
    """Window R frames of 960 samples, transform them, cut them at ``lowpass`` and take their band energies.

    ``starts`` int64 (R,) in ``signal``; ``lowpass`` int64 (R,), bins; results in ``spectrum`` and ``energy``. Returns
    the number of bins that were kept in any frame; what the spectrum holds beyond is not meaningful.
    """
    bins = 0
    for lane in range(len(lanes)):
        bins = max(bins, lowpass[lane])
    bins = min(bins, FREQ_SIZE)  # quirk Q-LOWPASS-OVER
    window(signal, starts, windowed, lanes)
    fft_real(windowed, spectrum, bins, lanes)
    lowpass_bins(spectrum, lowpass, bins, lanes)
    band_energy(spectrum, bins, energy, lanes)
    return bins


@kernel
def describe_frames(
    signal: Float32Array, first: int, periods: Int64Array, lowpass: Int64Array, frames: Frames, lanes: Lanes
) -> None:
    """Spectra, correlations, log energies and cepstra of R frames of a chunk, from ``first`` on.

    Parameters
    ----------
    signal
        float32, the chunk with the 1248 samples before it.
    first
        Index of the first frame in the chunk.
    periods, lowpass
        int64 (R,), pitch period and number of bins kept of each frame.
    frames
        :class:`Frames`, overwritten.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    starts = frames.starts
    for lane in range(R):
        starts[lane] = (first + lane) * FRAME_SIZE + PITCH_MAX_PERIOD
    bins = analyse_frames(signal, starts, lowpass, frames.windowed, frames.spectrum, frames.energy, lanes)
    for lane in range(R):
        starts[lane] -= periods[lane]
    window(signal, starts, frames.windowed, lanes)
    fft_real(frames.windowed, frames.pitch_spectrum, _TOP_BIN, lanes)
    band_energy(frames.pitch_spectrum, _TOP_BIN, frames.pitch_energy, lanes)
    band_correlation(frames.spectrum, frames.pitch_spectrum, bins, frames.correlation, lanes)
    normalize_correlation(frames.correlation, frames.energy, frames.pitch_energy, lanes)
    pitch_cepstra(frames.correlation, frames.pitch_cepstra, lanes)
    log_energies(frames.energy, frames.logs, frames.totals, frames.wide, lanes)
    cepstra(frames.logs, frames.cepstra, lanes)


@kernel
def write_descriptions(
    frames: Frames, periods: Int64Array, rows: Float32Array, starts: Int64Array, lanes: Lanes
) -> None:
    """Write the features of R frames that depend on each frame alone; the cepstra still without differences.

    ``rows`` is float32, flat; each row begins at ``starts``, int64 (R,).
    """
    R = len(lanes)
    write_bands(frames.cepstra, rows, starts, _CEPSTRUM_COLUMN, lanes)
    for lane in range(R):
        row = starts[lane]
        for i in range(NB_DELTA_CEPS):
            rows[row + _CORRELATION_COLUMN + i] = frames.pitch_cepstra[i * R + lane]
        rows[row + _PERIOD_COLUMN] = np.float32(PITCH_FEATURE_SCALE * np.float64(periods[lane] - PITCH_FEATURE_CENTRE))


@kernel
def finish_features(history: History, rows: Float32Array, count: int) -> None:
    """Add the features that depend on earlier frames: cepstral differences and variability.

    ``rows`` is float32 (≥ count, ≥ 42) with the cepstra in place, in time order.
    """
    ring, distances = history.ring, history.distances.ravel()
    cepstra = ring.ravel()
    for frame in range(count):
        slot = history.slot[0]
        row = rows[frame]
        for k in range(NB_BANDS):
            cepstra[k * CEPS_MEM + slot] = row[_CEPSTRUM_COLUMN + k]
        cepstral_differences(
            ring[:, slot], ring[:, (slot + CEPS_MEM - 1) % CEPS_MEM], ring[:, (slot + CEPS_MEM - 2) % CEPS_MEM], row
        )
        update_distances(cepstra, distances, slot)
        row[_VARIABILITY_COLUMN] = spectral_variability(distances)
        history.slot[0] = (slot + 1) % CEPS_MEM
