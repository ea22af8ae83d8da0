"""Every format, through every other, gives the same model back."""

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from rnnoise_py.errors import ModelError
from rnnoise_py.model import Int8Model, open_model, read_float_model, read_float_weights, read_model
from rnnoise_py.model.keras_writer import write_float_hdf5
from rnnoise_py.model.quantize import quantize
from tests.model_samples import FORMATS, SYNTHETIC, models, synthetic, write_any

KINDS = {"text": "text", "packed": "packed", "keras": "keras-hdf5", "rnn_data": "rnn_data"}


def _through(model: Int8Model, first: str, second: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        there = write_any(model, first, Path(folder))
        opened = open_model(there)
        assert opened.format == KINDS[first]
        assert opened.model == model
        assert opened.model.digest == model.digest
        assert read_model(write_any(opened.model, second, Path(folder))) == model


@pytest.mark.parametrize("tag", SYNTHETIC)
@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(FORMATS, 2)))
def test_recorded_models_pass_through_every_pair(tag: str, first: str, second: str) -> None:
    """The three recorded models, usual and unusual activations."""
    _through(synthetic(tag), first, second)


@pytest.mark.parametrize(("first", "second"), list(itertools.product(FORMATS, FORMATS)))
@settings(max_examples=4, deadline=None)
@given(model=models())
def test_random_models_pass_through_every_pair(first: str, second: str, model: Int8Model) -> None:
    """Models of all sizes and activations, all int8 values."""
    _through(model, first, second)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), list(itertools.product(FORMATS, FORMATS)))
@settings(max_examples=200, deadline=None)
@given(model=models())
def test_many_random_models_pass_through_every_pair(first: str, second: str, model: Int8Model) -> None:
    """The same, many times."""
    _through(model, first, second)


@settings(max_examples=3, deadline=None)
@given(model=models(largest=128))
def test_sizes_up_to_128(model: Int8Model) -> None:
    """128 inputs and neurons fit everywhere but in a packed model, which says so."""
    for first, second in itertools.product(("text", "keras", "rnn_data"), repeat=2):
        _through(model, first, second)
    if max(max(layer.inputs, layer.neurons) for layer in model) == 128:
        with tempfile.TemporaryDirectory() as folder, pytest.raises(ModelError, match="sizes up to 127"):
            write_any(model, "packed", Path(folder))


@settings(max_examples=5, deadline=None)
@given(model=models())
def test_float_weights_are_the_integers_over_256(model: Int8Model) -> None:
    """Any format gives weights to go on training with; rounded again they are the same model."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            path = write_any(model, kind, Path(folder))
            weights = read_float_weights(path)
            for layer in model:
                got = weights[layer.name]
                assert got["kernel"].dtype == np.float32
                assert np.array_equal(got["kernel"] * 256, layer.weights)
                assert np.array_equal(got["bias"] * 256, layer.bias)
                assert ("recurrent_kernel" in got) == layer.is_gru
            assert quantize(read_float_model(path))[0] == model


def test_float_weights_survive_their_own_file(tmp_path: Path) -> None:
    """Float weights written as HDF5 come back in every bit, activations too."""
    trained = read_float_model(write_any(synthetic("synthetic_c"), "text", tmp_path))
    for arrays in trained.weights.values():
        for values in arrays.values():
            values.setflags(write=True)
            np.add(values, np.float32(0.001), out=values)
    write_float_hdf5(trained, tmp_path / "floats.hdf5")
    again = read_float_model(tmp_path / "floats.hdf5")
    assert again.activations == trained.activations
    for name, arrays in trained.weights.items():
        for what, values in arrays.items():
            assert np.array_equal(again.weights[name][what].view(np.uint32), values.view(np.uint32))


@pytest.mark.parametrize("kind", list(FORMATS))
def test_files_are_deterministic(kind: str, tmp_path: Path) -> None:
    """The same model gives the same bytes, without the name of a folder in them."""
    model = synthetic("synthetic_a")
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        contents.append(write_any(model, kind, tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert str(tmp_path).encode() not in contents[0]
