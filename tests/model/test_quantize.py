"""Float weights → int8: halves to even, nothing wraps, and what is lost is counted."""

import numpy as np
import pytest

from rnnoise_py.model.float_model import FloatModel, float_model, from_int8
from rnnoise_py.model.quantize import LayerReport, quantize
from tests.model_samples import synthetic

STEP = 256.0


def with_biases(*values: float) -> FloatModel:
    """A model whose first biases of the first layer are these 256ths, the other weights whole."""
    model = from_int8(synthetic("synthetic_a"))
    weights = {layer: {name: array.copy() for name, array in arrays.items()} for layer, arrays in model.weights.items()}
    weights["input_dense"]["bias"][: len(values)] = np.array(values) / STEP
    return float_model(weights, model.activations)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((-2.5, -2), (-1.5, -2), (-0.5, 0), (0.5, 0), (1.5, 2), (2.5, 2), (126.5, 126)),
        *((0.499, 0), (0.501, 1), (-0.501, -1), (127.4, 127), (127.5, 127), (127.744, 127), (-127.5, -128)),
        *((128.4, 127), (129.0, 127), (1000.0, 127), (-128.5, -128), (-129.0, -128), (-1000.0, -128)),
    ],
)
def test_halves_go_to_even_and_nothing_wraps(value: float, expected: int) -> None:
    """On both sides of 0, and at both ends of int8."""
    model, _ = quantize(with_biases(value))
    assert model.layers[0].bias[0] == expected


def test_report() -> None:
    """What was kept at the upper limit, what was clipped, and the largest error."""
    usual = quantize(with_biases())[1]
    assert (usual.clipped, usual.largest_error) == (0, 0)
    limits = usual.layers[0].at_limit
    _, report = quantize(with_biases(127.6, 128.4, 128.6, -128.4, -128.6, 0.25))
    first = report.layers[0]
    assert (first.at_limit - limits, first.clipped, report.clipped) == (2, 2, 2)
    assert first.largest_error * STEP == pytest.approx(1.6, abs=1e-4)
    assert report.largest_error == first.largest_error
    assert report.summary()["layers"]["input_dense"]["clipped"] == 2
    weights = sum(array.size for array in with_biases().weights["input_dense"].values())
    assert first.weights == weights
    line = str(LayerReport("vad_gru", 5, 2, 1, 0.25))
    assert line == "vad_gru: 5 weights, 1 clipped, 2 at the upper limit, largest error 0.250000"
