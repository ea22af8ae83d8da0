"""The made-up speech and noises: repeatable, of the right level, distinct."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.errors import InputError
from rnnoise_py.synthetic import NOISE_KINDS, noise, speech, write_tree


def test_speech_is_repeatable_and_has_pauses() -> None:
    """Same seed, same samples; another seed, another voice; pauses are silent."""
    first, again, other = speech(8, 5), speech(8, 5), speech(8, 6)
    assert first.dtype == np.float32
    assert len(first) == 8 * 48_000
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    energy = (first.reshape(-1, 480).astype(np.float64) ** 2).mean(axis=1)
    assert 0.05 < (energy < 1e-7).mean() < 0.6
    assert (energy > 1e-4).mean() > 0.3
    assert np.abs(first).max() <= 0.97


def test_speech_has_a_pitch() -> None:
    """Most energetic frames repeat with a period between 2 and 16 ms."""
    signal = speech(6, 9).astype(np.float64)
    voiced = 0
    frames = [signal[at : at + 2_400] for at in range(0, len(signal) - 2_400, 2_400)]
    loud = [frame for frame in frames if (frame**2).mean() > 1e-3]
    for frame in loud:
        spectrum = np.fft.rfft(frame - frame.mean(), 8_192)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2)
        voiced += correlation[96:768].max() > 0.4 * correlation[0]
    assert len(loud) > 20
    assert voiced > 0.7 * len(loud)


@pytest.mark.parametrize("kind", NOISE_KINDS)
def test_noise_is_repeatable_and_finite(kind: str) -> None:
    """Every family: same seed, same samples, within full scale, not silent."""
    first = noise(kind, 2.5, 3)
    assert len(first) == 120_000
    assert np.isfinite(first).all()
    assert np.array_equal(first, noise(kind, 2.5, 3))
    assert not np.array_equal(first, noise(kind, 2.5, 4))
    assert np.abs(first).max() <= 0.97 + 1e-6
    assert 1e-3 < np.sqrt((first.astype(np.float64) ** 2).mean()) < 0.1


def test_long_noise_has_no_seam() -> None:
    """Sections are cross-faded: no step at the seam is larger than elsewhere."""
    signal = noise("brown", 31, 2).astype(np.float64)
    steps = np.abs(np.diff(signal))
    seam = steps[30 * 48_000 - 10 : 30 * 48_000 + 4_810].max()
    assert seam <= 1.5 * steps.max()
    level = np.sqrt((signal[: 30 * 48_000].reshape(-1, 48_000) ** 2).mean(axis=1))
    assert level.max() < 4 * level.min()


def test_bad_arguments() -> None:
    """Unknown families and lengths of nothing are refused."""
    with pytest.raises(InputError, match="no noise family"):
        noise("purple", 1)
    with pytest.raises(InputError, match="positive"):
        noise("pink", 0)
    with pytest.raises(InputError, match="positive"):
        speech(-1)


def test_write_tree(tmp_path: Path) -> None:
    """Folders of speech and of noise categories, the same for the same seed."""
    trees = [write_tree(tmp_path / name, speech_files=2, noise_files=3, seconds=1.0, seed=4) for name in "ab"]
    speech_folder, noise_folder = trees[0]
    files = sorted(path for path in (tmp_path / "a").rglob("*.wav"))
    assert len(list(speech_folder.glob("*.wav"))) == 2
    assert len(list(noise_folder.glob("*/*.wav"))) == 3
    for path in files:
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype, info.frames) == (48_000, 1, "PCM_16", 48_000)
