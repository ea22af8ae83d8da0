"""``rnnoise-py features``: what it says, what it refuses, what it leaves behind."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.pipeline.hdf5 import read_attributes
from tests.command_line import command, environment, run_apart, run_here
from tests.conftest import NOT_HERE
from tests.test_pipeline_files import make_rows

ROW_BYTES = 348


@pytest.fixture
def mix(data: Path) -> tuple[Path, Path]:
    """Paths of clean speech and noise."""
    return data / "clean.flac", data / "noise.flac"


def test_bare_rows_on_stdout(mix: tuple[Path, Path], golden: Callable[[str], Any], capfdbinary: Any) -> None:
    """``-o -``: rows and nothing else on stdout, in the recorded bits."""
    done = run_here(capfdbinary, "features", *mix, "-n", 1000, "-o", "-")
    assert done.code == 0
    assert hashlib.sha256(done.out).hexdigest() == str(golden("features.npz")["block_sha256"][0])


@pytest.mark.parametrize("form", ["raw", "wav", "folder"])
def test_any_form_of_input_means_the_same(
    tmp_path: Path, mix: tuple[Path, Path], golden: Callable[[str], Any], form: str, capfdbinary: Any
) -> None:
    """Bare PCM, WAV, and folders give the recorded bits too."""
    inputs = []
    for path in mix:
        pcm, rate = soundfile.read(path, dtype="int16")
        target = tmp_path / f"{path.stem}.raw"
        if form == "raw":
            target.write_bytes(pcm.astype("<i2").tobytes())
        elif form == "wav":
            target = target.with_suffix(".wav")
            soundfile.write(target, pcm, rate)
        else:
            target = target.with_suffix("")
            target.mkdir()
            for k, part in enumerate(np.array_split(pcm, 3)):
                soundfile.write(target / f"part{8 + k}.wav", part, rate)
        inputs.append(target)
    done = run_here(capfdbinary, "features", *inputs, "-n", 1000, "-o", tmp_path / "rows.f32")
    assert done.code == 0
    digest = hashlib.sha256((tmp_path / "rows.f32").read_bytes()).hexdigest()
    assert digest == str(golden("features.npz")["block_sha256"][0])


def test_count_follows_from_the_clean_audio(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Without -n: whole frames of CLEAN, and that is said."""
    done = run_here(capfdbinary, "features", *mix, "-o", tmp_path / "rows.h5")
    frames = soundfile.info(mix[0]).frames // 480
    assert done.code == 0
    assert f"-n {frames}: one pass over {mix[0]}" in done.err
    assert read_attributes(tmp_path / "rows.h5")["count"] == frames


