"""The arrays that frame analysis works on: results of a chunk, workspaces, and what is remembered."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.dsp.lag_energy import PAST_ENERGIES
from rnnoise_py.dsp.octave import DIVISORS
from rnnoise_py.dsp.pitch_search import COARSE_SUMS, FINE_SUMS, QUARTER_SIZE
from rnnoise_py.dsp.whitening import HALF_PAD, HALF_STRIDE, PAST
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

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

_LINE = 16  # floats of a cache line, 64 bytes


class Pitch(NamedTuple):
    """The pitch analysis of a chunk, frame by frame."""

    whitened: F32  # (frames·HALF_STRIDE,)
    starts: I64  # (frames,) first sample of each frame in ``whitened``
    search_period: I64  # (frames,) before octave errors are removed, samples at 48 kHz
    fine_lags: I64  # (frames·2,) see fine_search
    fine_sums: F32  # (frames·2·FINE_SUMS,)
    periods: I64  # (frames·DIVISORS,) see octave_candidates
    second_periods: I64  # (frames·DIVISORS,)
    gain_limit: F32  # (frames·DIVISORS,)
    candidate_yy: F32  # (frames·DIVISORS,)
    xx: F32  # (frames,)
    period: I64  # (frames,) final, samples at 48 kHz
    gain: F32  # (frames,) 0 … 1


class PitchWork(NamedTuple):
    """Workspaces of :func:`find_pitch` for R frames."""

    half: F32  # (240·(R − 1) + 864,) the frames' samples at half the rate
    half_starts: I64  # (R,) where each frame begins in them
    samples: F32  # the same, frames in lanes, see lay_frames
    flat: F32  # (864·R,) whitened, in lanes
    ac: F32  # (5·R,)
    lpc: F32  # (4·R,)
    quarter: F32  # (QUARTER_SIZE·R,) every second of them
    coarse_energy: F32  # (147·R,) see lag_energies
    fine_energy: F32  # (294·R,)
    past_energy: F32  # (PAST_ENERGIES·R,)
    coarse_sums: F32  # (COARSE_SUMS·R,)
    best: F32  # (2·R,) see coarse_search
    correlations: F32  # (294,) of one frame


class Frames(NamedTuple):
    """Spectra and what follows from them, R frames in lane order."""

    starts: I64  # (R,) workspace
    windowed: F32  # (960·R,) workspace
    spectrum: F32  # X, FFT buffer, (2·960·R,)
    pitch_spectrum: F32  # P, FFT buffer, only the bins of the bands
    energy: F32  # Ex, (22·R,)
    pitch_energy: F32  # Ep
    correlation: F32  # Exp, normalized
    logs: F32  # floored log energies
    totals: F32  # (R,) total energies
    cepstra: F32  # (22·R,)
    pitch_cepstra: F32  # (6·R,)
    wide: F64  # (22·R,) workspace
    values: F32  # (22·R,) workspace
    limits: F32  # (R,) workspace


class History(NamedTuple):
    """What a frame's features remember of the frames before."""

    period: I64  # (1,) previous final pitch period
    gain: F32  # (1,) its gain
    ring: F32  # (22, 8) cepstra, a column per slot
    distances: F32  # (8, 8) between the slots
    slot: I64  # (1,) where the next cepstrum goes


def _f32(size: int) -> F32:
    """Zeros that start on a cache line: a vector of sixteen lanes then never straddles two."""
    raw = np.zeros(size + _LINE, dtype=np.float32)
    first = -(raw.ctypes.data // raw.itemsize) % _LINE
    return raw[first : first + size]


def _i64(size: int) -> I64:
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
    hop = FRAME_SIZE // 2
    return PitchWork(
        half=_f32((lanes - 1) * hop + HALF_BUF_SIZE),
        half_starts=frames * hop,
        samples=_f32((PAST + HALF_BUF_SIZE) * lanes),
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
