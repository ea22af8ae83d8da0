"""The gated recurrent layer: update gate z, reset gate r (on the state before the product), candidate h.

Source: the contract's network arithmetic. All gates use the old state; gates are always sigmoid.
"""

from typing import Any

import numpy as np

from rnnoise_py.dsp.activation import SIGMOID, activate_in_place
from rnnoise_py.dsp.dense import add_gated, add_weighted
from rnnoise_py.lanes.jit import kernel

_SIGMOID = SIGMOID
_ONE = np.float32(1)


@kernel
def gru(inputs: Any, weights: Any, recurrent_weights: Any, bias: Any, activation: Any, sums: Any, state: Any) -> None:
    """Run a GRU on one frame.

    Parameters
    ----------
    inputs
        float32 (inputs,).
    weights, recurrent_weights
        float32 (inputs·3·neurons,) and (neurons·3·neurons,), int8 values, row by row of one input each,
        gates z, r, h inside a row.
    bias
        float32 (3·neurons,), int8 values.
    activation
        Activation id of the candidate.
    sums
        float32 (≥ 3·neurons,), workspace.
    state
        float32 (neurons,), the layer's output, updated.
    """
    n = len(state)
    stride = 3 * n
    own = sums[:stride]
    for i in range(stride):
        own[i] = bias[i]
    add_weighted(own, weights, stride, inputs)
    gates = sums[: 2 * n]
    add_weighted(gates, recurrent_weights, stride, state)
    activate_in_place(gates, _SIGMOID)
    update = sums[:n]
    reset = sums[n : 2 * n]
    candidate = sums[2 * n : stride]
    add_gated(candidate, recurrent_weights[2 * n :], stride, state, reset)
    activate_in_place(candidate, activation)
    for i in range(n):
        state[i] = update[i] * state[i] + (_ONE - update[i]) * candidate[i]
