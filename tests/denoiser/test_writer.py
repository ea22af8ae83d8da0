"""What a denoised file becomes, by the input and the output's name."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.audio import open_audio
from rnnoise_py.denoiser.writer import output_format
from rnnoise_py.errors import OutputError


def wav(folder: Path, rate: int, channels: int) -> Path:
    """A short file."""
    path = folder / f"{rate}_{channels}.wav"
    soundfile.write(path, np.zeros((rate // 10, channels)), rate, "PCM_24")
    return path


def test_bare_pcm_holds_48_khz_mono_alone(tmp_path: Path) -> None:
    """Lower and higher rates and more channels are refused in a line that names them."""
    for rate, channels in ((16_000, 1), (47_999, 1), (48_001, 1), (96_000, 1), (48_000, 2)):
        with open_audio(wav(tmp_path, rate, channels)) as source, pytest.raises(OutputError, match=f"has\\s{rate} Hz"):
            output_format(tmp_path / "out.raw", source)
    with open_audio(wav(tmp_path, 48_000, 1)) as source:
        assert output_format(tmp_path / "out.raw", source) == ("RAW", "PCM_16", {"endian": "LITTLE"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *(("a.wav", ("WAV", "PCM_24")), ("a.WAVE", ("WAV", "PCM_24")), ("a.flac", ("FLAC", "PCM_24"))),
        *(("a.aif", ("AIFF", "PCM_24")), ("a.ogg", ("OGG", "VORBIS")), ("a.oga", ("OGG", "VORBIS"))),
        *(("a.opus", ("OGG", "OPUS")), ("a.mp3", ("MP3", "MPEG_LAYER_III")), ("a.snd", ("AU", "PCM_24"))),
    ],
)
def test_the_coding_is_kept_where_the_container_has_it(name: str, expected: tuple[str, str], tmp_path: Path) -> None:
    """Else it is the container's usual one."""
    with open_audio(wav(tmp_path, 48_000, 1)) as source:
        container, subtype, options = output_format(tmp_path / name, source)
    assert ((container, subtype), options) == (expected, {})
