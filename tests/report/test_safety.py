"""Losses of speech: planted denoisers that take a known part of it."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.report.labels import clean_labels
from rnnoise_py.report.safety import SpeechProbe
from rnnoise_py.spec.constants import FRAME_SIZE

filters = pytest.importorskip("scipy.signal", reason="no scipy: pip install rnnoise-py[report]")

F64 = npt.NDArray[np.float64]
Int16 = npt.NDArray[np.int16]

SECONDS = 8
EXACT_DB = 0.05  # rounding to 16 bits, windows that reach over the edges of frames
NOISY_DB = 0.4  # of a projection in noise of the same level


def to_int16(signal: F64) -> Int16:
    """Scale ±1 to 16 bits."""
    return np.clip(np.rint(signal * 32768), -32768, 32767).astype(np.int16)


def band(signal: F64, low: float, high: float) -> F64:
    """Return a band of a signal, without delay."""
    return np.asarray(filters.sosfiltfilt(filters.butter(6, (low, high), "bandpass", fs=48_000, output="sos"), signal))


@pytest.fixture(scope="module")
def voice() -> F64:
    """Half a second of a voiced sound (low), of a hiss (high), of silence, in turn; something of every band."""
    random = np.random.default_rng(4)
    hiss = random.standard_normal(SECONDS * 48_000)
    low, high, top = band(hiss, 100, 2_500), band(hiss, 3_500, 7_000), band(hiss, 9_000, 18_000)
    turn = np.arange(len(hiss)) // 24_000 % 3
    return 0.1 * np.where(turn == 0, low + 0.1 * top, np.where(turn == 1, 0.1 * low + high + 0.3 * top, 0))


def probe(voice: F64, noise: float) -> tuple[SpeechProbe, F64]:
    """Judge against a voice with as much white noise; return the noisy signal too."""
    noisy = voice + noise * np.random.default_rng(5).standard_normal(len(voice))
    clean = to_int16(voice)
    return SpeechProbe(clean, to_int16(noisy), clean_labels(clean)), noisy


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_nothing_is_lost_of_what_stays(voice: F64, noise: float) -> None:
    """The input lacks nothing and has its level; other noise is no loss."""
    judge, noisy = probe(voice, noise)
    assert judge.losses(to_int16(noisy)) == pytest.approx([0] * 7, abs=1e-6)
    other = voice + noise * np.random.default_rng(6).standard_normal(len(voice))
    assert judge.losses(to_int16(other)) == pytest.approx([0] * 7, abs=NOISY_DB)
    assert judge.level(to_int16(noisy)) == pytest.approx(0, abs=0.05)
    assert judge.level(to_int16(0.5 * noisy)) == pytest.approx(-6.02, abs=0.05)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_gain_is_lost_everywhere(voice: F64, noise: float) -> None:
    """Half the amplitude is 6 dB, whatever it is of."""
    judge, noisy = probe(voice, noise)
    assert judge.losses(to_int16(0.5 * noisy)) == pytest.approx([6.02] * 7, abs=NOISY_DB if noise else EXACT_DB)


@pytest.mark.parametrize(
    ("low", "high", "lost"), [(100, 480, "low"), (600, 1_900, "mid"), (2_100, 7_800, "high"), (8_200, 19_000, "top")]
)
def test_each_band_by_itself(voice: F64, low: float, high: float, lost: str) -> None:
    """A band that is taken out to a tenth is 10 dB or more in its figure and next to nothing in the others."""
    judge, _ = probe(voice, 0.02)
    losses = judge.losses(to_int16(voice - 0.9 * band(voice, low, high)))._asdict()
    assert losses.pop(lost) > 10
    others = [losses[name] for name in ("low", "mid", "high", "top") if name != lost]
    assert max(map(abs, others)) < 1.0


def test_sibilants_and_onsets(voice: F64) -> None:
    """Frames of the clean original: hiss that is halved; the first 50 ms after silence that are taken."""
    judge, _ = probe(voice, 0.02)
    hissing = np.arange(len(voice)) // 24_000 % 3 == 1
    losses = judge.losses(to_int16(np.where(hissing, 0.5, 1.0) * voice))
    assert losses.sibilants == pytest.approx(6, abs=0.5)
    assert losses.onsets == pytest.approx(0, abs=0.5)
    since_silence = np.arange(len(voice)) % 72_000
    losses = judge.losses(to_int16(np.where(since_silence < 2_400, 0.1, 1.0) * voice))
    assert losses.onsets > 6
    assert losses.speech < 1
    assert losses.sibilants == pytest.approx(0, abs=0.5)


def test_what_is_gated_is_lost(voice: F64) -> None:
    """Nothing left is 60 dB, not infinite."""
    judge, _ = probe(voice, 0.02)
    assert judge.losses(np.zeros(len(voice), np.int16)) == pytest.approx([60] * 7, abs=1)


def test_narrow_band_speech_has_no_top(voice: F64) -> None:
    """There is nothing to lose where the clean original has nothing."""
    judge, noisy = probe(band(voice, 100, 3_000), 0.02)
    assert np.isnan(judge.losses(to_int16(noisy)).top)
    assert np.isnan(judge.losses(to_int16(noisy)).sibilants)


def test_pauses(voice: F64) -> None:
    """Residual noise is the gain in pauses; bursts are runs of frames that are let through."""
    judge, noisy = probe(voice, 0.02)
    quiet = 0.1 * noisy
    assert judge.pauses(to_int16(quiet)).residual == pytest.approx(-20, abs=EXACT_DB)
    assert judge.pauses(to_int16(quiet)).bursts == 0
    frames = np.arange(len(voice)) // FRAME_SIZE
    pause = (frames // 50 % 3 == 2) & (frames % 50 >= 10) & (frames % 50 < 40)
    burst = pause & (frames % 10 < 3)  # three of 30 ms in each pause
    for gain, counted in ((0.55, True), (0.45, False)):  # −5.2 and −6.9 dB
        found = judge.pauses(to_int16(np.where(burst, gain, 0.1) * noisy))
        labels = clean_labels(to_int16(voice))
        pauses = int(np.count_nonzero((labels[:-1] != 0) & (labels[1:] == 0)))
        assert found.bursts == pytest.approx(counted * 3 * pauses / (np.count_nonzero(labels == 0) / 100))
    nothing: Any = SpeechProbe(to_int16(voice[:24_000]), to_int16(voice[:24_000]), np.ones(50, np.float32))
    assert np.isnan(nothing.pauses(to_int16(voice[:24_000]))).all()
