"""HDF5 files in the layouts that Keras versions write, made with h5py alone."""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np

from rnnoise_py.model import Int8Model
from rnnoise_py.model.float_model import FloatWeights, from_int8
from rnnoise_py.model.keras_config import config_text

#: order of the layers in a Keras model, and so of the numbered groups
KERAS_ORDER = ("input_dense", "vad_gru", "noise_gru", "denoise_gru", "denoise_output", "vad_output")


def config_of(model: Int8Model) -> str:
    """Keras's description of ``model``."""
    return config_text({la.name: la.neurons for la in model}, {la.name: la.activation for la in model})


def keras2(path: Path, weights: FloatWeights, *, config: str | None, suffix: str = "", root: str = "") -> Path:
    """Keras 2: ``[model_weights/]<layer>/<layer><suffix>/kernel:0``, and an optimizer beside it."""
    with h5py.File(path, "w") as file:
        if config is not None:
            file.attrs["model_config"] = config
        for layer, arrays in weights.items():
            for what, values in arrays.items():
                file[f"{root}{layer}/{layer}{suffix}/{what}:0"] = values
        file["optimizer_weights/Adam/vad_gru/kernel:0"] = np.zeros((3, 3))
    return path


def keras3_whole(path: Path, weights: FloatWeights, *, config: str | None) -> Path:
    """Keras 3, ``model.save("x.h5")``: ``model_weights/<layer>/<layer>/gru_cell/kernel``."""
    with h5py.File(path, "w") as file:
        if config is not None:
            file.attrs["model_config"] = config
        for layer, arrays in weights.items():
            cell = "gru_cell/" if "recurrent_kernel" in arrays else ""
            for what, values in arrays.items():
                file[f"model_weights/{layer}/{layer}/{cell}{what}"] = values
    return path


def keras3_weights(target: Path | io.BytesIO, weights: FloatWeights, *, named: bool) -> None:
    """Keras 3, ``save_weights("x.weights.h5")``: numbered groups, names in attributes (older ones: none)."""
    counts: dict[str, int] = {}
    with h5py.File(target, "w") as file:
        for layer in KERAS_ORDER:
            kind = "gru" if "recurrent_kernel" in weights[layer] else "dense"
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            group = f"layers/{kind}_{number}" if number else f"layers/{kind}"
            own = file.create_group(f"{group}/vars")
            if named:
                own.attrs["name"] = layer
            inner = file.create_group(f"{group}/cell/vars") if kind == "gru" else own
            for i, values in enumerate(weights[layer].values()):
                inner[str(i)] = values
        file["optimizer/vars/0"] = np.zeros(7)


def keras_archive(path: Path, weights: FloatWeights, *, config: str, named: bool = True) -> Path:
    """Keras 3, ``model.save("x.keras")``."""
    memory = io.BytesIO()
    keras3_weights(memory, weights, named=named)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", memory.getvalue())
    return path


def writable(model: Int8Model) -> FloatWeights:
    """Weights of ``model`` as float32 that a test may change."""
    return {n: {k: np.array(v) for k, v in arrays.items()} for n, arrays in from_int8(model).weights.items()}
