"""Whatever is wrong with a model file is said in one line, with what to do; exit code 2, nothing written."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnoise_py.cli import app
from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model import read_model
from rnnoise_py.model.c_writer import header_text, source_text
from rnnoise_py.model.float_model import FloatWeights
from rnnoise_py.model.packed import format_packed
from rnnoise_py.model.text import format_text
from tests import keras_samples
from tests.conftest import REPOSITORY
from tests.model_samples import FORMATS, synthetic, write_any

MODEL = synthetic("synthetic_a")
TEXT = format_text(MODEL)
PACKED = format_packed(MODEL)
SOURCE = source_text(MODEL)
CONFIG = keras_samples.config_of(MODEL)


def _refused(path: Path, *words: str) -> str:
    """Read a file that must be refused; check the message's form and words."""
    with pytest.raises(InputError) as caught:
        read_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    for word in words:
        assert word in message, message
    result = CliRunner().invoke(app, ["model", "info", str(path)])
    assert isinstance(result.exception, InputError)  # main() prints it in one line and exits with 2
    assert result.output == ""
    return message


def _layer(weights: FloatWeights, name: str, what: str, values: np.ndarray) -> None:
    weights[name][what] = values


KERAS_FAULTS: dict[str, tuple[Callable[[FloatWeights], object], tuple[str, ...]]] = {
    "doubled biases": (
        lambda w: _layer(w, "vad_gru", "bias", np.zeros((2, 72))),
        ("vad_gru.bias", "(2, 72)", "reset_after=True", "train with GRU(…, reset_after=False)"),
    ),
    "doubled flat biases": (
        lambda w: _layer(w, "noise_gru", "bias", np.zeros(288)),
        ("noise_gru.bias", "reset_after=False"),
    ),
    "NaN": (
        lambda w: _layer(w, "input_dense", "kernel", np.full((42, 24), np.nan)),
        ("input_dense.kernel", "1008 NaN", "earlier checkpoint"),
    ),
    "one infinity": (
        lambda w: _layer(w, "input_dense", "bias", np.array([np.inf] + 23 * [0.0])),
        ("input_dense.bias", "1 NaN or inf"),
    ),
    "transposed": (
        lambda w: _layer(w, "vad_gru", "recurrent_kernel", np.zeros((72, 24))),
        ("vad_gru.recurrent_kernel", "(72, 24)", "(24, 72)"),
    ),
    "neighbours": (
        lambda w: _layer(w, "noise_gru", "kernel", np.zeros((91, 144))),
        ("noise_gru has 91 inputs", "needed are 90"),
    ),
    "no gates": (lambda w: _layer(w, "vad_gru", "kernel", np.zeros((24, 71))), ("vad_gru.kernel", "(24, 71)")),
    "three dimensions": (lambda w: _layer(w, "vad_gru", "kernel", np.zeros((24, 3, 24))), ("vad_gru.kernel",)),
    "no dimension": (lambda w: _layer(w, "vad_gru", "kernel", np.array(1.0)), ("vad_gru.kernel",)),
    "scalar bias": (lambda w: _layer(w, "vad_gru", "bias", np.array(1.0)), ("vad_gru.bias",)),
    "empty": (lambda w: _layer(w, "vad_gru", "kernel", np.zeros((0, 72))), ("vad_gru.kernel",)),
    "too large": (
        lambda w: w.update(
            denoise_gru={
                "kernel": np.zeros((114, 387), "f"),
                "recurrent_kernel": np.zeros((129, 387), "f"),
                "bias": np.zeros(387, "f"),
            }
        ),
        ("denoise_gru", "129 neurons", "at most 128"),
    ),
    "huge": (lambda w: _layer(w, "vad_gru", "kernel", np.zeros((3000, 3000), "f")), ("(3000, 3000)",)),
    "other names": (lambda w: w.update(gru=w.pop("vad_gru")), ("layers vad_gru are missing", "found: ", "gru")),
    "no bias": (lambda w: w["vad_gru"].pop("bias"), ("vad_gru has no bias", "found: kernel, recurrent_kernel")),
    "GRU as dense": (lambda w: w["vad_gru"].pop("recurrent_kernel"), ("vad_gru has no recurrent_kernel",)),
    "21 gains": (
        lambda w: w.update(denoise_output={"kernel": np.zeros((96, 21), "f"), "bias": np.zeros(21, "f")}),
        ("denoise_output has 21 neurons; needed are 22",),
    ),
    "text": (lambda w: _layer(w, "input_dense", "bias", np.array([b"a"] * 24)), ("input_dense.bias",)),
    "nothing": (lambda w: w.clear(), ("are missing", "found: none")),
}


