"""The formulas of the synthesizer on signals whose answer is known by hand, in both modes."""

import math

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.dataset.activity import activity, activity_flags, activity_window
from rnnoise_py.dataset.mixing import active_rms, is_clipped, mix, mixing_window
from rnnoise_py.dataset.reverb import reverberate
from rnnoise_py.synthetic import noise, speech

Float64 = npt.NDArray[np.float64]

SNR_TOLERANCE = 0.1  # dB, the promise; measured on floats it is far smaller
EXACT = 1e-6  # dB, rounding of float64


def _level(signal: Float64) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(signal**2))))


def _square(samples: int, level: float = 1.0) -> Float64:
    return level * np.where(np.arange(samples) // 100 % 2, 1.0, -1.0)


def test_windows_of_both_modes() -> None:
    """Corrected: 50 and 100 ms at any rate; compatible: 800 and 1600 samples."""
    assert [activity_window(rate, scaled=True) for rate in (16_000, 48_000)] == [800, 2_400]
    assert [activity_window(rate, scaled=False) for rate in (16_000, 48_000)] == [800, 800]
    assert [mixing_window(rate, scaled=True) for rate in (16_000, 48_000)] == [1_600, 4_800]
    assert [mixing_window(rate, scaled=False) for rate in (16_000, 48_000)] == [1_600, 1_600]


@pytest.mark.parametrize("window", [800, 2_400])
def test_activity_of_a_constant_is_one(window: int) -> None:
    """A signal that never changes is active throughout, whatever its level."""
    for level in (1e-4, 0.5):
        assert activity(_square(10 * window, level), window) == 1.0


def test_activity_of_silence_is_zero() -> None:
    """Zeros: −313 dB, a probability of nothing; an empty signal has no share."""
    assert activity(np.zeros(8_000), 800) == 0.0
    assert activity(np.zeros(0), 800) == 0.0


def test_activity_by_hand() -> None:
    """One loud window among ten: after it the slow release keeps the memory of one raw value."""
    window = 800
    signal = np.zeros(10 * window)
    signal[2 * window : 3 * window] = 0.3
    # scaled to −25 dBFS over all ten windows, the one holds Σx² = 10·800·10^−2.5 = 25.3: +28 dB
    level = 20 * math.log10(10 * window * 10**-2.5)
    loud = 1 / (1 + math.exp(-(-1 + 0.2 * level)))
    silent = 1 / (1 + math.exp(-(-1 + 0.2 * 20 * math.log10(2.0**-52))))
    assert loud == pytest.approx(0.99017, abs=1e-5)
    assert 0.8 * loud + 0.2 * silent > 0.13
    after = 0.05 * silent + 0.95 * loud  # released from the raw value before: still active
    assert after > 0.13
    assert activity_flags(signal, window).tolist() == [False, False, True, True] + 6 * [False]
    assert activity(signal, window) == 0.2


def test_activity_counts_a_shorter_last_window() -> None:
    """Eleven windows when a little is left over."""
    assert len(activity_flags(_square(8_001), 800)) == 11


def test_active_rms_by_hand() -> None:
    """Only windows where the noise is above −50 (20·log10 of the mean square) count."""
    window = 1_600
    clean = np.concatenate([_square(window, 0.5), _square(window, 0.1)])
    loud = np.concatenate([_square(window, 0.2), _square(window, 0.05)])  # −28 and −52
    assert active_rms(clean, loud, window) == pytest.approx((0.5, 0.2))
    nothing = _square(2 * window, 0.05)
    assert active_rms(clean, nothing, window) == (2.0**-52, 2.0**-52)


def test_clipping_limit() -> None:
    """0.99 itself is not clipped."""
    assert not is_clipped(np.array([0.99, -0.99]))
    assert is_clipped(np.array([0.0, 0.9901]))
    assert is_clipped(np.array([0.0, -0.9901]))
    assert not is_clipped(np.zeros(0))


@pytest.mark.parametrize("snr", [-5.0, 0.0, 19.0])
def test_snr_and_level_by_hand(snr: float) -> None:
    """Two square waves that do not correlate: SNR and level are exact in corrected mode."""
    clean = _square(96_000, 0.3)
    other = 0.01 * np.where(np.arange(96_000) // 50 % 2, 1.0, -1.0)
    made = mix(clean, other, snr=snr, level=-30, window=4_800)
    assert made is not None
    assert _level(made.clean) - _level(made.noise) == pytest.approx(snr, abs=EXACT)
    assert _level(made.noisy) == pytest.approx(-30, abs=EXACT)
    assert np.allclose(made.noisy, made.clean + made.noise)
    assert (made.level, made.lowered) == (-30, False)


def test_original_snr_is_off_by_the_ratio_of_the_levels() -> None:
    """Compatible mode: the noise is multiplied once more by rms_clean / rms_noise at peak 1."""
    clean = _square(96_000, 0.3)
    clean[48_000:] *= 0.5  # RMS sqrt(.625) at peak 1, the noise 1
    other = 0.01 * np.where(np.arange(96_000) // 50 % 2, 1.0, -1.0)
    made = mix(clean, other, snr=10.0, level=-30, window=1_600, exact_snr=False)
    assert made is not None
    off = 20 * math.log10(math.sqrt(0.625))
    assert _level(made.clean) - _level(made.noise) == pytest.approx(10 - off, abs=EXACT)


def test_level_is_lowered_instead_of_clipping() -> None:
    """A sparse loud clean at a high level: all three are divided, the level is recomputed and truncated."""
    clean = np.zeros(96_000)
    clean[::960] = 0.5
    other = _square(96_000, 0.1)
    made = mix(clean, other, snr=0.0, level=-15, window=4_800)
    assert made is not None
    assert made.lowered
    assert np.abs(made.noisy).max() == pytest.approx(0.99, abs=1e-9)
    assert made.level == int(_level(made.noisy) + 1e-9)
    assert _level(made.clean) - _level(made.noise) == pytest.approx(0.0, abs=EXACT)


@pytest.mark.parametrize("seed", range(6))
def test_segmental_snr_is_the_asked_one(seed: int) -> None:
    """On speech and noise of many kinds, over the windows in which the noise is active."""
    kind = ("pink", "keyboard", "babble", "traffic", "modulated", "music")[seed]
    clean, other = speech(8, seed).astype(np.float64), noise(kind, 8, seed).astype(np.float64)
    window = mixing_window(48_000, scaled=True)
    peak_noise = other / np.abs(other).max()
    squares = (peak_noise.reshape(-1, window) ** 2).mean(axis=1)
    active = np.repeat(20 * np.log10(squares + 2.0**-52) > -50, window)
    for snr in (-5, 3, 19):
        made = mix(clean, other, snr=snr, level=-25, window=window)
        assert made is not None
        achieved = _level(made.clean[active]) - _level(made.noise[active])
        assert abs(achieved - snr) < SNR_TOLERANCE


def test_silent_sources_cannot_be_mixed() -> None:
    """Corrected mode asks for new sources instead of dividing by nothing."""
    tone = _square(48_000, 0.3)
    assert mix(tone, np.zeros(48_000), snr=0, level=-25, window=4_800) is None
    assert mix(np.zeros(48_000), tone, snr=0, level=-25, window=4_800) is None


def test_reverberation_is_convolution() -> None:
    """Cut to the length of the signal."""
    rng = np.random.default_rng(1)
    signal, response = rng.standard_normal(1_000), rng.standard_normal(77)
    assert np.allclose(reverberate(signal, response), np.convolve(signal, response)[:1_000])
