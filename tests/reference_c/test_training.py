"""``denoise_training``: every recorded digest, and one line for every bad argument."""

import ast
import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.audio.bare import HEADERS
from rnnoise_py.spec.layout import ROW_SIZE
from tests.bits import assert_bit_identical
from tests.c_build import built
from tests.conftest import DATA, REPOSITORY

Pcm = npt.NDArray[np.int16]

with np.load(DATA / "edge_cases.npz") as _cases:
    EDGE_CASES = sorted({name.split("__")[0] for name in _cases.files})


@pytest.fixture(scope="module")
def tool() -> Path:
    """Build the training tool as everyone does."""
    return built("denoise_training")


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory, golden_pcm: Callable[[str], Pcm]) -> tuple[Path, Path]:
    """Write the recorded clean and noise as bare files."""
    folder = tmp_path_factory.mktemp("mix")
    for name in ("clean", "noise"):
        golden_pcm(name).tofile(folder / f"{name}.raw")
    return folder / "clean.raw", folder / "noise.raw"


def rows_of(tool: Path, clean: Path, noise: Path, count: int, *options: str) -> bytes:
    """Return the standard output of one run."""
    command = [str(tool), str(clean), str(noise), str(count), *options]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def test_60000_rows_are_bit_identical(tool: Path, mix: tuple[Path, Path], golden: Callable[[str], Any]) -> None:
    """The whole recorded run: each block of 1000 rows, then all (Q-SILENT-CONTINUES, Q-RING-SLOTS)."""
    recorded = golden("features.npz")
    output = rows_of(tool, *mix, int(recorded["count"]))
    rows = np.frombuffer(output, dtype="<f4").reshape(-1, ROW_SIZE)
    assert_bit_identical(rows[recorded["row_index"]], recorded["rows"], "recorded rows")
    size = int(recorded["block_rows"])
    for block, digest in enumerate(recorded["block_sha256"]):
        content = rows[block * size : (block + 1) * size].tobytes()
        assert hashlib.sha256(content).hexdigest() == digest, f"rows from {block * size}"
    assert hashlib.sha256(output).hexdigest() == str(recorded["sha256"])


@pytest.mark.parametrize("case", EDGE_CASES)
def test_edge_case_is_bit_identical(case: str, tool: Path, tmp_path: Path, golden: Callable[[str], Any]) -> None:
    """Q-NOISE-SKIP, Q-PARTIAL-DROPPED, silence, one-frame files, full scale … all rows."""
    figures, arrays = golden("edge_cases.json")[case], golden("edge_cases.npz")
    clean, noise = tmp_path / "clean.raw", tmp_path / "noise.raw"
    arrays[f"{case}__clean"].tofile(clean)
    arrays[f"{case}__noise"].tofile(noise)
    output = rows_of(tool, clean, noise, figures["count"])
    rows = np.frombuffer(output, dtype="<f4").reshape(-1, ROW_SIZE)
    assert_bit_identical(rows[:: figures["row_step"]], arrays[f"{case}__rows"], case)
    assert hashlib.sha256(output).hexdigest() == figures["sha256"]


@pytest.mark.parametrize("seed", ["1", "2", "42", "20261123"])
def test_seeds_are_bit_identical(seed: str, tool: Path, mix: tuple[Path, Path], golden: Callable[[str], Any]) -> None:
    """20,000 rows of other seeds; their re-draws reach Q-BAND-LP, Q-LOWPASS-OVER and Q-MUTED-NOT-READ."""
    figures = golden("seeds.json")[seed]
    output = rows_of(tool, *mix, figures["count"], "--seed", seed)
    assert hashlib.sha256(output).hexdigest() == figures["sha256"]


def test_seed_zero_is_seed_one_and_says_so(tool: Path, mix: tuple[Path, Path], tmp_path: Path) -> None:
    """Q-SEED-ZERO, with a warning."""
    out = tmp_path / "rows.f32"
    run = subprocess.run([tool, *mix, "3000", "--seed", "0", "-o", out], capture_output=True, text=True, check=True)
    assert "seed 0 is the same as seed 1" in run.stderr
    assert out.read_bytes() == rows_of(tool, *mix, 3000)
    assert list(tmp_path.iterdir()) == [out]


