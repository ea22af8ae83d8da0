"""The network as data: six int8 layers, read from and written to every format (no TensorFlow needed).

Topology (names, order, sizes, neighbours) → float weights (:mod:`.float_model`) → :func:`quantize` →
:class:`Int8Model` → text, packed, Keras HDF5 (:func:`write_model`) or C (:mod:`.c_writer`).
"""

from rnnoise_py.model.float_model import FloatModel, float_model
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.quantize import QuantizationReport, quantize
from rnnoise_py.model.reader import OpenedModel, open_model, read_float_model, read_float_weights, read_model
from rnnoise_py.model.topology import LAYER_NAMES, Activation
from rnnoise_py.model.writer import write_model

__all__ = [
    "LAYER_NAMES",
    "Activation",
    "FloatModel",
    "Int8Layer",
    "Int8Model",
    "OpenedModel",
    "QuantizationReport",
    "float_model",
    "open_model",
    "quantize",
    "read_float_model",
    "read_float_weights",
    "read_model",
    "write_model",
]
