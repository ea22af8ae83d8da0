"""Between a model and what it was trained to: how far to go."""

import numpy as np

from rnnoise_py.model.float_model import FloatModel
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.quantize import quantize

SHARES = (1.0, 0.75, 0.5, 0.25)  #: of the way, as they are tried


def blend(before: FloatModel, after: FloatModel, share: float) -> Int8Model:
    """Return the model that lies ``share`` (0 … 1) of the way from one to the other, rounded to int8.

    Both have the same layers and activations: one was trained from the other, so the weights between them are good
    ones too (averaging of weights along a training).
    """
    weights = {
        layer: {
            name: (values + np.float32(share) * (after.weights[layer][name] - values)).astype(np.float32)
            for name, values in arrays.items()
        }
        for layer, arrays in before.weights.items()
    }
    model, _ = quantize(FloatModel(weights, before.activations))
    return model
