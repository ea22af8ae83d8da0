"""Layers of other sizes: trained, exported, built, and run by every program that takes v0.1 models."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.errors import InputError
from rnnoise_py.model import open_model, read_model
from rnnoise_py.model.sizes import SIZES, layers_of_size
from rnnoise_py.model.topology import LAYERS
from rnnoise_py.spec.constants import FRAME_SIZE
from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS, PARAMETERS, architecture_of, initial_weights, views
from rnnoise_py.training.config import TrainingConfig
from rnnoise_py.training.engine import NumbaEngine
from rnnoise_py.training.run import TrainingResult, train
from tests.c_build import library
from tests.conftest import DATA
from tests.lane_arrays import assert_same
from tests.training_samples import random_rows, write_rows

TINY, LARGE = 25_000, 134_000
ODD = "7,3,5,11"
_STEP, _TOLERANCE = 2e-3, 0.02  # of differences of a loss in float32


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a few hundred rows."""
    return write_rows(tmp_path_factory.mktemp("rows") / "rows.h5", random_rows(12, 40))


def trained(rows: Path, folder: Path, size: str | None, **options: Any) -> TrainingResult:
    """Train for an epoch."""
    folder.mkdir(exist_ok=True)
    return train(
        TrainingConfig(
            rows=(rows,), output=folder / "w.hdf5", epochs=1, window=40, batch=8, validation=0.2, size=size,
            engine="numba", lanes=4, workers=1, tensorboard=False, **options,
        )
    )  # fmt: skip


def test_the_sizes() -> None:
    """The usual one is what it was; tiny and large are what their names promise."""
    assert layers_of_size("standard") == LAYERS
    assert architecture_of("24,24,48,96").parameters == PARAMETERS
    counts = {name: architecture_of(name).parameters for name in SIZES}
    assert counts["tiny"] <= TINY
    assert counts["large"] >= LARGE
    assert max(max(layer.inputs, layer.neurons) for layer in layers_of_size("large")) == 128


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("huge", "needed is tiny, standard, large, or four numbers"),
        ("24,24,48", "needed is"),
        ("24,24,48,96,1", "needed is"),
        ("24,24,48,x", "needed is"),
        ("24,24,48,-96", "needed is"),
        ("24,24,48,9.5", "needed is"),
        ("٢٤,24,48,96", "needed is"),
        ("24,24,48,129", "denoise_gru would have 129 neurons, the C library takes 1 … 128"),
        ("0,24,48,96", "input_dense would have 0 neurons"),
        ("60,60,24,24", "noise_gru would have 162 inputs"),
        ("24,24,99,96", "denoise_gru would have 165 inputs"),
    ],
)
def test_what_is_refused(size: str, words: str) -> None:
    """What the loader of the C library would not take is told before anything is trained."""
    with pytest.raises(InputError, match=words):
        TrainingConfig(rows=(Path("rows.h5"),), size=size)


@pytest.mark.parametrize("size", ["tiny", "large", ODD])
def test_gradients_are_slopes_of_the_loss(size: str) -> None:
    """Along random directions of each array, the loss changes as the gradient says."""
    network, random = architecture_of(size), np.random.default_rng(3)
    engine = NumbaEngine(12, DEFAULT_ACTIVATIONS, workers=1, lanes=4, network=network)
    theta, rows = initial_weights(1, network), random_rows(3, 12)
    scale = 3 * 12
    gradient = engine.gradients(theta, rows)[1]

    def loss(weights: np.ndarray) -> float:
        sums = engine.evaluate(weights.astype(np.float32), rows).sum(axis=1)
        return float(10 * sums[0] / (22 * scale) + 0.5 * sums[2] / scale)

    for place in network.placements:
        direction = np.zeros(network.parameters)
        direction[place.part] = random.standard_normal(place.stop - place.start)
        direction /= np.linalg.norm(direction)
        slope = (loss(theta + _STEP * direction) - loss(theta - _STEP * direction)) / (2 * _STEP)
        expected = float(gradient.astype(np.float64) @ direction)
        assert abs(slope - expected) <= _TOLERANCE * max(abs(expected), 0.05), place


