"""The int8 model as an object: counts, neighbours, equality, digest."""

import dataclasses
import hashlib

import numpy as np
import pytest

from rnnoise_py.errors import ModelError
from rnnoise_py.model import LAYER_NAMES, Activation, Int8Layer, Int8Model
from rnnoise_py.model.packed import format_packed
from tests.model_samples import DATA, SYNTHETIC, synthetic


def test_the_usual_model_has_87503_parameters() -> None:
    """86,952 weights and 551 biases, in six layers in the order of the C struct."""
    model = synthetic("synthetic_a")
    assert (model.weight_count, model.bias_count, model.parameter_count) == (86_952, 551, 87_503)
    assert [layer.name for layer in model] == list(LAYER_NAMES)
    sizes = [(layer.inputs, layer.neurons) for layer in model]
    assert sizes == [(42, 24), (24, 24), (90, 48), (114, 96), (96, 22), (24, 1)]


def test_arrays_are_int8_contiguous_and_frozen() -> None:
    """Kernels can take them as they are; nobody can change them."""
    for layer in synthetic("synthetic_a"):
        for array in layer.arrays.values():
            assert array.dtype == np.int8
            assert array.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0


def test_flattening_is_row_major() -> None:
    """[input][gate·N + neuron], as recorded."""
    recorded = np.load(DATA / "denoise.npz")["synthetic_a__noise_gru__weights"]
    layer = synthetic("synthetic_a").noise_gru
    assert layer.weights.shape == (90, 144)
    assert np.array_equal(layer.weights.ravel(), recorded)


def test_digest_is_that_of_the_packed_file() -> None:
    """``sha256sum model.rnn`` prints the digest of the model."""
    digests = {synthetic(tag).digest for tag in SYNTHETIC}
    assert len(digests) == len(SYNTHETIC)
    model = synthetic("synthetic_b")
    assert model.digest == hashlib.sha256(format_packed(model)).hexdigest()


def test_equality_sees_every_weight_and_activation() -> None:
    """One weight or one activation more or less makes another model."""
    model = synthetic("synthetic_a")
    assert model == synthetic("synthetic_a")
    assert hash(model) == hash(synthetic("synthetic_a"))
    for layer in model:
        bias = layer.bias.copy()
        bias[-1] ^= 1
        assert dataclasses.replace(model, **{layer.name: dataclasses.replace(layer, bias=bias)}) != model
        other = Activation((layer.activation + 1) % 3)
        assert dataclasses.replace(model, **{layer.name: dataclasses.replace(layer, activation=other)}) != model


def test_layers_must_fit_their_neighbours() -> None:
    """A layer of another model is refused with the sum that is needed."""
    model = synthetic("synthetic_a")
    smaller = Int8Layer.build("input_dense", 42, 23, Activation.TANH, np.zeros(42 * 23, int), np.zeros(23, int))
    with pytest.raises(ModelError, match=r"vad_gru has 24 inputs; needed are 23 \(input_dense 23\)"):
        dataclasses.replace(model, input_dense=smaller)
    with pytest.raises(ModelError, match="vad_output stands where denoise_output belongs"):
        dataclasses.replace(model, denoise_output=model.vad_output)
    with pytest.raises(ModelError, match="vad_gru are missing"):
        Int8Model.from_layers(layer for layer in model if layer.name != "vad_gru")
    gains = Int8Layer.build("denoise_output", 96, 21, Activation.SIGMOID, np.zeros(96 * 21, int), np.zeros(21, int))
    with pytest.raises(ModelError, match="denoise_output has 21 neurons; needed are 22"):
        dataclasses.replace(model, denoise_output=gains)


@pytest.mark.parametrize(
    ("name", "inputs", "neurons", "weights", "bias", "message"),
    [
        ("input_dense", 42, 129, np.zeros(42 * 129, int), np.zeros(129, int), "129 neurons; the C library takes"),
        ("input_dense", 0, 1, np.zeros(0, int), np.zeros(1, int), "0 inputs"),
        ("input_dense", 2, 1, np.zeros(3, int), np.zeros(1, int), "has 3 values; needed are 2"),
        ("input_dense", 2, 1, np.array([0, 128]), np.zeros(1, int), "holds 128; int8 weights are"),
        ("input_dense", 2, 1, np.array([0, -129]), np.zeros(1, int), "holds -129"),
        ("input_dense", 2, 1, np.array([0.5, 0]), np.zeros(1, int), "quantize the weights first"),
        ("dense", 2, 1, np.zeros(2, int), np.zeros(1, int), "there is no layer 'dense'"),
    ],
)
def test_a_bad_layer_is_refused(
    name: str, inputs: int, neurons: int, weights: np.ndarray, bias: np.ndarray, message: str
) -> None:
    """Sizes, counts, ranges, types and names are checked where a layer is made."""
    with pytest.raises(ModelError, match=message):
        Int8Layer.build(name, inputs, neurons, Activation.TANH, weights, bias)


def test_missing_arrays_are_named() -> None:
    """A model from loose arrays needs all of them."""
    arrays = {f"{la.name}__{k}": a for la in synthetic("synthetic_a") for k, a in la.arrays.items()}
    del arrays["vad_gru__bias"]
    with pytest.raises(ModelError, match="vad_gru__bias, activation of vad_output missing"):
        Int8Model.from_arrays(arrays, dict.fromkeys(LAYER_NAMES[:-1], "tanh"))


def test_import_is_light() -> None:
    """Importing the package opens neither h5py nor TensorFlow."""
    import subprocess
    import sys

    heavy = {"h5py", "tensorflow", "keras", "numba"}
    code = f"import sys, rnnoise_py.model; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
