"""`train --engine tensorflow` on a GPU beside the CPU engine, on the same rows, within four minutes.

    python -m benchmarks.bench_gpu [--seconds 240] [--json OUT.json]
    python -m benchmarks.bench_gpu --dry-run        # small batches of short windows, on whatever there is

For batches of 32, 256 and 1024 windows of 2000 rows: steps/s of each engine, how far losses and gradients of the first
step agree, and the peak of GPU memory. A step is gradients, Adam and clipping, as `train` takes it. Cases for which no
time is left are named. The order is that of what one wants to know first.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS, FloatArray, initial_weights
from rnnoise_py.training.cpu.adam import Adam, add_penalty_gradient
from rnnoise_py.training.engine import Engine, NumbaEngine, TensorFlowEngine
from rnnoise_py.training.keras.tensorflow_import import load_tensorflow
from tests.training_samples import random_rows

SECONDS: Final = 240.0
BATCHES: Final = (32, 256, 1024)
MOST_STEPS: Final = 20
AGREEMENT: Final = 1e-3  # of losses and gradients, relative to the largest: float32 sums in another order, TF32 off


@dataclass
class Case:
    """One engine at one batch."""

    engine: str
    batch: int
    window: int
    steps: int = 0  #: timed, after the first
    first_seconds: float = 0.0  #: with whatever is compiled
    steps_per_second: float = 0.0
    loss: float = 0.0  #: sum of the first step
    gradient_error: float = 0.0  #: against the CPU engine, of the largest
    loss_error: float = 0.0
    peak_mb: float = 0.0  #: of GPU memory; 0 where there is none
    skipped: str = ""  #: why nothing was measured


def _gpus() -> list[Any]:
    tf = load_tensorflow()
    tf.config.experimental.enable_tensor_float_32_execution(False)  # the CPU engine has 24 bits
    found: list[Any] = tf.config.list_physical_devices("GPU")
    for gpu in found:
        tf.config.experimental.set_memory_growth(gpu, True)
    return found


def _peak_mb(gpus: list[Any]) -> float:
    if not gpus:
        return 0.0
    return float(load_tensorflow().config.experimental.get_memory_info("GPU:0")["peak"]) / 1e6


def _engine(name: str, window: int) -> Engine:
    if name == "numba":
        return NumbaEngine(window, DEFAULT_ACTIVATIONS)
    return TensorFlowEngine(DEFAULT_ACTIVATIONS, jit_compile=name.endswith("XLA"))


def measure(case: Case, rows: FloatArray, seconds: float, gpus: list[Any]) -> FloatArray:
    """Fill in a case; return the gradient of its first step."""
    if gpus:
        load_tensorflow().config.experimental.reset_memory_stats("GPU:0")
    engine, theta, adam = _engine(case.engine, case.window), initial_weights(1), Adam()
    times: list[float] = []
    first = np.zeros(0, np.float32)
    end = time.perf_counter() + seconds
    while len(times) <= MOST_STEPS and (len(times) < 2 or time.perf_counter() + times[-1] < end):
        start = time.perf_counter()
        sums, gradient = engine.gradients(theta, rows)
        if not times:
            first, case.loss = gradient.copy(), float(sums.sum(axis=1)[0])
        add_penalty_gradient(theta, gradient)
        adam.update(theta, gradient, 1e-3)
        times.append(time.perf_counter() - start)
    case.first_seconds, case.steps = times[0], len(times) - 1
    case.steps_per_second = 1 / statistics.median(times[1:])
    case.peak_mb = 0.0 if case.engine == "numba" else _peak_mb(gpus)
    return first


def run(batches: Sequence[int], window: int, seconds: float) -> list[Case]:
    """Measure all cases that there is time for."""
    end = time.perf_counter() + seconds
    gpus = _gpus()
    print(f"{len(gpus)} GPU{'s' * (len(gpus) != 1)} visible", file=sys.stderr)
    names = ("numba", "tensorflow", "tensorflow, XLA")
    cases = [Case(name, batch, window) for batch in batches for name in names]
    expected: dict[int, tuple[float, FloatArray]] = {}
    for number, case in enumerate(cases):
        left = end - time.perf_counter()
        slowest = max((one.first_seconds * case.batch / one.batch for one in cases[:number] if one.steps), default=0)
        if left < 2 * slowest:
            case.skipped = f"{max(0.0, left):.0f} s are left"
            continue
        rows = np.ascontiguousarray(np.resize(random_rows(min(case.batch, 32), window), (case.batch, window, 87)))
        try:
            gradient = measure(case, rows, left / (len(cases) - number), gpus)
        except Exception as error:  # out of memory, no XLA for this device: said, and the others are measured
            case.skipped = " ".join(str(error).split())[:120]
            continue
        loss, reference = expected.setdefault(case.batch, (case.loss, gradient))
        case.loss_error = abs(case.loss - loss) / abs(loss)
        case.gradient_error = float(np.abs(gradient - reference).max() / np.abs(reference).max())
        print(f"{case.engine}, {case.batch}: {case.steps_per_second:.3g} steps/s", file=sys.stderr)
    return cases


def table(cases: Sequence[Case]) -> str:
    """Return the table for benchmarks/README.md."""
    lines = ["| engine | batch | first step, s | steps/s | rows/s | loss, gradient differ | GPU memory, MB |"]
    lines.append("|---|---|---|---|---|---|---|")
    for case in cases:
        if case.skipped:
            lines.append(f"| {case.engine} | {case.batch} | not measured: {case.skipped} | | | | |")
            continue
        lines.append(
            f"| {case.engine} | {case.batch} | {case.first_seconds:.1f} | {case.steps_per_second:.3g} | "
            f"{case.steps_per_second * case.batch * case.window:,.0f} | {case.loss_error:.0e}, "
            f"{case.gradient_error:.0e} | {case.peak_mb:,.0f} |"
        )
    return "\n".join(lines)


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    given = parser.parse_args(words)
    batches, window = ((2, 4), 60) if given.dry_run else (BATCHES, TRAINING_WINDOW)
    cases = run(batches, window, given.seconds)
    print(table(cases))
    if given.json:
        given.json.write_text(json.dumps([asdict(case) for case in cases], indent=1) + "\n")
    agree = all(max(case.loss_error, case.gradient_error) < AGREEMENT for case in cases)
    return 0 if agree and any(case.steps for case in cases) else 1


if __name__ == "__main__":
    sys.exit(main())
