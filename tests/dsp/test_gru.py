"""The recurrent layer and the whole network against slow twins."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser.models import network_of
from rnnoise_py.dsp.gru import gru
from rnnoise_py.dsp.network import new_network_state, run_network
from rnnoise_py.model import Int8Model
from tests.bits import assert_bit_identical
from tests.dsp.test_activation import naive_relu, naive_sigmoid, naive_tansig
from tests.dsp.test_dense import naive_sums

F = np.float32
F32 = npt.NDArray[np.float32]


def naive_activate(sums: F32, kind: int) -> F32:
    """Activation of 1/256 of each sum."""
    twin = (naive_tansig, naive_sigmoid, naive_relu)[kind]
    return np.array([twin(F(value * F(1 / 256))) for value in sums], np.float32)


def naive_gru(inputs: F32, weights: F32, recurrent: F32, bias: F32, kind: int, state: F32) -> F32:
    """One step: all gates on the old state, reset before the recurrent product."""
    n = len(state)
    sums = naive_sums(bias, weights, inputs)
    gates = naive_activate(naive_sums(sums[: 2 * n], recurrent[:, : 2 * n], state), 1)
    update, reset = gates[:n], gates[n:]
    candidate = naive_activate(naive_sums(sums[2 * n :], recurrent[:, 2 * n :], state, reset), kind)
    kept = (update * state).astype(np.float32)
    return (kept + ((F(1) - update) * candidate).astype(np.float32)).astype(np.float32)


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize(("inputs", "neurons"), [(24, 24), (5, 3)])
def test_gru_is_bit_identical_to_its_twin(inputs: int, neurons: int, kind: int) -> None:
    """Three steps from zero, each activation, sizes that fill vectors and sizes that do not."""
    rng = np.random.default_rng(kind)
    weights = rng.integers(-128, 128, (inputs, 3 * neurons)).astype(np.float32)
    recurrent = rng.integers(-128, 128, (neurons, 3 * neurons)).astype(np.float32)
    bias = rng.integers(-128, 128, 3 * neurons).astype(np.float32)
    state, expected = np.zeros(neurons, np.float32), np.zeros(neurons, np.float32)
    work = np.empty(3 * neurons, np.float32)
    for _ in range(3):
        values = rng.normal(size=inputs).astype(np.float32)
        gru(values, weights.ravel(), recurrent.ravel(), bias, kind, work, state)
        expected = naive_gru(values, weights, recurrent, bias, kind, expected)
        assert_bit_identical(state, expected)


def test_network_is_bit_identical_to_its_twin(golden: Callable[[str], Any]) -> None:
    """Two recorded frames through all six layers, in the order and with the inputs of the contract."""
    arrays, meta = golden("denoise.npz"), golden("denoise.json")["synthetic_c"]
    model = Int8Model.from_arrays(arrays, meta["activations"], prefix="synthetic_c__")
    network = network_of(model)
    state = new_network_state(network)
    gains = np.empty(22, np.float32)
    floats = {layer.name: {k: v.astype(np.float32) for k, v in layer.arrays.items()} for layer in model.layers}
    kinds = {layer.name: int(layer.activation) for layer in model.layers}
    names = ("vad_gru", "noise_gru", "denoise_gru")
    states = {name: np.zeros(getattr(model, name).neurons, np.float32) for name in names}

    def dense(name: str, values: F32) -> F32:
        own = floats[name]
        return naive_activate(naive_sums(own["bias"], own["weights"], values), kinds[name])

    def recurrent(name: str, values: F32) -> F32:
        own = floats[name]
        states[name] = naive_gru(
            values, own["weights"], own["recurrent_weights"], own["bias"], kinds[name], states[name]
        )
        return states[name]

    for features in arrays["synthetic_c__features"][10:12]:
        vad = run_network(network, state, features, gains)
        first = dense("input_dense", features)
        heard = recurrent("vad_gru", first)
        noise = recurrent("noise_gru", np.concatenate([first, heard, features]))
        speech = recurrent("denoise_gru", np.concatenate([heard, noise, features]))
        assert_bit_identical(gains, dense("denoise_output", speech))
        assert_bit_identical(np.array([vad]), dense("vad_output", heard))
