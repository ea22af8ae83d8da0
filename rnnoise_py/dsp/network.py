"""The whole network on one frame: 42 features in, 22 gains and a speech probability out (contract/inference §1, §4)."""

from typing import NamedTuple

import numpy as np

from rnnoise_py.dsp.dense import dense
from rnnoise_py.dsp.gru import gru
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32, Float32Array, Int64Array
from rnnoise_py.spec.constants import MAX_NEURONS, NB_FEATURES


class Layer(NamedTuple):
    """One layer's numbers, int8 values as float32, flat, row by row of one input each."""

    weights: Float32Array
    recurrent_weights: Float32Array  # empty in a dense layer
    bias: Float32Array


class Network(NamedTuple):
    """The six layers; never changed by a run, so any number of states may share it."""

    input_dense: Layer
    vad_gru: Layer
    noise_gru: Layer
    denoise_gru: Layer
    denoise_output: Layer
    vad_output: Layer
    activations: Int64Array  # (6,) ids, in the order of the layers


class NetworkState(NamedTuple):
    """What the network remembers, and its workspaces."""

    vad: Float32Array  # outputs of the three GRUs
    noise: Float32Array
    denoise: Float32Array
    first: Float32Array  # workspace: output of input_dense
    inputs: Float32Array  # workspace: inputs of a GRU
    sums: Float32Array  # workspace
    probability: Float32Array  # (1,) speech


def new_network_state(network: Network) -> NetworkState:
    """Return the state before the first frame, all zeros."""
    vad, noise, denoise = (
        np.zeros(len(layer.bias) // 3, np.float32)
        for layer in (network.vad_gru, network.noise_gru, network.denoise_gru)
    )
    return NetworkState(
        vad,
        noise,
        denoise,
        first=np.zeros(len(network.input_dense.bias), np.float32),
        inputs=np.zeros(3 * MAX_NEURONS, np.float32),
        sums=np.zeros(3 * MAX_NEURONS, np.float32),
        probability=np.zeros(1, np.float32),
    )


@kernel
def _append(inputs: Float32Array, start: int, values: Float32Array) -> int:
    """Copy ``values`` to ``inputs`` from ``start`` on; return the end."""
    end = start + len(values)
    part = inputs[start:end]
    for i in range(len(part)):
        part[i] = values[i]
    return end


@kernel
def run_network(network: Network, state: NetworkState, features: Float32Array, gains: Float32Array) -> Float32:
    """Run the network on one frame.

    Parameters
    ----------
    network, state
        :class:`Network`, :class:`NetworkState`; the state is updated.
    features
        float32 (42,).
    gains
        float32 (22,), overwritten.

    Returns
    -------
    Probability of speech, float32.
    """
    kinds, sums, inputs = network.activations, state.sums, state.inputs
    row = features[:NB_FEATURES]
    layer = network.input_dense
    dense(row, layer.weights, layer.bias, kinds[0], sums, state.first)
    layer = network.vad_gru
    gru(state.first, layer.weights, layer.recurrent_weights, layer.bias, kinds[1], sums, state.vad)
    end = _append(inputs, _append(inputs, _append(inputs, 0, state.first), state.vad), row)
    layer = network.noise_gru
    gru(inputs[:end], layer.weights, layer.recurrent_weights, layer.bias, kinds[2], sums, state.noise)
    end = _append(inputs, _append(inputs, _append(inputs, 0, state.vad), state.noise), row)
    layer = network.denoise_gru
    gru(inputs[:end], layer.weights, layer.recurrent_weights, layer.bias, kinds[3], sums, state.denoise)
    layer = network.denoise_output
    dense(state.denoise, layer.weights, layer.bias, kinds[4], sums, gains)
    layer = network.vad_output
    dense(state.vad, layer.weights, layer.bias, kinds[5], sums, state.probability)
    probability: Float32 = state.probability[0]
    return probability
