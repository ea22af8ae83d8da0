"""``rnnoise-py features`` with unusable input: one line, exit code 2, nothing written."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.command_line import run_apart, run_here
from tests.conftest import NOT_HERE


@pytest.fixture
def mix(data: Path) -> tuple[Path, Path]:
    """Paths of clean speech and noise."""
    return data / "clean.flac", data / "noise.flac"


BAD_OPTIONS: dict[str, tuple[list[object], str]] = {
    "count 0": (["-n", 0], "needed is whole number, 1 or more"),
    "negative count": (["-n", -5], "needed is whole number, 1 or more"),
    "count that is no number": (["-n", "many"], "not a valid integer"),
    "count with a fraction": (["-n", "1.5"], "not a valid integer"),
    "count beyond any disk": (["-n", 10**15], "no space"),
    "count beyond all numbers": (["-n", 10**40], "no space"),
    "negative seed": (["--seed", -1], "needed is whole number, 0 or more"),
    "seed too large": (["--seed", 2**32], "out of range"),
    "seed that is no number": (["--seed", "one"], "not a valid integer"),
    "no workers": (["--workers", 0], "workers"),
    "no shards": (["--shards", 0], "shards"),
    "block of no rows": (["--block-rows", 0], "block-rows"),
    "shards of seed 0": (["--shards", 2, "--seed", 0], "seed 0"),
    "unknown option": (["--frobnicate"], "frobnicate"),
    "one argument too many": (["more"], "more"),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_bad_options(tmp_path: Path, mix: tuple[Path, Path], name: str, capfdbinary: Any) -> None:
    """One line, exit code 2, nothing written."""
    options, reason = BAD_OPTIONS[name]
    done = run_here(capfdbinary, "features", *mix, "-o", tmp_path / "rows.h5", *options)
    _assert_refused(done, reason, tmp_path, [])


BAD_OUTPUTS: dict[str, tuple[str, list[str], str]] = {
    "no suffix": ("rows", [], "of no known kind"),
    "unknown suffix": ("rows.csv", [], "of no known kind"),
    "folder missing": ("no/such/rows.h5", [], "does not exist"),
    "folder": ("folder.h5", [], "is a folder"),
    "there already": ("there.h5", [], "--force"),
    "there already, bare": ("there.f32", [], "--force"),
    "manifest there already": ("set.h5", ["--shards", "2"], "--force"),
    "shard there already": ("there.h5", ["--shards", "2"], "--force"),
}


@pytest.mark.parametrize("name", BAD_OUTPUTS)
def test_bad_outputs(tmp_path: Path, mix: tuple[Path, Path], name: str, capfdbinary: Any) -> None:
    """One line, exit code 2, what is there stays."""
    output, options, reason = BAD_OUTPUTS[name]
    (tmp_path / "folder.h5").mkdir()
    for there in ("there.h5", "there.f32", "set.json", "there.2-of-2.h5"):
        (tmp_path / there).write_bytes(b"there")
    before = sorted(tmp_path.iterdir())
    done = run_here(capfdbinary, "features", *mix, "-n", 100, "-o", tmp_path / output, *options)
    _assert_refused(done, reason, tmp_path, before)
    assert (tmp_path / "there.h5").read_bytes() == b"there"


def test_output_that_is_an_input(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Also by another name, and also with --force."""
    source = tmp_path / "clean.h5"  # any name will do for audio
    shutil.copy(mix[0], source)
    os.symlink(source, tmp_path / "link.f32")
    before = sorted(tmp_path.iterdir())
    for output in (source, tmp_path / "link.f32"):
        done = run_here(capfdbinary, "features", source, mix[1], "-n", 100, "--force", "-o", output)
        _assert_refused(done, "also an input", tmp_path, before)


@pytest.mark.parametrize("options", [["--shards", 2], ["--resume"]])
def test_stdout_is_one_stream(mix: tuple[Path, Path], options: list[object], capfdbinary: Any) -> None:
    """Neither shards nor a resumed run go to stdout."""
    done = run_here(capfdbinary, "features", *mix, "-n", 100, "-o", "-", *options)
    assert (done.code, done.out, len(done.error_lines)) == (2, b"", 1)


