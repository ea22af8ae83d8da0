"""Long training runs: memory and idle time (slow)."""

import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from rnnoise_py.spec.layout import ROW_SIZE
from rnnoise_py.training import TrainingConfig, train
from rnnoise_py.training.engine import NumbaEngine
from tests.conftest import REPOSITORY
from tests.training_samples import random_rows, write_rows

MANY_ROWS = 5_000_000
PEAK_BYTES = 2.5e9
IDLE_FACTOR = 1.10  # of the time that steps and validation take themselves
WINDOW = 2000

_TRAIN_ONE_EPOCH = """
import sys
from pathlib import Path
from rnnoise_py.training import TrainingConfig, train
train(TrainingConfig(rows=(Path(sys.argv[1]),), output=Path(sys.argv[2]), epochs=1, tensorboard=False))
"""


@pytest.mark.slow
def test_five_million_rows_train_in_constant_memory(tmp_path: Path) -> None:
    """One epoch over 5,000,000 rows (1.7 GB on disk) stays below 2.5 GB of peak memory."""
    import h5py

    block = random_rows(10, WINDOW).reshape(-1, ROW_SIZE)
    path = tmp_path / "many.h5"
    with h5py.File(path, "w") as file:
        data = file.create_dataset("data", (MANY_ROWS, ROW_SIZE), np.float32, chunks=(WINDOW, ROW_SIZE))
        for first in range(0, MANY_ROWS, len(block)):
            data[first : first + len(block)] = block
    subprocess.run(
        [sys.executable, "-c", _TRAIN_ONE_EPOCH, str(path), str(tmp_path / "weights.hdf5")], check=True, cwd=REPOSITORY
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"peak memory {peak / 1e9:.2f} GB")
    assert peak < PEAK_BYTES


@pytest.mark.slow
def test_three_epochs_take_little_more_than_their_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading, checkpoints and logs add at most a tenth to steps × median step + validation."""
    rows = write_rows(tmp_path / "rows.h5", random_rows(150, WINDOW))
    times: dict[str, list[float]] = {"gradients": [], "evaluate": []}
    marks: list[float] = []

    def timed(name: str) -> Any:
        original = getattr(NumbaEngine, name)

        def call(*arguments: Any) -> Any:
            start = time.perf_counter()
            marks.append(start)
            result = original(*arguments)
            marks.append(time.perf_counter())
            times[name].append(marks[-1] - start)
            return result

        return call

    settings: dict[str, Any] = {"rows": (rows,), "epochs": 1}
    train(TrainingConfig(output=tmp_path / "warm.hdf5", **settings))  # compiles
    for name in times:
        monkeypatch.setattr(NumbaEngine, name, timed(name))
    train(TrainingConfig(output=tmp_path / "weights.hdf5", **settings | {"epochs": 3}))
    wanted = len(times["gradients"]) * float(np.median(times["gradients"])) + sum(times["evaluate"])
    assert len(times["gradients"]) == 3 * 5
    assert marks[-1] - marks[0] <= IDLE_FACTOR * wanted
