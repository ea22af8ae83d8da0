"""Seconds a training step, ours beside stock Keras and the v0.1 stack, in one interleaved run.

    python -m benchmarks.bench_training [--keras2 /path/to/python3.7] [--rounds 5] [--windows 32]

A step is gradients, Adam and clipping on windows of 2000 rows. Rounds go through all variants in turn, so
what else the machine does falls on all of them. Each variant's first gradients are compared with stock Keras.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.spec.layout import FEATURES, GAIN, VAD
from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS, FloatArray, initial_weights, views
from rnnoise_py.training.cpu.adam import Adam, add_penalty_gradient
from rnnoise_py.training.engine import Engine, NumbaEngine, TensorFlowEngine
from tests.training_samples import random_rows

STOCK = "stock Keras 3, train_on_batch"
AGREEMENT = 1e-4  # of gradients with stock Keras, relative to the largest


def _engine_step(engine: Engine, rows: FloatArray) -> Callable[[], None]:
    theta, adam = initial_weights(1), Adam()

    def step() -> None:
        _, gradient = engine.gradients(theta, rows)
        add_penalty_gradient(theta, gradient)
        adam.update(theta, gradient, 1e-3)

    return step


def _keras_step(rows: FloatArray, **options: Any) -> Callable[[], None]:
    from rnnoise_py.training.keras.model import build_model, compile_model, set_weights

    model = build_model(**options)
    set_weights(model, views(initial_weights(1)))
    compile_model(model)
    x, y = rows[:, :, FEATURES], [rows[:, :, GAIN.columns], rows[:, :, VAD.columns]]

    def step() -> None:
        model.train_on_batch(x, y)

    return step


def _keras2_step(python: str, rows: FloatArray, folder: Path) -> Callable[[], float]:
    np.save(folder / "rows.npy", rows)
    environment = {name: value for name, value in os.environ.items() if name != "TF2_BEHAVIOR"}
    script = Path(__file__).with_name("keras2_baseline.py")

    def step() -> float:
        done = subprocess.run(
            [python, str(script), str(folder / "rows.npy"), "2"],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        return float(statistics.median(json.loads(done.stdout.splitlines()[-1])))

    return step


def _check(rows: FloatArray) -> None:
    theta = initial_weights(1)
    wanted = TensorFlowEngine(DEFAULT_ACTIVATIONS, fast=False).gradients(theta, rows)[1]
    found = NumbaEngine(rows.shape[1], DEFAULT_ACTIVATIONS).gradients(theta, rows)[1]
    error = np.abs(found - wanted).max() / np.abs(wanted).max()
    assert error < AGREEMENT, f"gradients differ from stock Keras by {error}"
    print(f"gradients agree with stock Keras to {error:.1e} of the largest", file=sys.stderr)


@pytest.mark.parametrize("windows", [1, 32])
def test_training_step(benchmark: Any, windows: int) -> None:
    """One step of `rnnoise-py train`, a whole batch and a last, small one."""
    rows = random_rows(windows, TRAINING_WINDOW)
    step = _engine_step(NumbaEngine(TRAINING_WINDOW, DEFAULT_ACTIVATIONS), rows)
    benchmark.extra_info["rows"] = windows * TRAINING_WINDOW
    benchmark.pedantic(step, rounds=5, warmup_rounds=1)
    _check(rows[:1, :100])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keras2", metavar="PYTHON", help="Python 3.7 with TensorFlow 1.15 and Keras 2.3.1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--windows", type=int, default=32)
    options = parser.parse_args()
    rows = random_rows(options.windows, TRAINING_WINDOW)
    _check(rows[:4])
    with tempfile.TemporaryDirectory() as folder:
        variants: dict[str, Callable[[], float | None]] = {
            "rnnoise-py train (numba)": _engine_step(NumbaEngine(TRAINING_WINDOW, DEFAULT_ACTIVATIONS), rows),
            "the same, one thread": _engine_step(NumbaEngine(TRAINING_WINDOW, DEFAULT_ACTIVATIONS, workers=1), rows),
            "Keras fit path, FastGRU": _keras_step(rows),
            "TensorFlow engine (no numba)": _engine_step(TensorFlowEngine(DEFAULT_ACTIVATIONS), rows),
            STOCK: _keras_step(rows, fast=False),
        }
        if options.keras2:
            variants["v0.1: Keras 2.3.1, TensorFlow 1.15"] = _keras2_step(options.keras2, rows, Path(folder))
        seconds: dict[str, list[float]] = {name: [] for name in variants}
        for turn in range(options.rounds + 1):
            for name, step in variants.items():
                start = time.perf_counter()
                own = step()
                if turn:  # the first compiles
                    seconds[name].append(time.perf_counter() - start if own is None else own)
                print(f"\rround {turn}/{options.rounds}: {name:40}", end="", file=sys.stderr)
    print(file=sys.stderr)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    last = list(medians)[-1]
    print(f"| {options.windows} x {TRAINING_WINDOW} rows | s a step | rows/s | x stock Keras 3 | x last row |")
    print("|---|---|---|---|---|")
    for name, median in medians.items():
        print(
            f"| {name} | {median:.3f} | {rows.shape[0] * rows.shape[1] / median:,.0f} | "
            f"{medians[STOCK] / median:.2f} | {medians[last] / median:.2f} |"
        )


if __name__ == "__main__":
    main()
