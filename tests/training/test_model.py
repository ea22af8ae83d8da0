"""The Keras model: structure, gradients beside stock Keras, plain fit and saving, files for others."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow", reason="training needs TensorFlow")

import keras  # noqa: E402

from rnnoise_py.errors import InputError, ModelError  # noqa: E402
from rnnoise_py.model import read_float_model  # noqa: E402
from rnnoise_py.model.topology import LAYERS  # noqa: E402
from rnnoise_py.spec.layout import FEATURES, GAIN, VAD  # noqa: E402
from rnnoise_py.training.architecture import (  # noqa: E402
    DEFAULT_ACTIVATIONS,
    PARAMETERS,
    PLACEMENTS,
    FloatArray,
    flatten,
    initial_weights,
    views,
)
from rnnoise_py.training.engine import Engine, NumbaEngine, TensorFlowEngine, lane_groups  # noqa: E402
from rnnoise_py.training.keras.layers import FastGRU  # noqa: E402
from rnnoise_py.training.keras.losses import WeightClip  # noqa: E402
from rnnoise_py.training.keras.model import (  # noqa: E402
    build_model,
    compile_model,
    get_weights,
    set_weights,
)
from rnnoise_py.training.weights_file import save_weights  # noqa: E402
from tests.training_samples import random_rows, random_weights  # noqa: E402

GRADIENT_TOLERANCE = 1e-5  # relative to an array's largest element: float32 sums in another order
SUM_TOLERANCE = 2e-6  # relative, of the loss sums of a window
PREDICTION_TOLERANCE = 1e-6  # absolute

RELU_EVERYWHERE = dict(DEFAULT_ACTIVATIONS) | dict.fromkeys(("vad_gru", "noise_gru", "denoise_gru"), "relu")


def test_summary_shows_the_six_layers_and_all_parameters() -> None:
    """Names, order, count, initializers and constraint of the specification."""
    model = build_model()
    assert model.count_params() == PARAMETERS
    assert model.input.name == "main_input"
    for shape in LAYERS:
        layer = model.get_layer(shape.name)
        assert layer.activation.__name__ == shape.activation.label
        assert [tuple(array.shape) for array in layer.get_weights()] == list(shape.keras_shapes.values())
        assert isinstance(layer.kernel_constraint, WeightClip)
        if shape.is_gru:
            assert not layer.reset_after
            assert float(layer.kernel_regularizer.l2) == pytest.approx(1e-6)
            assert float(layer.recurrent_regularizer.l2) == pytest.approx(1e-6)


def test_initial_weights_follow_the_initializers() -> None:
    """Glorot limits, orthogonal recurrent kernels, zero biases; another seed gives other weights."""
    weights = views(initial_weights(3))
    for shape in LAYERS:
        arrays = weights[shape.name]
        limit = np.sqrt(6 / sum(arrays["kernel"].shape))
        assert 0.9 * limit < np.abs(arrays["kernel"]).max() <= limit
        assert not arrays["bias"].any()
        if "recurrent_kernel" in arrays:
            u = arrays["recurrent_kernel"].astype(np.float64)
            assert np.abs(u @ u.T - np.eye(len(u))).max() < 1e-6
    assert np.array_equal(initial_weights(3), initial_weights(3))
    assert not np.array_equal(initial_weights(3), initial_weights(4))


@pytest.mark.parametrize(
    ("windows", "frames", "activations", "loss"),
    [
        (1, 3, DEFAULT_ACTIVATIONS, "v0.1"),
        (5, 33, RELU_EVERYWHERE, "corrected"),
        (21, 70, DEFAULT_ACTIVATIONS, "linear"),
    ],
)
def test_numba_gradients_agree_with_stock_keras(
    windows: int, frames: int, activations: dict[str, str], loss: str
) -> None:
    """Losses and gradients of the kernels beside Keras's own GRUs and automatic differentiation."""
    stock = TensorFlowEngine(activations, loss=loss, fast=False)
    _compare(NumbaEngine(frames, activations, loss=loss, workers=2), stock, windows, frames)


