"""Which model is meant: an object, a file, or the one that ships with the package."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model import FloatModel, Int8Model, read_model
from rnnoise_py.model.shipped import DEFAULT, model_path
from rnnoise_py.spec.constants import WEIGHT_SCALE

if TYPE_CHECKING:
    from rnnoise_py.dsp.network import Network


def default_model_path() -> Path:
    """Where the model lies that is used when none is given."""
    return DEFAULT.path


def find_model(model: Int8Model | str | Path | None) -> tuple[Int8Model, Path | None]:
    """Return the model and the file it came from, if any.

    Raises
    ------
    ModelError, InputError
        When the file is no model, or none was given and none ships with the package.
    """
    if isinstance(model, Int8Model):
        return model, None
    if model is None:
        path = default_model_path()
        if not path.is_file():
            raise ModelError(
                "a model is required: give one (--model FILE, or model=… in Python); none ships with this version"
            )
        return read_model(path), path
    path = model_path(model)
    return read_model(path), path


def _flat(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    return values.astype(np.float32).ravel()


@lru_cache(maxsize=4)
def network_of(model: Int8Model) -> "Network":
    """Prepare an int8 model for the kernels: the same values as float32."""
    from rnnoise_py.dsp.network import Layer, Network

    layers = {
        layer.name: Layer(_flat(layer.weights), _flat(layer.recurrent_weights), _flat(layer.bias))
        for layer in model.layers
    }
    return Network(activations=np.array([int(layer.activation) for layer in model.layers], np.int64), **layers)


def unrounded_network_of(model: FloatModel) -> "Network":
    """Prepare trained weights for the kernels as they are: what an int8 model is measured against."""
    from rnnoise_py.dsp.network import Layer, Network

    nothing = np.zeros(0, np.float32)

    def flat(values: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        return nothing if values is None else _flat(values * np.float32(WEIGHT_SCALE))

    layers = {
        name: Layer(flat(arrays["kernel"]), flat(arrays.get("recurrent_kernel")), flat(arrays["bias"]))
        for name, arrays in model.weights.items()
    }
    kinds = np.array([int(model.activations[name]) for name in model.weights], np.int64)
    return Network(activations=kinds, **layers)
