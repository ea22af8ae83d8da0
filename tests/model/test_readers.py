"""Readers find the model by content: C in any formatting, every Keras layout, any file name."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.model import Activation, Int8Model, open_model, read_model
from rnnoise_py.model.c_writer import source_text
from rnnoise_py.model.text import format_text
from tests import keras_samples
from tests.model_samples import FORMATS, synthetic, write_any

SEED_MODELS = ("weights_5h_b_500k", "weights_5h_ru_500k")


@pytest.fixture(scope="module")
def model() -> Int8Model:
    """Take a model with unusual activations, so that defaults cannot pass for readings."""
    return synthetic("synthetic_c")


@pytest.mark.parametrize("kind", list(FORMATS))
def test_the_name_of_the_file_does_not_matter(kind: str, model: Int8Model, tmp_path: Path) -> None:
    """A model of any format is read from ``weights.dat``."""
    path = write_any(model, kind, tmp_path).rename(tmp_path / "weights.dat")
    assert read_model(path) == model


def _hexadecimal(text: str) -> str:
    return re.sub(r"(?<=[ ,{])(-?)(\d+)(?=[,\n])", lambda m: f"{m[1]}{int(m[2]):#x}", text)


C_FORMATTINGS: dict[str, Callable[[str], str]] = {
    "one line": lambda t: t[: t.index("static")] + t[t.index("static") :].replace("\n", " "),
    "one number a line": lambda t: t.replace(", ", ",\n"),
    "no spaces": lambda t: re.sub(r" *([,={}]) *", r"\1", t),
    "CRLF": lambda t: t.replace("\n", "\r\n"),
    "byte order mark": lambda t: "\ufeff" + t,
    "comments everywhere": lambda t: (
        t[t.index("#") :].replace(",", ", /**/ ").replace("{", '{ /* 1, 2, {3} */ // 4, "5"\n')
    ),
    "trailing commas": lambda t: t.replace("\n}", ",\n}"),
    "no sizes of arrays": lambda t: re.sub(r"\[\d+\]", "[]", t),
    "int8_t": lambda t: t.replace("rnn_weight", "int8_t"),
    "signed char": lambda t: t.replace("static const rnn_weight", "const signed char"),
    "not static": lambda t: t.replace("static const", "const"),
    "activation ids": lambda t: (
        t.replace("ACTIVATION_TANH", "0").replace("ACTIVATION_SIGMOID", "1").replace("ACTIVATION_RELU", "2")
    ),
    "bare activation names": lambda t: re.sub(r"ACTIVATION_(\w+)", lambda m: m[1].lower(), t),
    "sizes as macros": lambda t: (
        "#define FEATURES 42\n#define GAINS (22)\n"
        + t.replace(" 42, ", " FEATURES, ").replace(", 22, ACT", ", GAINS, ACT")
    ),
    "hexadecimal": _hexadecimal,
    "arrays with other names": lambda t: t.replace("_recurrent_weights", "_U").replace("_weights", "_W"),
    "other things around": lambda t: "static const float scale[] = {1.5f, 2.f};\nint unused[2] = {300, 400};\n" + t,
    "activations defined": lambda t: "#define ACTIVATION_TANH 0\n#define ACTIVATION_RELU 2\n" + t,
    "no model struct": lambda t: t[: t.index("const struct RNNModel")],
}


@pytest.mark.parametrize("formatting", list(C_FORMATTINGS))
def test_c_in_any_formatting(formatting: str, model: Int8Model, tmp_path: Path) -> None:
    """Layout, comments, qualifiers, names and spellings do not matter."""
    text = C_FORMATTINGS[formatting](source_text(model))
    assert text != source_text(model)
    path = tmp_path / "rnn_data.c"
    path.write_bytes(text.encode())
    assert read_model(path) == model


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace(" ", "\n"),
        lambda t: t.replace("\n", " \t\n"),
        lambda t: t + "\n \n\t ",
        lambda t: t.rstrip("\n"),
    ],
)
def test_text_with_other_white_space(change: Callable[[str], str], model: Int8Model, tmp_path: Path) -> None:
    """White space between and after the numbers is free."""
    title, body = format_text(model).split("\n", 1)
    path = tmp_path / "model.txt"
    path.write_bytes(f"{title}\n{change(body)}".encode())
    assert read_model(path) == model


def test_keras_layouts(model: Int8Model, tmp_path: Path) -> None:
    """Whole models and weights alone, Keras 2 and 3, with and without a wrapped group."""
    weights, config = keras_samples.writable(model), keras_samples.config_of(model)
    path = tmp_path / "m"
    for suffix in ("", "_1"):
        for root in ("", "model_weights/"):
            opened = open_model(keras_samples.keras2(path, weights, config=config, suffix=suffix, root=root))
            assert (opened.format, opened.model) == ("keras-hdf5", model)
            assert opened.trained is not None
            assert opened.trained.activations_known
    assert read_model(keras_samples.keras3_whole(path, weights, config=config)) == model
    for named in (True, False):
        opened = open_model(keras_samples.keras_archive(path, weights, config=config, named=named))
        assert (opened.format, opened.model) == ("keras-archive", model)


def test_weights_without_activations_get_those_of_the_training_script(model: Int8Model, tmp_path: Path) -> None:
    """``.weights.h5`` files carry none; the reading says so."""
    weights = keras_samples.writable(model)
    for named in (True, False):
        keras_samples.keras3_weights(tmp_path / "m.weights.h5", weights, named=named)
        opened = open_model(tmp_path / "m.weights.h5")
        assert opened.trained is not None
        assert not opened.trained.activations_known
        assert opened.model.noise_gru.activation is Activation.RELU
        assert opened.model.denoise_gru.activation is Activation.TANH
        assert all(np.array_equal(a.weights, b.weights) for a, b in zip(opened.model, model, strict=True))


def test_float16_and_float64_weights_are_taken(model: Int8Model, tmp_path: Path) -> None:
    """The type of the floats does not matter."""
    for dtype in (np.float16, np.float64):
        weights = {n: {k: v.astype(dtype) for k, v in a.items()} for n, a in keras_samples.writable(model).items()}
        path = keras_samples.keras2(tmp_path / "m", weights, config=keras_samples.config_of(model))  # type: ignore[arg-type]
        assert read_model(path) == model


@pytest.mark.parametrize("name", SEED_MODELS)
def test_seed_models_quantize_to_the_recorded_digests(name: str, shared: Path) -> None:
    """Every array of both trained files, as int8 bytes, and the script's activations."""
    recorded = json.loads((shared / "seed" / "golden.json").read_text())["quantised_weights"][name]
    path = shared / "seed" / f"{name}.hdf5"
    opened = open_model(path)
    assert opened.quantization is not None
    assert opened.quantization.clipped == 0
    for layer in opened.model:
        for what, array in layer.arrays.items():
            entry = recorded.pop(f"{layer.name}.{what}")
            assert (array.size, array.sum(dtype=int), array.min(), array.max()) == (
                entry["n"],
                entry["sum"],
                entry["min"],
                entry["max"],
            )
            assert hashlib.sha256(array.tobytes()).hexdigest() == entry["sha256"]
    assert not recorded
    labels = [layer.activation.label for layer in opened.model]
    assert labels == ["tanh", "tanh", "relu", "tanh", "sigmoid", "sigmoid"]


def test_reading_needs_no_tensorflow_and_under_a_second(shared: Path) -> None:
    """Both trained files, in a fresh process in which TensorFlow cannot be imported."""
    code = (
        "import sys, time; start = time.process_time(); sys.modules['tensorflow'] = "
        "sys.modules['keras'] = None\n"
        "from rnnoise_py.model import read_model\n"
        f"models = [read_model(f'{shared}/seed/{{n}}.hdf5') for n in {SEED_MODELS!r}]\n"
        "print(time.process_time() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1
