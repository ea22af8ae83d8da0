"""``rnnoise-py features``: what it says, what it refuses, what it leaves behind."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.rows.hdf5 import read_attributes
from tests.command_line import command, peak_memory, run_apart, run_here
from tests.conftest import NOT_HERE
from tests.rows.test_files import make_rows

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


def test_files_left_out_of_a_folder_are_exit_code_1(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Done, but some inputs were skipped, with the reason."""
    folder = tmp_path / "clean"
    folder.mkdir()
    shutil.copy(mix[0], folder / "good.flac")
    (folder / "bad.wav").write_bytes(b"rubbish")
    done = run_here(capfdbinary, "features", folder, mix[1], "-n", 300, "-o", tmp_path / "rows.h5")
    assert done.code == 1
    assert "bad.wav" in done.err
    assert (tmp_path / "rows.h5").exists()


def test_truncated_files_are_told(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """A WAV cut short, alone or in a folder, gives its rows and one warning line, even with -q."""
    pcm, rate = soundfile.read(mix[0], dtype="int16")
    folder = tmp_path / "clean"
    folder.mkdir()
    for name in ("a_1.wav", "a_2.wav"):
        soundfile.write(folder / name, pcm[:48_000], rate)
    (folder / "a_2.wav").write_bytes((folder / "a_2.wav").read_bytes()[:48_044])
    for clean, rows in ((folder / "a_2.wav", 50), (folder, 150)):
        done = run_here(capfdbinary, "features", clean, mix[1], "-q", "-o", "-")
        assert (done.code, len(done.out)) == (0, rows * ROW_BYTES)
        assert done.err.splitlines() == [
            f"rnnoise-py: warning: {folder / 'a_2.wav'} is cut short: 0.5 s are missing; what is there is taken"
        ]


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


def test_attributes_tell_the_options(tmp_path: Path, mix: tuple[Path, Path], capfdbinary: Any) -> None:
    """Seed and sources are those of the call; workers and blocks leave no trace."""
    options = ["-n", 2600, "--seed", 9]
    run_here(capfdbinary, "features", *mix, *options, "-o", tmp_path / "a.h5")
    run_here(capfdbinary, "features", *mix, *options, "--workers", 2, "--block-rows", 700, "-o", tmp_path / "b.h5")
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
    merged = run_here(capfdbinary, "dataset", "merge", "--clean", folders[0], "--noise", folders[1], "-o", streams)
    assert merged.code == 0
    whole = [streams / "all_clean.raw", streams / "all_noise.raw"]
    once = run_here(capfdbinary, "features", *folders, "-n", 1000, "-o", "-")
    twice = run_here(capfdbinary, "features", *whole, "-n", 1000, "-o", "-")
    assert once.code == twice.code == 0
    assert once.out == twice.out
    assert "converted to 48 kHz mono" in once.err


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason=f"{NOT_HERE}no /proc/self/status")
@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
def test_memory_is_flat_in_the_row_count(tmp_path: Path, mix: tuple[Path, Path], name: str) -> None:
    """Ten times the rows, the same memory, under the 400 MB that are promised for any number."""
    peaks = []
    assert run_apart("features", *mix, "-n", 1000, "-o", tmp_path / f"warm{Path(name).suffix}").code == 0
    for count in (40_000, 400_000):
        arguments = command("features", *mix, "-n", count, "-q", "--force", "-o", tmp_path / name)
        peaks.append(peak_memory(arguments))
    assert max(peaks) < 400
    assert abs(peaks[1] - peaks[0]) < 20
