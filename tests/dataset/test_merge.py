"""Merging folders into two streams, and measuring what goes by."""

import csv
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.audio import list_audio_files, open_pcm
from rnnoise_py.dataset.merging import merge, merge_stream
from rnnoise_py.dataset.meter import Meter
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.synthetic import speech
from tests.dataset_tree import add_bad_files, add_formats

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Clean files of every format with bad ones among them; two noise files."""
    root = tmp_path_factory.mktemp("folders")
    add_formats(root / "clean")
    add_bad_files(root / "clean" / "bad")
    (root / "noise").mkdir()
    rng = np.random.default_rng(1)
    for index in (1, 2):
        soundfile.write(root / "noise" / f"n_{index}.wav", 0.1 * rng.standard_normal(50_000), 48_000)
    return root / "clean", root / "noise"


def test_every_format_and_every_bad_file(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """All good files are in, all bad ones are named; table, manifest and streams agree."""
    clean, noise = merge([folders[0]], [folders[1]], tmp_path / "out")
    assert clean.files == 25
    assert len(clean.skipped) == 10
    raw = (tmp_path / "out/all_clean.raw").read_bytes()
    assert len(raw) == 2 * clean.samples
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["clean"]["sha256"] == clean.sha256 == hashlib.sha256(raw).hexdigest()
    assert manifest["noise"]["samples"] == noise.samples == 100_000
    assert len(manifest["clean"]["skipped"]) == 10
    with (tmp_path / "out/files.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 27
    assert sum(round(float(row["seconds"]) * 48_000) for row in rows) == clean.samples + noise.samples
    assert clean.resampled == 5
    assert clean.downmixed == 3
    # every version of the same 1.5 s says the same
    start = {Path(row["path"]).name: round(float(row["start_seconds"]) * 48_000) for row in rows}
    pcm = np.frombuffer(raw, "<i2")
    expected = np.rint(speech(1.5, 77).astype(np.float64) * 32_768)
    names = ("PCM_24.wav", "FLOAT.wav", "DOUBLE.wav", "format.flac", "8 channels.wav")
    for name in names:
        part = pcm[start[name] : start[name] + 72_000]
        assert np.abs(part - expected).max() <= 1, name


def test_merge_is_what_a_folder_means_everywhere(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Reading the folder as a stream gives the samples of the merged file."""
    merge_stream([folders[0]], tmp_path / "clean.raw")
    with open_pcm(folders[0]) as stream, open_pcm(tmp_path / "clean.raw") as merged:
        assert stream.samples == merged.samples
        assert np.array_equal(stream.read(0, stream.samples), merged.read(0, merged.samples))


