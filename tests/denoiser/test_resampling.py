"""Other rates than 48 kHz: the same as resampling, denoising and resampling by hand, to the last sample."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soxr

from rnnoise_py import Denoiser, denoise


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("length", [16_000, 16_123])
def test_to_the_last_sample(rate: int, length: int, golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> None:
    """One-shot soxr up, the denoiser at 48 kHz, one-shot soxr down: no sample differs, and the end is not silent."""
    audio = np.roll(golden_pcm("clean"), -20_000)[:length].astype(np.float32) / 32_768
    up = soxr.resample(audio, rate, 48_000, quality="HQ")
    expected = soxr.resample(denoise(up), 48_000, rate, quality="HQ")[:length]
    found = denoise(audio, rate)
    assert len(found) == length
    assert np.array_equal(found[: len(expected)], expected)
    assert length - len(expected) <= 1
    assert np.abs(found[-300:]).max() > 0
    assert np.flatnonzero(found)[-1] >= length - 3


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_pieces_are_the_whole(rate: int, golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> None:
    """Chunks of any length and the flush give what one call gives."""
    audio: Any = golden_pcm("noisy")[:15_000]
    with Denoiser(sample_rate=rate) as denoiser:
        pieces = [denoiser.process(audio[first : first + 777]) for first in range(0, len(audio), 777)]
        found = np.concatenate([*pieces, denoiser.flush()])
    assert np.array_equal(found, denoise(audio, rate))
