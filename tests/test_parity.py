"""Rows from Python, from our C tool and as recorded: the same bits."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.spec.layout import ROW_SIZE
from tests.bits import assert_bit_identical
from tests.command_line import environment

F32 = npt.NDArray[np.float32]
Int16 = npt.NDArray[np.int16]
Load = Callable[[str], Any]
Count = Callable[[str, int], None]

GOLDEN_ROWS = 60_000
BLOCK_ROWS = 1_000
SEEDS = (1, 2, 42, 20261123)
EDGE_CASES = (
    "noise_shorter_than_skip",
    "noise_exactly_150_frames",
    "one_frame_files",
    "exact_multiple",
    "ragged",
    "silent_clean",
    "silent_noise",
    "both_silent",
    "full_scale_square",
    "one_row",
    "dc",
    "impulses",
)


def _sha256(rows: F32) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, "<f4").tobytes()).hexdigest()


class CTool:
    """Our ``denoise_training`` on int16 arrays."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder

    def rows(self, clean: Int16, noise: Int16, count: int, *options: object) -> F32:
        """Rows as (count, 87)."""
        paths = self._folder / "clean.raw", self._folder / "noise.raw"
        for path, pcm in zip(paths, (clean, noise), strict=True):
            path.write_bytes(pcm.astype("<i2").tobytes())
        command: list[str | Path] = [self._binary, *paths, str(count), *map(str, options)]
        done = subprocess.run(command, capture_output=True, check=True)
        return np.frombuffer(done.stdout, "<f4").astype(np.float32).reshape(-1, ROW_SIZE)


@pytest.fixture
def c_tool(denoise_training: Path, tmp_path: Path) -> CTool:
    return CTool(denoise_training, tmp_path)


@pytest.fixture(scope="module")
def mix(golden_pcm: Load) -> tuple[Int16, Int16]:
    return golden_pcm("clean"), golden_pcm("noise")


@pytest.fixture(scope="module")
def golden_rows(mix: tuple[Int16, Int16]) -> F32:
    return training_rows(*mix, GOLDEN_ROWS)


def test_python_rows_are_the_recorded_ones(golden_rows: F32, golden: Load, compared: Count) -> None:
    """All 60 block digests, the recorded rows and the digest of everything."""
    recorded = golden("features.npz")
    blocks = golden_rows.reshape(-1, BLOCK_ROWS, ROW_SIZE)
    bad = [i for i, block in enumerate(blocks) if _sha256(block) != str(recorded["block_sha256"][i])]
    assert_bit_identical(golden_rows[recorded["row_index"]], recorded["rows"], "recorded rows")
    assert not bad, f"blocks of {BLOCK_ROWS} rows that differ: {bad}"
    assert _sha256(golden_rows) == str(recorded["sha256"])
    compared("rows: Python = recorded", GOLDEN_ROWS)


def test_c_rows_are_the_python_rows(
    golden_rows: F32, mix: tuple[Int16, Int16], c_tool: CTool, golden: Load, compared: Count
) -> None:
    """60,000 rows of our C tool, value by value, and the recorded digest."""
    rows = c_tool.rows(*mix, GOLDEN_ROWS)
    assert_bit_identical(rows, golden_rows, "C rows")
    assert _sha256(rows) == str(golden("features.npz")["sha256"])
    compared("rows: C = Python = recorded", GOLDEN_ROWS)


@pytest.mark.parametrize("seed", SEEDS)
def test_python_seeds_are_the_recorded_ones(seed: int, mix: tuple[Int16, Int16], golden: Load, compared: Count) -> None:
    """Other seeds give the recorded digests."""
    recorded = golden("seeds.json")[str(seed)]
    assert _sha256(training_rows(*mix, recorded["count"], seed)) == recorded["sha256"]
    compared("rows: Python = recorded", recorded["count"])


@pytest.mark.parametrize("seed", SEEDS)
def test_c_seeds_are_the_recorded_ones(
    seed: int, mix: tuple[Int16, Int16], c_tool: CTool, golden: Load, compared: Count
) -> None:
    """``--seed`` of the C tool gives the recorded digests."""
    recorded = golden("seeds.json")[str(seed)]
    assert _sha256(c_tool.rows(*mix, recorded["count"], "--seed", seed)) == recorded["sha256"]
    compared("rows: C = Python = recorded", recorded["count"])


def test_every_recorded_edge_case_and_seed_is_tested(golden: Load) -> None:
    """The lists above are those of the recorded files."""
    assert set(golden("edge_cases.json")) == set(EDGE_CASES)
    assert set(golden("seeds.json")) == set(map(str, SEEDS))


@pytest.mark.parametrize("name", EDGE_CASES)
def test_python_edge_cases_are_the_recorded_ones(name: str, golden: Load, compared: Count) -> None:
    """Twelve awkward inputs."""
    recorded, arrays = golden("edge_cases.json")[name], golden("edge_cases.npz")
    rows = training_rows(arrays[f"{name}__clean"], arrays[f"{name}__noise"], recorded["count"])
    assert_bit_identical(rows[:: recorded["row_step"]], arrays[f"{name}__rows"], name)
    assert _sha256(rows) == recorded["sha256"]
    compared("rows: Python = recorded", recorded["count"])


@pytest.mark.parametrize("name", EDGE_CASES)
def test_c_edge_cases_are_the_recorded_ones(name: str, c_tool: CTool, golden: Load, compared: Count) -> None:
    """The same from bare files through the C tool."""
    recorded, arrays = golden("edge_cases.json")[name], golden("edge_cases.npz")
    rows = c_tool.rows(arrays[f"{name}__clean"], arrays[f"{name}__noise"], recorded["count"])
    assert_bit_identical(rows[:: recorded["row_step"]], arrays[f"{name}__rows"], name)
    assert _sha256(rows) == recorded["sha256"]
    compared("rows: C = Python = recorded", recorded["count"])


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc/self/maps")
def test_python_rows_use_no_c_of_ours(tmp_path: Path, data: Path) -> None:
    """Without a compiler in PATH the digest holds, and nothing built from reference_c is in the process."""
    script = f"""
import hashlib, soundfile
from rnnoise_py import training_rows
mix = [soundfile.read({str(data)!r} + f"/{{name}}.flac", dtype="int16")[0] for name in ("clean", "noise")]
print(hashlib.sha256(training_rows(*mix, {BLOCK_ROWS}).tobytes()).hexdigest())
print(*{{line.split(maxsplit=5)[5].strip() for line in open("/proc/self/maps") if "/" in line}}, sep="\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment(PATH=str(tmp_path)), capture_output=True, text=True, check=True
    )
    digest, *mapped = done.stdout.splitlines()
    assert digest == str(np.load(data / "features.npz")["block_sha256"][0])
    ours = [path for path in mapped if "reference_c" in path or "rnnoise" in Path(path).name]
    assert not ours
