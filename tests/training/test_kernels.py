"""The lane kernels against plain numpy: products, activations, the recurrence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.lanes.jit import training_kernel
from rnnoise_py.training.cpu import dense_kernel, gru_kernel, lane_activations, lane_algebra, loss_kernel

FloatArray = npt.NDArray[np.float32]

SUM_TOLERANCE = 2e-6  # relative to the largest element: other order of float32 sums
ACTIVATION_TOLERANCE = 2e-7  # absolute: one and a half units in the last place of 1
LANES = (1, 4, 16)


def _normal(*shape: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _close(found: FloatArray, wanted: npt.NDArray[np.floating]) -> bool:
    return bool(np.abs(found - wanted).max() <= SUM_TOLERANCE * np.abs(wanted).max())


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("size", [1, 12, 22, 25])
def test_dense_layers_are_matrix_products(lanes: int, size: int) -> None:
    """Any number of units, in whole blocks and beside them, of an input that begins anywhere."""
    frames, inputs = 5, 7
    x, w, b = _normal(frames, inputs + 2, lanes), _normal(inputs, size), _normal(size, seed=2)
    y = np.zeros((frames, size, lanes), dtype=np.float32)
    place = x.reshape(-1), lanes, (inputs + 2) * lanes
    dense_kernel.dense_forward(
        y.reshape(-1),
        w.reshape(-1),
        b,
        *place,
        frames,
        inputs,
        size,
        lane_activations.RELU,
        (0,) * lanes,
        lane_algebra.UNITS,
    )
    wanted = b[:, None] + np.einsum("tkl,km->tml", x[:, 1:-1].astype(np.float64), w)
    assert _close(y, np.maximum(wanted, 0))


@pytest.mark.parametrize("through", [False, True], ids=["before the activation", "through it"])
def test_dense_gradients_are_those_of_the_product(through: bool) -> None:
    """Of bias and input, each added to what is there, for outputs with and without their activation's slope."""
    frames, inputs, size, lanes = 40, 7, 13, 4
    w, d = _normal(inputs, size), _normal(frames, size, lanes, seed=1)
    y = np.tanh(_normal(frames, size, lanes, seed=2))
    start = _normal(frames, inputs, lanes, seed=3), _normal(size, seed=5)
    found = [array.copy() for array in start]
    dense_kernel.dense_backward(
        d.copy().reshape(-1),
        y.reshape(-1) if through else np.zeros(0, np.float32),
        np.ascontiguousarray(w.T).reshape(-1),
        found[0].reshape(-1),
        found[1],
        np.empty(size * lanes, np.float32),
        frames,
        inputs,
        size,
        lane_activations.TANH,
        (0,) * lanes,
        lane_algebra.UNITS,
    )
    before = d.astype(np.float64) * (1 - np.square(y.astype(np.float64)) if through else 1)
    wanted = np.einsum("tml,km->tkl", before, w), before.sum(axis=(0, 2))
    for one, other, first in zip(found, wanted, start, strict=True):
        assert _close(one, first + other)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (7, 5), (12, 22), (42, 24)])
def test_sequence_outer_sums_over_frames_and_lanes(lanes: int, rows: int, columns: int) -> None:
    """The gradient of a weight matrix, over more frames than one pass holds."""
    frames = lane_algebra.OUTER_FRAMES + 3
    x, d = _normal(frames, rows, lanes), _normal(frames, columns, lanes, seed=1)
    out = np.zeros((rows, columns), dtype=np.float32)
    lane_algebra.sequence_outer(
        out.reshape(-1),
        0,
        columns,
        x.reshape(-1),
        0,
        rows * lanes,
        d.reshape(-1),
        0,
        columns * lanes,
        frames,
        rows,
        columns,
        (0,) * lanes,
        lane_algebra.OUTER_ROWS,
        lane_algebra.OUTER_COLUMNS,
    )
    assert _close(out, np.einsum("tal,tbl->ab", x.astype(np.float64), d))


@pytest.mark.parametrize(
    ("kind", "exact"),
    [
        (lane_activations.TANH, np.tanh),
        (lane_activations.SIGMOID, lambda x: 1 / (1 + np.exp(-x))),
        (lane_activations.RELU, lambda x: np.maximum(x, 0)),
    ],
)
def test_activations_are_accurate_everywhere(kind: int, exact: Callable[[Any], Any]) -> None:
    """Within rounding of the exact functions over ±100, and NaN stays NaN."""
    x = np.linspace(-100, 100, 200_001, dtype=np.float32)
    y = x.copy()
    lane_activations.activate(y, kind)
    with np.errstate(over="ignore"):
        assert np.abs(y - exact(x.astype(np.float64))).max() <= ACTIVATION_TOLERANCE
    bad = np.full(16, np.nan, dtype=np.float32)
    lane_activations.activate(bad, kind)
    assert np.isnan(bad).all()


