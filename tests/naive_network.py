"""The slow, obvious twin of the network: contract/inference §3 and §4, one number after the other in numpy's float32.

Nothing is shared with the package but the model's integers.
"""

import math

import numpy as np
import numpy.typing as npt

from rnnoise_py.model import Int8Model

F = np.float32
D = np.float64
Array = npt.NDArray[np.float32]

TABLE = [F(round(math.tanh(i / 25), 6)) for i in range(201)]
TABLE[70], TABLE[170], TABLE[190] = F(0.992631), F(0.999997), F(1)  # Q-TANSIG


def tansig(value: np.float32) -> np.float32:
    """One value, binary32 step by step."""
    if not value < F(8):
        return F(1)
    if not value > F(-8):
        return F(-1)
    sign = F(1)
    if value < F(0):
        sign, value = F(-1), F(-value)
    i = math.floor(F(F(0.5) + F(F(25) * value)))
    x = F(value - F(F(0.04) * F(i)))
    y = TABLE[i]
    slope = F(F(1) - F(y * y))
    return F(sign * F(y + F(F(x * slope) * F(F(1) - F(y * x)))))


def sigmoid(value: np.float32) -> np.float32:
    """By way of binary64."""
    half = F(D(0.5) * D(value))
    return F(D(0.5) + D(0.5) * D(tansig(half)))


def relu(value: np.float32) -> np.float32:
    """No negative values."""
    return F(0) if value < 0 else value


ACTIVATIONS = (tansig, sigmoid, relu)


def activate(sums: Array, kind: int) -> Array:
    """Activation of 1/256 of each sum."""
    return np.array([ACTIVATIONS[kind](F(value * F(1 / 256))) for value in sums], np.float32)


def weighted(sums: Array, weights: Array, inputs: Array, gates: Array | None = None) -> Array:
    """Each sum in order of the inputs; weight times input first, then times the gate."""
    sums = sums.copy()
    for j, value in enumerate(inputs):
        products = weights[j] * value
        if gates is not None:
            products = products * gates[j]
        sums = sums + products
    return sums


def gru(inputs: Array, weights: Array, recurrent: Array, bias: Array, kind: int, state: Array) -> Array:
    """One step: all gates on the old state, reset before the recurrent product."""
    n = len(state)
    sums = weighted(bias, weights, inputs)
    gates = activate(weighted(sums[: 2 * n], recurrent[:, : 2 * n], state), 1)
    update, reset = gates[:n], gates[n:]
    candidate = activate(weighted(sums[2 * n :], recurrent[:, 2 * n :], state, reset), kind)
    return update * state + (F(1) - update) * candidate


class NaiveNetwork:
    """Six layers and what the three recurrent ones remember."""

    def __init__(self, model: Int8Model) -> None:
        self.arrays = {layer.name: {k: v.astype(F) for k, v in layer.arrays.items()} for layer in model.layers}
        self.kinds = {layer.name: int(layer.activation) for layer in model.layers}
        names = ("vad_gru", "noise_gru", "denoise_gru")
        self.states = {name: np.zeros(getattr(model, name).neurons, F) for name in names}

    def _dense(self, name: str, inputs: Array) -> Array:
        layer = self.arrays[name]
        return activate(weighted(layer["bias"], layer["weights"], inputs), self.kinds[name])

    def _recurrent(self, name: str, inputs: Array) -> Array:
        layer, state = self.arrays[name], self.states[name]
        self.states[name] = gru(
            inputs, layer["weights"], layer["recurrent_weights"], layer["bias"], self.kinds[name], state
        )
        return self.states[name]

    def run(self, features: Array) -> tuple[Array, np.float32]:
        """Gains and speech probability of the next frame; layers read the new states of others."""
        with np.errstate(all="ignore"):
            first = self._dense("input_dense", features)
            vad = self._recurrent("vad_gru", first)
            noise = self._recurrent("noise_gru", np.concatenate([first, vad, features]))
            denoise = self._recurrent("denoise_gru", np.concatenate([vad, noise, features]))
            return self._dense("denoise_output", denoise), self._dense("vad_output", vad)[0]