@pytest.mark.parametrize("size", ["tiny", "large", ODD])
def test_both_engines_agree(size: str) -> None:
    """The numba kernels and TensorFlow's own gradients of the Keras model."""
    pytest.importorskip("tensorflow", reason="no TensorFlow: pip install rnnoise-py[train]")
    from rnnoise_py.training.engine import TensorFlowEngine

    network = architecture_of(size)
    theta, rows = initial_weights(2, network), random_rows(5, 10)
    found = NumbaEngine(10, DEFAULT_ACTIVATIONS, workers=1, lanes=4, network=network).gradients(theta, rows)
    wanted = TensorFlowEngine(DEFAULT_ACTIVATIONS, network=network).gradients(theta, rows)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-3, atol=1e-3)
    assert np.abs(found[1] - wanted[1]).max() <= 1e-3 * np.abs(wanted[1]).max()


@pytest.mark.parametrize("size", ["tiny", "large", ODD])
def test_trained_models_run_everywhere(size: str, rows: Path, tmp_path: Path) -> None:
    """Every file of a run is the same model; numba and the C library give the same samples of it."""
    done = trained(rows, tmp_path, size)
    model = read_model(done.models[0])
    assert [layer.neurons for layer in model] == [layer.neurons for layer in layers_of_size(size)]
    assert {read_model(path) for path in done.models} == {model}
    assert len(done.models) == (1 if size == "large" else 2)  # a signed byte of the packed format ends at 127
    opened = open_model(done.weights)
    assert opened.model == model
    assert f"{model.parameter_count:,} int8 parameters" in (done.run_folder / "model_card.md").read_text()
    lib = library()
    handle = lib.c.rnnoise_model_from_filename(str(done.models[0]).encode())
    assert handle is not None
    samples = np.random.default_rng(6).normal(0, 3000, 20 * FRAME_SIZE).astype(np.float32)
    out, vad = np.empty_like(samples), np.empty(20, np.float32)
    NumbaBackend(model).process(samples, out, vad)
    expected = lib.denoise(handle, samples)
    lib.c.rnnoise_model_free(handle)
    assert_same(out, expected[0])
    assert_same(vad, expected[1])


def test_ffmpeg_takes_the_large_one(rows: Path, tmp_path: Path) -> None:
    """The filter ``arnndn`` loads it and changes the audio."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    done = trained(rows, tmp_path, "large")
    command = ["ffmpeg", "-v", "error", "-i", str(DATA / "noise.flac"), "-t", "2"]
    command += ["-af", f"arnndn=m={done.models[0]}", "-f", "s16le", "-"]
    made = subprocess.run(command, capture_output=True, check=True)
    assert not made.stderr
    assert len(made.stdout) > 48_000


def test_resuming_and_starting_from_a_model(rows: Path, tmp_path: Path) -> None:
    """A run of another size is another run; a model to start from brings its size with it."""
    done = trained(rows, tmp_path / "a", ODD)
    with pytest.raises(InputError, match=r"its size was 7,3,5,11, now it is 16,12,16,48"):
        trained(rows, tmp_path / "a", "tiny", resume=True)
    wrong = r"has layers of 7,3,5,11 neurons, this run of 24,24,48,96: leave --size out"
    with pytest.raises(InputError, match=wrong):
        trained(rows, tmp_path / "b", "standard", initial=done.weights)
    trained(rows, tmp_path / "a", None, resume=True)
    again = trained(rows, tmp_path / "b", None, initial=done.weights, seed=3)
    assert [layer.neurons for layer in read_model(again.weights)][:4] == [7, 3, 5, 11]
    assert 'size = "7,3,5,11"' in (again.run_folder / "config.toml").read_text()


def test_an_uninterrupted_run_and_a_resumed_one_agree(rows: Path, tmp_path: Path) -> None:
    """The checkpoint holds weights of that size."""
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    common: dict[str, Any] = {"rows": (rows,), "window": 40, "batch": 8, "validation": 0.2, "size": "tiny", "lanes": 4}
    common |= {"engine": "numba", "tensorboard": False, "workers": 1}
    for folder in (whole, halves):
        folder.mkdir()
    train(TrainingConfig(output=whole / "w.hdf5", epochs=2, **common))
    train(TrainingConfig(output=halves / "w.hdf5", epochs=1, **common))
    train(TrainingConfig(output=halves / "w.hdf5", epochs=2, resume=True, **common))
    assert read_model(whole / "w.hdf5") == read_model(halves / "w.hdf5")


def test_views_share_the_memory() -> None:
    """Of any size."""
    network = architecture_of(ODD)
    flat = initial_weights(1, network)
    named = views(flat, network)
    named["vad_gru"]["bias"][:] = 5
    assert (flat == 5).sum() == 9
