"""Near-silence: leaving subnormal arithmetic out changes no bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.dsp.buffers import new_pitch, new_pitch_work
from rnnoise_py.dsp.features import find_pitch
from rnnoise_py.dsp.quiet import is_tiny, silence_for_search, vanish_for_spectra
from rnnoise_py.lanes.jit import BULK, LANES
from rnnoise_py.model import Int8Model
from rnnoise_py.spec.constants import PITCH_HISTORY
from tests.bits import assert_bit_identical

FRAMES = 2 * LANES


@pytest.mark.parametrize("decay", [0.93, 0.985])
def test_pitch_of_a_fading_signal_is_bit_identical(decay: float) -> None:
    """Candidates and correlations of frames that fade into nothing are those of the signal as it is."""
    rng = np.random.default_rng(8)
    size = PITCH_HISTORY + 480 * FRAMES
    with np.errstate(under="ignore"):
        signal = (rng.normal(size=size) * 1_000 * decay ** np.arange(size)).astype(np.float32)
    searched, tiny = np.full_like(signal, np.nan), np.zeros(FRAMES + 3, np.int64)
    assert silence_for_search(signal, size, tiny, searched)
    assert not np.isnan(searched).any()
    assert (searched == 0).sum() > 480
    results = []
    for samples in (signal, searched):
        pitch, work = new_pitch(FRAMES), new_pitch_work(LANES)
        find_pitch(samples, 0, FRAMES, pitch, work, BULK)
        results.append(pitch)
    np.testing.assert_array_equal(results[0].search_period, results[1].search_period)
    for name in results[0]._fields:
        if name.startswith("candidate"):
            one, other = getattr(results[0], name), getattr(results[1], name)
            assert (np.ascontiguousarray(one).view(np.uint8) == np.ascontiguousarray(other).view(np.uint8)).all(), name


def test_loud_chunks_are_left_alone() -> None:
    """One loud sample keeps every hop that shares a pitch buffer with it."""
    size = PITCH_HISTORY + 480 * FRAMES
    signal = np.full(size, 1e-30, np.float32)
    signal[480 * 10] = 1
    searched, tiny = np.empty_like(signal), np.zeros(FRAMES + 3, np.int64)
    assert silence_for_search(signal, size, tiny, searched)
    kept = np.flatnonzero(searched) // 480
    assert sorted(set(kept)) == list(range(7, 14))
    signal[::480] = 1
    assert not silence_for_search(signal, size, tiny, searched)
    assert not is_tiny(np.array([np.nan], np.float32))


def test_vanishing_samples_vanish_in_the_transform() -> None:
    """What is set to zero is what the scale 1/960 takes to zero, and its sign stays."""
    quantum = np.float32(2.0**-149)
    values = np.arange(-1_000, 1_001).astype(np.float32) * quantum
    signal = values.copy()
    vanish_for_spectra(signal)
    scale = np.float32(1) / np.float32(960)
    with np.errstate(under="ignore"):
        assert_bit_identical(signal * scale, values * scale)
    assert (signal == 0).sum() == 2 * 399 + 1


def test_silence_after_noise_is_bit_identical(
    golden: Callable[[str], Any], golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """Frame by frame and in bulk, two seconds of silence after noise come out the same."""
    activations = golden("denoise.json")["synthetic_b"]["activations"]
    model = Int8Model.from_arrays(golden("denoise.npz"), activations, prefix="synthetic_b__")
    samples = np.concatenate([golden_pcm("noisy")[192_000:201_600].astype(np.float32), np.zeros(96_000, np.float32)])
    outputs = []
    for block in (1, 220):
        backend = NumbaBackend(model)
        out, vad = np.empty_like(samples), np.empty(220, np.float32)
        for first in range(0, 220, block):
            part = slice(first * 480, (first + block) * 480)
            backend.process(samples[part], out[part], vad[first : first + block])
        outputs.append(out)
    assert_bit_identical(outputs[0], outputs[1])
