"""``--mixer modern``: levels that do not depend on the recordings', sequences that follow from their number."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio import ArrayPcm
from rnnoise_py.errors import InputError
from rnnoise_py.rows import training_rows
from rnnoise_py.rows.extractor import RowExtractor
from rnnoise_py.rows.kinds import MODERN
from rnnoise_py.rows.mixer import NOISY_HISTORY, Mixer, MixerBuffers
from rnnoise_py.rows.modern import LABEL_DB, NO_SPEECH, SEQUENCE_ROWS, SNR_DB, SPEECH_DB, ModernProgramme, active_level
from rnnoise_py.spec import layout
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE
from rnnoise_py.stages import features
from tests.lane_arrays import assert_same

Int16 = npt.NDArray[np.int16]
SECONDS = 20


def _speech(decibels: float) -> Int16:
    """Bursts of a tone of half a second at a level, and as long pauses."""
    t = np.arange(SECONDS * 48_000)
    tone = np.sin(t * 2 * np.pi * 440 / 48_000) * np.sqrt(2) * 10 ** (decibels / 20) * PCM_SCALE
    return np.where(t // 24_000 % 2 == 0, tone, 0).round().astype(np.int16)


def _noise(decibels: float) -> Int16:
    rng = np.random.default_rng(3)
    return (rng.standard_normal(SECONDS * 48_000) * 10 ** (decibels / 20) * PCM_SCALE).round().astype(np.int16)


def _programme(speech: float, noise: float, seed: int = 1) -> ModernProgramme:
    return ModernProgramme(ArrayPcm(_speech(speech)), ArrayPcm(_noise(noise)), seed)


def _read(programme: ModernProgramme, number: int) -> tuple[float, float, Int16, Int16]:
    """Gains and samples of a sequence."""
    programme.seek(number * SEQUENCE_ROWS)
    assert programme.due(10_000) == SEQUENCE_ROWS
    speech, noise = (np.empty(SEQUENCE_ROWS * FRAME_SIZE, np.int16) for _ in range(2))
    draw = programme.draw
    programme.read(SEQUENCE_ROWS, speech, noise)
    return float(draw.speech_gain), float(draw.noise_gain), speech, noise


def _db(samples: npt.NDArray[Any]) -> float:
    return float(10 * np.log10(np.mean(samples**2) / PCM_SCALE**2))


def test_level_of_bursts() -> None:
    energies = (_speech(-20.0).astype(np.int64).reshape(-1, FRAME_SIZE) ** 2).sum(axis=1)
    assert active_level(energies) == pytest.approx(-20.0, abs=0.05)


def test_levels_and_ratios_are_drawn_however_loud_the_recordings_are() -> None:
    found = []
    for loud in (0.0, -20.0):
        programme, levels = _programme(-10 + loud, -15 + loud / 2), []
        for number in range(60):
            speech_gain, noise_gain, speech, noise = _read(programme, number)
            if speech_gain and noise_gain and speech[:48].any() + speech[-48:].any() and noise[0]:
                active = speech[speech.reshape(-1, FRAME_SIZE).any(axis=1).repeat(FRAME_SIZE)]
                levels.append((_db(active * speech_gain), _db(active * speech_gain) - _db(noise * noise_gain)))
        found.append(levels)
    np.testing.assert_allclose(found[0], found[1], atol=0.3)
    levels_db, ratios = np.array(found[0]).T
    assert levels_db.min() > SPEECH_DB[0] - 0.5
    assert levels_db.max() < SPEECH_DB[1] + 0.5
    usual = ratios < SNR_DB[1] + 0.5  # others have a faint noise
    assert usual.mean() > 0.9
    assert ratios.min() > SNR_DB[0] - 0.5
    assert np.ptp(ratios[usual]) > 0.7 * (SNR_DB[1] - SNR_DB[0])


def test_speech_is_labelled_by_its_level_in_the_sequence() -> None:
    labels = []
    for level in (-10.0, -45.0):
        buffers = MixerBuffers(SEQUENCE_ROWS)
        mixer = Mixer(ArrayPcm(_speech(level)), ArrayPcm(_noise(-40.0)), 7, kind=MODERN)
        labels.append(mixer.mix(SEQUENCE_ROWS, buffers).vad.copy())
    assert_same(labels[0], labels[1])
    assert 0.3 < (labels[0] == 1).mean() < 0.7
    assert (labels[0] == 0).any()
    assert active_level((_speech(LABEL_DB).astype(np.int64).reshape(-1, FRAME_SIZE) ** 2).sum(axis=1)) == pytest.approx(
        LABEL_DB, abs=0.05
    )


def test_what_is_heard_has_16_bits_and_what_is_aimed_at_has_not() -> None:
    buffers = MixerBuffers(4 * SEQUENCE_ROWS)
    mixed = Mixer(ArrayPcm(_speech(-3.0)), ArrayPcm(_noise(-3.0)), 2, kind=MODERN).mix(4 * SEQUENCE_ROWS, buffers)
    noisy = mixed.noisy[NOISY_HISTORY:]
    assert (noisy == np.rint(noisy)).all()
    assert noisy.max() <= PCM_SCALE - 1
    assert noisy.min() >= -PCM_SCALE
    assert (mixed.clean != np.rint(mixed.clean)).any()


def test_a_sequence_follows_from_its_number() -> None:
    one, other = _programme(-20, -30), _programme(-20, -30)
    for number in range(3):
        _read(one, number)
    for mine, its in zip(_read(one, 3), _read(other, 3), strict=True):
        np.testing.assert_array_equal(mine, its)
    assert _read(one, 4)[0] != _read(_programme(-20, -30, seed=2), 4)[0]
    gains = np.array([_read(one, number)[:2] for number in range(300)])
    assert abs((gains[:, 0] == 0).mean() - NO_SPEECH) < 0.05


def test_rows_are_the_same_for_any_blocks_and_workers_and_from_any_row_on() -> None:
    sources = ArrayPcm(_speech(-20)), ArrayPcm(_noise(-30))
    rows = training_rows(_speech(-20), _noise(-30), 2600, 5, mixer=MODERN)
    assert_same(training_rows(_speech(-20), _noise(-30), 2600, 5, workers=3, mixer=MODERN), rows)
    extractor = RowExtractor(*sources, 5, mixer=MODERN)
    blocks = list(extractor.blocks(777, 100))
    assert_same(np.concatenate(blocks), rows[:777])
    resumed = RowExtractor(*sources, 5, state=extractor.state, mixer=MODERN)
    assert_same(np.concatenate(list(resumed.blocks(2600 - 777))), rows[777:])
    gains = rows[:, layout.GAIN.columns]
    assert ((gains == -1) | ((gains >= 0) & (gains <= 1))).all()


def test_short_recordings_are_heard_over_and_over() -> None:
    rows = training_rows(_speech(-20)[:960], _noise(-30)[:480], 1100, 1, mixer=MODERN)
    assert np.isfinite(rows).all()


def test_files_of_rows_say_how_they_were_mixed(tmp_path: Path) -> None:
    for name, samples in (("speech.raw", _speech(-20)), ("noise.raw", _noise(-30))):
        (tmp_path / name).write_bytes(samples.tobytes())
    given: dict[str, Any] = {
        "clean": tmp_path / "speech.raw",
        "noise": tmp_path / "noise.raw",
        "count": 1200,
        "output": tmp_path / "a.h5",
    }
    features.run(features.Settings(**given, mixer=MODERN))
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["data"].attrs["mixer"] == MODERN
        rows = file["data"][:]
    assert_same(rows, training_rows(_speech(-20), _noise(-30), 1200, mixer=MODERN))
    with pytest.raises(InputError, match="mixer"):
        features.run(features.Settings(**given, resume=True))


def test_unknown_mixer() -> None:
    with pytest.raises(InputError, match=r"needed is one of v0\.1, modern"):
        training_rows(_speech(-20), _noise(-30), 10, mixer="dns")
