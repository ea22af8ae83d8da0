"""Rows and weights for the tests of training."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.model.topology import LAYERS
from rnnoise_py.spec.layout import FEATURES, GAIN, ROW_SIZE, VAD
from rnnoise_py.training import checkpoint
from rnnoise_py.training.architecture import FloatArray, flatten, initial_weights
from tests.conftest import DATA


def random_rows(windows: int, frames: int, seed: int = 0) -> FloatArray:
    """Rows (windows, frames, 87) with masked bands, extreme gains and all three VAD labels."""
    random = np.random.default_rng(seed)
    rows = np.zeros((windows, frames, ROW_SIZE), dtype=np.float32)
    rows[:, :, FEATURES] = random.standard_normal(rows[:, :, FEATURES].shape)
    gains = random.random(rows[:, :, GAIN.columns].shape)
    choice = random.integers(0, 10, gains.shape)
    rows[:, :, GAIN.columns] = np.select([choice < 2, choice == 2, choice == 3], [-1, 0, 1], gains)
    rows[:, :, VAD.start] = random.integers(0, 3, (windows, frames)) / 2
    return rows


def random_weights(seed: int = 0) -> FloatArray:
    """Make initial weights with biases that are not zero."""
    random = np.random.default_rng(seed)
    theta = initial_weights(seed)
    return theta + (0.05 * random.standard_normal(theta.shape)).astype(np.float32)


def saved_state(folder: Path) -> checkpoint.State:
    """Read the checkpoint that must be in a run folder."""
    found = checkpoint.load(folder)
    assert found is not None
    return found[0]


def recorded(prefix: str) -> FloatArray:
    """One set of the recorded weights or gradients as a flat vector."""
    with np.load(DATA / "training.npz") as file:
        return flatten(
            {
                layer.name: {name: file[f"{prefix}__{layer.name}__{name}"] for name in layer.keras_names}
                for layer in LAYERS
            }
        )


def recorded_rows() -> FloatArray:
    """Rows that the recorded figures were made from, (4, 250, 87)."""
    with np.load(DATA / "training_rows.npz") as file:
        return np.asarray(file["rows"], dtype=np.float32)


def write_rows(path: Path, rows: npt.NDArray[np.float32]) -> Path:
    """Write rows as HDF5 or ``.f32``, by suffix."""
    flat = rows.reshape(-1, rows.shape[-1])
    if path.suffix == ".f32":
        flat.astype("<f4").tofile(path)
    else:
        import h5py

        with h5py.File(path, "w") as file:
            file["data"] = flat
    return path
