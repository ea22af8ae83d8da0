"""Frames side by side: lane order, awkward signals, bits with NaN."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.lanes.jit import BULK, ONE
from tests.bits import assert_bit_identical

F = np.float32
Array = npt.NDArray[np.float32]
T = TypeVar("T", bound=Callable[..., Any])


def lane_counts(function: T) -> T:
    """Run a test with the kernels of one frame and of sixteen."""
    mark = pytest.mark.parametrize("lanes", [ONE, BULK], ids=["one", "bulk"])
    marked: T = mark(function)
    return marked


def interleave(frames: npt.ArrayLike) -> Array:
    """(R, n) frames to a flat buffer in lane order."""
    return np.asarray(frames, F).T.flatten()


def separate(buffer: Array, lanes: tuple[int, ...]) -> Array:
    """A flat buffer in lane order to (R, n) frames."""
    return np.ascontiguousarray(buffer.reshape(-1, len(lanes)).T)


def batches(frames: Array, lanes: tuple[int, ...]) -> list[Array]:
    """Cut (n, …) frames into groups of R, the last one filled up with the first frames."""
    R = len(lanes)
    missing = -len(frames) % R
    filled = np.concatenate([frames, np.resize(frames, (missing, *frames.shape[1:]))]) if missing else frames
    return [filled[i : i + R] for i in range(0, len(filled), R)]


def assert_same(got: npt.ArrayLike, expected: npt.ArrayLike, what: str = "") -> None:
    """As ``assert_bit_identical``; any NaN equals any NaN, for their bits depend on the order of operands."""
    a, b = np.array(got, F), np.array(expected, F)
    a[np.isnan(a)], b[np.isnan(b)] = F(np.nan), F(np.nan)
    assert_bit_identical(a, b, what)


def awkward_signals(length: int, seed: int = 0) -> dict[str, Array]:
    """Signals at which kernels stumble, each float32 (length,)."""
    rng = np.random.default_rng(seed)
    t = np.arange(length)
    noise = rng.standard_normal(length).astype(F)
    impulse = np.zeros(length, F)
    impulse[length // 3] = F(32767)
    one_nan, one_inf = noise * F(1000), noise * F(1000)
    one_nan[length // 2], one_inf[length // 2] = F(np.nan), F(np.inf)
    half = noise * F(3000)
    half[: length // 2] = 0
    late = np.zeros(length, F)
    late[-3:] = F(1), F(-2), F(3)
    return {
        "silence": np.zeros(length, F),
        "negative zeros": np.full(length, -0.0, F),
        "denormal": (noise * F(1e-41)).astype(F),
        "tiny": noise * F(1e-22),
        "least": np.full(length, np.nextafter(F(0), F(1)), F),
        "dc": np.full(length, 12345, F),
        "full scale square": np.where(t // 57 % 2, F(32767), F(-32768)).astype(F),
        "nyquist": np.where(t % 2, F(32767), F(-32768)).astype(F),
        "tone": (20000 * np.sin(2 * np.pi * 220 / 48000 * t)).astype(F),
        "pulses": np.where(t % 173 == 5, F(9000), F(0)).astype(F) + noise,
        "noise": noise * F(1000),
        "impulse": impulse,
        "half silent": half,
        "last samples": late,
        "huge": noise * F(1e17),
        "overflowing": noise * F(1e25),
        "one nan": one_nan,
        "one infinity": one_inf,
    }


def awkward(length: int, seed: int = 0, finite: bool = False) -> Array:
    """The awkward signals as (n, length); only those without NaN and infinity anywhere if ``finite``."""
    signals = awkward_signals(length, seed)
    if finite:
        signals = {name: s for name, s in signals.items() if not name.startswith(("one ", "over", "huge"))}
    return np.stack(list(signals.values()))
