"""Models as public forks have them: sizes with a point, other names, split sources, doubled biases, other networks."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from rnnoise_py.errors import ModelError
from rnnoise_py.model import Int8Model, open_model, read_model
from rnnoise_py.model.c_writer import source_text
from rnnoise_py.model.packed import format_packed
from rnnoise_py.model.text import format_text
from rnnoise_py.model.topology import LAYERS
from tests import keras_samples
from tests.command_line import environment
from tests.conftest import REPOSITORY
from tests.model_samples import synthetic

SOURCE = Path("rnn_data.c")


@pytest.fixture(scope="module")
def model() -> Int8Model:
    """Take a model with unusual activations, so that defaults cannot pass for readings."""
    return synthetic("synthetic_c")


def with_points(source: str, point: str = ".0") -> str:
    """Write the neurons of the GRUs as Python 3's division made them."""
    return re.sub(r"(GRULayer \w+ = \{[^}]*?\d+, \d+)(?=, ACT)", rf"\g<1>{point}", source)


def text_with_points(text: str, point: str = ".0") -> str:
    """Write inputs and neurons of every layer with a point."""
    return re.sub(r"^(\d+) (\d+) ([012])$", rf"\1{point} \2{point} \3", text, flags=re.MULTILINE)


def doubled_text(model: Int8Model, order: Callable[[np.ndarray], np.ndarray] = lambda bias: bias * 0) -> str:
    """Write a text model whose GRUs have two biases each."""
    lines = [format_text(model).partition("\n")[0]]
    for layer in model:
        lines.append(f"{layer.inputs} {layer.neurons} {int(layer.activation)}")
        for what, array in layer.arrays.items():
            values = array.ravel()
            if layer.is_gru and what == "bias":
                values = np.concatenate([values, order(values)])
            lines.append(" ".join(map(str, values)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("point", [".0", ".", ".0f", ".000F"])
def test_sizes_with_a_point_in_c(point: str, model: Int8Model, tmp_path: Path) -> None:
    """The C compiler takes them as integers, and so does the reader; it says so."""
    path = tmp_path / SOURCE
    path.write_text(with_points(source_text(model), point))
    assert point in path.read_text()
    opened = open_model(path)
    assert opened.model == model
    assert len(opened.notes) == 1
    assert "24.0" in opened.notes[0]
    assert not open_model(_written(tmp_path / "plain.c", source_text(model))).notes


@pytest.mark.parametrize("point", [".0", ".", ".000"])
def test_sizes_with_a_point_in_text(point: str, model: Int8Model, tmp_path: Path) -> None:
    """Text models of the same scripts."""
    opened = open_model(_written(tmp_path / "model.rnnn", text_with_points(format_text(model), point)))
    assert opened.model == model
    assert len(opened.notes) == 1


@pytest.mark.parametrize("point", [".5", ".00001", "e0", ".0.0"])
def test_sizes_that_are_no_integers_are_refused(point: str, model: Int8Model, tmp_path: Path) -> None:
    """A point and zeros, nothing else."""
    for name, text in (
        ("m.c", with_points(source_text(model), point)),
        ("m.txt", text_with_points(format_text(model), point)),
    ):
        with pytest.raises(ModelError, match=r"integer"):
            read_model(_written(tmp_path / name, text))


def test_weights_and_activations_with_a_point_are_refused(model: Int8Model, tmp_path: Path) -> None:
    """Sizes may have one; a decimal weight is no int8."""
    title, sizes, rest = format_text(model).split("\n", 2)
    for changed in (f"{title}\n{sizes}.0\n{rest}", f"{title}\n{sizes}\n{rest.replace(' ', '.0 ', 1)}"):
        with pytest.raises(ModelError, match="decimal number"):
            read_model(_written(tmp_path / "m.txt", changed))


def test_the_note_is_said(model: Int8Model, tmp_path: Path) -> None:
    """Whoever reads such a model says so, and what is exported has no point any more."""
    path = _written(tmp_path / "m.rnnn", text_with_points(format_text(model)))
    audio = str(Path(__file__).parents[1] / "data" / "noisy.flac")
    for arguments in (
        ["model", "info", str(path)],
        ["export", str(path), "-o", str(tmp_path / "out")],
        ["denoise", audio, str(tmp_path / "clean.wav"), "--model", str(path), "--backend", "numba"],
    ):
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        assert result.stderr.count("decimal point") == 1
    assert (tmp_path / "out" / "model.rnnn").read_text() == format_text(model)


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


RENAMINGS: dict[str, Callable[[str], str]] = {
    "prefixed layers": lambda t: re.sub(
        r"\b(input_dense|vad_gru|noise_gru|denoise_gru|denoise_output|vad_output)\b", r"mine_\1", t
    ),
    "prefixed arrays": lambda t: re.sub(r"\b(\w+_(?:weights|bias))\b", r"mine_\1", t),
    "prefixed types": lambda t: (
        t.replace("rnn_weight ", "my_rnn_weight ")
        .replace("DenseLayer", "MyDenseLayer")
        .replace("GRULayer", "MyGRULayer")
    ),
    "prefixed macros": lambda t: t.replace("ACTIVATION_", "MY_ACTIVATION_"),
    "camel-case macros": lambda t: re.sub(r"ACTIVATION_(\w+)", lambda m: f"kActivation{m[1].capitalize()}", t),
    "members by name": lambda t: re.sub(
        r"(DenseLayer \w+ = \{)\s*(\w+),\s*(\w+),\s*(\d+), (\d+), (\w+)\s*\}",
        r"\1.input_weights = \3, .bias = \2, .nb_neurons = \5, .activation = \6, .nb_inputs = \4}",
        t,
    ),
    "addresses": lambda t: re.sub(r"(Layer \w+ = \{\s*)(\w+)", r"\1&\2[0]", t),
}


@pytest.mark.parametrize("renaming", list(RENAMINGS))
def test_renamed_sources(renaming: str, model: Int8Model, tmp_path: Path) -> None:
    """The ends of names count."""
    source = source_text(model)
    changed = RENAMINGS[renaming](source)
    assert changed != source
    assert read_model(_written(tmp_path / SOURCE, changed)) == model


def test_two_layers_of_one_name_are_refused(model: Int8Model, tmp_path: Path) -> None:
    """Two models in one file: which one is meant cannot be told."""
    source = source_text(model)
    other = re.search(r"static const GRULayer vad_gru = \{[^}]*\};\n", source)
    assert other is not None
    with pytest.raises(ModelError, match=r"vad_gru twice \(vad_gru, other_vad_gru\)"):
        read_model(_written(tmp_path / SOURCE, source + other[0].replace("vad_gru =", "other_vad_gru =")))


def _split(source: str) -> tuple[str, str]:
    """Take the arrays out of a source."""
    arrays = re.findall(r"static const rnn_weight \w+\[\d+\] = \{[^}]*\};\n", source)
    for array in arrays:
        source = source.replace(array, "")
    return source, "".join(arrays)


def test_an_included_file_is_read(model: Int8Model, tmp_path: Path) -> None:
    """``#include "rnn_weights.c"`` of the same folder, also through another one."""
    rest, arrays = _split(source_text(model))
    (tmp_path / "rnn_weights.c").write_text(f"/* weights */\n{arrays}")
    (tmp_path / "first.inc").write_text('#include "rnn_weights.c"\n')
    for name in ("rnn_weights.c", "first.inc"):
        assert read_model(_written(tmp_path / SOURCE, f'#include "{name}"\n{rest}')) == model


def test_an_include_that_is_missing_is_named(model: Int8Model, tmp_path: Path) -> None:
    """The message says which file belongs beside the source."""
    rest, _ = _split(source_text(model))
    path = _written(tmp_path / SOURCE, f'#include "rnn_weights.c"\n{rest}')
    with pytest.raises(ModelError, match=r"it includes rnn_weights.c, put that into its folder"):
        read_model(path)


@pytest.mark.parametrize("name", ["../rnn_weights.c", "sub/rnn_weights.c", "{absolute}", "link.c", "pipe.c", "folder"])
def test_nothing_else_is_included(name: str, model: Int8Model, tmp_path: Path) -> None:
    """No path, no link, no pipe, no folder: a model file reads no file of someone else's choice."""
    rest, arrays = _split(source_text(model))
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "folder").mkdir()
    for place in (tmp_path, folder / "sub"):
        (place / "rnn_weights.c").write_text(arrays)
    (folder / "link.c").symlink_to(tmp_path / "rnn_weights.c")
    subprocess.run([sys.executable, "-c", f"import os; os.mkfifo({str(folder / 'pipe.c')!r})"], check=True)
    included = name.format(absolute=tmp_path / "rnn_weights.c")
    with pytest.raises(ModelError, match="no int8 array"):
        read_model(_written(folder / SOURCE, f'#include "{included}"\n{rest}'))


def test_includes_in_circles_end(model: Int8Model, tmp_path: Path) -> None:
    """Each file is read once, comments and strings are no includes."""
    rest, arrays = _split(source_text(model))
    (tmp_path / "a.c").write_text(f'#include "b.c"\n{arrays}')
    (tmp_path / "b.c").write_text('#include "a.c"\n#include "b.c"\n// #include "c.c"\n/*\n#include "c.c"\n*/\n')
    (tmp_path / "c.c").write_text("}}}")
    assert read_model(_written(tmp_path / SOURCE, f'#include "a.c"\n{rest}')) == model


def doubled_biases(model: Int8Model, folder: Path) -> Iterator[Path]:
    """Write GRUs with two biases each, in every format."""
    yield _written(folder / "m.rnnn", doubled_text(model))
    source = re.sub(
        r"(static const rnn_weight \w+_gru_bias)\[(\d+)\] = \{([^}]*)\};",
        lambda m: f"{m[1]}[{2 * int(m[2])}] = {{{m[3].strip().rstrip(',')}, {', '.join(['0'] * int(m[2]))}}};",
        source_text(model),
    )
    yield _written(folder / "m.c", source)
    numbers = doubled_text(model).split("\n", 1)[1].split()
    packed = folder / "m.rnn"
    packed.write_bytes(bytes(int(number) & 255 for number in numbers))
    yield packed
    weights = keras_samples.writable(model)
    for arrays in weights.values():
        if "recurrent_kernel" in arrays:
            arrays["bias"] = np.stack([arrays["bias"], 0 * arrays["bias"]])
    yield keras_samples.keras2(folder / "m.hdf5", weights, config=None)
    yield keras_samples.keras_archive(folder / "m.keras", weights, config=keras_samples.config_of(model))


def test_doubled_biases_are_called_by_their_name_in_every_format(model: Int8Model, tmp_path: Path) -> None:
    """``reset_after`` is the word to look for."""
    for path in doubled_biases(model, tmp_path):
        with pytest.raises(ModelError, match=r"reset_after=True.*reset_after=False") as caught:
            read_model(path)
        assert str(path) in str(caught.value)


def test_models_for_16_khz_are_called_by_their_name(model: Int8Model, tmp_path: Path) -> None:
    """38 features and 18 bands are those of a fork."""
    numbers: list[int] = []
    sizes = {"input_dense": (38, 24), "vad_gru": (24, 24), "noise_gru": (24 + 24 + 38, 48)}
    sizes |= {"denoise_gru": (24 + 48 + 38, 96), "denoise_output": (96, 18), "vad_output": (24, 1)}
    lines = [format_text(model).partition("\n")[0]]
    for spec in LAYERS:
        inputs, neurons = sizes[spec.name]
        count = sum(int(np.prod(shape)) for shape in spec.shapes(inputs, neurons).values())
        own = [inputs, neurons, int(spec.activation), *([1] * count)]
        numbers += own
        lines.append(" ".join(map(str, own)))
    _written(tmp_path / "m.rnnn", "\n".join(lines) + "\n")
    (tmp_path / "m.rnn").write_bytes(bytes(numbers))
    for name in ("m.rnnn", "m.rnn"):
        with pytest.raises(ModelError, match=r"16 kHz \(38 features, 18 bands\).*48 kHz"):
            read_model(tmp_path / name)


def test_what_forks_have(model: Int8Model, shared: Path, tmp_path: Path) -> None:
    """The cases: three are the shipped model, two have doubled biases."""
    tool = tmp_path / "bin" / "rnnoise-py"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rnnoise_py "$@"\n')
    tool.chmod(0o755)
    found = environment(PATH=f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    script = shared / "cases" / "models_as_forks_have_them" / "make.py"
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=found, check=True)
    shipped = read_model(REPOSITORY / "rnnoise_py" / "data" / "default.rnnn")
    for name in ("float_sizes.c", "float_sizes.rnnn", "prefixed.c"):
        assert read_model(tmp_path / name) == shipped
    for name in ("doubled_bias.c", "doubled_bias.rnnn"):
        with pytest.raises(ModelError, match="reset_after"):
            read_model(tmp_path / name)
    assert format_packed(model)
