"""Training material from espeak-ng and our own generators."""

from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.synthetic.espeak import RESERVED_VOICES, espeak_speech, find_espeak
from rnnoise_py.synthetic.material import noise_clip, speech_clip, write_material
from rnnoise_py.synthetic.spoken import made_up_text

needs_espeak = pytest.mark.skipif(find_espeak() is None, reason="espeak-ng is not installed")


@needs_espeak
def test_material_is_written_whole_and_reproducible(tmp_path: Path) -> None:
    """The two streams are the clips one after the other, the same bytes each time."""
    write_material(tmp_path, 2, 2, seed=1, workers=1)
    clean = np.fromfile(tmp_path / "all_clean.raw", dtype="<i2")
    np.testing.assert_array_equal(clean, np.concatenate([speech_clip(0), speech_clip(1)]))
    assert (tmp_path / "all_noise.raw").stat().st_size == 2 * (len(noise_clip(0)) + len(noise_clip(1)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all_clean.raw", "all_noise.raw", "material.json"]


@needs_espeak
def test_espeak_speech_has_the_length_and_level_asked_for() -> None:
    """Three seconds at −30 dBFS over the active samples."""
    clip = espeak_speech(3.0, 5, level=-30.0)
    assert clip.shape == (144_000,)
    active = np.abs(clip) > 1e-3 * np.abs(clip).max()
    assert abs(20 * np.log10(np.sqrt(np.mean(clip[active] ** 2))) + 30) < 0.5


def test_no_reserved_voice_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the seed, evaluation voices stay out."""
    from rnnoise_py.synthetic import espeak

    voices: list[str] = []

    def record(command: list[str], **_: object) -> None:
        voices.append(command[2])
        raise InterruptedError

    monkeypatch.setattr(espeak, "find_espeak", lambda: "espeak-ng")
    monkeypatch.setattr("subprocess.run", record)
    for seed in range(500):
        with pytest.raises(InterruptedError):
            espeak.espeak_speech(1.0, seed)
    assert len(set(voices)) > 200
    assert not {*RESERVED_VOICES} & {*voices}


def test_made_up_text_ends_in_a_full_stop() -> None:
    """Texts are words with punctuation."""
    text = made_up_text(np.random.default_rng(1), 20)
    assert text.endswith(".")
    assert len(text.split()) == 20
