"""Files that an installed Keras writes are read, and ours are read by it (slow; see test_model_readers)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import ModelError
from rnnoise_py.model import open_model, read_model, write_model
from tests.model_samples import synthetic

pytestmark = pytest.mark.slow

_BUILD = """
import json, sys
import keras, numpy as np
from keras import layers as L
folder = sys.argv[1]

def network(reset_after):
    main = keras.Input((None, 42), name="main_input")
    def gru(units, name, activation):
        return L.GRU(units, activation=activation, return_sequences=True, reset_after=reset_after, name=name)
    dense = L.Dense(24, activation="tanh", name="input_dense")(main)
    vad = gru(24, "vad_gru", "tanh")(dense)
    noise = gru(48, "noise_gru", "relu")(L.Concatenate()([dense, vad, main]))
    denoise = gru(96, "denoise_gru", "tanh")(L.Concatenate()([vad, noise, main]))
    gains = L.Dense(22, activation="sigmoid", name="denoise_output")(denoise)
    return keras.Model(main, [gains, L.Dense(1, activation="sigmoid", name="vad_output")(vad)])

model = network(False)
model.compile(optimizer="adam", loss=["mse", "mse"])
for suffix in ("keras", "h5", "weights.h5"):
    (model.save_weights if suffix.startswith("weights") else model.save)(f"{folder}/m.{suffix}")
network(True).save(f"{folder}/doubled.keras")
network(True).save_weights(f"{folder}/doubled.weights.h5")
arrays = {f"{la.name}/{i}": w for la in model.layers for i, w in enumerate(la.get_weights())}
np.savez(f"{folder}/weights.npz", **arrays)

x = np.random.default_rng(0).standard_normal((1, 30, 42)).astype("f")
def outputs(m):
    return [np.asarray(y).tolist() for y in m(x)]
whole = keras.models.load_model(f"{folder}/ours.hdf5", compile=False)
by_order, by_name = network(False), network(False)
by_order.load_weights(f"{folder}/ours.hdf5")
by_name.load_weights(f"{folder}/ours.hdf5", by_name=True)
json.dump({"whole": outputs(whole), "order": outputs(by_order), "name": outputs(by_name),
           "reset_after": whole.get_layer("vad_gru").reset_after,
           "kernel": whole.get_layer("noise_gru").get_weights()[0].tolist()},
          open(f"{folder}/result.json", "w"))
"""


@pytest.fixture(scope="module")
def keras_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let Keras write and read, in a process of its own."""
    pytest.importorskip("keras", reason="no Keras: pip install rnnoise-py[train]")
    folder = tmp_path_factory.mktemp("keras")
    write_model(synthetic("synthetic_a"), folder / "ours.hdf5")
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", _BUILD, str(folder)], check=True, env=environment)
    return folder


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "m.weights.h5"])
def test_what_keras_writes(name: str, keras_folder: Path) -> None:
    """Each of its three files gives its weights, in every bit, past the optimizer's."""
    opened = open_model(keras_folder / name)
    assert opened.trained is not None
    assert opened.trained.activations_known == (name != "m.weights.h5")
    expected: Any = np.load(keras_folder / "weights.npz")
    for layer, arrays in opened.trained.weights.items():
        for i, values in enumerate(arrays.values()):
            assert np.array_equal(values, expected[f"{layer}/{i}"])


@pytest.mark.parametrize("name", ["doubled.keras", "doubled.weights.h5"])
def test_keras_default_grus_are_refused(name: str, keras_folder: Path) -> None:
    """reset_after=True is today's default of Keras."""
    with pytest.raises(ModelError, match="reset_after=False"):
        read_model(keras_folder / name)


def test_what_keras_reads(keras_folder: Path) -> None:
    """Our HDF5 file opens as a model and as weights, in order and by name, with the same outputs."""
    result = json.loads((keras_folder / "result.json").read_text())
    assert result["whole"] == result["order"] == result["name"]
    assert result["reset_after"] is False
    assert np.array_equal(np.array(result["kernel"]) * 256, synthetic("synthetic_a").noise_gru.weights)