def test_needs_are_said(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Disk and memory before the start, rows and digest at the end; nothing with -q."""
    done = run_here(capfdbinary, "features", *mix, "-n", 3000, "-o", tmp_path / "rows.h5")
    assert "3,000 rows: 1.1 MB of disk, about " in done.err
    assert " of memory" in done.err
    assert f"{tmp_path / 'rows.h5'}: 3,000 rows, seed 1, sha256 " in done.err
    assert done.out == b""
    done = run_here(capfdbinary, "features", *mix, "-n", 3000, "-q", "-o", tmp_path / "quiet.h5")
    assert (done.code, done.err) == (0, "")


def test_seed_zero_warns(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Quirk Q-SEED-ZERO: seed 0 is seed 1."""
    done = run_here(capfdbinary, "features", *mix, "-n", 4000, "--seed", 0, "-o", tmp_path / "zero.f32")
    assert "warning: --seed 0 equals --seed 1" in done.err
    run_here(capfdbinary, "features", *mix, "-n", 4000, "--seed", 1, "-o", tmp_path / "one.f32")
    assert (tmp_path / "zero.f32").read_bytes() == (tmp_path / "one.f32").read_bytes()


def test_returning_pairs_are_told(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Lengths with a common divisor bring the same pairs of frames back."""
    pcm, rate = soundfile.read(mix[0], dtype="int16")
    soundfile.write(tmp_path / "a.wav", pcm[: 480 * 200], rate)
    soundfile.write(tmp_path / "b.wav", pcm[: 480 * 300], rate)
    done = run_here(capfdbinary, "features", tmp_path / "a.wav", tmp_path / "b.wav", "-n", 601, "-o", "-")
    assert "meet in the same pairs every 600 rows" in done.err
    done = run_here(capfdbinary, "features", tmp_path / "a.wav", tmp_path / "b.wav", "-n", 600, "-o", "-")
    assert "same pairs" not in done.err


def test_files_left_out_of_a_folder_are_exit_code_1(
    tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any
) -> None:
    """Done, but some inputs were skipped, with the reason."""
    folder = tmp_path / "clean"
    folder.mkdir()
    shutil.copy(mix[0], folder / "good.flac")
    (folder / "bad.wav").write_bytes(b"rubbish")
    done = run_here(capfdbinary, "features", folder, mix[1], "-n", 300, "-o", tmp_path / "rows.h5")
    assert done.code == 1
    assert "bad.wav" in done.err
    assert (tmp_path / "rows.h5").exists()


def test_dropped_run_is_told(tmp_path: Path, mix: tuple[Path, Path], data: Path, capfdbinary: Any) -> None:
    """Without --resume a run begins anew and says so."""
    (tmp_path / ".rows.f32.state").write_bytes(b"left")
    (tmp_path / ".rows.f32.part").write_bytes(b"left")
    done = run_here(capfdbinary, "features", *mix, "-n", 300, "-o", tmp_path / "rows.f32")
    assert done.code == 0
    assert "starting over" in done.err
    make_rows(tmp_path / "other.f32", data, 300)
    assert (tmp_path / "rows.f32").read_bytes() == (tmp_path / "other.f32").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.f32", "rows.f32"]


BAD_OPTIONS: dict[str, tuple[list[object], str]] = {
    "count 0": (["-n", 0], "give 1 or more"),
    "negative count": (["-n", -5], "give 1 or more"),
    "count that is no number": (["-n", "many"], "not a valid integer"),
    "count with a fraction": (["-n", "1.5"], "not a valid integer"),
    "count beyond any disk": (["-n", 10**15], "no space"),
    "count beyond all numbers": (["-n", 10**40], "no space"),
    "negative seed": (["--seed", -1], "out of range"),
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
def test_no_space(
    tmp_path: Path, mix: tuple[Path, Path], name: str, monkeypatch: Any, capfdbinary: Any
) -> None:
    """Refused before the start when it cannot fit."""
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 300_000}))
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


def test_attributes_tell_the_options(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Seed and sources are those of the call; workers and blocks leave no trace."""
    options = ["-n", 2600, "--seed", 9]
    run_here(capfdbinary, "features", *mix, *options, "-o", tmp_path / "a.h5")
    run_here(
        capfdbinary, "features", *mix, *options, "--workers", 2, "--block-rows", 700, "-o", tmp_path / "b.h5"
    )
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    attributes = read_attributes(tmp_path / "a.h5")
    assert attributes["seed"] == 9
    assert [Path(source["path"]) for source in json.loads(attributes["sources"])] == list(mix)


def test_folders_are_merged_as_dataset_merge_does(
    tmp_path: Path, golden_pcm: Callable[[str], Any], capfdbinary: Any
) -> None:
    """``features DIR DIR`` is ``dataset merge`` and then ``features``, whatever is in the folders."""
    for name in ("clean", "noise"):
        pcm = golden_pcm(name)
        folder = tmp_path / name
        folder.mkdir()
        soundfile.write(folder / "take_10.wav", pcm[:96_000], 48_000)
        soundfile.write(folder / "take_9.flac", pcm[96_000:150_007], 44_100)
        stereo = np.stack([pcm[200_000:230_001], pcm[300_000:330_001]], axis=1)
        soundfile.write(folder / "take_11.wav", stereo / 32768, 16_000, subtype="FLOAT")
    folders = tmp_path / "clean", tmp_path / "noise"
    streams = tmp_path / "streams"
    merged = run_here(
        capfdbinary, "dataset", "merge", "--clean", folders[0], "--noise", folders[1], "-o", streams
    )
    assert merged.code == 0
    whole = [streams / "all_clean.raw", streams / "all_noise.raw"]
    once = run_here(capfdbinary, "features", *folders, "-n", 1000, "-o", "-")
    twice = run_here(capfdbinary, "features", *whole, "-n", 1000, "-o", "-")
    assert once.code == twice.code == 0
    assert once.out == twice.out
    assert "converted to 48 kHz mono" in once.err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "wait4"), reason=f"{NOT_HERE}no wait4")
@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
def test_memory_is_flat_in_the_row_count(tmp_path: Path, mix: tuple[Path, Path], name: str) -> None:
    """Ten times the rows, the same memory, under the 400 MB that are promised for any number."""
    peaks = []
    for count in (40_000, 400_000):
        arguments = command("features", *mix, "-n", count, "-q", "--force", "-o", tmp_path / name)
        process = subprocess.Popen(arguments, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        peaks.append(usage.ru_maxrss / 1024)
    assert max(peaks) < 400
    assert abs(peaks[1] - peaks[0]) < 20
