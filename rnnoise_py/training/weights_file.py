"""``weights.hdf5``: a whole Keras model that Keras 2 and Keras 3 open, with nothing of ours but ``WeightClip``.

Keras 3 writes HDF5 files that Keras 2 and the tools of its time cannot open; the layout of Keras 2 serves
both. The file says all that a stock twin of the network needs: layers, activations, penalties, constraints.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from rnnoise_py.model import FloatModel, float_model
from rnnoise_py.model.keras_writer import write_float_hdf5
from rnnoise_py.model.topology import SPEC, Activation
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.training.architecture import complete_activations
from rnnoise_py.training.v01 import L2_PENALTY, WEIGHT_LIMIT


def trained_model(
    weights: Mapping[str, Mapping[str, npt.ArrayLike]], activations: Mapping[str, str] | None = None
) -> FloatModel:
    """Check named weights and tie their activations to them; raise :class:`ModelError` otherwise."""
    labels = complete_activations(activations)
    return float_model(weights, {name: Activation.from_label(label, name) for name, label in labels.items()})


def _with_training_options(config: dict[str, Any]) -> dict[str, Any]:
    """Add to a Keras 2 ``model_config`` what training on would need: constraints and penalties."""
    clip = {"class_name": "WeightClip", "config": {"name": "WeightClip", "c": WEIGHT_LIMIT}}
    penalty = {"class_name": "L1L2", "config": {"l1": 0.0, "l2": L2_PENALTY}}
    for layer in config["config"]["layers"]:
        if layer["name"] not in SPEC:
            continue
        options = {"kernel_constraint": clip, "bias_constraint": clip}
        if SPEC[layer["name"]].is_gru:
            options |= {"recurrent_constraint": clip}
            options |= {"kernel_regularizer": penalty, "recurrent_regularizer": penalty}
        layer["config"].update(options)
    return config


def save_weights(
    path: Path, weights: Mapping[str, Mapping[str, npt.ArrayLike]], activations: Mapping[str, str] | None = None
) -> None:
    """Write a full Keras HDF5 model, atomically; TensorFlow is not needed.

    ``keras.models.load_model(path, compile=False, custom_objects={"WeightClip": …})`` opens it in Keras 2
    and 3; with h5py alone the arrays are at ``model_weights/<layer>/<layer>/kernel:0`` and the activations
    in the attribute ``model_config``.

    Parameters
    ----------
    path
        File to write; replaced when it exists.
    weights
        Float32 arrays by layer and name, see :func:`rnnoise_py.training.architecture.views`.
    activations
        By layer, where not the default.
    """
    import h5py

    model = trained_model(weights, activations)
    with atomic_path(path) as temporary:
        write_float_hdf5(model, temporary)
        with h5py.File(temporary, "r+", locking=False) as file:
            config = json.loads(file.attrs["model_config"])
            file.attrs["model_config"] = json.dumps(_with_training_options(config)).encode()
