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


#: the same with a TensorFlow that is installed and broken
_BROKEN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
sys.modules['keras'] = None
from rnnoise_py.training.keras import tensorflow_import
if sys.argv.pop(1) == "gpu":
    tensorflow_import.gpu_possible = lambda: True
from rnnoise_py.cli import main
main()
"""


def _train(rows: Path, *options: str, code: tuple[str, ...] = (_HIDDEN,)) -> Outcome:
    arguments = ["train", str(rows), "-o", str(rows.with_name("weights.hdf5")), "--epochs", "2", "--batch", "4"]
    done = subprocess.run(
        [sys.executable, "-c", *code, *arguments, "--window", str(FRAMES), *options],
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
    """All outputs, TensorBoard logs among them; the memory is said beforehand, and no warning."""
    done = _train(rows_file)
    assert done.code == 0, done.err
    assert "warning" not in done.err
    assert "engine numba, about 0.3 GB of memory" in done.err
    names = {path.name for path in (rows_file.parent / "weights.run").iterdir()}
    assert {"history.csv", "model.rnnn", "model_card.md", "tensorboard"} <= names


def test_the_tensorflow_engine_asks_for_it(rows_file: Path) -> None:
    """One line that names the package and the other engine, exit code 2, nothing written."""
    done = _train(rows_file, "--engine", "tensorflow")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert "pip install tensorflow" in done.err
    assert "--engine numba" in done.err
    assert [path.name for path in rows_file.parent.iterdir()] == ["rows.h5"]


@pytest.mark.parametrize(("engine", "gpu"), [("numba", "no"), ("auto", "no"), ("auto", "gpu")])
def test_a_broken_tensorflow_does_not_end_a_training_on_the_cpu(rows_file: Path, engine: str, gpu: str) -> None:
    """It is not even imported, unless a GPU could be there: then a note says why it is not used."""
    done = _train(rows_file, "--engine", engine, code=_broken(rows_file.parent, gpu))
    assert done.code == 0, done.err
    assert ("cannot be imported (no such symbol)" in done.err) == (gpu == "gpu")


def test_the_tensorflow_engine_names_what_is_broken(rows_file: Path) -> None:
    """One line, exit code 2."""
    done = _train(rows_file, "--engine", "tensorflow", code=_broken(rows_file.parent, "no"))
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "TensorFlow is installed and cannot be imported (no such symbol)" in done.err


def _broken(folder: Path, gpu: str) -> tuple[str, ...]:
    package = folder / "packages" / "tensorflow"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('no such symbol\\nand more')")
    return _BROKEN, str(package.parent), gpu
