"""Exported folders build into a librnnoise that gives the recorded audio and VAD in every bit."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnoise_py.cli import app
from rnnoise_py.codegen import manifest
from rnnoise_py.codegen.package import export_model
from rnnoise_py.errors import DependencyError, InputError, ModelError, RNNoiseError
from rnnoise_py.model import Int8Model, read_model, write_model
from rnnoise_py.model.text import format_text, parse_text
from rnnoise_py.spec.constants import FRAME_SIZE, NB_BANDS
from tests.c_library import CLibrary, Float32, digest
from tests.conftest import REPOSITORY
from tests.model_samples import SYNTHETIC, random_model, synthetic

LIBRARY = "librnnoise.so.0.4.1"

#: what a text model may be damaged with
WORDS = ("", "\n", "\t", "0", "-0", "+1", "127", "128", "-128", "-129", "1.0", "1e2", "0x10", "nan", "--1", "}")
_HIDDEN = {"input_dense": 2, "vad_gru": 1, "noise_gru": 2, "denoise_gru": 3}
_SIZES = {**_HIDDEN, "denoise_output": NB_BANDS, "vad_output": 1}
SMALL_MODEL = random_model(_SIZES, [layer.activation for layer in synthetic("synthetic_b")], seed=1)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of shared libraries are those of Linux")


@pytest.fixture(scope="module")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> Float32:
    """Decode the recorded noisy file, whole frames, ±32768."""
    pcm = golden_pcm("noisy")
    return pcm[: len(pcm) // FRAME_SIZE * FRAME_SIZE].astype(np.float32)


def _checked_library(folder: Path) -> Path:
    library = folder / "build" / LIBRARY
    return library if library.exists() else _build(_export(synthetic("synthetic_a"), folder))


def _export(model: Int8Model, folder: Path) -> Path:
    write_model(model, folder.parent / "source.rnnn")
    export_model(folder.parent / "source.rnnn", folder, force=True)
    return folder


def _need_a_compiler() -> None:
    if not shutil.which("make") or not any(map(shutil.which, ("gcc", "cc", "clang"))):
        pytest.skip("no make or no C compiler: apt-get install gcc make")


def _build(folder: Path, *options: str) -> Path:
    _need_a_compiler()
    result = CliRunner().invoke(app, ["build", str(folder), "--workers", "2", *options], catch_exceptions=False)
    assert result.exit_code == 0
    return Path(result.stdout.strip())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One exported folder, built once; later models recompile only rnn_data.c."""
    return tmp_path_factory.mktemp("export") / "out"


@pytest.mark.parametrize("tag", SYNTHETIC)
def test_recorded_models_bit_identical(tag: str, folder: Path, noisy: Float32, golden: Callable[[str], Any]) -> None:
    """Built in, and loaded as text by the C loader: the digests of the C reference."""
    expected = golden("denoise.json")[tag]
    named = folder.parent / f"librnnoise_{tag}.so.0.4.1"
    library = _build(_export(synthetic(tag), folder), "--copy-to", str(named))
    assert library == named
    for model_file in (None, folder / "model.rnnn"):
        audio, vad = CLibrary(library).run(noisy, model_file)
        assert len(vad) == expected["frames"]
        assert digest(audio) == expected["sha256_audio"]
        assert digest(vad) == expected["sha256_vad"]


def test_seed_model_bit_identical(folder: Path, noisy: Float32, shared: Path) -> None:
    """From the trained HDF5 file to the recorded output of the C reference with it."""
    expected = json.loads((shared / "seed" / "golden.json").read_text())["denoise"]["seed_5h_b_500k"]
    export_model(shared / "seed" / "weights_5h_b_500k.hdf5", folder, force=True)
    library = _build(folder, "--copy-to", str(folder.parent / "librnnoise_seed.so.0.4.1"))
    audio, vad = CLibrary(library).run(noisy)
    assert (digest(audio), digest(vad)) == (expected["sha256_audio"], expected["sha256_vad"])


def test_models_of_other_sizes(folder: Path, noisy: Float32) -> None:
    """Small and large layers: built in and loaded as text give the same bits."""
    some = noisy[: 300 * FRAME_SIZE]
    activations = [layer.activation for layer in synthetic("synthetic_a")]
    for k, (a, b, c, d) in enumerate([(1, 1, 1, 1), (7, 13, 29, 5), (40, 46, 40, 128), (17, 30, 31, 33)]):
        sizes = {
            "input_dense": a,
            "vad_gru": b,
            "noise_gru": c,
            "denoise_gru": d,
            "denoise_output": 22,
            "vad_output": 1,
        }
        model = random_model(sizes, activations, seed=k)
        named = folder.parent / f"librnnoise_{k}.so.0.4.1"
        library = CLibrary(_build(_export(model, folder), "--copy-to", str(named)))
        built_in, loaded = library.run(some), library.run(some, folder / "model.rnnn")
        assert digest(built_in[0]) == digest(loaded[0])
        assert digest(built_in[1]) == digest(loaded[1])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_both_loaders_accept_the_same_text_models(folder: Path, data: st.DataObject) -> None:
    """What Python refuses, the C loader refuses, and the other way round."""
    library = CLibrary(_checked_library(folder))
    words = format_text(SMALL_MODEL).split(" ")
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(words)))
        word = data.draw(st.sampled_from(WORDS) | st.integers(-200, 200).map(str))
        words[place : place + data.draw(st.integers(0, 2))] = [word]
    path = folder.parent / "damaged.rnnn"
    path.write_text(" ".join(words))
    try:
        read_model(path)
        accepted = True
    except ModelError:
        accepted = False
    assert library.accepts(path) == accepted


