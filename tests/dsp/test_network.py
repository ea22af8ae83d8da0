"""The whole network against its slow twin and the recorded figures."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.denoiser.models import network_of
from rnnoise_py.dsp.network import new_network_state, run_network
from rnnoise_py.model import Activation, Int8Model
from rnnoise_py.model.topology import LAYERS
from tests.bits import assert_bit_identical
from tests.model_samples import SYNTHETIC, random_model, synthetic
from tests.naive_network import NaiveNetwork

F = np.float32


def assert_same_run(model: Int8Model, features: Any) -> None:
    """Frame after frame the same gains and probability from the kernels and from the twin."""
    network, twin = network_of(model), NaiveNetwork(model)
    state, gains = new_network_state(network), np.empty(22, F)
    for number, frame in enumerate(features):
        vad = run_network(network, state, frame, gains)
        expected_gains, expected_vad = twin.run(frame)
        assert_bit_identical(gains, expected_gains, f"gains of frame {number}")
        assert_bit_identical(np.array([vad]), np.array([expected_vad]), f"VAD of frame {number}")


@pytest.mark.parametrize("tag", SYNTHETIC)
def test_network_is_bit_identical_to_its_twin(tag: str, golden: Callable[[str], Any]) -> None:
    """Recorded features through all six layers, in the order and with the inputs of the contract."""
    assert_same_run(synthetic(tag), golden("denoise.npz")[f"{tag}__features"][10:13])


def test_layers_of_other_sizes() -> None:
    """Sizes that fill no vector, each activation in each kind of layer."""
    sizes = dict.fromkeys((layer.name for layer in LAYERS), 3) | {"denoise_output": 22, "vad_output": 1, "noise_gru": 5}
    activations = [Activation(i % 3) for i in range(6)]
    features = np.random.default_rng(1).normal(size=(6, 42)).astype(F)
    assert_same_run(random_model(sizes, activations, 7), features)


def test_states_share_nothing() -> None:
    """Two states of one network do not hear each other; a new one starts from zero."""
    network = network_of(synthetic("synthetic_a"))
    rng = np.random.default_rng(3)
    features, gains, alone = rng.normal(size=(4, 42)).astype(F), np.empty(22, F), np.empty((4, 22), F)
    state = new_network_state(network)
    for i, frame in enumerate(features):
        run_network(network, state, frame, alone[i])
    first, second = new_network_state(network), new_network_state(network)
    for i, frame in enumerate(features):
        run_network(network, second, rng.normal(size=42).astype(F), gains)
        run_network(network, first, frame, gains)
        assert_bit_identical(gains, alone[i])


def test_only_the_first_42_columns_are_read() -> None:
    """A whole training row may be given."""
    network, rng = network_of(synthetic("synthetic_b")), np.random.default_rng(4)
    row, gains = rng.normal(size=87).astype(F), np.empty((2, 22), F)
    run_network(network, new_network_state(network), row, gains[0])
    run_network(network, new_network_state(network), row[:42], gains[1])
    assert_bit_identical(gains[0], gains[1])