@pytest.mark.parametrize("fault", list(KERAS_FAULTS))
def test_keras_weights(fault: str, tmp_path: Path) -> None:
    """Shapes, names and values of Keras weights, without a configuration, as HDF5 and inside an archive."""
    change, words = KERAS_FAULTS[fault]
    weights = keras_samples.writable(MODEL)
    change(weights)
    _refused(keras_samples.keras2(tmp_path / "weights.hdf5", weights, config=None), *words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"reset_after": false', '"reset_after": true', ("reset_after=True", "reset_after=False")),
        ('"activation": "relu"', '"activation": "elu"', ("noise_gru has activation 'elu'", "tanh, sigmoid and relu")),
        ('"activation": "relu"', '"activation": null', ("noise_gru has activation 'linear'",)),
        ('"recurrent_activation": "sigmoid"', '"recurrent_activation": "hard_sigmoid"', ("'hard_sigmoid'", "sigmoid")),
        ('"class_name": "GRU"', '"class_name": "LSTM"', ("is a LSTM; needed is a GRU",)),
        ('"class_name": "GRU"', '"class_name": "Dense"', ("is a Dense; needed is a GRU",)),
        ("{", "", ("not JSON",)),
    ],
)
def test_keras_configuration(old: str, new: str, words: tuple[str, ...], tmp_path: Path) -> None:
    """What the configuration says and the C library cannot compute."""
    assert old in CONFIG
    weights = keras_samples.writable(MODEL)
    config = CONFIG.replace(old, new, 1)
    _refused(keras_samples.keras2(tmp_path / "weights.hdf5", weights, config=config), *words)
    _refused(keras_samples.keras_archive(tmp_path / "m.keras", weights, config=config), *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.replace("version 1", "version 2").encode(), ("begins with", "version 2", "version 1")),
        (TEXT.replace("\n24 24 0\n", "\n24 24 3\n").encode(), ("vad_gru has activation id 3",)),
        (TEXT.replace("\n24 24 0\n", "\n24 129 0\n").encode(), ("vad_gru", "129 neurons", "1 … 128")),
        (TEXT.replace("\n24 24 0\n", "\n24 -1 0\n").encode(), ("vad_gru", "-1 neurons")),
        (TEXT.replace("\n24 24 0\n", "\n23 24 0\n").encode(), ()),
        (TEXT.replace(" 5 ", " 0.5 ", 1).encode(), ("decimal number '0.5'", "int8 integers")),
        (TEXT.replace(" 5 ", " 1e3 ", 1).encode(), ("decimal number '1e3'",)),
        (TEXT.replace(" 5 ", " nan ", 1).encode(), ("nan",)),
        (TEXT.replace(" 5 ", " five ", 1).encode(), ("word 'five'",)),
        (TEXT.replace(" 5 ", " 1_0 ", 1).encode(), ("1_0",)),
        (TEXT.replace(" 5 ", " ٥ ", 1).encode(), ("٥",)),
        (TEXT.replace(" 5 ", " 128 ", 1).encode(), ("input_dense.weights holds 128",)),
        (TEXT.replace(" 5 ", " 99999999999999999999 ", 1).encode(), ("99999",)),
        (TEXT.replace(" 5 ", f" {'9' * 5000} ", 1).encode(), ("99999",)),
        (TEXT.encode() + b"0\n", ("1 numbers follow the last layer",)),
        (TEXT.encode() + b"\n} // rubbish", ("'}'",)),
        (TEXT.encode() * 2, ("rnnoise-nu",)),
        (b"rnnoise-nu model file version 1", ("truncated",)),
        (b"rnnoise-nu model file version 1\n" + b"1 " * 1_000_000, ("1,000,000 numbers",)),
        (TEXT[: TEXT.index("\n", len(TEXT) // 2)].encode(), ("truncated",)),
        (PACKED[:-1], ("truncated",)),
        (PACKED + b"\0", ("1 numbers follow",)),
        (b"*\x81\x00" + PACKED[3:], ("input_dense", "neurons")),
        (b"*\x18\x03" + PACKED[3:], ("is no model",)),
        (b"", ("is empty",)),
        (b"\0" * 1000, ("is no model",)),
        (b"RIFF\x24\0\0\0WAVEfmt ", ("is no model", "RIFF")),
        (b"hello\n", ("is no model",)),
        (b"PK\x03\x04 this is no archive", ("damaged or truncated archive",)),
        (b"\x89HDF\r\n\x1a\n and no more", ("damaged or truncated HDF5",)),
        (b'#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n', ("C source without the layers",)),
        (header_text(MODEL).encode(), ("a header without the layers",)),
        (SOURCE[: len(SOURCE) // 2].encode(), ("lacks the layers", "denoise_output, vad_output")),
        (SOURCE.replace("ACTIVATION_RELU", "ACTIVATION_ELU", 1).encode(), ("activation 'elu'",)),
        (SOURCE.replace("24, 24, ACTIVATION_TANH", "24, 24, 7", 1).encode(), ("vad_gru has activation id 7",)),
        (SOURCE.replace("24, 24, ACT", "24, 129, ACT", 1).encode(), ("vad_gru has 129 neurons",)),
        (SOURCE.replace("24, 24, ACT", "24, 23, ACT", 1).encode(), ("vad_gru.weights has 1728 values",)),
        (SOURCE.replace("24, 24, ACT", "24, N, ACT", 1).encode(), ("'N' neurons",)),
        (SOURCE.replace("24, 24, ACT", "ACT", 1).encode(), ("vad_gru has 4 members",)),
        (
            SOURCE.replace("vad_gru_weights[1728] = {\n", "vad_gru_weights[1728] = {\n 0.5f,").encode(),
            ("vad_gru_weights[0] is '0.5f'",),
        ),
        (SOURCE.replace("vad_gru_bias[72] = {\n", "vad_gru_bias[72] = {\n 300,").encode(), ("vad_gru.bias",)),
        (SOURCE.replace("vad_gru_bias,", "gru_bias,").encode(), ("refers to gru_bias",)),
        (SOURCE.replace("rnn_weight", "float").encode(), ("no int8 array",)),
        (SOURCE.replace("const rnn_weight", "unsigned char").encode(), ("no int8 array",)),
        (SOURCE.replace("const GRULayer vad", "const DenseLayer vad").encode(), ("vad_gru is a DenseLayer",)),
        ((SOURCE + SOURCE).encode(), ("twice",)),
        (b"/*" * 200_000, ("C source without",)),
        (b'"\\' * 200_000 + b"{", ("C source without",)),
        (b"a " * 200_000 + b"{", ("C source without",)),
        (b"a[" * 200_000 + b"{", ("C source without",)),
        (b"={" * 200_000, ("C source without",)),
        (b"a={" * 200_000, ("C source without",)),
    ],
    ids=lambda value: None if isinstance(value, bytes) else " ".join(value)[:40],
)
@pytest.mark.parametrize("name", ["model"])
def test_other_files(name: str, content: bytes, words: tuple[str, ...], tmp_path: Path) -> None:
    """Text, packed and C models, and files that are something else."""
    path = tmp_path / name
    path.write_bytes(content)
    _refused(path, *words)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """A missing file, a folder, a device, a file that may not be read."""
    _refused(Path("/dev/zero"), "is a device or a pipe")
    _refused(tmp_path / "none.hdf5", "does not exist")
    _refused(tmp_path, "is a folder")
    if os.geteuid():
        (tmp_path / "secret").write_text(TEXT)
        (tmp_path / "secret").chmod(0)
        _refused(tmp_path / "secret", "Permission denied")


def test_one_line_and_exit_code_2(tmp_path: Path) -> None:
    """The command as users call it: nothing on stdout, one line on stderr, no traceback."""
    (tmp_path / "model.rnnn").write_text(TEXT[:5000])
    for arguments in (["model", "info", "model.rnnn"], ["export", "model.rnnn", "-o", "out"]):
        done = subprocess.run(
            [sys.executable, "-m", "rnnoise_py", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "truncated" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", list(FORMATS))
def test_every_truncation_is_refused(kind: str, tmp_path: Path) -> None:
    """A file cut anywhere is no model (but for white space, closing text of C and HDF5's spare end)."""
    whole = write_any(MODEL, kind, tmp_path).read_bytes()
    end = whole.index(b"const struct RNNModel rnnoise") - 3 if kind == "rnn_data" else len(whole) - 2
    path = tmp_path / "cut"
    for stop in sorted({0, 1, 2, 3, 30, 31, 32, 33, *range(0, end, end // 40), end - 1}):
        path.write_bytes(whole[:stop])
        with pytest.raises(ModelError):
            read_model(path)


@pytest.mark.parametrize("kind", ["text", "packed", "rnn_data"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_damaged_files_are_models_or_refused(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No damage causes anything but :class:`ModelError`."""
    folder = tmp_path_factory.mktemp("damaged")
    content = bytearray(write_any(MODEL, kind, folder).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(content) - 1, data.draw(st.sampled_from([200, len(content)])))))
        length = data.draw(st.integers(0, 20))
        content[place : place + length] = data.draw(st.binary(max_size=20))
    path = folder / "model"
    path.write_bytes(content)
    with contextlib.suppress(ModelError):
        read_model(path)