def test_fast_gru_gradients_agree_with_stock_keras() -> None:
    """The hand-written passes of the Keras layer."""
    stock = TensorFlowEngine(RELU_EVERYWHERE, fast=False)
    _compare(TensorFlowEngine(RELU_EVERYWHERE), stock, 18, 20)


def test_tensorflow_recurrence_compiles_with_xla() -> None:
    """Forward and hand-written backward pass as one XLA program."""
    stock = TensorFlowEngine(DEFAULT_ACTIVATIONS, fast=False)
    _compare(TensorFlowEngine(DEFAULT_ACTIVATIONS, jit_compile=True), stock, 2, 12)


def _compare(engine: Engine, stock: Engine, windows: int, frames: int) -> None:
    theta, rows = random_weights(), random_rows(windows, frames)
    sums, gradient = engine.gradients(theta, rows)
    wanted_sums, wanted = stock.gradients(theta, rows)
    assert np.allclose(sums, wanted_sums, rtol=SUM_TOLERANCE, atol=SUM_TOLERANCE * np.abs(wanted_sums).max())
    assert np.allclose(engine.evaluate(theta, rows), wanted_sums, rtol=SUM_TOLERANCE, atol=1e-4)
    for place in PLACEMENTS:
        error = np.abs(gradient[place.part] - wanted[place.part]).max()
        assert error <= GRADIENT_TOLERANCE * np.abs(wanted[place.part]).max(), place


def test_gradients_do_not_depend_on_the_number_of_threads() -> None:
    """One thread and three give the same bits."""
    theta, rows = random_weights(), random_rows(37, 15)
    results = [NumbaEngine(15, DEFAULT_ACTIVATIONS, workers=workers).gradients(theta, rows) for workers in (1, 3)]
    assert np.array_equal(results[0][1].view(np.uint32), results[1][1].view(np.uint32))


@pytest.mark.parametrize("lanes", [pytest.param(8, marks=pytest.mark.slow), 4])
def test_fewer_lanes_give_the_same_gradients(lanes: int) -> None:
    """A batch cut finer, for more cores: the same up to rounding."""
    theta, rows = random_weights(), random_rows(21, 15)
    wanted = NumbaEngine(15, DEFAULT_ACTIVATIONS).gradients(theta, rows)[1]
    found = NumbaEngine(15, DEFAULT_ACTIVATIONS, lanes=lanes).gradients(theta, rows)[1]
    assert np.abs(found - wanted).max() <= GRADIENT_TOLERANCE * np.abs(wanted).max()


def test_small_batches_take_few_lanes() -> None:
    """A last batch of one window is not worked on as sixteen."""
    assert lane_groups(32) == [(slice(0, 16), 16), (slice(16, 32), 16)]
    assert lane_groups(1) == [(slice(0, 1), 4)]
    assert lane_groups(22) == [(slice(0, 16), 16), (slice(16, 20), 4), (slice(20, 22), 4)]
    assert [group for group, _ in lane_groups(25)] == [slice(0, 16), slice(16, 25)]


