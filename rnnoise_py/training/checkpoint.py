"""What a run needs to go on, kept in one file that is replaced whole after each epoch."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnoise_py.errors import InputError
from rnnoise_py.runs.checkpoint import load_arrays, save_arrays, unreadable
from rnnoise_py.training.architecture import FloatArray
from rnnoise_py.training.cpu.adam import Adam

FORMAT: Final = "rnnoise-py training checkpoint 2"
FILE_NAME: Final = "checkpoint.npz"
_VECTORS: Final = frozenset(("theta", "mean", "square", "best_theta"))


@dataclass
class Initial:
    """The model that a run started from."""

    digest: str  #: of its int8 model
    val_loss: float = float("nan")  #: validation loss of its int8 model


@dataclass
class State:
    """A run between two epochs."""

    theta: FloatArray  #: all weights
    adam: Adam
    epoch: int = 0  #: epochs done
    history: list[dict[str, float]] = field(default_factory=list)  #: one record an epoch
    best_theta: FloatArray | None = None
    best_epoch: int = 0
    best_loss: float = float("inf")  #: validation loss of the best epoch
    stopped: bool = False  #: by early stopping
    initial: Initial | None = None  #: where the run did not start from random weights


def save(folder: Path, state: State, run: Mapping[str, Any]) -> None:
    """Write the checkpoint: after a crash, of the machine too, the old or the new one is there, whole.

    ``run`` (settings by their words, digest of the rows) is what a resumed run must agree with.
    """
    header = {
        "format": FORMAT,
        "epoch": state.epoch,
        "history": state.history,
        "best_epoch": state.best_epoch,
        "best_loss": None if state.best_theta is None else state.best_loss,
        "stopped": state.stopped,
        "steps": state.adam.steps,
        "keras2_steps": state.adam.keras2_steps,
        "initial": None if state.initial is None else asdict(state.initial),
        "run": dict(run),
    }
    vectors = {"theta": state.theta, "mean": state.adam.mean, "square": state.adam.square}
    if state.best_theta is not None:
        vectors["best_theta"] = state.best_theta
    save_arrays(folder / FILE_NAME, header, vectors)


def load(folder: Path) -> tuple[State, dict[str, Any]] | None:
    """Read the checkpoint of a run folder, and the run that it is of; None where there is none.

    Raises
    ------
    InputError
        When the file is something else.
    """
    path = folder / FILE_NAME
    found = load_arrays(path)
    if found is None:
        return None
    header, vectors = found
    try:
        if header["format"] != FORMAT:
            raise unreadable(path, f"it is {header['format']!r}")
        if not set(vectors) <= _VECTORS or any(
            vector.shape != vectors["theta"].shape or vector.ndim != 1 or vector.dtype != np.float32
            for vector in vectors.values()
        ):
            raise unreadable(path, "it holds other arrays")
        adam = Adam(bool(header["keras2_steps"]), int(header["steps"]), vectors["mean"], vectors["square"])
        best = vectors.get("best_theta")
        state = State(
            vectors["theta"],
            adam,
            int(header["epoch"]),
            header["history"],
            best,
            int(header["best_epoch"]),
            float("inf") if best is None else float(header["best_loss"]),
            bool(header["stopped"]),
            None if header["initial"] is None else Initial(**header["initial"]),
        )
        return state, dict(header["run"])
    except InputError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(path, error) from error
