"""Shards made one by one, as tasks of an array job, and gathered: the bytes of ``--shards N``."""

import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.runs.provenance import describe_source
from rnnoise_py.stages import features
from tests.command_line import command, environment, run_here
from tests.killed import contents

COUNT = 3000
SHARDS = 3


def _settings(data: Path, out: Path, **more: Any) -> features.Settings:
    given = {"count": COUNT, "seed": 4, "workers": 1, **more}
    return features.Settings(clean=data / "clean.flac", noise=data / "noise.flac", output=out, **given)


@pytest.mark.parametrize("suffix", [".h5", ".f32"])
@pytest.mark.parametrize("spread", [False, True])
def test_gathered_shards_are_those_of_one_run(tmp_path: Path, data: Path, suffix: str, spread: bool) -> None:
    """Byte for byte, the manifest too; nothing else is left."""
    whole, array = tmp_path / "whole", tmp_path / "array"
    for folder in (whole, array):
        folder.mkdir()
    features.run(_settings(data, whole / f"rows{suffix}", shards=SHARDS, spread=spread))
    for number in (2, 1, 3):
        made = features.run(_settings(data, array / f"rows{suffix}", shard=f"{number}/{SHARDS}", spread=spread))
        assert made.outputs == (array / f"rows.{number}-of-{SHARDS}{suffix}",)
        assert made.rows == COUNT
        assert made.manifest is None
    gathered = features.run(_settings(data, array / f"rows{suffix}", shards=SHARDS, spread=spread, gather=True))
    assert gathered.rows == SHARDS * COUNT
    assert contents(array) == contents(whole)


def test_digests_are_made_once(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first task keeps them; a file that changes meanwhile is read again."""
    read: list[Path] = []

    def counted(path: Path) -> dict[str, Any]:
        read.append(path)
        return describe_source(path)

    monkeypatch.setattr("rnnoise_py.audio.stream.describe_source", counted)
    noise = tmp_path / "noise.flac"
    noise.write_bytes((data / "noise.flac").read_bytes())
    for number in (1, 2):
        settings = _settings(data, tmp_path / "rows.h5", shard=f"{number}/{SHARDS}", count=100)
        features.run(features.Settings(**{**vars(settings), "noise": noise}))
    assert len(read) == 2
    noise.touch()
    settings = _settings(data, tmp_path / "rows.h5", shard=f"3/{SHARDS}", count=100)
    features.run(features.Settings(**{**vars(settings), "noise": noise}))
    assert len(read) == 4


def test_missing_and_foreign_shards(tmp_path: Path, data: Path) -> None:
    """Are named; nothing is written."""
    out = tmp_path / "rows.h5"
    features.run(_settings(data, out, shard="2/3"))
    with pytest.raises(InputError, match=r"2 of 3 shards are not made yet \(number 1, 3\): .*--shard 1/3 --resume"):
        features.run(_settings(data, out, shards=3, gather=True))
    features.run(_settings(data, out, shard="1/3"))
    features.run(_settings(data, out, shard="3/3", seed=5))
    with pytest.raises(InputError, match=r"rows\.3-of-3\.h5 cannot be resumed: its seed was 7, now it is 6"):
        features.run(_settings(data, out, shards=3, gather=True))
    assert not (tmp_path / "rows.json").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--shard", "0/3"],
        ["--shard", "4/3"],
        ["--shard", "1/1"],
        ["--shard", "1"],
        ["--shard", "a/b"],
        ["--shard", "1/3", "--shards", "4"],
        ["--shard", "1/3", "--cluster", "local:1"],
        ["--gather"],
        ["--gather", "--shards", "3", "--force"],
        ["--gather", "--shard", "1/3"],
    ],
)
def test_words_that_make_no_sense(tmp_path: Path, data: Path, words: list[str], capfdbinary: Any) -> None:
    """One line, exit 2."""
    out = tmp_path / "rows.h5"
    done = run_here(capfdbinary, "features", data / "clean.flac", data / "noise.flac", "-n", 100, "-o", out, *words)
    assert done.code == 2
    assert len(done.error_lines) == 1, done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_an_array_with_kills(tmp_path: Path, data: Path) -> None:
    """Each task a process of its own, all at once; killed at random moments and queued again."""
    rows, shards, moments = 20_000, 6, random.Random(1)
    whole, array = tmp_path / "whole", tmp_path / "array"
    for folder in (whole, array):
        folder.mkdir()
    features.run(_settings(data, whole / "rows.h5", shards=shards, count=rows))
    words = ["features", data / "clean.flac", data / "noise.flac", "-n", rows, "--seed", 4, "--workers", 1, "-q"]
    words += ["-o", array / "rows.h5", "--resume"]
    waiting, kills = list(range(1, shards + 1)), 0
    while waiting:
        tasks = {k: subprocess.Popen(command(*words, "--shard", f"{k}/{shards}"), env=environment()) for k in waiting}
        if kills < shards:
            time.sleep(moments.uniform(0.5, 3))
            for task in moments.sample(list(tasks.values()), min(3, len(tasks))):
                kills += task.poll() is None
                task.send_signal(signal.SIGKILL)
        waiting = [k for k, task in tasks.items() if task.wait() != 0]
    done = subprocess.run(command(*words[:-1], "--shards", shards, "--gather"), env=environment(), check=False)
    assert done.returncode == 0
    assert kills >= 3
    assert contents(array) == contents(whole)
