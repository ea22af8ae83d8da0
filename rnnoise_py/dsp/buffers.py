"""The arrays that frame analysis works on: results of a chunk, workspaces, and what is remembered."""

from typing import NamedTuple

import numpy as np

from rnnoise_py.dsp.lag_energy import PAST_ENERGIES
from rnnoise_py.dsp.octave import DIVISORS
from rnnoise_py.dsp.pitch_search import COARSE_SUMS, FINE_SUMS, QUARTER_SIZE
from rnnoise_py.dsp.whitening import HALF_PAD, HALF_STRIDE, REACH
from rnnoise_py.lanes.types import Float32Array, Float64Array, Int64Array
from rnnoise_py.spec.constants import (
    CEPS_MEM,
    COARSE_LAGS,
    FINE_LAGS,
    FRAME_SIZE,
    HALF_BUF_SIZE,
    LPC_ORDER,
    NB_BANDS,
    NB_DELTA_CEPS,
    WINDOW_SIZE,
)

_LINE = 16  # floats of a cache line, 64 bytes


class Pitch(NamedTuple):
    """The pitch analysis of a chunk, frame by frame."""

    whitened: Float32Array  # (frames·HALF_STRIDE,)
    starts: Int64Array  # (frames,) first sample of each frame in ``whitened``
    search_period: Int64Array  # (frames,) before octave errors are removed, samples at 48 kHz
    fine_lags: Int64Array  # (frames·2,) see fine_search
    fine_sums: Float32Array  # (frames·2·FINE_SUMS,)
    periods: Int64Array  # (frames·DIVISORS,) see octave_candidates
    second_periods: Int64Array  # (frames·DIVISORS,)
    gain_limit: Float32Array  # (frames·DIVISORS,)
    candidate_yy: Float32Array  # (frames·DIVISORS,)
    xx: Float32Array  # (frames,)
    period: Int64Array  # (frames,) final, samples at 48 kHz
    gain: Float32Array  # (frames,) 0 … 1


class PitchWork(NamedTuple):
    """Workspaces of :func:`find_pitch` for R frames."""

    half: Float32Array  # (240·(R − 1) + 864,) the frames' samples at half the rate
    half_starts: Int64Array  # (R,) where each frame begins in them
    samples: Float32Array  # the same, frames in lanes, see lay_frames
    flat: Float32Array  # (864·R,) whitened, in lanes
    ac: Float32Array  # (5·R,)
    lpc: Float32Array  # (4·R,)
    quarter: Float32Array  # (QUARTER_SIZE·R,) every second of them
    coarse_energy: Float32Array  # (147·R,) see lag_energies
    fine_energy: Float32Array  # (294·R,)
    past_energy: Float32Array  # (PAST_ENERGIES·R,)
    coarse_sums: Float32Array  # (COARSE_SUMS·R,)
    best: Float32Array  # (2·R,) see coarse_search
    correlations: Float32Array  # (294,) of one frame


class Frames(NamedTuple):
    """Spectra and what follows from them, R frames in lane order."""

    starts: Int64Array  # (R,) workspace
    windowed: Float32Array  # (960·R,) workspace
    spectrum: Float32Array  # X, FFT buffer, (2·960·R,)
    pitch_spectrum: Float32Array  # P, FFT buffer, only the bins of the bands
    energy: Float32Array  # Ex, (22·R,)
    pitch_energy: Float32Array  # Ep
    correlation: Float32Array  # Exp, normalized
    logs: Float32Array  # floored log energies
    totals: Float32Array  # (R,) total energies
    cepstra: Float32Array  # (22·R,)
    pitch_cepstra: Float32Array  # (6·R,)
    wide: Float64Array  # (22·R,) workspace
    values: Float32Array  # (22·R,) workspace
    limits: Float32Array  # (R,) workspace


