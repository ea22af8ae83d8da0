"""The network's activations: the table, its quirks, the edges, and slow twins."""

import math

import numpy as np
import pytest

from rnnoise_py.dsp.activation import RELU, SIGMOID, TANH, activate
from rnnoise_py.spec.tables import TANSIG
from tests.bits import assert_bit_identical
from tests.naive_network import relu, sigmoid, tansig

F = np.float32


def values() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Sums (256 times the argument): random ones, table steps, edges, tiny and infinite ones."""
    rng = np.random.default_rng(5)
    steps = np.arange(-210, 211) / 25
    edges = [8, -8, np.nextafter(F(8), F(0)), np.nextafter(F(-8), F(0)), 0.0, -0.0, 1e-30, -1e-38, 1e-45, 3e38]
    odd = np.array([np.inf, -np.inf, np.nan])
    parts = [rng.normal(0, 3, 3_000), steps, steps + 0.02, np.array(edges), odd]
    with np.errstate(over="ignore"):
        return (np.concatenate(parts).astype(np.float32) * F(256)).astype(np.float32)


@pytest.mark.parametrize("kind", [TANH, SIGMOID, RELU])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_activations_are_bit_identical_to_their_twins(kind: int) -> None:
    """Vector code gives the bits of the contract's steps, NaN (which ends in +1) and infinities included."""
    sums = values()
    out = np.empty_like(sums)
    activate(sums, kind, out)
    scaled = [F(value * F(1 / 256)) for value in sums]
    twin = {TANH: tansig, SIGMOID: sigmoid, RELU: relu}[kind]
    expected = np.array([twin(value) for value in scaled], np.float32)
    expected[expected == 0] = 0  # the sign of a zero reaches no output
    out[out == 0] = 0
    assert_bit_identical(out, expected)


def test_three_table_entries_are_off() -> None:
    """Quirk Q-TANSIG: entries 70, 170 and 190 are not tanh to six decimals."""
    exact = np.array([round(math.tanh(i / 25), 6) for i in range(201)], np.float32)
    assert np.flatnonzero(exact != TANSIG).tolist() == [70, 170, 190]


def test_activation_in_place() -> None:
    """Input and output may be one array."""
    sums = values()
    out = np.empty_like(sums)
    activate(sums, SIGMOID, out)
    activate(sums, SIGMOID, sums)
    assert_bit_identical(sums, out)