def test_both_loaders_agree_on_the_fuzzing_corpus(folder: Path) -> None:
    """The files that the C loader is fuzzed from."""
    library = CLibrary(_checked_library(folder))
    files = sorted((REPOSITORY / "reference_c" / "tests" / "corpus").iterdir())
    assert files
    for path in files:
        try:
            parse_text(path.read_bytes(), path.name)
            accepted = True
        except ModelError:
            accepted = False
        assert library.accepts(path) == accepted, path.name


def test_the_path_of_the_library_is_printed(folder: Path) -> None:
    """Nothing but the path is on stdout; the links stand beside it."""
    if not (folder / "Makefile").exists():
        _export(synthetic("synthetic_a"), folder)
    library = _build(folder)
    assert library == (folder / "build" / LIBRARY).resolve()
    for link in ("librnnoise.so", "librnnoise.so.0"):
        assert (folder / "build" / link).resolve() == library


def test_the_compilers_words_are_shown(tmp_path: Path) -> None:
    """A model file that was edited badly: the compiler says where, the last line says what failed."""
    _need_a_compiler()
    out = _export(synthetic("synthetic_a"), tmp_path / "out")
    (out / "rnn_data.c").write_text((out / "rnn_data.c").read_text().replace("ACTIVATION_RELU", "ACTIVATION_ELU"))
    (out / manifest.NAME).unlink()
    done = subprocess.run(
        [sys.executable, "-m", "rnnoise_py", "build", str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OPT": "-O0", "SIMD": "baseline"},
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "ACTIVATION_ELU" in done.stderr
    assert "make failed in" in done.stderr.splitlines()[-1]


def test_what_build_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is no export, a compiler that is not there, a target that cannot be written."""
    runner = CliRunner()
    out = _export(synthetic("synthetic_a"), tmp_path / "out")
    for arguments, error, words in [
        ([str(tmp_path)], InputError, "has no Makefile"),
        ([str(out), "--cc", "no-such-cc"], DependencyError, "looked for no-such-cc"),
        ([str(out), "--copy-to", str(tmp_path / "none" / "x.so")], RNNoiseError, "does not exist"),
    ]:
        result = runner.invoke(app, ["build", *arguments])
        assert isinstance(result.exception, error)
        assert words in str(result.exception)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    result = runner.invoke(app, ["build", str(out)])
    assert "no C compiler found" in str(result.exception)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", [name for name in ("gcc", "clang") if shutil.which(name)])
def test_make_check_and_install(compiler: str, tmp_path: Path) -> None:
    """The folder without Python: make, make check, make install; a client found by pkg-config runs."""
    out = _export(synthetic("synthetic_a"), tmp_path / "out")
    bare = {"PATH": os.environ["PATH"]}
    for target in (["all"], ["check"], ["install", f"PREFIX={tmp_path}/usr"]):
        subprocess.run(
            ["make", "-C", str(out), "-j2", f"CC={compiler}", *target], check=True, env=bare, stdout=subprocess.DEVNULL
        )
    client = tmp_path / "client.c"
    client.write_text(
        "#include <rnnoise.h>\n#include <stdio.h>\nint main(void) {\n"
        '  DenoiseState *state = rnnoise_create(NULL);\n  printf("%d\\n", rnnoise_get_frame_size());\n'
        "  rnnoise_destroy(state);\n  return 0;\n}\n"
    )
    lib = tmp_path / "usr" / "lib"
    assert f"prefix={tmp_path}/usr" in (lib / "pkgconfig" / "rnnoise.pc").read_text().replace(" ", "")
    subprocess.run(
        [compiler, str(client), f"-I{tmp_path}/usr/include", f"-L{lib}", "-lrnnoise", "-o", str(tmp_path / "client")],
        check=True,
    )
    done = subprocess.run(
        [tmp_path / "client"], env={"LD_LIBRARY_PATH": str(lib)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(FRAME_SIZE)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg: apt-get install ffmpeg")
@pytest.mark.parametrize("tag", SYNTHETIC)
def test_ffmpeg_loads_the_text_model(tag: str, tmp_path: Path, data: Path) -> None:
    """``-af arnndn=m=model.rnnn`` runs and changes the audio; a truncated model is refused by it."""
    write_model(synthetic(tag), tmp_path / "model.rnnn")

    def run(name: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [
                "ffmpeg",
                "-v",
                "error",
                "-i",
                str(data / "noisy.flac"),
                "-t",
                "5",
                "-af",
                f"arnndn=m={name}",
                "-f",
                "s16le",
                "-",
            ],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )

    done = run("model.rnnn")
    assert (done.returncode, done.stderr) == (0, b"")
    assert np.frombuffer(done.stdout, dtype="<i2").any()
    (tmp_path / "cut.rnnn").write_text((tmp_path / "model.rnnn").read_text()[:2000])
    assert run("cut.rnnn").returncode != 0