class History(NamedTuple):
    """What a frame's features remember of the frames before."""

    period: Int64Array  # (1,) previous final pitch period
    gain: Float32Array  # (1,) its gain
    ring: Float32Array  # (22, 8) cepstra, a column per slot
    distances: Float32Array  # (8, 8) between the slots
    slot: Int64Array  # (1,) where the next cepstrum goes


def _f32(size: int) -> Float32Array:
    """Zeros that start on a cache line: a vector of sixteen lanes then never straddles two."""
    raw = np.zeros(size + _LINE, dtype=np.float32)
    first = -(raw.ctypes.data // raw.itemsize) % _LINE
    return raw[first : first + size]


def _i64(size: int) -> Int64Array:
    return np.zeros(size, dtype=np.int64)


def new_pitch(frames: int) -> Pitch:
    """Allocate the pitch analysis of a chunk of ``frames``."""
    return Pitch(
        whitened=_f32(frames * HALF_STRIDE),
        starts=np.arange(frames, dtype=np.int64) * HALF_STRIDE + HALF_PAD,
        search_period=_i64(frames),
        fine_lags=_i64(2 * frames),
        fine_sums=_f32(2 * frames * FINE_SUMS),
        periods=_i64(frames * DIVISORS),
        second_periods=_i64(frames * DIVISORS),
        gain_limit=_f32(frames * DIVISORS),
        candidate_yy=_f32(frames * DIVISORS),
        xx=_f32(frames),
        period=_i64(frames),
        gain=_f32(frames),
    )


def new_pitch_work(lanes: int) -> PitchWork:
    """Allocate the workspaces of :func:`find_pitch`."""
    frames = np.arange(lanes, dtype=np.int64)
    hop = FRAME_SIZE // 2  # at half the rate
    return PitchWork(
        half=_f32((lanes - 1) * hop + HALF_BUF_SIZE),
        half_starts=frames * hop,
        samples=_f32((REACH + HALF_BUF_SIZE) * lanes),
        flat=_f32(HALF_BUF_SIZE * lanes),
        ac=_f32((LPC_ORDER + 1) * lanes),
        lpc=_f32(LPC_ORDER * lanes),
        quarter=_f32(QUARTER_SIZE * lanes),
        coarse_energy=_f32(COARSE_LAGS * lanes),
        fine_energy=_f32(FINE_LAGS * lanes),
        past_energy=_f32(PAST_ENERGIES * lanes),
        coarse_sums=_f32(COARSE_SUMS * lanes),
        best=_f32(2 * lanes),
        correlations=_f32(FINE_LAGS),
    )


def new_frames(lanes: int) -> Frames:
    """Allocate the spectra of ``lanes`` frames."""
    bands, fft = NB_BANDS * lanes, 2 * WINDOW_SIZE * lanes
    return Frames(
        starts=_i64(lanes),
        windowed=_f32(WINDOW_SIZE * lanes),
        spectrum=_f32(fft),
        pitch_spectrum=_f32(fft),
        energy=_f32(bands),
        pitch_energy=_f32(bands),
        correlation=_f32(bands),
        logs=_f32(bands),
        totals=_f32(lanes),
        cepstra=_f32(bands),
        pitch_cepstra=_f32(NB_DELTA_CEPS * lanes),
        wide=np.zeros(bands),
        values=_f32(bands),
        limits=_f32(lanes),
    )


def new_history() -> History:
    """Return the state before the first frame."""
    return History(
        period=_i64(1),
        gain=np.zeros(1, np.float32),
        ring=np.zeros((NB_BANDS, CEPS_MEM), np.float32),
        distances=np.zeros((CEPS_MEM, CEPS_MEM), np.float32),
        slot=_i64(1),
    )


def copy_history(history: History) -> History:
    """Copy a state, so that it does not move on."""
    return History(
        period=history.period.copy(),
        gain=history.gain.copy(),
        ring=history.ring.copy(),
        distances=history.distances.copy(),
        slot=history.slot.copy(),
    )
