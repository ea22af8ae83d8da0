"""Training rows and features of recordings: rows/s of Python, of our C tool, of any reference binary."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.conftest import golden_pcm
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.rows.features import extract_features
from rnnoise_py.spec.layout import FEATURES, ROW_SIZE
from tests.conftest import DATA

F32 = npt.NDArray[np.float32]
SIZES = (2_000, 20_000, 60_000)
C_ROWS = 20_000
HOUR = 360_000  # frames


def _check_rows(rows: F32) -> None:
    """The recorded digests of as many whole blocks of 1000 rows."""
    recorded = np.load(DATA / "features.npz")
    assert rows.shape[1] == ROW_SIZE
    for block, digest in zip(rows.reshape(-1, 1000, ROW_SIZE), recorded["block_sha256"], strict=False):
        assert hashlib.sha256(block.astype("<f4").tobytes()).hexdigest() == str(digest)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", SIZES)
def test_training_rows(count: int, workers: int, mix: Any, measure: Any) -> None:
    """The whole extractor in Python."""
    clean, noise = mix
    _check_rows(measure(lambda: training_rows(clean, noise, count, workers=workers), count, "rows"))


def _run_tool(binary: Path, raw_mix: tuple[Path, Path]) -> F32:
    command = [str(binary), *map(str, raw_mix), str(C_ROWS)]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(out, "<f4").reshape(-1, ROW_SIZE)


def test_our_c_tool(our_c_tool: Path, raw_mix: tuple[Path, Path], measure: Any) -> None:
    """reference_c/ on one core, process start included."""
    _check_rows(measure(lambda: _run_tool(our_c_tool, raw_mix), C_ROWS, "rows"))


def test_reference_tool(reference_tool: Path, raw_mix: tuple[Path, Path], measure: Any) -> None:
    """The binary that RNNOISE_REFERENCE_TRAINING names."""
    _check_rows(measure(lambda: _run_tool(reference_tool, raw_mix), C_ROWS, "rows"))


def test_extract_features(measure: Any) -> None:
    """An hour of one recording: the recorded noisy file over and over."""
    noisy = golden_pcm("noisy")
    hour = np.resize(noisy, HOUR * 480)
    features = measure(lambda: extract_features(hour), HOUR, "features", rounds=3)
    step = json.loads((DATA / "denoise.json").read_text())["synthetic_a"]["frame_step"]
    recorded = np.load(DATA / "denoise.npz")["synthetic_a__features"]
    whole = len(noisy) // 480
    assert features.shape == (HOUR, FEATURES.stop)
    expected = recorded[: -(-whole // step)]
    assert (features[:whole:step].view(np.uint32) == expected.view(np.uint32)).all()
