"""The native backend: the library built from reference_c behind the same interface, and bad libraries."""

import ctypes
import hashlib
import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.denoiser import Denoiser, denoise
from rnnoise_py.denoiser.library import ENVIRONMENT, LIBRARY_NAMES, Library
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.denoiser.trial import read_elf
from rnnoise_py.errors import InputError
from rnnoise_py.lanes.cache import cache_folder
from rnnoise_py.model import Int8Model, write_model
from rnnoise_py.runs.built import record_built
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical
from tests.command_line import run_apart

REFERENCE_C = Path(__file__).parents[2] / "reference_c"
COPY = """float rnnoise_process_frame(void *s, float *o, const float *i)
{ (void)s; for (int k = 0; k < 480; k++) o[k] = i[k]; return 0.25f; }
"""
NAMES = """
void *rnnoise_create(void *m) { (void)m; return 0; }
void rnnoise_destroy(void *s) { (void)s; }
float rnnoise_process_frame(void *s, float *o, const float *i) { (void)s; *o = *i; return 0; }
"""
TAGS = ("synthetic_a", "synthetic_b", "synthetic_c")


@pytest.fixture(scope="session")
def librnnoise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our library, built out of tree."""
    if not (REFERENCE_C / "Makefile").is_file() or shutil.which("gcc") is None or shutil.which("make") is None:
        pytest.skip("needs reference_c, make and gcc")
    build = tmp_path_factory.mktemp("librnnoise")
    subprocess.run(
        ["make", "-s", "-C", str(REFERENCE_C), f"BUILD={build}", f"{build}/librnnoise.so.0.4.1"],
        check=True,
        capture_output=True,
    )
    return build / "librnnoise.so.0.4.1"


@pytest.fixture(scope="session")
def models(golden: Callable[[str], Any]) -> dict[str, Int8Model]:
    """The three recorded models."""
    arrays, meta = golden("denoise.npz"), golden("denoise.json")
    return {tag: Int8Model.from_arrays(arrays, meta[tag]["activations"], prefix=f"{tag}__") for tag in TAGS}


@pytest.fixture(scope="session")
def noisy(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> npt.NDArray[np.int16]:
    """The recorded noisy signal."""
    return golden_pcm("noisy")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder in which nothing is recorded, and no compiler; compiled kernels stay where they are."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cache_folder().parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("rnnoise_py.denoiser.engine.own_library", lambda: None)
    return tmp_path / "cache"


def library_of(model: Int8Model, folder: Path) -> Path:
    """Build our library with a model built in."""
    from rnnoise_py.model.c_writer import write_rnn_data

    sources, build = folder / "sources", folder / "built"
    shutil.copytree(REFERENCE_C, sources, ignore=shutil.ignore_patterns("build"))
    write_rnn_data(model, sources)
    target = build / "librnnoise.so.0.4.1"
    arguments = ["make", "-s", "-C", str(sources), f"BUILD={build}", "SIMD=baseline", "OPT=-O1", str(target)]
    subprocess.run(arguments, check=True, capture_output=True)
    return target


def compile_library(folder: Path, source: str) -> Path:
    """Make a shared library of C text."""
    if shutil.which("gcc") is None:
        pytest.skip("needs gcc")
    (folder / "fake.c").write_text(source)
    path = folder / "libfake.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(path), str(folder / "fake.c")], check=True)
    return path


@pytest.mark.parametrize("tag", TAGS)
def test_native_is_bit_identical_to_the_reference_library(
    tag: str, librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16], golden: Callable[[str], Any]
) -> None:
    """The recorded digests hold through ctypes, in blocks."""
    meta = golden("denoise.json")[tag]
    backend = NativeBackend(NativeModel(open_library(librnnoise), models[tag]))
    samples = noisy[: meta["frames"] * FRAME_SIZE].astype(np.float32)
    out, vad = np.empty_like(samples), np.empty(meta["frames"], np.float32)
    backend.process(samples, out, vad)
    backend.close()
    assert hashlib.sha256(out.astype("<f4").tobytes()).hexdigest() == meta["sha256_audio"]
    assert hashlib.sha256(vad.astype("<f4").tobytes()).hexdigest() == meta["sha256_vad"]


def test_backends_are_bit_identical_at_any_rate(
    librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """The same call through numba and through the library gives the same bits."""
    audio = np.stack([noisy[:20_011], noisy[50_000:70_011]], axis=1) / np.float32(32_768)
    for rate in (48_000, 16_000):
        native = denoise(audio, rate, models["synthetic_b"], backend="native", library=librnnoise, workers=2)
        assert_bit_identical(native, denoise(audio, rate, models["synthetic_b"], backend="numba"))


def test_long_silence_is_bit_identical(
    librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """Noise, two seconds of digital silence, noise: what numba leaves out there changes no bit."""
    noise = noisy[192_000:201_600]
    audio = np.concatenate([noise, np.zeros(96_000, np.int16), noise, np.zeros(4_800, np.int16)]) / np.float32(32_768)
    native = denoise(audio, model=models["synthetic_b"], backend="native", library=librnnoise)
    assert_bit_identical(denoise(audio, model=models["synthetic_b"], backend="numba"), native)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -1.1e15])
def test_a_library_recovers_from_what_is_no_audio(value: float, librnnoise: Path, noisy: npt.NDArray[np.int16]) -> None:
    """One such sample is a sample of silence: nothing of it stays; the loudest that is allowed stays finite."""
    samples = noisy[: 100 * FRAME_SIZE].astype(np.float32)
    results = []
    for replaced in (value, 0.0):
        samples[30 * FRAME_SIZE + 7] = replaced
        backend = NativeBackend(NativeModel(open_library(librnnoise), None))
        out, vad = np.empty_like(samples), np.empty(100, np.float32)
        backend.process(samples, out, vad)
        results.append((out, vad))
    for one, other in zip(*results, strict=True):
        assert_bit_identical(one, other)
    samples[20 * FRAME_SIZE : 40 * FRAME_SIZE] = np.random.default_rng(1).choice([-1e15, 1e15], 20 * FRAME_SIZE)
    backend.reset()
    backend.process(samples, out, vad)
    assert np.isfinite(out).all()
    assert np.isfinite(vad).all()


def test_library_without_blocks_is_called_frame_by_frame(
    librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """A library that lacks rnnoise_process_frames gives the same bits."""
    samples = noisy[: 100 * FRAME_SIZE].astype(np.float32)
    results = []
    for blocks in (True, False):
        backend = NativeBackend(NativeModel(open_library(librnnoise), models["synthetic_a"]))
        backend._has_blocks = blocks
        out, vad = np.empty_like(samples), np.empty(100, np.float32)
        backend.process(samples, out, vad)
        backend.reset()
        results.append((out, vad))
    assert_bit_identical(results[0][0], results[1][0])
    assert_bit_identical(results[0][1], results[1][1])


def test_a_closed_library_state_is_not_called(librnnoise: Path, models: dict[str, Int8Model]) -> None:
    """After close() neither a denoiser nor its backend hands a null pointer to the library; reset makes a state."""
    denoiser = Denoiser(models["synthetic_a"], "native", librnnoise)
    denoiser.close()
    with pytest.raises(InputError, match="is closed"):
        denoiser.process(np.zeros(FRAME_SIZE, np.int16))
    backend = NativeBackend(NativeModel(open_library(librnnoise), models["synthetic_a"]))
    samples, out, vad = np.zeros(FRAME_SIZE, np.float32), np.empty(FRAME_SIZE, np.float32), np.empty(1, np.float32)
    backend.close()
    with pytest.raises(InputError, match="is closed"):
        backend.process(samples, out, vad)
    backend.reset()
    backend.process(samples, out, vad)


@pytest.mark.parametrize("missing", [("buffer",), ("buffer", "filename")])
def test_models_are_loaded_by_older_doors(
    missing: tuple[str, ...], librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16]
) -> None:
    """Without model_from_buffer a file is used, without model_from_filename a FILE *."""

    class Older:
        def __init__(self, dll: Any) -> None:
            self._dll = dll

        def __getattr__(self, name: str) -> Any:
            if name in {f"rnnoise_model_from_{door}" for door in missing}:
                raise AttributeError(name)
            return getattr(self._dll, name)

    library = Library(librnnoise)
    library._dll = Older(library._dll)
    samples = noisy[: 10 * FRAME_SIZE].astype(np.float32)
    results = []
    for opened in (library, open_library(librnnoise)):
        backend = NativeBackend(NativeModel(opened, models["synthetic_c"]))
        out, vad = np.empty_like(samples), np.empty(10, np.float32)
        backend.process(samples, out, vad)
        results.append(out)
    assert_bit_identical(results[0], results[1])


def test_library_is_looked_up_in_order(
    librnnoise: Path, models: dict[str, Int8Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    """Argument, then the variable, then one that this user built beside the model; native says where it looked."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    path = tmp_path / "model.rnnn"
    write_model(models["synthetic_a"], path)
    assert Denoiser(path).backend == "numba"
    with pytest.raises(InputError, match=r"looked for .*librnnoise\.so"):
        Denoiser(path, "native")
    assert Denoiser(path, library=librnnoise).backend == "native"
    for place in (tmp_path / "librnnoise.so", tmp_path / "build" / "librnnoise.so.0"):
        place.parent.mkdir(exist_ok=True)
        shutil.copy(librnnoise, place)
        assert Denoiser(path).backend == "numba"
        record_built(place)
        assert Denoiser(path).backend == "native"
        assert Denoiser(path, "native").backend == "native"
        assert Denoiser(path, "numba").backend == "numba"
        place.unlink()
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "missing.so"))
    with pytest.raises(InputError, match=f"{ENVIRONMENT}.*does not exist"):
        Denoiser(path)
    with pytest.raises(InputError, match="runs no library"):
        Denoiser(path, "numba", librnnoise)