@training_kernel
def _logarithms(x: FloatArray) -> None:
    for i in range(len(x)):
        x[i] = loss_kernel.fast_log(x[i])


def test_logarithm_is_accurate() -> None:
    """Within rounding from 1e-8 to 2, the range of the cross-entropies."""
    x = np.geomspace(1e-8, 2, 100_001).astype(np.float32)
    y = x.copy()
    _logarithms(y)
    exact = np.log(x.astype(np.float64))
    assert (np.abs(y - exact) <= 2e-7 + 2e-7 * np.abs(exact)).all()


def naive_gru(x: FloatArray, w: FloatArray, u: FloatArray, b: FloatArray, kind: str) -> FloatArray:
    """The formulas of contract/inference §4, frame by frame: (windows, frames, inputs) → (windows, frames, N)."""
    size = len(u)
    known: dict[str, Callable[[Any], Any]] = {
        "tanh": np.tanh,
        "relu": lambda v: np.maximum(v, 0),
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
    }
    act = known[kind]
    state = np.zeros((len(x), size))
    states = []
    for t in range(x.shape[1]):
        p = x[:, t].astype(np.float64) @ w + b
        zr = 1 / (1 + np.exp(-(p[:, : 2 * size] + state @ u[:, : 2 * size])))
        z, r = zr[:, :size], zr[:, size:]
        c = act(p[:, 2 * size :] + (r * state) @ u[:, 2 * size :])
        state = z * state + (1 - z) * c
        states.append(state)
    return np.stack(states, 1).astype(np.float32)


@pytest.mark.parametrize("kind", ["tanh", "relu", "sigmoid"])
def test_gru_forward_follows_the_formulas(kind: str) -> None:
    """Three sources side by side give what the formulas give for their concatenation."""
    frames, size, lanes, counts = 9, 13, 4, (3, 0, 6)
    step = (size + gru_kernel.PADDING) * lanes
    w, u, b = (0.3 * _normal(9, 3 * size), 0.3 * _normal(size, 3 * size, seed=1), 0.1 * _normal(3 * size, seed=2))
    parts = tuple(_normal(frames, count, lanes, seed=3 + count) for count in counts)
    gates = np.zeros(frames * (3 * size + gru_kernel.PADDING) * lanes, dtype=np.float32)
    states, resets = (np.zeros((frames + 1) * step, dtype=np.float32), np.zeros(frames * step, dtype=np.float32))
    gru_kernel.gru_forward(
        gates,
        states,
        resets,
        w.reshape(-1),
        u.reshape(-1),
        b,
        tuple(part.reshape(-1) for part in parts),
        (0, 0, 0),
        tuple(count * lanes for count in counts),
        counts,
        frames,
        size,
        lane_activations.ACTIVATION_IDS[kind],
        (0,) * lanes,
        lane_algebra.UNITS,
    )
    found = states.reshape(frames + 1, size + gru_kernel.PADDING, lanes)[1:, :size].transpose(2, 0, 1)
    wanted = naive_gru(np.concatenate(parts, axis=1).transpose(2, 0, 1), w, u, b, kind)
    assert _close(found, wanted)


def test_decaying_states_are_flushed_before_they_are_subnormal() -> None:
    """A ReLU state without input halves each frame; it ends at 0, never at a subnormal number."""
    frames, lanes = 400, 4
    step = (1 + gru_kernel.PADDING) * lanes
    gates = np.zeros(frames * (3 + gru_kernel.PADDING) * lanes, dtype=np.float32)
    states, resets = (np.zeros((frames + 1) * step, dtype=np.float32), np.zeros(frames * step, dtype=np.float32))
    states[:lanes] = 1
    nothing = np.zeros(0, dtype=np.float32)
    gru_kernel.gru_forward(
        gates,
        states,
        resets,
        nothing,
        np.zeros(3, dtype=np.float32),
        np.zeros(3, dtype=np.float32),
        (nothing,) * 3,
        (0,) * 3,
        (0,) * 3,
        (0,) * 3,
        frames,
        1,
        lane_activations.RELU,
        (0,) * lanes,
        lane_algebra.UNITS,
    )
    values = states.reshape(frames + 1, 1 + gru_kernel.PADDING, lanes)[:, 0, 0]
    assert values[50] == np.float32(0.5**50)
    assert values[-1] == 0
    assert not np.any((values != 0) & (np.abs(values) < np.finfo(np.float32).tiny))
