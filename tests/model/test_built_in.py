"""The weights inside a library are read as data, for any processor and system; no code of it is run."""

import io
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from rnnoise_py.denoiser.engine import open_engine
from rnnoise_py.errors import ModelError
from rnnoise_py.model import Int8Model, open_model, read_model
from rnnoise_py.model.built_in import read_built_in
from rnnoise_py.model.c_writer import write_rnn_data
from tests.c_build import SOURCES, require
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

SECONDS = 10

#: compilers, their options, and the name of what they make
BUILDS = [
    ("gcc", ("-O2",), "librnnoise.so"),
    ("gcc", ("-O3", "-s", "-Wl,--gc-sections"), "stripped.so"),
    ("gcc", ("-O2", "-Wl,-z,pack-relative-relocs"), "packed.so"),
    ("clang", ("-Os", "-fdata-sections"), "librnnoise.so"),
    ("i686-linux-gnu-gcc", ("-O2",), "librnnoise.so"),
    ("aarch64-linux-gnu-gcc", ("-O2", "-s"), "librnnoise.so"),
    ("s390x-linux-gnu-gcc", ("-O2",), "librnnoise.so"),
    ("arm-linux-gnueabihf-gcc", ("-O2",), "librnnoise.so"),
    ("x86_64-w64-mingw32-gcc", ("-O2", "-s"), "rnnoise.dll"),
    ("i686-w64-mingw32-gcc", ("-O2",), "rnnoise.dll"),
]
#: a model that is there twice (its own name and none), code that shows when it is run
EXTRA = """
#include <stdlib.h>
#include "rnn.h"
#include "rnn_data.h"
extern const struct RNNModel rnnoise_model_orig;
const struct RNNModel *rnnoise_model_used(void) { return &rnnoise_model_orig; }
#ifndef _WIN32
__attribute__((constructor)) static void run(void) { abort(); }
#endif
"""


@pytest.fixture(scope="module")
def model() -> Int8Model:
    """Take a model with unusual activations."""
    return synthetic("synthetic_c")


def _require_compiler(*programs: str) -> None:
    """Skip where they are not; cross compilers are many, and none is needed everywhere."""
    if any("-linux-gnu" in program or "mingw" in program for program in programs):
        missing = [program for program in programs if shutil.which(program) is None]
        if missing:
            pytest.skip(f"{NOT_HERE}{', '.join(missing)}")
    require(*programs)


def compiled(model: Int8Model, folder: Path, compiler: str, options: tuple[str, ...], name: str) -> Path:
    """Make a library of a model alone, which ends the process that loads it; skip where that cannot be."""
    _require_compiler(compiler)
    write_rnn_data(model, folder)
    (folder / "extra.c").write_text(EXTRA)
    command = [compiler, "-shared", "-fPIC", "-iquote", str(SOURCES / "src"), "-iquote", str(SOURCES / "include")]
    command += ["-iquote", str(SOURCES / "generated"), *options]
    done = subprocess.run(
        [*command, "rnn_data.c", "extra.c", "-o", name], cwd=folder, capture_output=True, text=True, check=False
    )
    if "pack-relative-relocs" in str(options) and done.returncode:
        pytest.skip(f"{NOT_HERE}this linker does not pack relocations")
    assert done.returncode == 0, done.stderr
    return folder / name