def test_a_library_beside_a_model_is_never_loaded(
    models: dict[str, Int8Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path, data: Path
) -> None:
    """A planted library that writes a file when it is loaded: no command that takes the model touches it."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    folder, marker = tmp_path / "downloaded", tmp_path / "stolen"
    folder.mkdir()
    planted = compile_library(
        folder,
        f'''#include <stdio.h>
        __attribute__((constructor)) static void run(void) {{ FILE *f = fopen("{marker}", "w"); if (f) fclose(f); }}
        '''
        + NAMES,
    )
    model = folder / "model.rnnn"
    write_model(models["synthetic_a"], model)
    (folder / "build").mkdir()
    for name in LIBRARY_NAMES:
        for place in (folder / name, folder / "build" / name):
            shutil.copy(planted, place)
    for backend in ("auto", "numba", "native"):
        run_apart("denoise", data / "clean.flac", tmp_path / f"{backend}.flac", "--model", model, "--backend", backend)
    run_apart("model", "info", model)
    with Denoiser(model):
        pass
    assert not marker.exists()
    with pytest.raises(InputError, match=r"cannot make a state|crashes"):  # the trap is a real one
        Denoiser(library=planted).process(np.zeros(480, np.int16))
    assert marker.exists()


def test_a_library_that_changed_since_it_was_built_is_not_loaded(
    librnnoise: Path, models: dict[str, Int8Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    """The record is of the bytes, not of the name."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    model, library = tmp_path / "model.rnnn", tmp_path / "librnnoise.so"
    write_model(models["synthetic_a"], model)
    shutil.copy(librnnoise, library)
    record_built(library)
    assert Denoiser(model).backend == "native"
    content = library.read_bytes()
    library.unlink()  # it is mapped
    library.write_bytes(content + b"x")
    assert Denoiser(model).backend == "numba"


def test_a_library_without_a_model_runs_its_own_weights(
    librnnoise: Path, models: dict[str, Int8Model], noisy: npt.NDArray[np.int16], tmp_path: Path
) -> None:
    """Argument, variable, command line and wrapper: the weights built in, not the shipped ones; with a model that."""
    from rnnoise_py.rnnoise_wrapper import RNNoise, Wav

    mine = library_of(models["synthetic_b"], tmp_path)
    audio = noisy[48_000:72_000]
    expected = denoise(audio, model=models["synthetic_b"], backend="numba")
    assert not np.array_equal(expected, denoise(audio, backend="numba"))
    np.testing.assert_array_equal(denoise(audio, library=mine), expected)
    np.testing.assert_array_equal(denoise(audio, backend="native", library=mine), expected)
    assert Denoiser(library=mine).engine.weights == f"built into {mine}"
    other = denoise(audio, model=models["synthetic_c"], library=mine)
    np.testing.assert_array_equal(other, denoise(audio, model=models["synthetic_c"], backend="numba"))
    assert Denoiser(models["synthetic_c"], library=mine).engine.weights == models["synthetic_c"].digest
    wav = RNNoise(mine).filter(Wav(audio.tobytes(), 48_000))
    np.testing.assert_array_equal(np.frombuffer(wav.raw_data, np.int16), expected)
    soundfile.write(tmp_path / "in.wav", audio, 48_000)
    said = run_apart("denoise", tmp_path / "in.wav", tmp_path / "out.wav", "--library", mine).err
    np.testing.assert_array_equal(soundfile.read(tmp_path / "out.wav", dtype="int16")[0], expected)
    assert f"no --model: the weights built into {mine} are used" in said
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ENVIRONMENT, str(mine))
        np.testing.assert_array_equal(denoise(audio), expected)


