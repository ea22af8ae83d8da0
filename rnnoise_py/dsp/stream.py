"""What a stream that is denoised remembers, and the workspaces of a chunk of it.

The *front half* of the denoiser goes from samples to features, the *back half* from features to samples. Everything
that a stream remembers is in :class:`Stream` and :class:`Voice`.
"""

from typing import NamedTuple

import numpy as np

from rnnoise_py.dsp.buffers import Frames, History, Pitch, PitchWork, new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.network import Network, NetworkState, new_network_state
from rnnoise_py.lanes.types import Float32Array, Int64Array
from rnnoise_py.spec.constants import FRAME_SIZE, FREQ_SIZE, NB_BANDS, NB_FEATURES, PITCH_HISTORY, WINDOW_SIZE


class Stream(NamedTuple):
    """What the front half of a stream remembers between chunks of any number of lanes."""

    highpass: Float32Array  # (2,) filter memory
    past: Float32Array  # (1248,) filtered samples before the next frame
    history: History


class Analysis(NamedTuple):
    """Workspaces of the front half for chunks of up to some number of frames, R in lanes."""

    signal: Float32Array  # (1248 + 480·frames,) the chunk, filtered, with what is before it
    searched: Float32Array  # the same, what the pitch search sees of it, where that differs
    tiny: Int64Array  # (frames + 3,) workspace
    pitch: Pitch
    work: PitchWork
    frames: Frames
    lowpass: Int64Array  # (R,) all bins kept
    features: Float32Array  # (R, 42)
    silent: Int64Array  # (R,) 1 where a frame is silent


class Voice(NamedTuple):
    """What the back half of a stream remembers between chunks."""

    network: NetworkState
    last_gains: Float32Array  # (22,)
    overlap: Float32Array  # (480,) second half of the last window


class Resynthesis(NamedTuple):
    """Workspaces of the back half, R frames in lanes."""

    gains: Float32Array  # (22·R,)
    ratios: Float32Array  # (22·R,)
    strengths: Float32Array  # (22·R,)
    kept: Float32Array  # (2·960·R,) the spectrum before filtering, then the FFT's workspace
    samples: Float32Array  # (960·R,)


def new_stream() -> Stream:
    """Return the front half's state before the first frame."""
    return Stream(np.zeros(2, np.float32), np.zeros(PITCH_HISTORY, np.float32), new_history())


def new_analysis(frames: int, lanes: int) -> Analysis:
    """Allocate the front half's workspaces; ``frames`` is a multiple of ``lanes``."""
    return Analysis(
        signal=np.zeros(PITCH_HISTORY + FRAME_SIZE * frames, np.float32),
        searched=np.zeros(PITCH_HISTORY + FRAME_SIZE * frames, np.float32),
        tiny=np.zeros(frames + 3, np.int64),
        pitch=new_pitch(frames),
        work=new_pitch_work(lanes),
        frames=new_frames(lanes),
        lowpass=np.full(lanes, FREQ_SIZE, np.int64),
        features=np.zeros((lanes, NB_FEATURES), np.float32),
        silent=np.zeros(lanes, np.int64),
    )


def new_voice(network: Network) -> Voice:
    """Return the back half's state before the first frame."""
    return Voice(new_network_state(network), np.zeros(NB_BANDS, np.float32), np.zeros(FRAME_SIZE, np.float32))


def new_resynthesis(lanes: int) -> Resynthesis:
    """Allocate the back half's workspaces."""
    gains, ratios, strengths = (np.zeros(NB_BANDS * lanes, np.float32) for _ in range(3))
    return Resynthesis(
        gains,
        ratios,
        strengths,
        kept=np.zeros(2 * WINDOW_SIZE * lanes, np.float32),
        samples=np.zeros(WINDOW_SIZE * lanes, np.float32),
    )
