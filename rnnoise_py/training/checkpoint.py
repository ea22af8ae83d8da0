"""Checkpoints: one file that holds everything a run needs to go on, written whole after each epoch."""

import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import write_bytes
from rnnoise_py.training.architecture import PARAMETERS, FloatArray
from rnnoise_py.training.cpu.adam import Adam

FORMAT: Final = "rnnoise-py training checkpoint 1"
FILE_NAME: Final = "checkpoint.npz"


@dataclass
class State:
    """A run between two epochs."""

    theta: FloatArray  #: all weights, (PARAMETERS,)
    adam: Adam
    epoch: int = 0  #: epochs done
    history: list[dict[str, float]] = field(default_factory=list)  #: one record an epoch
    best_theta: FloatArray | None = None
    best_epoch: int = 0
    best_loss: float = float("inf")  #: validation loss of the best epoch
    stopped: bool = False  #: by early stopping


def save(folder: Path, state: State, facts: dict[str, Any]) -> None:
    """Write the checkpoint atomically: after a crash, of the machine too, the old or the new one is there, whole.

    ``facts`` (configuration, digest of the data) are checked when the run is resumed.
    """
    meta = {
        "format": FORMAT,
        "epoch": state.epoch,
        "history": state.history,
        "best_epoch": state.best_epoch,
        "best_loss": state.best_loss,
        "stopped": state.stopped,
        "steps": state.adam.steps,
        "keras2_steps": state.adam.keras2_steps,
        "facts": facts,
    }
    best = state.theta if state.best_theta is None else state.best_theta
    stream = io.BytesIO()
    np.savez(
        stream,
        theta=state.theta,
        mean=state.adam.mean,
        square=state.adam.square,
        best_theta=best,
        meta=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8),
    )
    write_bytes(folder / FILE_NAME, stream.getvalue(), durable=True)


def load(folder: Path) -> tuple[State, dict[str, Any]]:
    """Read the checkpoint of a run folder and its facts; raise :class:`InputError` when there is none."""
    path = folder / FILE_NAME
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(file["meta"].tobytes())
            arrays = {name: file[name] for name in ("theta", "mean", "square", "best_theta")}
        if meta["format"] != FORMAT or any(
            array.shape != (PARAMETERS,) or array.dtype != np.float32 for array in arrays.values()
        ):
            raise ValueError("wrong format")
    except FileNotFoundError:
        raise InputError(f"nothing to resume in {folder}: no {FILE_NAME}; leave --resume out to start") from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is no checkpoint of this program ({error}): start again with --force") from error
    adam = Adam(bool(meta["keras2_steps"]), int(meta["steps"]), arrays["mean"], arrays["square"])
    state = State(
        arrays["theta"],
        adam,
        int(meta["epoch"]),
        meta["history"],
        arrays["best_theta"],
        int(meta["best_epoch"]),
        float(meta["best_loss"]),
        bool(meta["stopped"]),
    )
    return state, meta["facts"]
