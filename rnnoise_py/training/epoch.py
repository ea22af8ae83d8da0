"""One pass over the training windows, one over the validation windows."""

import math

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import RNNoiseError
from rnnoise_py.runs.progress import Progress
from rnnoise_py.spec.constants import NB_BANDS
from rnnoise_py.training.architecture import FloatArray
from rnnoise_py.training.checkpoint import State
from rnnoise_py.training.config import TrainingConfig
from rnnoise_py.training.cpu.adam import add_penalty_gradient, penalty
from rnnoise_py.training.cpu.loss_kernel import GAIN_SUM, MSSE_SUM, SUMS, VAD_LABELLED, VAD_RIGHT, VAD_SUM
from rnnoise_py.training.engine import Engine, Sums
from rnnoise_py.training.rounding import seen_weights
from rnnoise_py.training.sources import RowSource, Windows
from rnnoise_py.training.v01 import GAIN_LOSS_WEIGHT, VAD_LOSS_WEIGHT


class TrainingStopped(RNNoiseError, ArithmeticError):  # noqa: N818 - a stop, worded as one
    """Training ended early because a loss was no longer a number."""


def going_on(epoch: int) -> str:
    """Say where a resumed run goes on; ``epoch`` is the last that was finished."""
    return f"goes on after epoch {epoch}" if epoch else "begins again"


class Totals:
    """Running sums of losses over windows."""

    def __init__(self, frames: int) -> None:
        self.frames = frames
        self.sums = np.zeros(SUMS)
        self.windows = 0

    def add(self, sums: Sums) -> None:
        """Count a batch."""
        self.sums += sums.sum(axis=1)
        self.windows += sums.shape[1]

    def means(self, penalties: float, prefix: str = "") -> dict[str, float]:
        """Mean losses and metrics; ``penalties`` is added to the total."""
        rows = max(self.windows, 1) * self.frames
        gain, vad = self.sums[GAIN_SUM] / (rows * NB_BANDS), self.sums[VAD_SUM] / rows
        labelled = self.sums[VAD_LABELLED]
        record = {
            "loss": GAIN_LOSS_WEIGHT * gain + VAD_LOSS_WEIGHT * vad + penalties,
            "gain_loss": gain,
            "vad_loss": vad,
            "msse": self.sums[MSSE_SUM] / (rows * NB_BANDS),
            "vad_accuracy": self.sums[VAD_RIGHT] / labelled if labelled else 0.0,
        }
        return {prefix + name: float(value) for name, value in record.items()}


def learning_rate(config: TrainingConfig, done: float) -> float:
    """Learning rate when the share ``done`` (0 … 1) of all steps is behind."""
    first, last = config.learning_rate, config.final_learning_rate
    if config.schedule == "cosine":
        return last + (first - last) * 0.5 * (1 + math.cos(math.pi * done))
    if config.schedule == "exponential":
        return float(first * (last / first) ** done)
    return first


def train_epoch(
    config: TrainingConfig, engine: Engine, source: RowSource, order: Windows, state: State, progress: Progress
) -> dict[str, float]:
    """Train on the windows in the given order; return mean losses and metrics, as they were on the way."""
    totals, penalties = Totals(config.window), 0.0
    steps = -(-len(order) // config.batch)
    rate = config.learning_rate
    for step, (windows, rows) in enumerate(source.batches(state.epoch, order, config.batch)):
        rate = learning_rate(config, min((state.epoch + step / steps) / config.epochs, 1.0))
        sums, gradient = engine.gradients(seen_weights(config, state.epoch, state.theta), rows)
        _check_finite(sums, gradient, windows, state.epoch + 1, source)
        penalties += penalty(state.theta, config.network) * len(windows)
        add_penalty_gradient(state.theta, gradient, config.network)
        state.adam.update(state.theta, gradient, rate)
        totals.add(sums)
        shown = totals.means(penalties / totals.windows)
        progress.update(
            rows.shape[0] * rows.shape[1],
            f"epoch {state.epoch + 1}/{config.epochs}, loss {shown['loss']:.3f}",  # more leaves no room for the bar
        )
    return {**totals.means(penalties / totals.windows), "learning_rate": rate}


def _check_finite(
    sums: Sums, gradient: npt.NDArray[np.float32], windows: Windows, epoch: int, source: RowSource
) -> None:
    bad = np.flatnonzero(~np.isfinite(sums).all(axis=0))
    if not len(bad) and np.isfinite(gradient).all():
        return
    blamed = int(windows[bad[0]]) if len(bad) else int(windows[0])
    what = (
        f"the loss of {source.describe(blamed)}"
        if len(bad)
        else f"a gradient of the batch with {source.describe(blamed)}"
    )
    raise TrainingStopped(
        f"training stopped in epoch {epoch}: {what} is not a number; look at those rows, or "
        f"--resume with a lower --lr {going_on(epoch - 1)}"
    )


def evaluate(
    config: TrainingConfig, engine: Engine, source: RowSource, seen: FloatArray, theta: FloatArray
) -> dict[str, float]:
    """Losses and metrics of the windows held out, names with ``val_``.

    ``seen`` are the weights that the network computes with, ``theta`` those that the penalty is for.
    """
    totals = Totals(config.window)
    for _, rows in source.held_out(config.batch):
        totals.add(engine.evaluate(seen, rows))
    return totals.means(penalty(theta, config.network), "val_")
