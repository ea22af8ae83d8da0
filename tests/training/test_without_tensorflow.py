"""The numba engine trains where TensorFlow is not installed: old processors, slim machines."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import Outcome, environment
from tests.training_samples import random_rows, write_rows

FRAMES, WINDOWS = 20, 12
#: the command in a process in which TensorFlow and Keras cannot be found
_HIDDEN = "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None; from rnnoise_py.cli import main; main()"


def _train(rows: Path, *options: str) -> Outcome:
    arguments = ["train", str(rows), "-o", str(rows.with_name("weights.hdf5")), "--epochs", "2", "--batch", "4"]
    done = subprocess.run(
        [sys.executable, "-c", _HIDDEN, *arguments, "--window", str(FRAMES), *options],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.encode(), done.stderr)


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """Twelve windows of twenty rows."""
    return write_rows(tmp_path / "rows.h5", random_rows(WINDOWS, FRAMES))


def test_training_and_its_outputs_need_no_tensorflow(rows_file: Path) -> None:
    """All outputs but the TensorBoard logs, which are said to be missing; the memory is said beforehand."""
    done = _train(rows_file)
    assert done.code == 0, done.err
    assert "no TensorBoard logs: TensorFlow is not installed" in done.err
    assert "engine numba, about 0.3 GB of memory" in done.err
    names = {path.name for path in (rows_file.parent / "weights.run").iterdir()}
    assert {"history.csv", "model.rnnn", "model_card.md"} <= names
    assert "tensorboard" not in names


def test_the_tensorflow_engine_asks_for_it(rows_file: Path) -> None:
    """One line that names the package and the other engine, exit code 2, nothing written."""
    done = _train(rows_file, "--engine", "tensorflow")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert "rnnoise-py[train]" in done.err
    assert "--engine numba" in done.err
    assert [path.name for path in rows_file.parent.iterdir()] == ["rows.h5"]
