"""Where speech and pauses are: built signals, and the figures of a judge who labels in the same way."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio import decode_int16
from rnnoise_py.denoiser import denoise_with_vad
from rnnoise_py.report.labels import clean_labels, onsets, quiet_frames, widened
from rnnoise_py.report.levels import noise_floor, robust_level
from rnnoise_py.report.safety import SpeechProbe
from rnnoise_py.spec.constants import FRAME_SIZE
from rnnoise_py.synthetic import speech

F64 = npt.NDArray[np.float64]

FIGURE_DIGITS = 4  # of the recorded figures
ATTENUATION_DB = 1.5  # by which the estimate without an original may miss on stationary noise
HUMAN_DB = 4.5  # mean error on recorded noises, some of them seconds long and of changing level


def tone(*levels: float, frames: int = 50) -> F64:
    """Pieces of half a second of a tone at some levels, dBFS; −inf is silence."""
    wave = np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(frames * FRAME_SIZE) / 48_000)
    return np.concatenate([wave * 10 ** (level / 20) for level in levels])


def test_ranges() -> None:
    """At most 25 dB below the loud frames is speech, more than 42 dB is a pause, what lies between is neither."""
    labels = clean_labels(tone(-20, -44, -46, -61, -63, frames=50))
    middles = labels.reshape(5, 50)[:, 10:40]
    assert [set(part.tolist()) for part in middles] == [{1.0}, {1.0}, {0.5}, {0.5}, {0.0}]


def test_pauses_keep_their_distance() -> None:
    """40 ms on either side of a sound are none, and powers are averaged over three frames before."""
    labels = clean_labels(tone(-np.inf, -20, -np.inf))
    assert np.flatnonzero(labels == 0).tolist() == [*range(45), *range(105, 150)]
    assert np.flatnonzero(labels == 1).tolist() == [*range(49, 101)]


def test_level_does_not_matter() -> None:
    """The same labels at any gain; silence is a pause."""
    clean = np.asarray(speech(2, 3, level=-26), np.float64)
    for gain in (0.01, 3.0):
        np.testing.assert_array_equal(clean_labels(clean), clean_labels(gain * clean))
    assert not clean_labels(np.zeros(4800)).any()


def test_onsets_follow_silence() -> None:
    """Five frames after ten or more without speech; a shorter gap makes none."""
    labels = np.array([0] * 12 + [1] * 8 + [0.5] * 9 + [1] * 8 + [0] * 10 + [1] * 3, np.float32)
    assert np.flatnonzero(onsets(labels)).tolist() == [12, 13, 14, 15, 16, 47, 48, 49]
    assert onsets(np.ones(3, np.float32)).tolist() == [True] * 3


def test_widening() -> None:
    """So many on either side, none beyond the ends."""
    assert widened(np.array([1, 0, 0, 0, 0, 0, 1], bool), 2).tolist() == [1, 1, 1, 0, 1, 1, 1]
    assert widened(np.array([0, 1], bool), 5).tolist() == [1, 1]


@pytest.mark.parametrize("true", [3.0, 12.0, 35.0])
@pytest.mark.parametrize("snr", [0.0, 15.0])
def test_attenuation_without_an_original(true: float, snr: float) -> None:
    """A planted denoiser that lets speech through with its noise, and lowers the rest: its attenuation is found.

    The VAD misses half of the speech: an RMS over what it misses would see next to no attenuation.
    """
    random = np.random.default_rng(2)
    words = np.asarray(speech(4, 3, level=-26), np.float64)
    voice = np.concatenate([np.zeros(48_000), words[:96_000], np.zeros(24_000), words[96_000:], np.zeros(24_000)])
    noise = random.standard_normal(len(voice)) * 10 ** ((-26 - snr) / 20)
    labels = clean_labels(voice)
    noisy = voice + noise
    gain = np.repeat(np.where(labels == 1, 1.0, 10 ** (-true / 20)), FRAME_SIZE)
    denoised = noisy.copy()
    denoised[: len(gain)] *= gain
    heard = np.where((labels == 1) & (random.random(len(labels)) < 0.5), 0.9, 0.1)
    chosen = quiet_frames(noisy, heard)
    found = robust_level(noisy, chosen) - robust_level(denoised, chosen)
    known = noise_floor(noisy, labels != 0) - noise_floor(denoised, labels != 0)
    assert known == pytest.approx(true, abs=1e-6)
    assert found == pytest.approx(true, abs=ATTENUATION_DB)
    missed = heard < 0.5
    assert noise_floor(noisy, ~missed) - noise_floor(denoised, ~missed) < 0.7 * true


def test_digital_silence_is_no_noise() -> None:
    """A recording with nothing in half of its pauses is judged by the other half."""
    noise = np.random.default_rng(1).standard_normal(200 * FRAME_SIZE) * 0.01
    noise[: 100 * FRAME_SIZE] = 0
    assert np.flatnonzero(quiet_frames(noise, np.zeros((1, 200)))).min() >= 98


def test_recorded_figures_of_people(shared: Path) -> None:
    """Level of speech and noise in pauses as the judge measures them; attenuation without the original near it."""
    folder = shared / "quality_human"
    if not folder.is_dir():
        pytest.skip("no quality_human in the shared material")
    figures = json.loads((folder / "figures.json").read_text())["noisy_in"]["shipped"]
    errors = []
    for clip, scores in list(figures.items())[::3]:
        clean, noisy = (decode_int16(folder / f"{clip}_{kind}.flac") for kind in ("clean", "noisy"))
        size = min(len(clean), len(noisy)) // FRAME_SIZE * FRAME_SIZE
        clean, noisy = clean[:size], noisy[:size]
        done = denoise_with_vad(noisy, model="synthetic", backend="numba")
        probe = SpeechProbe(clean, noisy, clean_labels(clean))
        assert probe.level(done.audio) == pytest.approx(scores["speech"], abs=2e-3), clip
        assert probe.pauses(done.audio).residual == pytest.approx(scores["pause"], abs=2e-2), clip
        chosen = quiet_frames(noisy, done.vad[: size // FRAME_SIZE])
        errors.append(abs(robust_level(noisy, chosen) - robust_level(done.audio, chosen) + scores["pause"]))
    assert np.mean(errors) < HUMAN_DB


def test_telephone_recordings(shared: Path) -> None:
    """Where an RMS over what the VAD missed says 1 dB, the pauses fell by tens: speech that is missed is no noise."""
    recording = shared / "seed" / "noisy_speech" / "test_3.wav"
    if not recording.is_file():
        pytest.skip("no recordings in the shared material")
    noisy = decode_int16(recording)
    size = len(noisy) // FRAME_SIZE * FRAME_SIZE
    done = denoise_with_vad(noisy, model="synthetic", backend="numba")
    pair, heard = (noisy[:size], done.audio[:size]), done.vad[: size // FRAME_SIZE]
    before, after = (robust_level(one, quiet_frames(pair[0], heard)) for one in pair)
    assert before - after > 20
    before, after = (noise_floor(one, heard >= 0.5) for one in pair)
    assert before - after < 1
