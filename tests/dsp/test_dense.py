"""The dense layer and its sums against slow twins, subnormal inputs included."""

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.dsp.activation import RELU
from rnnoise_py.dsp.dense import add_gated, add_weighted, dense
from rnnoise_py.lanes.jit import kernel
from tests.bits import assert_bit_identical
from tests.naive_network import weighted as naive_sums

F32 = npt.NDArray[np.float32]


def layer(inputs: int, neurons: int, seed: int) -> tuple[F32, F32, F32, F32]:
    """Random integer weights and biases, inputs, and gates in 0 … 1."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(-128, 128, (inputs, neurons)).astype(np.float32),
        rng.integers(-128, 128, neurons).astype(np.float32),
        rng.normal(size=inputs).astype(np.float32),
        rng.random(inputs).astype(np.float32),
    )


@kernel
def weighted(sums: F32, weights: F32, stride: int, inputs: F32) -> None:
    """Call the inlined kernel."""
    add_weighted(sums, weights, stride, inputs)


@kernel
def gated(sums: F32, weights: F32, stride: int, inputs: F32, gates: F32) -> None:
    """Call the inlined kernel."""
    add_gated(sums, weights, stride, inputs, gates)


@pytest.mark.parametrize(("inputs", "neurons"), [(42, 24), (1, 1), (7, 3), (8, 22), (114, 33), (128, 128)])
def test_sums_are_bit_identical_to_their_twin(inputs: int, neurons: int) -> None:
    """Any size of layer: every sum runs over the inputs in order."""
    weights, bias, values, gates = layer(inputs, neurons, inputs)
    got = bias.copy()
    weighted(got, weights.ravel(), neurons, values)
    assert_bit_identical(got, naive_sums(bias, weights, values))
    got = bias.copy()
    gated(got, weights.ravel(), neurons, values, gates)
    assert_bit_identical(got, naive_sums(bias, weights, values, gates))


@pytest.mark.parametrize("scale", [1.0, 0.0, 1e-30, 1e-36])
def test_subnormal_inputs_change_no_bit(scale: float) -> None:
    """Products left out because they cannot matter are those that do not matter, whatever the sums before."""
    weights, bias, values, gates = layer(40, 20, 9)
    values[::2] = np.random.default_rng(1).integers(-4_000_000, 4_000_000, 20) * np.float32(2.0**-149)
    values[1::2] *= np.float32(scale)
    for start in (bias * np.float32(scale), np.zeros(20, np.float32)):
        got = start.copy()
        weighted(got, weights.ravel(), 20, values)
        assert_bit_identical(got, naive_sums(start, weights, values))
        got = start.copy()
        gated(got, weights.ravel(), 20, values, gates)
        assert_bit_identical(got, naive_sums(start, weights, values, gates))


def test_dense_adds_bias_and_activates() -> None:
    """Bias first, then the inputs; the activation gets 1/256 of the sum."""
    weights, bias, values, _ = layer(42, 24, 3)
    out, work = np.empty(24, np.float32), np.empty(24, np.float32)
    dense(values, weights.ravel(), bias, RELU, work, out)
    expected = naive_sums(bias, weights, values) * np.float32(1 / 256)
    assert_bit_identical(out, np.where(expected < 0, np.float32(0), expected))
