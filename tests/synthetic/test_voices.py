"""Festival, the mix of voices, rooms: repeatable, of the level and length asked for, never a reserved voice."""

from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.errors import DependencyError
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import festival, flite, voices
from rnnoise_py.synthetic.espeak import LANGUAGES, RESERVED_VOICES, VARIANTS, find_espeak, is_reserved
from rnnoise_py.synthetic.festival import VOICES, festival_speech, find_festival
from rnnoise_py.synthetic.rooms import band_limit, record, response_curve, room_response

needs_festival = pytest.mark.skipif(
    find_festival() is None or not Path("/usr/share/festival/voices/czech/czech_ph").is_dir(),
    reason="festival and its voices are not installed",
)
needs_espeak = pytest.mark.skipif(find_espeak() is None, reason="espeak-ng is not installed")


def test_dialects_of_reserved_voices_are_reserved() -> None:
    """A variant that is reserved in one dialect is reserved in the others; the rest is free."""
    assert all(is_reserved(voice) for voice in RESERVED_VOICES)
    assert is_reserved("en-gb-scotland+m3")
    assert is_reserved("es-419+f2")
    assert not is_reserved("de+f2")
    voices = [language + variant for language in LANGUAGES for variant in VARIANTS]
    free = [voice for voice in voices if not is_reserved(voice)]
    assert len(free) > 4000
    assert "ru" not in LANGUAGES


def test_no_festival_voice_is_an_evaluation_speaker() -> None:
    """Flite's reserved voices exist for Festival too, under longer names."""
    speakers = {voice.rstrip("0123456789") for voice in flite.RESERVED_VOICES}
    assert speakers == {"kal", "slt", "rms", "awb"}
    assert not [name for name in VOICES for speaker in speakers if speaker in name]


def test_packages_of_missing_festival_voices_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them where festival is not there."""
    monkeypatch.setattr(festival, "find_festival", lambda: None)
    assert festival.missing_voices() == ["festival", *VOICES.values()]


@needs_festival
def test_voices_that_festival_has_are_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked."""
    monkeypatch.setattr(festival, "VOICES", {"czech_ph": "festvox-czech-ph", "nobody": "festvox-nobody"})
    assert festival.missing_voices() == ["festvox-nobody"]


@needs_festival
def test_festival_speaks_repeatably_at_the_level_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seconds, the same twice, at −30 dBFS over what is not silent."""
    monkeypatch.setattr(festival, "VOICES", {"czech_ph": "festvox-czech-ph"})
    clip = festival_speech(3.0, 4, level=-30.0)
    assert clip.shape == (3 * SAMPLE_RATE,)
    active = np.abs(clip) > 1e-3 * np.abs(clip).max()
    assert abs(20 * np.log10(np.sqrt(np.mean(clip[active] ** 2))) + 30) < 0.5
    np.testing.assert_array_equal(clip, festival_speech(3.0, 4, level=-30.0))


@needs_festival
def test_a_missing_festival_voice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package that has it."""
    monkeypatch.setattr(festival, "VOICES", {"nobody_at_all": "festvox-nobody"})
    with pytest.raises(DependencyError, match="apt-get install festvox-nobody"):
        festival_speech(1.0, 1)


def test_a_missing_festival_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to get it."""
    monkeypatch.setattr(festival, "find_festival", lambda: None)
    with pytest.raises(DependencyError, match="apt-get install festival"):
        festival_speech(1.0, 1)


def test_recorded_speech_has_its_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever room and microphone; the same for the same seed."""
    monkeypatch.setattr(voices, "ESPEAK_SHARE", 0.0)
    monkeypatch.setattr(voices, "FESTIVAL_SHARE", 0.0)
    clip = voices.recorded_speech(2.0, 3, level=-28.0)
    assert clip.shape == (2 * SAMPLE_RATE,)
    assert np.abs(clip).max() <= 0.97 + 1e-6
    np.testing.assert_array_equal(clip, voices.recorded_speech(2.0, 3, level=-28.0))
    assert not np.array_equal(clip, voices.recorded_speech(2.0, 4, level=-28.0))


def test_effort_tilts_a_voice() -> None:
    """By 3 dB an octave from 500 Hz to 8 kHz: 12 dB in all, up when raised, down when lowered."""
    click = np.zeros(4800, np.float32)
    click[2400] = 1
    hertz = np.fft.rfftfreq(len(click), 1 / SAMPLE_RATE)
    for effort in (1.0, -1.0, 0.0):
        gain = 20 * np.log10(np.abs(np.fft.rfft(voices.with_effort(click, effort))))
        at = [float(np.interp(place, hertz, gain)) for place in (300.0, 2000.0, 8000.0, 15000.0)]
        np.testing.assert_allclose(at, np.array([0, 6, 12, 12]) * effort, atol=0.1)


def test_wide_band_recordings_end_at_8_khz(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a share of one: what is left above is 50 dB below the rest."""
    monkeypatch.setattr(voices, "ESPEAK_SHARE", 0.0)
    monkeypatch.setattr(voices, "FESTIVAL_SHARE", 0.0)
    above = {}
    for share in (0.0, 1.0):
        monkeypatch.setattr(voices, "WIDE_BAND_SHARE", share)
        clip = voices.recorded_speech(2.0, 3, level=-28.0)
        power = np.abs(np.fft.rfft(clip * np.hanning(len(clip)))) ** 2
        above[share] = power[(8200 * 2) :].sum() / power.sum()
    assert above[0.0] > 1e-4
    assert above[1.0] < 1e-5


@needs_espeak
def test_versions_of_programs_are_told() -> None:
    """For the manifest."""
    assert "1." in voices.program_versions()["espeak-ng"]


def test_a_room_begins_with_the_direct_sound_and_dies_away() -> None:
    """First sample 1; the last tenth holds a thousandth of the tail's energy at most."""
    response = room_response(np.random.default_rng(5))
    assert response[0] == 1
    tail = response[1:] ** 2
    assert tail[-len(tail) // 10 :].sum() < 1e-3 * tail.sum()


def test_band_limit_is_half_the_power_at_its_corners() -> None:
    """And next to nothing an octave outside."""
    gain = band_limit(np.array([150.0, 300, 1000, 3400, 6800]), 300, 3400)
    np.testing.assert_allclose(gain[[1, 3]], np.sqrt(0.5), rtol=1e-3)
    assert gain[2] > 0.99
    assert (gain[[0, 4]] < 0.005).all()


def test_response_stays_within_its_depth() -> None:
    """In dB."""
    gain = 20 * np.log10(response_curve(np.linspace(0, 24_000, 100), np.random.default_rng(1), 6.0))
    assert np.abs(gain).max() <= 6.0


def test_record_can_leave_a_signal_alone() -> None:
    """With all shares at zero only rounding is left."""
    signal = np.random.default_rng(2).standard_normal(5000).astype(np.float32)
    np.testing.assert_allclose(record(signal, np.random.default_rng(0), rooms=0, curves=0, limits=0), signal, atol=1e-5)