def _bad_inputs(folder: Path) -> dict[str, list[str]]:
    """Name → arguments that must be refused; ``good`` is fine by itself."""
    good = folder / "good.raw"
    np.arange(4800, dtype=np.int16).tofile(good)
    (folder / "empty.raw").write_bytes(b"")
    (folder / "short.raw").write_bytes(bytes(958))
    (folder / "odd.raw").write_bytes(bytes(9601))
    (folder / "riff.raw").write_bytes(b"RIFF" + bytes(9596))
    (folder / "flac.raw").write_bytes(b"fLaC" + bytes(9596))
    (folder / "mp3.raw").write_bytes(b"ID3\3" + bytes(9596))
    ok, out = str(good), str(folder / "rows.f32")
    bad: dict[str, list[str]] = {
        f"{name} as clean": [str(folder / f"{name}.raw"), ok, "3", "-o", out]
        for name in ("empty", "short", "odd", "riff", "flac", "mp3", "missing")
    }
    bad |= {
        "odd as noise": [ok, str(folder / "odd.raw"), "3", "-o", out],
        "folder as clean": [str(folder), ok, "3", "-o", out],
        "count 0": [ok, ok, "0", "-o", out],
        "negative count": [ok, ok, "-3", "-o", out],
        "no count": [ok, ok, "many", "-o", out],
        "huge count": [ok, ok, "99999999999999999999", "-o", out],
        "seed no number": [ok, ok, "3", "--seed", "x", "-o", out],
        "seed negative": [ok, ok, "3", "--seed", "-1", "-o", out],
        "seed without value": [ok, ok, "3", "-o", out, "--seed"],
        "no arguments": [],
        "two arguments": [ok, ok],
        "too many": [ok, ok, "3", "4", "-o", out],
        "no output folder": [ok, ok, "3", "-o", str(folder / "none" / "rows.f32")],
        "output is a folder": [ok, ok, "3", "-o", str(folder)],
        "output is an input": [ok, ok, "3", "-o", ok],
    }
    return bad


def test_bad_input_is_one_line_and_exit_2(tool: Path, tmp_path: Path) -> None:
    """Nothing is written, nothing crashes, and the line names the trouble."""
    for name, arguments in _bad_inputs(tmp_path).items():
        before = {path: path.stat().st_size for path in tmp_path.iterdir()}
        run = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
        assert run.returncode == 2, name
        assert run.stdout == "", name
        assert len(run.stderr.splitlines()) == 1, (name, run.stderr)
        assert run.stderr.startswith("denoise_training: error: "), name
        assert {path: path.stat().st_size for path in tmp_path.iterdir()} == before, name


def test_a_full_disk_is_one_line_and_exit_2(tool: Path, mix: tuple[Path, Path]) -> None:
    """Also when only the last flush fails."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    for count in ("1", "3000"):
        with Path("/dev/full").open("wb") as full:
            run = subprocess.run([tool, *mix, count], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert run.returncode == 2
        assert run.stderr == "denoise_training: error: rows cannot be written: No space left on device\n"


def test_an_interrupted_run_leaves_nothing(tool: Path, mix: tuple[Path, Path], tmp_path: Path) -> None:
    """SIGTERM removes the part that was written; the final name never appears."""
    out = tmp_path / "rows.f32"
    process = subprocess.Popen([tool, *mix, "100000000", "-o", out])
    deadline = time.monotonic() + 20
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGTERM)
    process.wait(timeout=20)
    assert list(tmp_path.iterdir()) == []


def test_both_sides_know_the_same_headers() -> None:
    """Of audio files, which bare samples never begin with."""
    text = (REPOSITORY / "reference_c" / "tools" / "bare.h").read_text()
    listed = re.search(r"magics\[\] = \{(.*?)\}", text, re.DOTALL)
    assert listed is not None
    found = [ast.literal_eval(f"b{word}") for word in re.findall(r'"[^"]*"', listed[1])]
    assert sorted(found) == sorted(HEADERS)
