"""Float weights → int8: ``min(127, round(256·w))``, half to even; nothing wraps (spec: model)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnoise_py.model.float_model import FloatArray, FloatModel
from rnnoise_py.model.int8 import Int8Array, Int8Layer, Int8Model
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.spec.constants import WEIGHT_SCALE

_LOWEST, _HIGHEST = -128, 127


@dataclass(frozen=True)
class LayerReport:
    """What quantization did to one layer."""

    layer: str
    weights: int  #: numbers quantized, biases included
    at_limit: int  #: rounded to 128 and kept at 127: weights at the training constraint ±0.499 do
    clipped: int  #: beyond that: outside −0.502 … 0.502, clipped to −128 or 127
    largest_error: float  #: of a weight, in its own unit; 1/512 is the most that rounding alone does

    def __str__(self) -> str:
        return (
            f"{self.layer}: {self.weights} weights, {self.clipped} clipped, {self.at_limit} at the "
            f"upper limit, largest error {self.largest_error:.6f}"
        )


@dataclass(frozen=True)
class QuantizationReport:
    """What quantization did, by layer."""

    layers: tuple[LayerReport, ...]

    @property
    def clipped(self) -> int:
        """Number of weights that were clipped."""
        return sum(layer.clipped for layer in self.layers)

    @property
    def largest_error(self) -> float:
        """Largest error of a weight, in its own unit."""
        return max(layer.largest_error for layer in self.layers)

    def summary(self) -> dict[str, Any]:
        """Return the same for JSON."""
        return {
            "clipped": self.clipped,
            "largest_error": self.largest_error,
            "layers": {layer.layer: {k: v for k, v in vars(layer).items() if k != "layer"} for layer in self.layers},
        }


def quantize(model: FloatModel) -> tuple[Int8Model, QuantizationReport]:
    """Quantize trained weights.

    Parameters
    ----------
    model
        Checked float weights, ±0.499 when trained with the usual constraint.

    Returns
    -------
    tuple
        The int8 model, and what was lost.
    """
    layers, reports = [], []
    for spec in LAYERS:
        arrays: dict[str, Int8Array] = {}
        total = at_limit = clipped = 0
        largest = 0.0
        for name, keras in zip(spec.array_names, spec.keras_names, strict=True):
            values = model.weights[spec.name][keras]
            rounded = np.rint(values.astype(np.float64) * WEIGHT_SCALE)
            arrays[name] = quantized = np.clip(rounded, _LOWEST, _HIGHEST).astype(np.int8)
            total += values.size
            at_limit += int(np.count_nonzero(rounded == _HIGHEST + 1))
            clipped += int(np.count_nonzero((rounded < _LOWEST) | (rounded > _HIGHEST + 1)))
            largest = max(largest, _largest_error(values, quantized))
        reports.append(LayerReport(spec.name, total, at_limit, clipped, largest))
        kernel = model.weights[spec.name]["kernel"]
        layers.append(
            Int8Layer.build(
                spec.name, kernel.shape[0], kernel.shape[1] // spec.gates, model.activations[spec.name], **arrays
            )
        )
    return Int8Model.from_layers(layers), QuantizationReport(tuple(reports))


def _largest_error(values: FloatArray, quantized: Int8Array) -> float:
    errors = np.abs(values.astype(np.float64) - quantized.astype(np.float64) / WEIGHT_SCALE)
    return float(errors.max())
