"""The epochs of a run, one after the other, each with its checkpoint."""

import math
import time
from dataclasses import dataclass
from typing import Any

from rnnoise_py.runs.progress import Progress, note
from rnnoise_py.training import checkpoint, history
from rnnoise_py.training.checkpoint import State
from rnnoise_py.training.config import TrainingConfig
from rnnoise_py.training.engine import Engine
from rnnoise_py.training.epoch import TrainingStopped, evaluate, going_on, train_epoch
from rnnoise_py.training.events import EventFile
from rnnoise_py.training.rounding import rounded, seen_weights
from rnnoise_py.training.sources import RowSource


def stalled(config: TrainingConfig, state: State) -> bool:
    """Whether early stopping ends the run: no better validation loss for ``patience`` epochs."""
    return 0 < config.patience <= state.epoch - state.best_epoch


@dataclass
class Loop:
    """A run with all that it needs."""

    config: TrainingConfig
    engine: Engine
    source: RowSource
    state: State
    run: dict[str, Any]  #: what a resumed run must agree with

    def save(self) -> None:
        """Write the checkpoint."""
        checkpoint.save(self.config.folder, self.state, self.run)

    def int8_loss(self, theta: Any) -> float:
        """Validation loss of the int8 model of some weights."""
        values = rounded(theta)
        return evaluate(self.config, self.engine, self.source, values, values)["val_loss"]

    def train(self) -> None:
        """Train until all epochs are done, or early stopping ends the run."""
        config, state = self.config, self.state
        left = max(config.epochs - state.epoch, 0)
        board = EventFile(config.folder) if config.tensorboard else None
        with Progress(left * self.source.training * config.window, "row", "training") as progress:
            while state.epoch < config.epochs and not state.stopped:
                record = self._epoch(progress)
                state.stopped = stalled(config, state)
                self.save()
                history.write_csv(config.folder, state.history)
                if board is not None:
                    board.write(record)
        if state.stopped:
            note(f"stopped after epoch {state.epoch}: no better validation loss since epoch {state.best_epoch}")

    def _epoch(self, progress: Progress) -> dict[str, float]:
        """Train one epoch and judge it; return its record, which is the last of the history then."""
        config, state = self.config, self.state
        start = time.monotonic()
        order = self.source.order(config.seed, state.epoch)
        record = train_epoch(config, self.engine, self.source, order, state, progress)
        seconds = time.monotonic() - start
        seen = seen_weights(config, state.epoch, state.theta)
        record |= evaluate(config, self.engine, self.source, seen, state.theta)
        state.epoch += 1
        rows = self.source.training * config.window
        record |= {"epoch": state.epoch, "seconds": time.monotonic() - start, "rows_per_second": rows / seconds}
        state.history.append(record)
        if not math.isfinite(record["val_loss"]):
            raise TrainingStopped(
                f"training stopped after epoch {state.epoch}: the validation loss is not a number; "
                f"--resume with a lower --lr {going_on(state.epoch - 1)}"
            )
        if record["val_loss"] < state.best_loss:
            state.best_loss, state.best_epoch = record["val_loss"], state.epoch
            state.best_theta = state.theta.copy()
        return record
