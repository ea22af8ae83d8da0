"""What was written is read back: good files of every format pass, files on a full disk do not."""

import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from rnnoise_py.audio import check_written
from rnnoise_py.errors import OutputError
from tests.audio_files import formats, pcm, written

SECONDS = 15


@pytest.mark.parametrize(("container", "subtype"), formats(), ids=lambda text: text)
def test_good_files_pass(container: str, subtype: str, tmp_path: Path) -> None:
    """Whole files of every format; what is not in them is missed (codings in blocks hold a little more)."""
    path = tmp_path / ".out.part"
    path.write_bytes(written(pcm(9_600), container, subtype))
    check_written(path, 9_600, tmp_path / "out.xyz")
    with pytest.raises(
        OutputError, match=r"cannot write .*out\.xyz: .* of 20,000 frames are missing. Is the disk full"
    ):
        check_written(path, 20_000, tmp_path / "out.xyz")


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS")])
def test_rates_and_channels_pass(container: str, subtype: str, rate: int, channels: int, tmp_path: Path) -> None:
    """Any rate and number of channels, written in blocks."""
    path = tmp_path / "a.bin"
    samples = pcm(rate, channels=channels)
    with soundfile.SoundFile(path, "w", rate, channels, subtype, format=container) as file:
        for first in range(0, rate, 7_777):
            file.write(samples[first : first + 7_777])
    check_written(path, rate)


def test_a_format_that_cannot_hold_the_rate(tmp_path: Path) -> None:
    """Psion's A-law is always 8 kHz, whatever was asked for."""
    path = tmp_path / "a.wve"
    path.write_bytes(written(pcm(960), "WVE", "ALAW", 48_000))
    check_written(path, 960)
    with pytest.raises(OutputError, match=r"cannot hold 48000 Hz, 1 channels: its format made 8000 Hz.*choose \.wav"):
        check_written(path, 960, rate=48_000, channels=1)


def test_bare_and_empty_files(tmp_path: Path) -> None:
    """Bare PCM is counted in bytes, under any temporary name; nothing written is nothing to check."""
    path = tmp_path / ".x.part"
    path.write_bytes(bytes(2_000))
    check_written(path, 1_000, tmp_path / "x.raw")
    with pytest.raises(OutputError, match=r"1 of 1,001 frames"):
        check_written(path, 1_001, tmp_path / "x.raw")
    check_written(tmp_path / "not there", 0)
    with pytest.raises(OutputError, match="read back"):
        check_written(tmp_path / "not there", 1)


#: writes a file as the denoiser does, with a limit like a full disk; exits with 3 when the writer complains itself
WRITE = """
import resource, signal, sys
import numpy as np, soundfile
from pathlib import Path
from rnnoise_py.audio import check_written
from rnnoise_py.errors import OutputError

path, container, subtype, limit = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
rng, frames = np.random.default_rng(1), 0
try:
    with soundfile.SoundFile(path, "w", 48000, 1, subtype, format=container) as file:
        for _ in range(15):
            file.write(rng.integers(-8192, 8192, 48000).astype(np.int16))
            frames += 48000
except (soundfile.SoundFileError, AssertionError):
    sys.exit(3)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
try:
    check_written(Path(path), frames)
except OutputError as error:
    print(error)
    sys.exit(4)
print(soundfile.info(path).frames)
"""


@pytest.mark.parametrize(
    ("container", "subtype"),
    [("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("FLAC", "PCM_16"), ("WAV", "PCM_16")],
)
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95, 0.999, 1.5])
def test_a_full_disk_is_noticed(container: str, subtype: str, share: float, tmp_path: Path) -> None:
    """A limit on the size of files acts like a full disk: the writer complains, or the check does, or all is there."""
    whole = len(written(pcm(SECONDS * 48_000, 1), container, subtype)) if subtype != "VORBIS" else 160_000
    path = tmp_path / "a.bin"
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(path), container, subtype, str(int(share * whole))],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 3, 4), done.stderr
    if done.returncode == 4:
        assert "Is the disk full" in done.stdout
    if done.returncode == 0:
        assert int(done.stdout) == SECONDS * 48_000
        assert share > 0.99 or subtype == "VORBIS"
