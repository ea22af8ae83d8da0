"""A chunk of frames from noisy to denoised: analysis and synthesis in lanes, the network frame by frame.

Source: the contract's denoiser. Everything that a stream remembers is in :class:`DenoiserState`, so R = 1 and
R = 16 may take turns on one stream: the bits do not depend on how it is cut into chunks.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from rnnoise_py.dsp.biquad import biquad
from rnnoise_py.dsp.buffers import (
    F32,
    I64,
    Frames,
    History,
    Pitch,
    PitchWork,
    new_frames,
    new_history,
    new_pitch,
    new_pitch_work,
)
from rnnoise_py.dsp.cepstrum import log_energies
from rnnoise_py.dsp.features import (
    analyse_frames,
    describe_frames,
    find_pitch,
    finish_features,
    track_pitch,
    write_descriptions,
)
from rnnoise_py.dsp.network import Network, NetworkState, new_network_state, run_network
from rnnoise_py.dsp.pitch_filter import apply_gains, limit_decay, pitch_filter
from rnnoise_py.dsp.quiet import is_faint, silence_for_search, vanish_for_spectra
from rnnoise_py.dsp.synthesis import inverse_fft, overlap_add
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.spec.constants import (
    FRAME_SIZE,
    FREQ_SIZE,
    HIGHPASS_A,
    HIGHPASS_B,
    NB_BANDS,
    NB_FEATURES,
    PITCH_BUF_SIZE,
    PITCH_MAX_PERIOD,
    SILENCE_INFERENCE,
    WINDOW_SIZE,
)

_HOP = FRAME_SIZE
_MAX_PERIOD = PITCH_MAX_PERIOD
_BANDS = NB_BANDS
_BINS = FREQ_SIZE
_FEATURES = NB_FEATURES
_PAST = PITCH_BUF_SIZE - FRAME_SIZE
_SILENCE = SILENCE_INFERENCE
_ZERO = np.float32(0)
_B = np.array(HIGHPASS_B, dtype=np.float32)
_A = np.array(HIGHPASS_A, dtype=np.float32)

PAST: Final = _PAST  #: samples before a frame that its analysis reaches back to


class Stream(NamedTuple):
    """What the front half of a stream remembers between chunks of any number of lanes."""

    highpass: F32  # (2,) filter memory
    past: F32  # (1248,) filtered samples before the next frame
    history: History


class Analysis(NamedTuple):
    """Workspaces of the front half for chunks of up to some number of frames, R in lanes."""

    signal: F32  # (1248 + 480·frames,) the chunk, filtered, with what is before it
    searched: F32  # the same, what the pitch search sees of it, where that differs
    tiny: I64  # (frames + 3,) workspace
    pitch: Pitch
    work: PitchWork
    frames: Frames
    lowpass: I64  # (R,) all bins kept
    features: F32  # (R, 42)
    silent: I64  # (R,) 1 where a frame is silent


class Voice(NamedTuple):
    """What the back half of a stream remembers between chunks."""

    network: NetworkState
    last_gains: F32  # (22,)
    overlap: F32  # (480,) second half of the last window


class Resynthesis(NamedTuple):
    """Workspaces of the back half, R frames in lanes."""

    gains: F32  # (22·R,)
    ratios: F32  # (22·R,)
    strengths: F32  # (22·R,)
    kept: F32  # (2·960·R,) the spectrum before filtering, then the FFT's workspace
    samples: F32  # (960·R,)


def new_stream() -> Stream:
    """Return the front half's state before the first frame."""
    return Stream(np.zeros(2, np.float32), np.zeros(_PAST, np.float32), new_history())


def new_analysis(frames: int, lanes: int) -> Analysis:
    """Allocate the front half's workspaces; ``frames`` is a multiple of ``lanes``."""
    return Analysis(
        signal=np.zeros(_PAST + _HOP * frames, np.float32),
        searched=np.zeros(_PAST + _HOP * frames, np.float32),
        tiny=np.zeros(frames + 3, np.int64),
        pitch=new_pitch(frames),
        work=new_pitch_work(lanes),
        frames=new_frames(lanes),
        lowpass=np.full(lanes, _BINS, np.int64),
        features=np.zeros((lanes, _FEATURES), np.float32),
        silent=np.zeros(lanes, np.int64),
    )


def new_voice(network: Network) -> Voice:
    """Return the back half's state before the first frame."""
    return Voice(new_network_state(network), np.zeros(_BANDS, np.float32), np.zeros(_HOP, np.float32))


def new_resynthesis(lanes: int) -> Resynthesis:
    """Allocate the back half's workspaces."""
    gains, ratios, strengths = (np.zeros(_BANDS * lanes, np.float32) for _ in range(3))
    return Resynthesis(
        gains,
        ratios,
        strengths,
        kept=np.zeros(2 * WINDOW_SIZE * lanes, np.float32),
        samples=np.zeros(WINDOW_SIZE * lanes, np.float32),
    )


