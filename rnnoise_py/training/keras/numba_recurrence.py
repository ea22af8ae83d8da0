"""The GRU recurrence as numba kernels inside a TensorFlow graph.

``tf.numpy_function`` calls :mod:`rnnoise_py.training.cpu.gru_kernel` with the batch cut into groups of lanes,
which are worked on in threads; ``tf.custom_gradient`` ties forward and backward together.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from rnnoise_py.training.cpu.gru_kernel import PADDING, SOURCES, gru_backward, gru_forward
from rnnoise_py.training.cpu.lane_activations import ACTIVATION_IDS
from rnnoise_py.training.cpu.lane_algebra import MAIN_LANES, OUTER_COLUMNS, OUTER_ROWS, UNITS

FloatArray = npt.NDArray[np.float32]
T = TypeVar("T")

_LANES = (0,) * MAIN_LANES
_NOTHING: FloatArray = np.zeros(0, dtype=np.float32)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="gru")


def _each_group(batch: int, work: Callable[[slice], T]) -> list[T]:
    """Run ``work`` on every group of lanes; results in order."""
    groups = [slice(first, min(first + MAIN_LANES, batch)) for first in range(0, batch, MAIN_LANES)]
    return [work(groups[0])] if len(groups) == 1 else list(_threads().map(work, groups))


def _to_lanes(array: FloatArray, padding: int = 0) -> FloatArray:
    """(windows, frames, n) → flat [frame][n + padding][lane]."""
    windows, frames, size = array.shape
    lanes = np.zeros((frames, size + padding, MAIN_LANES), dtype=np.float32)
    lanes[:, :size, :windows] = array.transpose(1, 2, 0)
    return lanes.reshape(-1)


def _from_lanes(lanes: FloatArray, windows: int, frames: int, size: int, padding: int = 0) -> FloatArray:
    shaped = lanes.reshape(frames, size + padding, MAIN_LANES)
    return np.ascontiguousarray(shaped[:, :size, :windows].transpose(2, 0, 1))


def _sources(x: FloatArray, inputs: int) -> tuple[Any, Any, Any, Any]:
    spare = SOURCES - 1
    return ((x,) + (_NOTHING,) * spare, (0,) * SOURCES, (inputs * MAIN_LANES,) + (0,) * spare, (inputs,) + (0,) * spare)


def _forward(x: FloatArray, w: FloatArray, u: FloatArray, b: FloatArray, kind: int) -> tuple[FloatArray, ...]:
    """States (batch, frames, N); gates, states and resets of each group, for :func:`_backward`."""
    batch, frames, inputs = x.shape
    size = u.shape[0]

    def work(group: slice) -> tuple[FloatArray, ...]:
        gates = np.zeros(frames * (3 * size + PADDING) * MAIN_LANES, dtype=np.float32)
        states = np.zeros((frames + 1) * (size + PADDING) * MAIN_LANES, dtype=np.float32)
        resets = np.zeros(frames * (size + PADDING) * MAIN_LANES, dtype=np.float32)
        gru_forward(
            gates,
            states,
            resets,
            w.reshape(-1),
            u.reshape(-1),
            b,
            *_sources(_to_lanes(x[group]), inputs),
            frames,
            size,
            kind,
            _LANES,
            UNITS,
        )
        windows = len(range(*group.indices(batch)))
        outputs = _from_lanes(states[(size + PADDING) * MAIN_LANES :], windows, frames, size, PADDING)
        return outputs, gates, states, resets

    parts = _each_group(batch, work)
    joined = [np.concatenate([part[i] for part in parts]) for i in range(1)]
    kept = [np.stack([part[i] for part in parts]) for i in range(1, 4)]
    return (*joined, *kept)


def _backward(
    d: FloatArray,
    x: FloatArray,
    w: FloatArray,
    u: FloatArray,
    gates: FloatArray,
    states: FloatArray,
    resets: FloatArray,
    kind: int,
) -> tuple[FloatArray, ...]:
    """Gradients of x, kernel, recurrent kernel, bias."""
    batch, frames, inputs = x.shape
    size = u.shape[0]
    w_t, u_t = np.ascontiguousarray(w.T).reshape(-1), np.ascontiguousarray(u.T).reshape(-1)

    def work(group: slice) -> tuple[FloatArray, ...]:
        number = group.start // MAIN_LANES
        d_x = np.zeros(frames * inputs * MAIN_LANES, dtype=np.float32)
        d_w, d_u = np.zeros_like(w), np.zeros_like(u)
        d_b = np.zeros(3 * size, dtype=np.float32)
        gru_backward(
            gates[number].copy(),
            states[number],
            resets[number],
            w_t,
            u_t,
            *_sources(_to_lanes(x[group]), inputs),
            _to_lanes(d[group]),
            (d_x,) + (_NOTHING,) * (SOURCES - 1),
            d_w.reshape(-1),
            d_u.reshape(-1),
            d_b,
            frames,
            size,
            kind,
            _LANES,
            UNITS,
            OUTER_ROWS,
            OUTER_COLUMNS,
        )
        return _from_lanes(d_x, len(range(*group.indices(batch))), frames, inputs), d_w, d_u, d_b

    parts = _each_group(batch, work)
    d_weights = [np.sum([part[i] for part in parts], axis=0) for i in range(1, 4)]
    return np.concatenate([part[0] for part in parts]), *d_weights


def numba_gru(sequences: Any, kernel: Any, recurrent: Any, bias: Any, kind: str) -> Any:
    """Drop-in for :func:`rnnoise_py.training.keras.tensorflow_recurrence.tensorflow_gru`, on the CPU only."""
    number = ACTIVATION_IDS[kind]
    size = int(recurrent.shape[0])

    @tf.custom_gradient  # type: ignore[untyped-decorator,unused-ignore]
    def run(x: Any, w: Any, u: Any, b: Any) -> Any:
        def forward(*arrays: FloatArray) -> tuple[FloatArray, ...]:
            x, w, u, b = (np.ascontiguousarray(array) for array in arrays)
            return _forward(x, w, u, b, number)

        outputs, *kept = tf.numpy_function(forward, (x, w, u, b), (tf.float32,) * 4, stateful=False)
        outputs.set_shape((*x.shape[:2], size))

        def gradient(d_outputs: Any) -> list[Any]:
            def backward(*arrays: FloatArray) -> tuple[FloatArray, ...]:
                d, x, w, u, gates, states, resets = (np.ascontiguousarray(array) for array in arrays)
                return _backward(d, x, w, u, gates, states, resets, number)

            found = tf.numpy_function(backward, (d_outputs, x, w, u, *kept), (tf.float32,) * 4, stateful=False)
            for tensor, like in zip(found, (x, w, u, b), strict=True):
                tensor.set_shape(like.shape)
            return list(found)

        return outputs, gradient

    return run(sequences, kernel, recurrent, bias)