def test_plain_fit_save_and_load_work(tmp_path: Path) -> None:
    """``fit`` of plain Keras lowers the loss; a saved model loads again and predicts the same."""
    model = build_model()
    compile_model(model)
    rows = random_rows(4, 30)
    x, y = rows[:, :, FEATURES], [rows[:, :, GAIN.columns], rows[:, :, VAD.columns]]
    losses = model.fit(x, y, epochs=3, batch_size=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert np.abs(flatten(get_weights(model))).max() <= np.float32(0.499)
    path = tmp_path / "model.keras"
    model.save(path)
    again = keras.models.load_model(path, compile=False, custom_objects={"WeightClip": WeightClip})
    assert isinstance(again.get_layer("noise_gru"), FastGRU)
    for found, wanted in zip(predict(again, x), predict(model, x), strict=True):
        assert np.array_equal(found, wanted)


def test_stock_layers_take_the_weights_and_predict_the_same() -> None:
    """A stock Keras model with the same weights gives the same gains and VAD."""
    fast, stock = build_model(window=25), build_model(fast=False)
    set_weights(fast, views(random_weights()))
    set_weights(stock, get_weights(fast))
    x = random_rows(3, 25)[:, :, FEATURES]
    for found, wanted in zip(predict(fast, x), predict(stock, x), strict=True):
        assert np.abs(found - wanted).max() <= PREDICTION_TOLERANCE


def predict(model: Any, features: FloatArray) -> tuple[FloatArray, ...]:
    """Gains and VAD of windows (batch, time, 42), without Keras's progress bar."""
    gains, vad = model(features, training=False)
    return np.asarray(gains), np.asarray(vad)


_LOADER = """
import sys
import keras
class WeightClip(keras.constraints.Constraint):
    def __init__(self, c=2, name="WeightClip"):
        self.c = c
    def __call__(self, p):
        return p
model = keras.models.load_model(sys.argv[1], compile=False, custom_objects={"WeightClip": WeightClip})
assert not any(name.startswith("rnnoise_py") for name in sys.modules)
layer = model.get_layer("noise_gru")
assert type(layer.kernel_constraint) is type(layer.recurrent_constraint) is WeightClip
assert layer.kernel_constraint.c == 0.499
assert abs(float(layer.recurrent_regularizer.l2) - 1e-6) < 1e-12
print(model.count_params(), type(layer).__module__.split(".")[0], layer.activation.__name__)
"""


def test_weights_file_opens_without_our_package(tmp_path: Path) -> None:
    """Keras alone and any class called WeightClip are enough; h5py alone gives weights and activations."""
    path, theta = tmp_path / "weights.hdf5", random_weights()
    save_weights(path, views(theta), {"noise_gru": "tanh"})
    done = subprocess.run(
        [sys.executable, "-c", _LOADER, str(path)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(PARAMETERS), "keras", "tanh"]
    stock = keras.models.load_model(path, compile=False, custom_objects={"WeightClip": WeightClip})
    twin = build_model({"noise_gru": "tanh"}, fast=False)
    set_weights(twin, views(theta))
    x = random_rows(2, 10)[:, :, FEATURES]
    for one, other in zip(predict(stock, x), predict(twin, x), strict=True):
        assert np.array_equal(one, other)
    found = read_float_model(path)
    assert np.array_equal(flatten(found.weights), theta)
    assert found.activations["noise_gru"].label == "tanh"
    assert [item.name for item in tmp_path.iterdir()] == ["weights.hdf5"]


def test_unusable_requests_are_refused() -> None:
    """Unknown layers, activations and GRU variants."""
    with pytest.raises(ModelError, match="no layer 'x'"):
        build_model({"x": "tanh"})
    with pytest.raises(ModelError, match="choose among"):
        build_model({"noise_gru": "elu"})
    with pytest.raises(ModelError, match="must stay a sigmoid"):
        build_model({"vad_output": "relu"})
    with pytest.raises(InputError, match="reset_after"):
        FastGRU(4, reset_after=True)
    with pytest.raises(InputError, match="activation"):
        FastGRU(4, activation="elu")
    with pytest.raises(ModelError, match="no kernel of layer input_dense"):
        flatten({})


@pytest.mark.slow
def test_weights_file_opens_in_keras_2(tmp_path: Path) -> None:
    """Under Keras 2.3.1 as well, where a Python with it is named by KERAS2_PYTHON."""
    python = os.environ.get("KERAS2_PYTHON")
    if not python:
        pytest.skip("no KERAS2_PYTHON: name a Python 3.7 with tensorflow==1.15.4 keras==2.3.1 h5py==2.10.0")
    path = tmp_path / "weights.hdf5"
    save_weights(path, views(random_weights()))
    tainted = "TF2_BEHAVIOR"  # TensorFlow 2 sets it in its own process
    environment = {name: value for name, value in os.environ.items() if name != tainted}
    done = subprocess.run(
        [python, "-c", _LOADER, str(path)], capture_output=True, text=True, cwd=tmp_path, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [str(PARAMETERS), "keras", "relu"]
