"""A chunk of frames from noisy to denoised: analysis and synthesis in lanes, the network frame by frame.

Source: contract/inference §5. Everything that a stream remembers is in :class:`~.stream.Stream` and
:class:`~.stream.Voice`, so R = 1 and R = 16 may take turns on one stream: the bits do not depend on how it is cut into
chunks.
"""

import numpy as np

from rnnoise_py.dsp.biquad import biquad
from rnnoise_py.dsp.cepstrum import log_energies
from rnnoise_py.dsp.features import (
    analyse_frames,
    describe_frames,
    find_pitch,
    finish_features,
    track_pitch,
    write_descriptions,
)
from rnnoise_py.dsp.network import Network, run_network
from rnnoise_py.dsp.numerals import ZERO
from rnnoise_py.dsp.pitch_filter import apply_gains, limit_decay, pitch_filter
from rnnoise_py.dsp.quiet import is_faint, silence_for_search, vanish_for_spectra
from rnnoise_py.dsp.stream import Analysis, Resynthesis, Stream, Voice
from rnnoise_py.dsp.synthesis import inverse_fft, overlap_add
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array, Int64Array, Lanes
from rnnoise_py.spec.constants import (
    FRAME_SIZE,
    FREQ_SIZE,
    HIGHPASS_A,
    HIGHPASS_B,
    NB_BANDS,
    NB_FEATURES,
    PITCH_HISTORY,
    PITCH_MAX_PERIOD,
    SILENCE_INFERENCE,
)

_HIGHPASS_B = np.array(HIGHPASS_B, dtype=np.float32)
_HIGHPASS_A = np.array(HIGHPASS_A, dtype=np.float32)


@kernel
def take_chunk(samples: Float32Array, stream: Stream, analysis: Analysis, count: int, lanes: Lanes) -> None:
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
    end = PITCH_HISTORY + FRAME_SIZE * count
    for i in range(PITCH_HISTORY):
        signal[i] = stream.past[i]
    biquad(samples, stream.highpass, _HIGHPASS_B, _HIGHPASS_A, signal[PITCH_HISTORY:end])
    signal[end : PITCH_HISTORY + FRAME_SIZE * padded] = ZERO
    recent = signal[end - PITCH_HISTORY : end]
    for i in range(PITCH_HISTORY):
        stream.past[i] = recent[i]
    searched = signal
    if silence_for_search(signal, PITCH_HISTORY + FRAME_SIZE * padded, analysis.tiny, analysis.searched):
        searched = analysis.searched
        vanish_for_spectra(signal)
    find_pitch(searched, 0, padded, analysis.pitch, analysis.work, lanes)
    track_pitch(analysis.pitch, stream.history, count)


@kernel
def describe_block(stream: Stream, analysis: Analysis, first: int, count: int, lanes: Lanes) -> None:
    """Spectra and features of R frames of a chunk, from ``first`` on; ``count`` of them are real.

    A silent frame has zeros for features and leaves the cepstral history alone. Where the whole block is so faint
    that all its frames must be silent, only their spectra are made.
    """
    R = len(lanes)
    frames = analysis.frames
    periods = analysis.pitch.period[first : first + R]
    start = first * FRAME_SIZE + PITCH_MAX_PERIOD
    if is_faint(analysis.signal[start : start + (R + 1) * FRAME_SIZE]):
        for lane in range(R):
            frames.starts[lane] = start + lane * FRAME_SIZE
        analyse_frames(
            analysis.signal, frames.starts, analysis.lowpass, frames.windowed, frames.spectrum, frames.energy, lanes
        )
        log_energies(frames.energy, frames.logs, frames.totals, frames.wide, lanes)
    else:
        describe_frames(analysis.signal, first, periods, analysis.lowpass, frames, lanes)
        for lane in range(R):
            frames.starts[lane] = lane * NB_FEATURES
        write_descriptions(frames, periods, analysis.features.ravel(), frames.starts, lanes)
    for lane in range(count):
        rows = analysis.features[lane : lane + 1]
        analysis.silent[lane] = np.float64(frames.totals[lane]) < SILENCE_INFERENCE
        if analysis.silent[lane]:
            rows[:] = ZERO
        else:
            finish_features(stream.history, rows, 1)


@kernel
def denoise_block(
    analysis: Analysis,
    network: Network,
    voice: Voice,
    work: Resynthesis,
    count: int,
    out: Float32Array,
    vad: Float32Array,
    lanes: Lanes,
) -> None:
    """From the spectra and features of R frames, of which ``count`` are real, to samples and probabilities."""
    R = len(lanes)
    frames = analysis.frames
    gains = work.gains
    silent = 0
    for lane in range(count):
        if analysis.silent[lane]:
            silent += 1
            vad[lane] = ZERO
            for b in range(NB_BANDS):
                gains[b * R + lane] = ZERO
        else:
            vad[lane] = run_network(network, voice.network, analysis.features[lane], work.strengths[:NB_BANDS])
            for b in range(NB_BANDS):
                gains[b * R + lane] = work.strengths[b]
    if silent < count:
        if silent:
            for i in range(2 * FREQ_SIZE * R):
                work.kept[i] = frames.spectrum[i]
        pitch_filter(frames, gains, work.strengths, work.ratios, lanes)
        for lane in range(count):
            if not analysis.silent[lane]:
                limit_decay(gains, voice.last_gains, lane, R)
        apply_gains(frames.spectrum, work.ratios, gains, lanes)
        for lane in range(count):
            if analysis.silent[lane]:  # its spectrum goes on as it is
                for i in range(2 * FREQ_SIZE):
                    frames.spectrum[i * R + lane] = work.kept[i * R + lane]
    inverse_fft(frames.spectrum, work.kept, work.samples, lanes)
    overlap_add(work.samples, voice.overlap, count, out, lanes)


@kernel
def denoise_chunk(
    samples: Float32Array,
    stream: Stream,
    analysis: Analysis,
    network: Network,
    voice: Voice,
    work: Resynthesis,
    out: Float32Array,
    vad: Float32Array,
    lanes: Lanes,
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
    count = len(samples) // FRAME_SIZE
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
            out[first * FRAME_SIZE : (first + block) * FRAME_SIZE],
            vad[first : first + block],
            lanes,
        )


@kernel
def feature_chunk(
    samples: Float32Array,
    stream: Stream,
    analysis: Analysis,
    features: Float32Array,
    energies: Float32Array,
    logs: Float32Array,
    silent: Int64Array,
    lanes: Lanes,
) -> None:
    """Features and band energies of a chunk of frames.

    ``features`` float32 (count, 42), ``energies`` and ``logs`` float32 (count, 22), ``silent`` int64 (≥ count,)
    are overwritten; for the rest see :func:`denoise_chunk`.
    """
    R = len(lanes)
    count = len(samples) // FRAME_SIZE
    take_chunk(samples, stream, analysis, count, lanes)
    for first in range(0, count, R):
        block = min(R, count - first)
        describe_block(stream, analysis, first, block, lanes)
        for lane in range(block):
            features[first + lane] = analysis.features[lane]
            silent[first + lane] = analysis.silent[lane]
            for b in range(NB_BANDS):
                energies[first + lane, b] = analysis.frames.energy[b * R + lane]
                logs[first + lane, b] = analysis.frames.logs[b * R + lane]