def _bad_audio(folder: Path, kind: str) -> Path:
    """Make an unusable input."""
    pcm = np.zeros(4800, np.int16)
    path = folder / "bad.raw"
    if kind == "missing":
        return folder / "none.wav"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "shorter than a frame":
        path.write_bytes(bytes(2 * 479))
    elif kind == "odd bytes":
        path.write_bytes(bytes(9601))
    elif kind in {"RIFF in raw", "fLaC in raw"}:
        container = "WAV" if kind.startswith("RIFF") else "FLAC"
        soundfile.write(folder / "good", pcm, 48_000, format=container)
        (folder / "good").rename(path)
    elif kind in {"NaN", "infinite"}:
        path = folder / "bad.wav"
        samples = np.zeros(4800, np.float32)
        samples[4000] = np.nan if kind == "NaN" else np.inf
        soundfile.write(path, samples, 48_000, subtype="FLOAT")
    elif kind == "no audio":
        path = folder / "bad.wav"
        path.write_bytes(b"This is not audio. " * 1000)
    elif kind == "short file":
        path = folder / "bad.wav"
        soundfile.write(path, pcm[:479], 48_000)
    elif kind == "empty folder":
        path = folder / "bad"
        path.mkdir()
    elif kind == "device":
        return Path(os.devnull)
    return path


BAD_AUDIO = {
    "missing": "No such file",
    "empty": "empty",
    "shorter than a frame": "less than one frame",
    "odd bytes": "odd number of bytes",
    "RIFF in raw": "WAV header",
    "fLaC in raw": "FLAC header",
    "NaN": "not finite",
    "infinite": "not finite",
    "no audio": "cannot be read as audio",
    "short file": "less than one frame",
    "empty folder": "no audio files",
    "device": "no regular file",
}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("kind", BAD_AUDIO)
def test_bad_audio(tmp_path: Path, mix: tuple[Path, Path], kind: str, place: int, capfdbinary: Any) -> None:
    """As clean speech and as noise: one line, exit code 2, nothing written."""
    inputs: list[Path] = list(mix)
    inputs[place] = _bad_audio(tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    done = run_here(capfdbinary, "features", *inputs, "-n", 100, "-o", tmp_path / "rows.h5")
    _assert_refused(done, BAD_AUDIO[kind], tmp_path, before)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason=f"{NOT_HERE}root may read and write everything"
)
def test_without_permission(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """An unreadable input, an output folder that may not be written."""
    (tmp_path / "secret.raw").write_bytes(bytes(9600))
    (tmp_path / "secret.raw").chmod(0)
    (tmp_path / "closed").mkdir(mode=0o500)
    before = sorted(tmp_path.iterdir())
    done = run_here(capfdbinary, "features", tmp_path / "secret.raw", mix[1], "-o", tmp_path / "rows.h5")
    _assert_refused(done, "ermission denied", tmp_path, before)
    done = run_here(capfdbinary, "features", *mix, "-n", 100, "-o", tmp_path / "closed" / "rows.h5")
    _assert_refused(done, "not writable", tmp_path, before)


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
def test_no_space(tmp_path: Path, mix: tuple[Path, Path], name: str, monkeypatch: Any, capfdbinary: Any) -> None:
    """Refused before the start when it cannot fit."""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: (10**12, 0, 300_000))
    done = run_here(capfdbinary, "features", *mix, "-n", 1000, "-o", tmp_path / name)
    _assert_refused(done, "no space for the rows", tmp_path, [])


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
def test_file_size_limit(tmp_path: Path, mix: tuple[Path, Path], name: str) -> None:
    """Files may not become that long here: one line, exit code 2, nothing left."""
    resource = pytest.importorskip("resource")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    done = run_apart("features", *mix, "-n", 1000, "-o", tmp_path / name, before=limit)
    _assert_refused(done, "File too large", tmp_path, [])


def _assert_refused(done: Any, reason: str, folder: Path, before: list[Path]) -> None:
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert reason in done.error_lines[0]
    assert "Traceback" not in done.err
    assert done.out == b""
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    "command",
    [
        ["dataset", "sample", "here", "-n", 1],
        ["dataset", "balance", "here", "--speech", "en"],
        ["dataset", "synthesize", "here.cfg"],
        ["compare", "here", "--model", "default"],
    ],
    ids=lambda command: " ".join(map(str, command[:2])),
)
def test_negative_seeds(tmp_path: Path, command: list[object], capfdbinary: Any) -> None:
    """Every command with --seed refuses them alike, before it looks at anything."""
    done = run_here(capfdbinary, *command, "-o", tmp_path / "out", "--seed", -1)
    _assert_refused(done, "--seed -1: needed is whole number, 0 or more", tmp_path, [])
