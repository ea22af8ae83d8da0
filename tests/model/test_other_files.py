"""What is given as a model and is none is called by its name, with what to do about it."""

import bz2
import gzip
import io
import json
import lzma
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model import open_model
from rnnoise_py.model.text import format_text
from rnnoise_py.spec.layout import ROWS_DATASET
from tests.model_samples import synthetic

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 1104400\n"


def _zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return stream.getvalue()


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model.rnnn"))
    return stream.getvalue()


def _rows() -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file[ROWS_DATASET] = np.zeros((4, 87), np.float32)
    return stream.getvalue()


def _safetensors() -> bytes:
    head = json.dumps({"conv1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return struct.pack("<Q", len(head)) + head + bytes(4)


#: content, and words of the message
KINDS: dict[str, tuple[Callable[[], bytes], tuple[str, ...]]] = {
    "model.hdf5": (POINTER.encode, ("Git LFS pointer", "git lfs pull")),
    "page.hdf5": (lambda: b"<!DOCTYPE html>\n<html></html>\n", ("web page", "download")),
    "page2.hdf5": (lambda: b"\xef\xbb\xbf\n<HTML lang=en>\n", ("web page", "download")),
    "error.rnnn": (lambda: b'<?xml version="1.0"?><Error/>', ("XML", "download")),
    "m.gz": (lambda: gzip.compress(format_text(synthetic("synthetic_a")).encode()), ("gzip", "gunzip")),
    "m.xz": (lambda: lzma.compress(bytes(100)), ("xz", "unxz")),
    "m.bz2": (lambda: bz2.compress(bytes(100)), ("bzip2", "bunzip2")),
    "m.zst": (lambda: b"\x28\xb5\x2f\xfd" + bytes(20), ("zstd", "unzstd")),
    "m.tar": (_tar, ("tar archive", "tar -xf")),
    "m.7z": (lambda: b"7z\xbc\xaf\x27\x1c" + bytes(30), ("7-Zip",)),
    "weights_blob.bin": (lambda: b"DNNw" + struct.pack("<4i", 0, 1, 128, 128) + bytes(172), ("v0.2", "v0.1")),
    "rnnoise_data.c": (lambda: b"static const float conv1_weights_float[2] = {0.1f, 0.2f};\n", ("v0.2", "v0.1")),
    "m.pth": (lambda: _zip(r10__data__pkl=b"", **{"r10/data.pkl": b"\x80\x02}q\0."}), ("PyTorch", "never opened")),
    "old.pth": (lambda: b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", ("pickle", "never opened")),
    "m.safetensors": (_safetensors, ("safetensors",)),
    "m.onnx": (lambda: b"\x08\x07\x12\x07pytorch\x1a\x051.9.0" + bytes(40), ("ONNX",)),
    "m.tflite": (lambda: b"\x1c\0\0\0TFL3" + bytes(40), ("TensorFlow Lite",)),
    "m.npz": (lambda: _zip(**{"a.npy": b""}), ("NumPy archive",)),
    "m.npy": (lambda: b"\x93NUMPY\x01\0" + bytes(40), ("numpy array",)),
    "m.zip": (lambda: _zip(**{"readme.txt": b""}), ("zip archive of readme.txt", "config.json")),
    "config.json": (lambda: b'{"layers": []}', ("JSON", "weights")),
    "rows.h5": (_rows, ("training rows", "rnnoise-py train")),
    "clip.wav": (lambda: b"RIFF" + bytes(40), ("recording (RIFF)", "--model")),
    "clip.flac": (lambda: b"fLaC" + bytes(40), ("recording (FLAC)",)),
    "holes.hdf5": (lambda: bytes(1000), ("zero bytes alone",)),
    "paper.pdf": (lambda: b"%PDF-1.7", ("PDF",)),
    "rnn.h": (lambda: b"struct RNNModel {\n  int input_dense_size;\n};\n", ("header", "rnn_data.c")),
    "main.c": (lambda: b"#include <stdio.h>\nint main(void) { return 0; }\n", ("C source", "v0.1")),
}


@pytest.mark.parametrize("name", list(KINDS))
def test_it_is_called_by_its_name(name: str, tmp_path: Path) -> None:
    """In one line that has the file's name and the remedy."""
    content, words = KINDS[name]
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(ModelError) as caught:
        open_model(path)
    message = str(caught.value)
    assert message.isprintable()
    for word in (str(path), *words):
        assert word in message, message


def test_a_pointer_is_named_where_audio_is_expected(tmp_path: Path) -> None:
    """The commonest trouble with the DNS challenge's clips."""
    path = tmp_path / "clip.wav"
    path.write_text(POINTER)
    result = CliRunner().invoke(app, ["denoise", str(path), str(tmp_path / "out.wav")])
    assert isinstance(result.exception, InputError)
    assert "Git LFS pointer" in str(result.exception)
    assert "git lfs pull" in str(result.exception)


def test_the_cases(shared: Path, tmp_path: Path) -> None:
    """Each of the files is refused for what it is."""
    subprocess.run([sys.executable, str(shared / "cases" / "not_a_model" / "make.py")], cwd=tmp_path, check=True)
    words = {"lfs.hdf5": "LFS", "lfs.wav": "LFS", "page.hdf5": "web page", "weights.hdf5.xz": "xz"}
    words |= {
        "model.rnnn.gz": "gzip",
        "weights_blob.bin": "v0.2",
        "rnnoise_10.pth": "PyTorch",
        "rnnoise_data.c": "v0.2",
    }
    assert set(words) == {path.name for path in tmp_path.iterdir()}
    for name, word in words.items():
        with pytest.raises(ModelError, match=word):
            open_model(tmp_path / name)