@pytest.fixture(scope="module")
def library(model: Int8Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a library of this machine."""
    return compiled(model, tmp_path_factory.mktemp("library"), *BUILDS[0])


@pytest.mark.parametrize(("compiler", "options", "name"), BUILDS, ids=[f"{b[0]}{b[1][-1]}" for b in BUILDS])
def test_libraries_of_any_machine(
    compiler: str, options: tuple[str, ...], name: str, model: Int8Model, tmp_path: Path
) -> None:
    """Stripped or not, 32 or 64 bits, either byte order, Windows."""
    opened = open_model(compiled(model, tmp_path, compiler, options, name))
    assert (opened.format, opened.model) == ("library", model)


@pytest.mark.parametrize("compiler", ["gcc", "i686-linux-gnu-gcc", "aarch64-linux-gnu-gcc"])
def test_static_libraries_and_objects(compiler: str, model: Int8Model, tmp_path: Path) -> None:
    """``librnnoise.a``, and the object file of ``rnn_data.c``."""
    archiver = compiler.replace("gcc", "ar")
    _require_compiler(compiler, archiver)
    write_rnn_data(model, tmp_path)
    includes = [
        "-iquote",
        str(SOURCES / "src"),
        "-iquote",
        str(SOURCES / "include"),
        "-iquote",
        str(SOURCES / "generated"),
    ]
    subprocess.run([compiler, "-fPIC", "-O2", "-c", *includes, "rnn_data.c"], cwd=tmp_path, check=True)
    (tmp_path / "other.c").write_text("int other_name_that_is_long(void) { return 1; }\n")
    subprocess.run([compiler, "-c", "other.c"], cwd=tmp_path, check=True)
    subprocess.run([archiver, "rcs", "librnnoise.a", "other.o", "rnn_data.o"], cwd=tmp_path, check=True)
    for name in ("librnnoise.a", "rnn_data.o"):
        assert read_model(tmp_path / name) == model


def test_every_command_reads_it_and_none_runs_it(library: Path, model: Int8Model, tmp_path: Path) -> None:
    """``model info``, ``export``, ``--model``: loading this library would end the process."""
    crash = subprocess.run([sys.executable, "-c", f"import ctypes; ctypes.CDLL({str(library)!r})"], check=False)
    assert crash.returncode != 0
    result = CliRunner().invoke(app, ["model", "info", str(library), "--json"], catch_exceptions=False)
    assert model.digest in result.stdout
    CliRunner().invoke(app, ["export", str(library), "-o", str(tmp_path / "out"), "-q"], catch_exceptions=False)
    assert read_model(tmp_path / "out" / "model.rnnn") == model
    assert open_engine(library, "numba").weights == model.digest


def test_two_models_in_one_library_are_refused(model: Int8Model, tmp_path: Path) -> None:
    """Which one is meant cannot be told."""
    require("gcc")
    write_rnn_data(model, tmp_path)
    (tmp_path / "rnn_data.c").rename(tmp_path / "one.c")
    write_rnn_data(synthetic("synthetic_a"), tmp_path)
    source = (tmp_path / "rnn_data.c").read_text().replace("rnnoise_model_orig", "rnnoise_model_other")
    (tmp_path / "rnn_data.c").write_text(source)
    command = [
        "gcc",
        "-shared",
        "-fPIC",
        "-iquote",
        str(SOURCES / "src"),
        "-iquote",
        str(SOURCES / "include"),
        "rnn_data.c",
        "one.c",
    ]
    subprocess.run([*command, "-o", "two.so"], cwd=tmp_path, check=True)
    with pytest.raises(ModelError, match="2 models"):
        read_model(tmp_path / "two.so")


def test_libraries_without_a_model_are_called_so(tmp_path: Path) -> None:
    """Of another kind, or of the v0.2 line."""
    require("gcc")
    for text, words in (
        ("int one(void) { return 1; }\n", "no model of RNNoise v0.1"),
        ('const char *name(void) { return "conv1_weights_int8 gru1_input"; }\n', r"v0\.2 line"),
    ):
        (tmp_path / "a.c").write_text(text)
        subprocess.run(["gcc", "-shared", "-fPIC", "a.c", "-o", "a.so"], cwd=tmp_path, check=True)
        with pytest.raises(ModelError, match=words):
            read_model(tmp_path / "a.so")


def test_cut_libraries(library: Path, model: Int8Model) -> None:
    """Cut anywhere: the model, or one line."""
    content = library.read_bytes()
    for length in [*range(0, 200, 7), *range(200, len(content), 4999)]:
        _read(content[:length], model)


def test_damaged_libraries_end_soon(library: Path, model: Int8Model) -> None:
    """Any byte of the headers and tables replaced: one line or a model, never a traceback, no long search."""
    content = library.read_bytes()
    draw = random.Random(3)
    start = time.process_time()
    for number in range(150):
        changed = bytearray(content)
        for _ in range(draw.randint(1, 8)):
            place = draw.randrange(1, 1024) if number % 2 else draw.randrange(len(changed))
            changed[place] = draw.choice((0, 1, 127, 128, 255, draw.randrange(256)))
        _read(bytes(changed), None)
    assert time.process_time() - start < 6 * SECONDS


def test_a_library_of_nothing_but_sizes(library: Path) -> None:
    """Bytes that look like the start of a model everywhere."""
    head = library.read_bytes()[:0x200]
    start = time.process_time()
    stream = io.BytesIO(head)
    stream.seek(0, 2)
    stream.write(b"\x18\0\0\0" * 1_000_000)
    _read(stream.getvalue(), None)
    assert time.process_time() - start < SECONDS


def _read(content: bytes, model: Int8Model | None) -> None:
    try:
        found = read_built_in(content, "a.so")
    except ModelError as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(error).startswith("a.so")  # noqa: PT017
    else:
        assert model is None or found == model


def test_the_system_libraries_have_none() -> None:
    """Real libraries, large ones too, in seconds."""
    found = shutil.which("gcc")
    require("gcc")
    assert found is not None
    start = time.process_time()
    with pytest.raises(ModelError):
        open_model(Path(sys.executable).resolve())
    assert time.process_time() - start < SECONDS
