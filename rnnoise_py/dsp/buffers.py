"""The arrays that frame analysis works on: results of a chunk, workspaces, and what is remembered."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.constants import (
    CEPS_MEM,
    FINE_LAGS,
    HALF_BUF_SIZE,
    LPC_ORDER,
    NB_BANDS,
    NB_DELTA_CEPS,
    WINDOW_SIZE,
)
from rnnoise_py.dsp.octave import DIVISORS, ENERGIES, PARTIAL_SUMS
from rnnoise_py.dsp.pitch_search import (
    COARSE_STRIDE,
    COARSE_SUMS,
    ENERGY_ROWS,
    FINE_SUMS,
)
from rnnoise_py.dsp.whitening import AC_LAGS, HALF_PAD, HALF_STRIDE

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]

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
    rough: F32  # (frames·DIVISORS,)
    candidate_yy: F32  # (frames·DIVISORS,)
    xx: F32  # (frames,)
    slack: F32  # (frames,)
    period: I64  # (frames,) final, samples at 48 kHz
    gain: F32  # (frames,) 0 … 1


class PitchWork(NamedTuple):
    """Workspaces of :func:`find_pitch` for R frames."""

    buffers: I64  # (R,) starts of the pitch buffers
    half: F32
    half_starts: I64
    squares: F32
    quarter: F32
    quarter_starts: I64
    ac: F32
    lpc: F32
    coarse_sums: F32
    coarse_energy: F32
    best: I64
    fine_centres: I64
    fine_starts: I64
    fine_energy: F32
    fine_correlations: F32
    energies: F32
    partial: F32


class Frames(NamedTuple):
    """Spectra and what follows from them, R frames in lane order."""

    starts: I64  # (R,) workspace
    windowed: F32  # (960·R,) workspace
    spectrum: F32  # X, FFT buffer, (2·960·R,)
    pitch_spectrum: F32  # P, FFT buffer
    energy: F32  # Ex, (22·R,)
    pitch_energy: F32  # Ep
    correlation: F32  # Exp, normalised
    logs: F32  # floored log energies
    totals: F32  # (R,) total energies
    cepstra: F32  # (22·R,)
    pitch_cepstra: F32  # (6·R,)


class History(NamedTuple):
    """What a frame's features remember of the frames before."""

    period: I64  # (1,) previous final pitch period
    gain: F32  # (1,) its gain
    ring: F32  # (22, 8) cepstra, a column per slot
    distances: F32  # (8, 8) between the slots
    slot: I64  # (1,) where the next cepstrum goes


def _f32(*shape: int) -> F32:
    """Zeros that start on a cache line: a vector of sixteen lanes then never straddles two."""
    size = math.prod(shape)
    raw = np.zeros(size + _LINE, dtype=np.float32)
    first = -(raw.ctypes.data // raw.itemsize) % _LINE
    return raw[first : first + size].reshape(shape)


def _i64(*shape: int) -> I64:
    return np.zeros(shape, dtype=np.int64)


def new_pitch(frames: int) -> Pitch:
    """Allocate the pitch analysis of a chunk of ``frames``."""
    return Pitch(
        whitened=_f32(frames * HALF_STRIDE), starts=np.arange(frames, dtype=np.int64) * HALF_STRIDE + HALF_PAD,
        search_period=_i64(frames), fine_lags=_i64(2 * frames), fine_sums=_f32(2 * frames * FINE_SUMS),
        periods=_i64(frames * DIVISORS), second_periods=_i64(frames * DIVISORS), rough=_f32(frames * DIVISORS),
        candidate_yy=_f32(frames * DIVISORS), xx=_f32(frames), slack=_f32(frames), period=_i64(frames),
        gain=_f32(frames),
    )


def new_pitch_work(lanes: int) -> PitchWork:
    """Allocate the workspaces of :func:`find_pitch`."""
    frames = np.arange(lanes, dtype=np.int64)
    return PitchWork(
        buffers=_i64(lanes), half=_f32(lanes * HALF_STRIDE), half_starts=frames * HALF_STRIDE + HALF_PAD,
        squares=_f32(HALF_BUF_SIZE * lanes), quarter=_f32(lanes * COARSE_STRIDE),
        quarter_starts=frames * COARSE_STRIDE, ac=_f32(lanes * AC_LAGS),
        lpc=_f32(LPC_ORDER), coarse_sums=_f32(lanes * COARSE_SUMS), coarse_energy=_f32(ENERGY_ROWS * lanes),
        best=_i64(2 * lanes), fine_centres=_i64(2 * lanes), fine_starts=_i64(2 * lanes),
        fine_energy=_f32(ENERGY_ROWS * lanes), fine_correlations=_f32(FINE_LAGS), energies=_f32(ENERGIES * lanes),
        partial=_f32(PARTIAL_SUMS),
    )


def new_frames(lanes: int) -> Frames:
    """Allocate the spectra of ``lanes`` frames."""
    bands, fft = NB_BANDS * lanes, 2 * WINDOW_SIZE * lanes
    return Frames(
        starts=_i64(lanes), windowed=_f32(WINDOW_SIZE * lanes), spectrum=_f32(fft), pitch_spectrum=_f32(fft),
        energy=_f32(bands), pitch_energy=_f32(bands), correlation=_f32(bands), logs=_f32(bands), totals=_f32(lanes),
        cepstra=_f32(bands), pitch_cepstra=_f32(NB_DELTA_CEPS * lanes),
    )


def new_history() -> History:
    """Return the state before the first frame."""
    return History(
        period=_i64(1), gain=_f32(1), ring=_f32(NB_BANDS, CEPS_MEM), distances=_f32(CEPS_MEM, CEPS_MEM), slot=_i64(1),
    )


def copy_history(history: History) -> History:
    """Copy a state, so that it does not move on."""
    return History(
        period=history.period.copy(), gain=history.gain.copy(), ring=history.ring.copy(),
        distances=history.distances.copy(), slot=history.slot.copy(),
    )


