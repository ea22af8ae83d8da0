"""A synthesis run says what it will take, and refuses what the disk has no room for before it works."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset import synthesis as module
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.synthesis import synthesize, with_output
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.space import check_space, duration, size

CLIP_BYTES = 3 * 2 * 48_000 * 2  # three files of two seconds


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Two clips of two seconds from one file of each kind."""
    for kind in ("speech", "noise"):
        (tmp_path / kind).mkdir()
        hiss = 0.1 * np.random.default_rng(1).standard_normal(3 * 48_000)
        soundfile.write(tmp_path / kind / "hiss.wav", hiss, 48_000)
    config = Config(
        audio_length=2,
        total_hours=4 / 3600,
        clean_activity_threshold=0,
        speech_dir=(tmp_path / "speech",),
        noise_dir=(tmp_path / "noise",),
    )
    return with_output(config, tmp_path / "out")


def _free(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: (10**30, 0, count))


def test_a_run_says_what_it_takes(config: Config, capsys: Any) -> None:
    """Clips, hours and disk, before the first clip; the files are as large as said."""
    synthesize(config)
    assert "2 clips, 0.00 h: 1.2 MB of disk\n" in capsys.readouterr().err
    assert config.clip_bytes == CLIP_BYTES
    written = sum(
        path.stat().st_size
        for kind in ("noisy", "clean", "noise")
        for path in Path(getattr(config, f"{kind}_destination")).iterdir()
    )
    assert 2 * CLIP_BYTES < written < 2.01 * CLIP_BYTES  # headers


def test_the_time_is_told_by_the_first_clips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a constant, nor by the very first clip, which waits for kernels; once, and not when nothing is left."""
    now = iter([100.0, 101.0, 103.0, 104.0, 105.0])
    monkeypatch.setattr("rnnoise_py.dataset.synthesis.time.monotonic", lambda: next(now))
    said: list[str] = []
    monkeypatch.setattr(module, "note", said.append)
    left = module.TimeLeft(100)
    for _ in range(3):
        left.count()
    assert said == ["about 2 min 26 s to go for 97 clips"]  # two clips in three seconds
    left.count()
    assert len(said) == 1
    short = module.TimeLeft(2)
    monkeypatch.setattr("rnnoise_py.dataset.synthesis.time.monotonic", iter([0.0, 9.0]).__next__)
    short.count()
    short.count()
    assert len(said) == 1


def test_no_room_is_said_before_anything_is_made(config: Config, tmp_path: Path, monkeypatch: Any) -> None:
    """Nothing is made, nothing of an earlier run is deleted."""
    _free(monkeypatch, 2 * CLIP_BYTES - 1)
    with pytest.raises(OutputError, match=r"no space for 2 clips in .*1\.2 MB needed"):
        synthesize(config)
    assert not (tmp_path / "out").exists()
    _free(monkeypatch, 2 * CLIP_BYTES)
    synthesize(config)
    _free(monkeypatch, 100)
    synthesize(config, force=True)  # the earlier clips make room
    assert synthesize(config, resume=True).clips == 2  # nothing is left to make
    (tmp_path / "out" / "clean" / "clean_fileid_1.wav").unlink()
    with pytest.raises(OutputError, match="no space for 1 clip in"):
        synthesize(config, resume=True)
    assert (tmp_path / "out" / "clean" / "clean_fileid_0.wav").is_file()


def test_ids_are_not_listed(config: Config, monkeypatch: Any) -> None:
    """A thousand million hours are refused for the disk; where it has room, the first clip starts at once."""
    from dataclasses import replace

    endless = replace(config, total_hours=1e9)
    with pytest.raises(OutputError, match="TB needed"):
        synthesize(endless)

    def stop(*arguments: Any) -> None:
        raise InputError("the first clip")

    _free(monkeypatch, 10**30)
    monkeypatch.setattr(module, "make_clip", stop)
    with pytest.raises(InputError, match="the first clip"):
        synthesize(endless)


def test_words(tmp_path: Path) -> None:
    """Bytes and seconds for people; a folder that is not there yet counts as the one above it."""
    assert [size(count) for count in (999, 1000, 20_900_000, 5e11, 5e15)] == [
        "999 bytes",
        "1.0 kB",
        "20.9 MB",
        "500.0 GB",
        "5,000.0 TB",
    ]
    assert [duration(seconds) for seconds in (0, 1.2, 125, 7260)] == ["1 s", "2 s", "2 min 5 s", "2 h 1 min"]
    check_space(tmp_path / "not" / "there", 1, "a byte", "")
