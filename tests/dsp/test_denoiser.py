"""The denoiser's kernels against their slow twin and the recorded output of the reference library."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.denoiser.models import network_of
from rnnoise_py.dsp.denoiser import denoise_chunk, feature_chunk
from rnnoise_py.dsp.stream import new_analysis, new_resynthesis, new_stream, new_voice
from rnnoise_py.lanes.jit import BULK, ONE
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical, assert_equal_but_zero_sign
from tests.lane_arrays import Array, F, lane_counts
from tests.model_samples import SYNTHETIC, synthetic
from tests.naive_denoiser import NaiveDenoiser

SPEECH_STARTS = 300  # frame of the recorded noisy signal


class Run:
    """One stream of the kernels, in chunks of any lanes."""

    def __init__(self, tag: str) -> None:
        self.network = network_of(synthetic(tag))
        self.stream, self.voice = new_stream(), new_voice(self.network)

    def feed(self, samples: Array, lanes: tuple[int, ...]) -> tuple[Array, Array]:
        """Denoise whole frames in one chunk."""
        frames, R = len(samples) // FRAME_SIZE, len(lanes)
        out, vad = np.empty_like(samples), np.empty(frames, F)
        work = new_analysis(-(-frames // R) * R, R), new_resynthesis(R)
        denoise_chunk(samples, self.stream, work[0], self.network, self.voice, work[1], out, vad, lanes)
        return out, vad


def assert_like_twin(run: Run, twin: NaiveDenoiser, samples: Array, lanes: tuple[int, ...]) -> None:
    """The same samples and probabilities, frame by frame; a zero's sign is free."""
    out, vad = run.feed(samples, lanes)
    frames = samples.reshape(-1, FRAME_SIZE)
    expected = [twin.frame(frame) for frame in frames]
    for number, (audio, probability) in enumerate(expected):
        got = out[number * FRAME_SIZE : (number + 1) * FRAME_SIZE]
        assert_equal_but_zero_sign(got, audio, f"frame {number}")
        assert_bit_identical(vad[number : number + 1], np.array([probability]), f"VAD of frame {number}")


@pytest.mark.parametrize("tag", SYNTHETIC)
@lane_counts
def test_chunks_are_the_recorded_ones(
    tag: str, lanes: tuple[int, ...], golden: Callable[[str], Any], golden_pcm: Callable[[str], Any]
) -> None:
    """Audio and probabilities of the reference library."""
    recorded, meta = golden("denoise.npz"), golden("denoise.json")[tag]
    samples = golden_pcm("noisy")[: meta["frames"] * FRAME_SIZE].astype(F)
    out, vad = Run(tag).feed(samples, lanes)
    assert_bit_identical(out.reshape(-1, FRAME_SIZE)[:: meta["frame_step"]], recorded[f"{tag}__audio"])
    assert_bit_identical(vad, recorded[f"{tag}__vad"])


@lane_counts
def test_chunks_are_bit_identical_to_the_twin(lanes: tuple[int, ...], golden_pcm: Callable[[str], Any]) -> None:
    """Speech, then digital silence (silent frames pass as they are), then speech again."""
    first = SPEECH_STARTS * FRAME_SIZE
    noisy = golden_pcm("noisy")[first : first + 12 * FRAME_SIZE].astype(F)
    samples = np.concatenate([noisy[: 5 * FRAME_SIZE], np.zeros(3 * FRAME_SIZE, F), noisy[5 * FRAME_SIZE :]])
    assert_like_twin(Run("synthetic_c"), NaiveDenoiser(synthetic("synthetic_c")), samples, lanes)


def test_lanes_may_take_turns(golden_pcm: Callable[[str], Any]) -> None:
    """Chunks of one frame and of sixteen on one stream: the state is the same."""
    samples = golden_pcm("noisy")[: 40 * FRAME_SIZE].astype(F)
    whole = Run("synthetic_b").feed(samples, BULK)
    run, parts = Run("synthetic_b"), []
    for first, last, lanes in ((0, 3, ONE), (3, 22, BULK), (22, 23, ONE), (23, 40, BULK)):
        parts.append(run.feed(samples[first * FRAME_SIZE : last * FRAME_SIZE], lanes))
    assert_bit_identical(np.concatenate([part[0] for part in parts]), whole[0])
    assert_bit_identical(np.concatenate([part[1] for part in parts]), whole[1])


@lane_counts
def test_features_are_the_recorded_ones(
    lanes: tuple[int, ...], golden: Callable[[str], Any], golden_pcm: Callable[[str], Any]
) -> None:
    """The front half alone gives the features of the reference library; silent frames have zeros."""
    recorded, meta = golden("denoise.npz")["synthetic_a__features"], golden("denoise.json")["synthetic_a"]
    frames, R = meta["frames"], len(lanes)
    padded = -(-frames // R) * R
    samples = golden_pcm("noisy")[: frames * FRAME_SIZE].astype(F)
    got, energies, logs = np.ones((frames, 42), F), np.empty((frames, 22), F), np.empty((frames, 22), F)
    silent = np.zeros(padded, np.int64)
    feature_chunk(samples, new_stream(), new_analysis(padded, R), got, energies, logs, silent, lanes)
    quiet = silent[:frames] == 1
    assert 50 < quiet.sum() < frames / 2
    assert not got[quiet].any()
    heard = ~quiet[:: meta["frame_step"]]
    assert_bit_identical(got[:: meta["frame_step"]][heard], recorded[heard])