def test_bad_libraries_are_refused_in_one_line(models: dict[str, Int8Model], tmp_path: Path) -> None:
    """No library, no symbols, the v0.2 line, other frame sizes: each is named."""
    text = tmp_path / "text.so"
    text.write_text("not a library")
    elf = tmp_path / "broken.so"
    elf.write_bytes(b"\x7fELF" + bytes(100))
    (tmp_path / "empty").mkdir()
    empty = compile_library(tmp_path / "empty", "int nothing_here(void) { return 0; }")
    (tmp_path / "v02").mkdir()
    v02 = compile_library(tmp_path / "v02", NAMES + 'const char *layer = "conv1_weights_float";')
    (tmp_path / "size").mkdir()
    size = compile_library(tmp_path / "size", NAMES + "int rnnoise_get_frame_size(void) { return 160; }")
    cases = {
        text: "no shared library",
        elf: "cannot be loaded",
        empty: "lacks rnnoise_create",
        v02: "v0.2 line",
        size: "frames of 160",
        tmp_path / "none.so": "does not exist",
        tmp_path: "is a folder",
    }
    for path, message in cases.items():
        with pytest.raises(InputError, match=message) as caught:
            Denoiser(models["synthetic_a"], "native", path)
        assert "\n" not in str(caught.value)


