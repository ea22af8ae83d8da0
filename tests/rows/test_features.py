"""Run-time features of one recording against the figures recorded from the reference library."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows.features import analyse_features, extract_features
from rnnoise_py.spec.constants import FRAME_SIZE, NB_FEATURES, PITCH_MAX_PERIOD, PITCH_MIN_PERIOD
from rnnoise_py.spec.layout import PITCH_PERIOD
from tests.bits import assert_bit_identical


def test_features_are_bit_identical(
    golden: Callable[[str], Any], golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """Every recorded frame of the noisy file, digital silence and clipping included, has the same 42 bits."""
    arrays, meta = golden("denoise.npz"), golden("denoise.json")["synthetic_a"]
    expected = arrays["synthetic_a__features"]
    frames = meta["frames"]
    got = extract_features(golden_pcm("noisy")[: frames * FRAME_SIZE])
    assert got.shape == (frames, NB_FEATURES)
    assert_bit_identical(got[:: meta["frame_step"]], expected)


def test_int16_and_float_features_are_bit_identical(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> None:
    """int16 and the same samples as floats in ±1 are told apart by dtype."""
    pcm = golden_pcm("noisy")[:48_000]
    assert_bit_identical(extract_features(pcm), extract_features(pcm / np.float32(32_768)))


def test_analysis_gives_pitch_and_energies(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> None:
    """A tone of 200 Hz has a period of 240 samples, a gain near 1 and its energy in the first band."""
    tone = np.rint(8_000 * np.sign(np.sin(2 * np.pi * 200 / 48_000 * np.arange(48_000)))).astype(np.int16)
    analysis = analyse_features(tone)
    assert len(analysis) == 100
    later = slice(10, None)
    assert set(analysis.pitch_period[later] % 240) == {0}
    assert analysis.pitch_gain[later].min() > 0.9
    np.testing.assert_allclose(
        analysis.features[:, PITCH_PERIOD.start], 0.01 * (analysis.pitch_period - 300.0), atol=1e-6
    )
    assert (analysis.band_energy[later, :2].sum(axis=1) > 0.5 * analysis.band_energy[later].sum(axis=1)).all()
    assert (analysis.log_energy <= np.log10(1e-2 + analysis.band_energy.max())).all()
    speech = analyse_features(golden_pcm("clean")[:96_000])
    assert speech.pitch_period.min() >= PITCH_MIN_PERIOD
    assert speech.pitch_period.max() <= PITCH_MAX_PERIOD


def test_silence_has_no_features() -> None:
    """Digital silence is silent, with zeros for features."""
    analysis = analyse_features(np.zeros(4_800, np.int16))
    assert analysis.silent.all()
    assert not analysis.features.any()


def test_a_partial_frame_is_filled_with_zeros(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> None:
    """Any length from one sample on works, as if zeros followed."""
    pcm = golden_pcm("noisy")[48_000:52_000]
    padded = np.concatenate([pcm, np.zeros(320, np.int16)])
    assert_bit_identical(extract_features(pcm), extract_features(padded))
    assert extract_features(pcm[:1]).shape == (1, NB_FEATURES)


@pytest.mark.parametrize(("level", "message"), [(1.5, "beyond ±1: it is used as it is"), (3_000.0, "like integers")])
def test_floats_beyond_full_scale_warn(level: float, message: str) -> None:
    """One warning for a signal of many chunks, at the line of the caller, and the features of what was given."""
    audio = np.zeros(100_000, np.float32)
    audio[90_000:] = -level
    with pytest.warns(UserWarning, match=message) as caught:
        extract_features(audio)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros(0, np.int16), "no samples"),
        (np.zeros((480, 2), np.int16), "2 dimensions"),
        (np.zeros(480, np.int32), "int32"),
        (np.full(480, np.nan), "not finite"),
        (np.full(480, -np.inf, np.float32), "not finite"),
        (np.full(480, 1e300), "which no audio does"),
    ],
)
def test_unusable_signals_are_refused(audio: npt.NDArray[Any], message: str) -> None:
    """Each kind of bad array gets one line."""
    with pytest.raises(InputError, match=message):
        extract_features(audio)
