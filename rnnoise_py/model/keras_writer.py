"""Writer of Keras HDF5 weights, in the layout of Keras 2 that Keras 3 reads too: to train a C model on."""

from pathlib import Path

import numpy as np

from rnnoise_py.model.float_model import FloatModel, from_int8
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.keras_config import config_text
from rnnoise_py.model.topology import LAYERS

_LAYOUT_VERSION = b"2.3.1"  # of Keras, whose layout this is


def write_keras_hdf5(model: Int8Model, path: Path) -> None:
    """Write an int8 model as Keras weights, each value/256."""
    write_float_hdf5(from_int8(model), path)


def write_float_hdf5(model: FloatModel, path: Path) -> None:
    """Write float weights as ``model_weights/<layer>/<layer>/kernel:0`` with a ``model_config``.

    ``model.load_weights(path)`` (also ``by_name=True``) and ``keras.models.load_model(path, compile=False)``
    of Keras 2 and 3 read it. The bytes depend on nothing but the weights and the HDF5 library.
    """
    import h5py

    names = [spec.name for spec in LAYERS]
    sizes = {spec.name: model.weights[spec.name]["bias"].size // spec.gates for spec in LAYERS}
    with h5py.File(path, "w", locking=False) as file:
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = _LAYOUT_VERSION
        file.attrs["model_config"] = config_text(sizes, model.activations).encode()
        root = file.create_group("model_weights")
        root.attrs["backend"] = b"tensorflow"
        root.attrs["keras_version"] = _LAYOUT_VERSION
        root.attrs["layer_names"] = np.array([name.encode() for name in names])
        for name in names:
            arrays = model.weights[name]
            group = root.create_group(name)
            group.attrs["weight_names"] = np.array([f"{name}/{what}:0".encode() for what in arrays])
            for what, values in arrays.items():
                group.create_dataset(f"{name}/{what}:0", data=np.asarray(values, dtype=np.float32))