def test_truncated_libraries_are_refused(librnnoise: Path, models: dict[str, Int8Model], tmp_path: Path) -> None:
    """A library cut anywhere, on which the dynamic loader would crash, is one line; the whole one is loaded."""
    content = librnnoise.read_bytes()
    path = tmp_path / "cut.so"
    for length in (6, 63, 64, 1_000, 5_000, len(content) // 2, len(content) - 4_096, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match="is truncated"):
            Denoiser(models["synthetic_a"], "native", path)


def test_what_kills_the_loader_is_tried_elsewhere(librnnoise: Path, tmp_path: Path) -> None:
    """A library that crashes, hangs or leaves when it is loaded or called is one line, and this process lives on."""
    content = bytearray(librnnoise.read_bytes())
    content[40:48] = bytes(8)  # no section table: nothing says how long it should be
    cut = tmp_path / "cut.so"
    cut.write_bytes(content[: len(content) // 2])
    crash, leave = tmp_path / "crash", tmp_path / "leave"
    for folder in (crash, leave):
        folder.mkdir()
    body = "__attribute__((constructor)) static void run(void)"
    crashing = compile_library(crash, f"{body} {{ *(volatile int *)8 = 1; }}" + NAMES)
    leaving = compile_library(leave, f"#include <stdlib.h>\n{body} {{ exit(0); }}" + NAMES)
    for path, message in ((cut, r"crashes|cannot be loaded"), (crashing, "signal 11"), (leaving, "exit code 0")):
        with pytest.raises(InputError, match=message) as caught:
            Library(path)
        assert "\n" not in str(caught.value)


def test_a_library_that_never_comes_back_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call without an end has one here."""
    monkeypatch.setattr("rnnoise_py.denoiser.trial.TRIAL_SECONDS", 1.0)
    body = "__attribute__((constructor)) static void run(void) { for (;;) pause(); }"
    with pytest.raises(InputError, match="did not come back"):
        Library(compile_library(tmp_path, f"#include <unistd.h>\n{body}" + NAMES))


def test_what_is_no_library_of_this_machine_is_named(librnnoise: Path, tmp_path: Path) -> None:
    """Other machines and systems, a Git LFS pointer, a page: each by its name."""
    content = librnnoise.read_bytes()
    arm = content[:18] + (183).to_bytes(2, "little") + content[20:]
    small = b"\x7fELF\x01\x01\x01" + bytes(9) + b"\x03\x00\x03\x00" + bytes(60)
    cases = {
        arm: "is built for aarch64, this is x86-64: build it here, or use numba",
        small: "is built for i386, this is x86-64",
        b"MZ" + bytes(100): "is a library for Windows, this is Linux",
        b"\xcf\xfa\xed\xfe" + bytes(100): "is a library for macOS, this is Linux",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n": "is a Git LFS pointer",
        b"<!DOCTYPE html>": "is no shared library",
    }
    path = tmp_path / "lib.so"
    for bytes_, message in cases.items():
        path.write_bytes(bytes_)
        with pytest.raises(InputError, match=message):
            Library(path)


@pytest.mark.parametrize(("kind", "order", "size"), [(1, 1, 52), (1, 2, 52), (2, 1, 64), (2, 2, 64)])
def test_elf_headers_of_any_machine(kind: int, order: int, size: int) -> None:
    """32 and 64 bits, both byte orders: the machine, and the end of the section table."""
    mark, word = "<>"[order - 1], "IQ"[kind - 1]
    ident = b"\x7fELF" + bytes([kind, order]) + bytes(10)
    fields = (2, 183, 1, 0, size, 9_000, 0, size, 32 * kind, 1, 40, 7, 6)
    header = ident + struct.pack(f"{mark}HHI3{word}I6H", *fields)
    assert len(header) == size
    found = read_elf(header + bytes(64 - size))
    assert found is not None
    assert (found.bits, found.order, found.machine, found.end) == (32 * kind, mark, 183, 9_000 + 7 * 40)
    assert found.name == ("aarch64" if kind == 2 else "aarch64 (32 bits)")
    assert read_elf(ident) is None
    assert read_elf(b"MZ" + bytes(100)) is None


def test_library_that_loads_no_models_runs_none(
    models: dict[str, Int8Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a model it is refused, or left out where nobody asked for it by name; without one its own is run."""
    source = "void *rnnoise_create(void *m) { static int s; return m ? 0 : &s; }\n"
    source += "void rnnoise_destroy(void *s) { (void)s; }\n"
    source += COPY
    path = compile_library(tmp_path, source)
    with pytest.raises(InputError, match="cannot load models, it has only its own"):
        Denoiser(models["synthetic_a"], "native", path)
    denoiser = Denoiser(None, "native", path)
    denoiser.process_frame(np.zeros(FRAME_SIZE, np.int16))
    assert denoiser.vad[0] == np.float32(0.25)
    monkeypatch.setenv(ENVIRONMENT, str(path))
    with pytest.warns(UserWarning, match="cannot load models: numba runs the model instead"):
        assert Denoiser(models["synthetic_a"]).backend == "numba"
    with pytest.raises(InputError, match="cannot load models"):
        Denoiser(models["synthetic_a"], "native")
    assert Denoiser().backend == "native"


def test_wrapper_style_calls_run_against_our_library(librnnoise: Path, noisy: npt.NDArray[np.int16]) -> None:
    """The ctypes calls of the usual Python wrapper, unmodified: create, 480 floats in place, destroy."""
    lib = ctypes.cdll.LoadLibrary(str(librnnoise))
    lib.rnnoise_process_frame.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_float),
        ctypes.POINTER(ctypes.c_float),
    ]
    lib.rnnoise_process_frame.restype = ctypes.c_float
    lib.rnnoise_create.restype = ctypes.c_void_p
    lib.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    state = lib.rnnoise_create(None)
    assert state
    for start in range(0, 48_000, FRAME_SIZE):
        frame = np.frombuffer(noisy[start : start + FRAME_SIZE].tobytes(), dtype=np.int16).astype(np.float32)
        pointer = frame.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        probability = lib.rnnoise_process_frame(state, pointer, pointer)
        assert 0 <= probability <= 1
        assert np.isfinite(frame).all()
    lib.rnnoise_destroy(state)


def test_verify_denoise_compares_any_library(
    librnnoise: Path, models: dict[str, Int8Model], tmp_path: Path, data: Path
) -> None:
    """Our library is equal in every bit; another is reported with the first place that differs."""
    import json

    from click.testing import CliRunner

    from rnnoise_py.cli.verify_denoise import command

    model = tmp_path / "model.rnnn"
    write_model(models["synthetic_a"], model)
    arguments = [str(data / "clean.flac"), "--model", str(model), "--library"]
    done = CliRunner().invoke(command, [*arguments, str(librnnoise)])
    assert (done.exit_code, done.output) == (0, "3191 frames equal in every bit: audio and speech probability\n")
    source = "void *rnnoise_create(void *m) { static int s; return m ? 0 : &s; }\n"
    source += "void rnnoise_destroy(void *s) { (void)s; }\n"
    source += COPY
    other = compile_library(tmp_path, source)
    done = CliRunner().invoke(command, [*arguments, str(other)])
    assert done.exit_code == 1
    assert "first: frame 0 (0.00 s), vad" in done.output
    assert "0x3e800000  0.25" in done.output
    done = CliRunner().invoke(command, [*arguments, str(other), "--json"])
    assert json.loads(done.output)["first"]["library"] == {"hex": "0x3e800000", "value": 0.25}
