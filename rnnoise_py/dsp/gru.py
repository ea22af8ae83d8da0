"""The gated recurrent layer: update gate z, reset gate r (on the state before the product), candidate h.

Source: contract/inference §4. All gates use the old state; gates are always sigmoid.
"""

from rnnoise_py.dsp.activation import SIGMOID, activate_in_place
from rnnoise_py.dsp.dense import add_gated, add_weighted
from rnnoise_py.dsp.numerals import ONE
from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Float32Array


@kernel
def gru(
    inputs: Float32Array,
    weights: Float32Array,
    recurrent_weights: Float32Array,
    bias: Float32Array,
    activation: int,
    sums: Float32Array,
    state: Float32Array,
) -> None:
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
    weighted = sums[:stride]
    for i in range(stride):
        weighted[i] = bias[i]
    add_weighted(weighted, weights, stride, inputs)
    gates = sums[: 2 * n]
    add_weighted(gates, recurrent_weights, stride, state)
    activate_in_place(gates, SIGMOID)
    update = sums[:n]
    reset = sums[n : 2 * n]
    candidate = sums[2 * n : stride]
    add_gated(candidate, recurrent_weights[2 * n :], stride, state, reset)
    activate_in_place(candidate, activation)
    for i in range(n):
        state[i] = update[i] * state[i] + (ONE - update[i]) * candidate[i]