def test_two_workers_give_the_same_bytes(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Streams, table and manifest are byte-identical."""
    for workers in (1, 2):
        merge([folders[0]], [folders[1]], tmp_path / str(workers), workers=workers)
    for name in ("all_clean.raw", "all_noise.raw", "files.csv", "manifest.json"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_order_of_the_numbers(tmp_path: Path) -> None:
    """clean_fileid_10 follows clean_fileid_9."""
    (tmp_path / "in").mkdir()
    for index in (10, 9, 1):
        soundfile.write(tmp_path / "in" / f"clean_fileid_{index}.wav", np.full(480, index, np.int16), 48_000)
    merge_stream([tmp_path / "in"], tmp_path / "out.raw")
    assert np.fromfile(tmp_path / "out.raw", "<i2")[::480].tolist() == [1, 9, 10]
    assert [path.stem[-2:] for path in list_audio_files(tmp_path / "in")] == ["_1", "_9", "10"]


def test_order_of_folders_and_files(tmp_path: Path) -> None:
    """Folders as given, in each the order of every stage, for any workers; the table says where each begins."""
    lengths = {"b/x10.wav": 4_800, "b/x9.wav": 48_000, "b/a/x1.wav": 480, "a/y_2.wav": 96_000, "a/y_1.wav": 960}
    for value, (name, length) in enumerate(lengths.items(), 1):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / name, np.full(length, value, np.int16), 48_000)
    (tmp_path / "n").mkdir()
    soundfile.write(tmp_path / "n" / "noise.wav", np.full(48_000, 9, np.int16), 48_000)
    order = ["b/a/x1.wav", "b/x9.wav", "b/x10.wav", "a/y_1.wav", "a/y_2.wav"]
    expected = np.concatenate([np.full(lengths[name], list(lengths).index(name) + 1, "<i2") for name in order])
    for workers in (1, 3):
        out = tmp_path / f"out{workers}"
        report, _ = merge([tmp_path / "b", tmp_path / "a"], [tmp_path / "n"], out, workers=workers)
        assert np.array_equal(np.fromfile(out / "all_clean.raw", "<i2"), expected)
        with (out / "files.csv").open(newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["stream"] == "clean"]
        assert [Path(row["path"]).relative_to(tmp_path).as_posix() for row in rows] == order
        starts = np.cumsum([0, *(lengths[name] for name in order)])[:-1] / 48_000
        assert [float(row["start_seconds"]) for row in rows] == pytest.approx(starts.tolist())
        assert (report.files, report.samples, report.resampled, report.downmixed) == (5, len(expected), 0, 0)


def test_loud_input_saturates(tmp_path: Path) -> None:
    """Samples beyond full scale are clipped and counted, never wrapped."""
    (tmp_path / "in").mkdir()
    x = np.array([0.0, 1.5, -1.5, 0.5] * 480, np.float32)
    soundfile.write(tmp_path / "in" / "a.wav", x, 48_000, subtype="FLOAT")
    report = merge_stream([tmp_path / "in"], tmp_path / "out.raw")
    assert report.clipped == 960
    assert np.fromfile(tmp_path / "out.raw", "<i2")[:4].tolist() == [0, 32767, -32768, 16384]
    assert any("clipped" in line for line in report.lines())


def test_refusals(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Missing and useless folders, outputs among inputs, outputs in use: one line, nothing written."""
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.wav").write_text("no sound")
    for clean, message in (
        (tmp_path / "gone", "does not exist"),
        (tmp_path / "text", "no usable audio"),
        (tmp_path, "inside"),
    ):
        with pytest.raises(InputError, match=message):
            merge([clean], [folders[1]], tmp_path / "out")
    with pytest.raises(InputError, match="hold no usable audio"):
        merge([folders[1]], [tmp_path / "text"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("")
    with pytest.raises(OutputError, match="not empty"):
        merge([folders[1]], [folders[1]], tmp_path / "out")
    merge([folders[1]], [folders[1]], tmp_path / "out", force=True)
    assert (tmp_path / "out" / "mine").exists()


def _command(folders: tuple[Path, Path], out: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "rnnoise_py",
        "dataset",
        "merge",
        "-c",
        os.fspath(folders[0]),
        "-n",
        os.fspath(folders[1]),
        "-o",
        os.fspath(out),
    ]


def test_killed_merge_leaves_no_stream(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Killed in the middle there is nothing under a final name; the next run clears up and finishes."""
    out = tmp_path / "out"
    run = subprocess.Popen(_command(folders, out), cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while run.poll() is None and not list(out.glob(".all_clean*")):
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    run.wait()
    if run.returncode == -signal.SIGKILL:
        assert not list(out.glob("[!.]*"))
    done = subprocess.run(_command(folders, out), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if run.returncode == -signal.SIGKILL:
        assert done.returncode == 1, done.stderr  # some files were skipped
        assert "skipped" in done.stderr
        assert sorted(path.name for path in out.iterdir()) == [
            "all_clean.raw",
            "all_noise.raw",
            "files.csv",
            "manifest.json",
        ]


@pytest.mark.parametrize(("limit", "kept"), [(400_000, True), (100_000, False)])
def test_disk_full(folders: tuple[Path, Path], tmp_path: Path, limit: int, kept: bool) -> None:
    """One line, code 2; what is joined is kept for --resume, which ends with the same bytes; else nothing is left."""
    done = subprocess.run(
        _command(folders, tmp_path / "out"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert ("are kept: make room and add --resume" in done.stderr) == kept
    assert (tmp_path / "out").exists() == kept
    if kept:
        assert not list((tmp_path / "out").glob("[!.]*"))
        merge([folders[0]], [folders[1]], tmp_path / "out", resume=True)
        merge([folders[0]], [folders[1]], tmp_path / "whole")
        for path in (tmp_path / "whole").iterdir():
            assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()


def test_memory_does_not_grow_with_the_audio(tmp_path: Path) -> None:
    """Twenty times the audio in one file takes no more than a few MiB more."""
    program = (
        "import sys; from pathlib import Path; from rnnoise_py.dataset.merging import merge_stream;"
        "merge_stream([Path(sys.argv[1])], Path(sys.argv[2]));"
        # not ru_maxrss, which a child inherits from its parent
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for minutes in (1, 20):
        folder = tmp_path / str(minutes)
        folder.mkdir()
        signal = np.random.default_rng(1).integers(-9_000, 9_000, 16_000 * 60).astype(np.int16)
        soundfile.write(folder / "a.wav", np.tile(signal, minutes), 16_000)
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder), str(tmp_path / "out.raw")],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] < peaks[0] + 30  # MiB; the audio is 5 and 110


def test_meter_on_known_signals() -> None:
    """Levels, peak, DC, clipping, silence and bandwidth of signals known by hand, in any blocks."""
    rng = np.random.default_rng(1)
    square = np.where(np.arange(96_000) // 24 % 2, 16_384, -16_384).astype(np.int16)
    signal = np.concatenate([square, np.zeros(96_000, np.int16)])
    signal[100:110] = 32_767
    results = []
    for sizes in ([len(signal)], rng.integers(1, 9_000, 200)):
        meter = Meter()
        start = 0
        for size in sizes:
            meter.add(signal[start : start + size])
            start += size
        results.append(meter.result())
    for result in results:
        assert result.seconds == 4.0
        assert result.rms == pytest.approx(-6.02 - 3.01, abs=0.01)
        assert result.active == pytest.approx(-6.0, abs=0.1)
        assert result.peak == pytest.approx(0.0, abs=0.001)
        assert result.clipped == 10
        assert result.silence == 0.5
        assert result.floor == -120
        assert abs(result.dc) < 1e-4
        assert not result.narrow
    meter = Meter()
    meter.add((8_000 * np.sin(np.arange(96_000) / 10) + 655).astype(np.int16))
    result = meter.result()
    assert result.narrow
    assert result.dc == pytest.approx(655 / 32_768, abs=1e-3)