@kernel
def take_chunk(samples: Any, stream: Any, analysis: Any, count: Any, lanes: Any) -> None:
    """High-pass ``count`` frames, search and track their pitch.

    Parameters
    ----------
    samples
        float32 (480·count,), ±32768.
    stream
        :class:`Stream`, updated (its cepstral history is not, see :func:`describe_block`).
    analysis
        :class:`Analysis`; signal and pitch are overwritten, lanes beyond ``count`` hold zeros.
    count
        Number of frames.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    signal = analysis.signal
    padded = (count + R - 1) // R * R
    end = _PAST + _HOP * count
    signal[:_PAST] = stream.past
    biquad(samples, stream.highpass, _B, _A, signal[_PAST:end])
    signal[end : _PAST + _HOP * padded] = _ZERO
    stream.past[:] = signal[end - _PAST : end]
    searched = signal
    if silence_for_search(signal, _PAST + _HOP * padded, analysis.tiny, analysis.searched):
        searched = analysis.searched
        vanish_for_spectra(signal)
    find_pitch(searched, 0, padded, analysis.pitch, analysis.work, lanes)
    track_pitch(analysis.pitch, stream.history, count)


@kernel
def describe_block(stream: Any, analysis: Any, first: Any, count: Any, lanes: Any) -> None:
    """Spectra and features of R frames of a chunk, from ``first`` on; ``count`` of them are real.

    A silent frame has zeros for features and leaves the cepstral history alone. Where the whole block is so faint
    that all its frames must be silent, only their spectra are made.
    """
    R = len(lanes)
    frames = analysis.frames
    periods = analysis.pitch.period[first : first + R]
    start = first * _HOP + _MAX_PERIOD
    if is_faint(analysis.signal[start : start + (R + 1) * _HOP]):
        for lane in range(R):
            frames.starts[lane] = start + lane * _HOP
        analyse_frames(
            analysis.signal, frames.starts, analysis.lowpass, frames.windowed, frames.spectrum, frames.energy, lanes
        )
        log_energies(frames.energy, frames.logs, frames.totals, frames.wide, lanes)
    else:
        describe_frames(analysis.signal, first, periods, analysis.lowpass, frames, lanes)
        for lane in range(R):
            frames.starts[lane] = lane * _FEATURES
        write_descriptions(frames, periods, analysis.features.ravel(), frames.starts, lanes)
    for lane in range(count):
        rows = analysis.features[lane : lane + 1]
        analysis.silent[lane] = np.float64(frames.totals[lane]) < _SILENCE
        if analysis.silent[lane]:
            rows[:] = _ZERO
        else:
            finish_features(stream.history, rows, 1)


@kernel
def denoise_block(
    analysis: Any, network: Any, voice: Any, work: Any, count: Any, out: Any, vad: Any, lanes: Any
) -> None:
    """From the spectra and features of R frames, of which ``count`` are real, to samples and probabilities."""
    R = len(lanes)
    frames = analysis.frames
    gains = work.gains
    silent = 0
    for lane in range(count):
        if analysis.silent[lane]:
            silent += 1
            vad[lane] = _ZERO
            for b in range(_BANDS):
                gains[b * R + lane] = _ZERO
        else:
            vad[lane] = run_network(network, voice.network, analysis.features[lane], work.strengths[:_BANDS])
            for b in range(_BANDS):
                gains[b * R + lane] = work.strengths[b]
    if silent < count:
        if silent:
            work.kept[: 2 * _BINS * R] = frames.spectrum[: 2 * _BINS * R]
        pitch_filter(frames, gains, work.strengths, work.ratios, lanes)
        for lane in range(count):
            if not analysis.silent[lane]:
                limit_decay(gains, voice.last_gains, lane, R)
        apply_gains(frames.spectrum, work.ratios, gains, lanes)
        for lane in range(count):
            if analysis.silent[lane]:  # its spectrum goes on as it is
                for i in range(2 * _BINS):
                    frames.spectrum[i * R + lane] = work.kept[i * R + lane]
    inverse_fft(frames.spectrum, work.kept, work.samples, lanes)
    overlap_add(work.samples, voice.overlap, count, out, lanes)


@kernel
def denoise_chunk(
    samples: Any, stream: Any, analysis: Any, network: Any, voice: Any, work: Any, out: Any, vad: Any, lanes: Any
) -> None:
    """Denoise a chunk of frames.

    Parameters
    ----------
    samples
        float32 (480·count,), ±32768; ``count`` frames, at most what ``analysis`` has room for.
    stream, voice
        :class:`Stream`, :class:`Voice`: the state, updated.
    analysis, work
        :class:`Analysis`, :class:`Resynthesis`: workspaces for this number of lanes.
    network
        :class:`~rnnoise_py.dsp.network.Network`.
    out
        float32 (480·count,), overwritten, one frame late.
    vad
        float32 (count,), overwritten: speech probabilities.
    lanes
        Tuple of R zeros.
    """
    R = len(lanes)
    count = len(samples) // _HOP
    take_chunk(samples, stream, analysis, count, lanes)
    for first in range(0, count, R):
        block = min(R, count - first)
        describe_block(stream, analysis, first, block, lanes)
        denoise_block(
            analysis,
            network,
            voice,
            work,
            block,
            out[first * _HOP : (first + block) * _HOP],
            vad[first : first + block],
            lanes,
        )


@kernel
def feature_chunk(
    samples: Any, stream: Any, analysis: Any, features: Any, energies: Any, logs: Any, silent: Any, lanes: Any
) -> None:
    """Features and band energies of a chunk of frames.

    ``features`` float32 (count, 42), ``energies`` and ``logs`` float32 (count, 22), ``silent`` int64 (≥ count,)
    are overwritten; for the rest see :func:`denoise_chunk`.
    """
    R = len(lanes)
    count = len(samples) // _HOP
    take_chunk(samples, stream, analysis, count, lanes)
    for first in range(0, count, R):
        block = min(R, count - first)
        describe_block(stream, analysis, first, block, lanes)
        for lane in range(block):
            features[first + lane] = analysis.features[lane]
            silent[first + lane] = analysis.silent[lane]
            for b in range(_BANDS):
                energies[first + lane, b] = analysis.frames.energy[b * R + lane]
                logs[first + lane, b] = analysis.frames.logs[b * R + lane]
