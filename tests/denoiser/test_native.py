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

from rnnoise_py.denoiser import Denoiser, denoise
from rnnoise_py.denoiser.elf import MAGIC, bytes_needed
from rnnoise_py.denoiser.library import ENVIRONMENT, Library
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model, write_model
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical

REFERENCE_C = Path(__file__).parents[2] / "reference_c"
COPY = """float rnnoise_process_frame(void *s, float *o, const float *i)
{ (void)s; for (int k = 0; k < 480; k++) o[k] = i[k]; return 0.25f; }
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
    librnnoise: Path, models: dict[str, Int8Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argument, then the variable, then beside the model; auto falls back to numba, native says where it looked."""
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    path = tmp_path / "model.rnnn"
    write_model(models["synthetic_a"], path)
    assert Denoiser(path).backend == "numba"
    with pytest.raises(InputError, match=r"looked for .*librnnoise\.so"):
        Denoiser(path, "native")
    assert Denoiser(path, library=librnnoise).backend == "native"
    shutil.copy(librnnoise, tmp_path / "librnnoise.so")
    assert Denoiser(path).backend == "native"
    assert Denoiser(path, "numba").backend == "numba"
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "missing.so"))
    with pytest.raises(InputError, match=f"{ENVIRONMENT}.*does not exist"):
        Denoiser(path)


def test_bad_libraries_are_refused_in_one_line(models: dict[str, Int8Model], tmp_path: Path) -> None:
    """No library, no symbols, the v0.2 line, other frame sizes: each is named."""
    text = tmp_path / "text.so"
    text.write_text("not a library")
    elf = tmp_path / "broken.so"
    elf.write_bytes(b"\x7fELF" + bytes(100))
    (tmp_path / "empty").mkdir()
    empty = compile_library(tmp_path / "empty", "int nothing_here(void) { return 0; }")
    names = "void *rnnoise_create(void *m) { return m; } void rnnoise_destroy(void *s) { (void)s; }\n"
    names += "float rnnoise_process_frame(void *s, float *o, const float *i) { (void)s; *o = *i; return 0; }\n"
    (tmp_path / "v02").mkdir()
    v02 = compile_library(tmp_path / "v02", names + 'const char *layer = "conv1_weights_float";')
    (tmp_path / "size").mkdir()
    size = compile_library(tmp_path / "size", names + "int rnnoise_get_frame_size(void) { return 160; }")
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
    assert bytes_needed(content) <= len(content)
    path = tmp_path / "cut.so"
    for length in (6, 63, 64, 1_000, 5_000, len(content) // 2, len(content) - 4_096, len(content) - 1):
        assert bytes_needed(content[:length]) > length
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match="is truncated"):
            Denoiser(models["synthetic_a"], "native", path)


@pytest.mark.parametrize(("kind", "order", "size"), [(1, 1, 52), (1, 2, 52), (2, 1, 64), (2, 2, 64)])
def test_elf_headers_of_any_machine(kind: int, order: int, size: int) -> None:
    """32 and 64 bits, both byte orders: the end of the section table, of the last segment, or the header."""
    mark, word, flags = "<>"[order - 1], "IQ"[kind - 1], ["", "I"][kind - 1]
    ident = MAGIC + bytes([kind, order]) + bytes(10)

    def header(first: int, sections: int) -> bytes:
        fields = (2, 3, 1, 0, first, sections, 0, size, 32 * kind, 1, 40, 7, 6)
        return ident + struct.pack(f"{mark}HHI3{word}I6H", *fields)

    segment = struct.pack(f"{mark}I{flags}5{word}", *([1, 5, 3_000] if flags else [1, 3_000]), 0, 0, 500, 900)
    assert len(header(0, 0)) == size
    assert bytes_needed(header(size, 0) + segment) == 3_500
    assert bytes_needed(header(size, 9_000) + segment) == 9_000 + 7 * 40
    assert bytes_needed(ident) == size
    assert bytes_needed(b"MZ" + bytes(100)) == 0


def test_library_that_loads_no_models_warns(models: dict[str, Int8Model], tmp_path: Path) -> None:
    """Without model loading the built-in weights are used when asked for by name, and that is said."""
    source = "void *rnnoise_create(void *m) { static int s; return m ? 0 : &s; }\n"
    source += "void rnnoise_destroy(void *s) { (void)s; }\n"
    source += COPY
    path = compile_library(tmp_path, source)
    with pytest.warns(UserWarning, match="built into it"):
        denoiser = Denoiser(models["synthetic_a"], "native", path)
    denoiser.process_frame(np.zeros(FRAME_SIZE, np.int16))
    assert denoiser.vad[0] == np.float32(0.25)


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
