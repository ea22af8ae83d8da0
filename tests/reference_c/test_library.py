"""The C library: recorded audio and VAD in every bit, its doors, its loaders, its example program."""

import ctypes
import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical
from tests.c_build import SOURCES, FloatArray, Library, built, library, model_text, require

Pcm = npt.NDArray[np.int16]

MODELS = ("synthetic_a", "synthetic_b", "synthetic_c")
#: bytes: twice what the reference needs, for its state and for the library (three sets of kernels)
STATE_LIMIT, LIBRARY_LIMIT = 38_000, 260_000


@pytest.fixture(scope="module")
def lib() -> Library:
    """Load the library as everyone builds it."""
    return library()


@pytest.fixture(scope="module")
def noisy(golden_pcm: Callable[[str], Pcm]) -> FloatArray:
    """Return the whole frames of the recorded noisy file."""
    pcm = golden_pcm("noisy")
    return pcm[: len(pcm) // FRAME_SIZE * FRAME_SIZE].astype(np.float32)


@pytest.fixture(scope="module")
def texts(golden: Callable[[str], Any]) -> dict[str, str]:
    """Write the three recorded models as text."""
    arrays, figures = golden("denoise.npz"), golden("denoise.json")
    return {tag: model_text(arrays, figures[tag]["activations"], tag) for tag in MODELS}


@pytest.mark.parametrize("tag", MODELS)
def test_denoised_audio_is_bit_identical(
    tag: str, lib: Library, texts: dict[str, str], noisy: FloatArray, golden: Callable[[str], Any]
) -> None:
    """Three int8 models, all three activations, silence and clipping: audio and VAD of 3191 frames."""
    figures, arrays = golden("denoise.json")[tag], golden("denoise.npz")
    model = lib.model(texts[tag])
    audio, vad = lib.denoise(model, noisy)
    lib.c.rnnoise_model_free(model)
    assert_bit_identical(vad, arrays[f"{tag}__vad"], "VAD")
    frames = audio.reshape(-1, FRAME_SIZE)[:: figures["frame_step"]]
    assert_bit_identical(frames, arrays[f"{tag}__audio"], "audio")
    assert hashlib.sha256(audio.tobytes()).hexdigest() == figures["sha256_audio"]
    assert hashlib.sha256(vad.tobytes()).hexdigest() == figures["sha256_vad"]


def test_calls_as_old_wrappers_make_them(texts: dict[str, str], noisy: FloatArray, tmp_path: Path) -> None:
    """create, process_frame in place on 480 floats, destroy: through untyped ctypes, frame by frame."""
    untyped = ctypes.CDLL(str(built("librnnoise.so.0.4.1")))
    untyped.rnnoise_process_frame.argtypes = [
        ctypes.c_void_p,
        ctypes.POINTER(ctypes.c_float),
        ctypes.POINTER(ctypes.c_float),
    ]
    untyped.rnnoise_process_frame.restype = ctypes.c_float
    untyped.rnnoise_create.restype = ctypes.c_void_p
    untyped.rnnoise_model_from_filename.restype = ctypes.c_void_p
    untyped.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    path = tmp_path / "model.txt"
    path.write_text(texts["synthetic_a"])
    model = ctypes.c_void_p(untyped.rnnoise_model_from_filename(str(path).encode()))
    state = untyped.rnnoise_create(model)
    out, vad = [], []
    for frame in noisy[: 100 * FRAME_SIZE].reshape(-1, FRAME_SIZE):
        buffer = (ctypes.c_float * FRAME_SIZE)(*frame)
        vad.append(untyped.rnnoise_process_frame(state, buffer, buffer))
        out.append(np.array(buffer, dtype=np.float32))
    untyped.rnnoise_destroy(state)
    typed = Library(built("librnnoise.so.0.4.1"))
    expected, expected_vad = typed.denoise(typed.model(texts["synthetic_a"]), noisy[: 100 * FRAME_SIZE])
    assert_bit_identical(np.concatenate(out), expected)
    assert_bit_identical(np.array(vad, dtype=np.float32), expected_vad)


def test_sizes(lib: Library) -> None:
    """480 samples a frame; the state within twice the reference's memory, the library not larger than it must be."""
    assert lib.c.rnnoise_get_frame_size() == FRAME_SIZE
    assert lib.c.rnnoise_get_size() <= STATE_LIMIT
    assert built("librnnoise.so.0.4.1").stat().st_size <= LIBRARY_LIMIT


@pytest.mark.parametrize(
    "settings",
    [(), ("STREAMS=16",), ("STREAMS=16", "SIMD=avx2"), ("STREAMS=16", "SIMD=baseline")],
    ids=["one by one", "auto", "avx2", "baseline"],
)
@pytest.mark.parametrize("streams", [1, 2, 3, 19])
def test_streams_side_by_side_are_bit_identical(
    settings: tuple[str, ...], streams: int, texts: dict[str, str], noisy: FloatArray
) -> None:
    """Streams of different signals, levels and models, one silent at first: what each gives alone."""
    lib, frames = library(*settings), 60
    loaded = [lib.model(texts[tag]) for tag in MODELS]
    models = [loaded[s % 11 // 5] for s in range(streams)]
    samples = np.stack(
        [noisy[s * 7 * FRAME_SIZE :][: frames * FRAME_SIZE] * np.float32(0.3 * s) for s in range(streams)]
    )
    samples[streams // 2, : 5 * FRAME_SIZE] = 0
    samples[-1, 999] = np.nan  # of no concern to the others
    expected = [lib.denoise(model, row) for model, row in zip(models, samples, strict=True)]
    audio, vad = lib.denoise_streams(models, samples)
    for s, (alone, alone_vad) in enumerate(expected):
        assert_bit_identical(audio[s], alone, f"stream {s}")
        assert_bit_identical(vad[s], alone_vad, f"probabilities of stream {s}")
    for model in loaded:
        lib.c.rnnoise_model_free(model)


def test_init_makes_a_state_as_new(lib: Library, texts: dict[str, str], noisy: FloatArray) -> None:
    """A state in one's own memory, used, initialized again: the same bits from the start."""
    memory = ctypes.create_string_buffer(b"\xa5" * lib.c.rnnoise_get_size(), lib.c.rnnoise_get_size())
    model = lib.model(texts["synthetic_b"])
    state = ctypes.addressof(memory)
    source = noisy[: 50 * FRAME_SIZE].copy()
    outputs = []
    for _ in range(2):
        assert lib.c.rnnoise_init(state, model) == 0
        out = np.zeros_like(source)
        lib.c.rnnoise_process_frames(state, out.ctypes.data, source.ctypes.data, None, 50)
        outputs.append(out)
    assert_bit_identical(outputs[0], outputs[1])
    assert_bit_identical(outputs[0], lib.denoise(model, source)[0])


def test_the_built_in_model_runs(lib: Library, noisy: FloatArray) -> None:
    """NULL takes the built-in weights."""
    audio, vad = lib.denoise(None, noisy[: 50 * FRAME_SIZE])
    assert np.isfinite(audio).all()
    assert ((vad >= 0) & (vad <= 1)).all()


def test_nan_and_infinite_input_do_not_crash(lib: Library, texts: dict[str, str]) -> None:
    """Table look-ups stay inside the table."""
    for value in (np.nan, np.inf, -np.inf, 3e38):
        samples = np.full(5 * FRAME_SIZE, value, dtype=np.float32)
        for text in texts.values():
            lib.denoise(lib.model(text), samples)


def _spoilt(text: str) -> dict[str, str]:
    lines = text.splitlines()
    shape, weights = lines[1].split(), lines[2].split()

    def with_shape(*numbers: str) -> str:
        return "\n".join([lines[0], " ".join(numbers), *lines[2:]])

    def with_first_weight(word: str) -> str:
        return "\n".join([*lines[:2], " ".join([word, *weights[1:]]), *lines[3:]])

    return {
        "empty": "",
        "other title": text.replace("version 1", "version 2", 1),
        "title without end of line": lines[0] + " " + " ".join(lines[1:]),
        "truncated": text[: len(text) // 2],
        "last number missing": text.rstrip().rsplit(" ", 1)[0] if " " in lines[-1] else "\n".join(lines[:-1]),
        "a number too many": text + "0\n",
        "rubbish behind": text + "end\n",
        "a NUL behind": text + "\0",
        "a float": with_first_weight("0.5"),
        "a word": with_first_weight("nan"),
        "a lone sign": with_first_weight("-"),
        "hexadecimal": with_first_weight("0x1"),
        "weight 128": with_first_weight("128"),
        "weight -129": with_first_weight("-129"),
        "weight 2^32": with_first_weight("4294967296"),
        "no neurons": with_shape(shape[0], "0", shape[2]),
        "129 neurons": with_shape(shape[0], "129", shape[2]),
        "negative inputs": with_shape("-42", shape[1], shape[2]),
        "activation 3": with_shape(shape[0], shape[1], "3"),
        "activation -1": with_shape(shape[0], shape[1], "-1"),
        "sizes that do not chain": with_shape("43", *shape[1:]),
    }


def test_bad_models_are_refused(lib: Library, texts: dict[str, str], tmp_path: Path) -> None:
    """Every loader returns NULL for anything that is not exactly a model."""
    for name, text in _spoilt(texts["synthetic_a"]).items():
        assert lib.model(text) is None, name
        path = tmp_path / "bad.txt"
        path.write_text(text)
        assert lib.c.rnnoise_model_from_filename(str(path).encode()) is None, name
    assert lib.c.rnnoise_model_from_filename(str(tmp_path / "missing.txt").encode()) is None
    assert lib.c.rnnoise_model_from_filename(str(tmp_path).encode()) is None


def test_white_space_does_not_matter(lib: Library, texts: dict[str, str], noisy: FloatArray) -> None:
    """Windows line ends, one number a line, blank space at the end: the same model."""
    title, body = texts["synthetic_c"].split("\n", 1)
    plain, _ = lib.denoise(lib.model(texts["synthetic_c"]), noisy[: 20 * FRAME_SIZE])
    for text in (
        title + "\r\n" + body.replace("\n", "\r\n"),
        title + "\n" + "\n".join(body.split()),
        title + "\n\n\t" + body + " \n\n",
    ):
        audio, _ = lib.denoise(lib.model(text), noisy[: 20 * FRAME_SIZE])
        assert_bit_identical(audio, plain)


def test_only_the_api_is_exported() -> None:
    """All other symbols are hidden."""
    require("nm")
    command = ["nm", "-D", "--defined-only", str(built("librnnoise.so.0.4.1"))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    exported = {line.split()[-1] for line in run.stdout.splitlines()}
    header = (SOURCES / "include" / "rnnoise.h").read_text()
    declared = set(re.findall(r"^RNNOISE_EXPORT .*?(rnnoise_\w+)\(", header, re.MULTILINE))
    assert len(declared) == 12
    assert exported == declared


def test_products_and_sums_are_never_fused() -> None:
    """No FMA instruction in any set of kernels."""
    require("objdump")
    command = ["objdump", "-d", str(built("librnnoise.so.0.4.1"))]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(run.stdout) > 100_000
    assert not re.search(r"\bvf(n?m)(add|sub)|\bfmadd", run.stdout)


def test_the_header_suits_cpp(tmp_path: Path) -> None:
    """A C++ program includes it, links and runs."""
    require("g++")
    source = tmp_path / "use.cpp"
    source.write_text(
        "#include <rnnoise.h>\n"
        "int main() { DenoiseState *s = rnnoise_create(nullptr); float f[480] = {0};\n"
        "  float v = rnnoise_process_frame(s, f, f); rnnoise_destroy(s); return v != 0; }\n"
    )
    archive = built("librnnoise.a")
    command = [
        "g++",
        "-Wall",
        "-Wextra",
        "-Wpedantic",
        "-Werror",
        f"-I{SOURCES / 'include'}",
        str(source),
        str(archive),
        "-lm",
        "-o",
        str(tmp_path / "use"),
    ]
    subprocess.run(command, check=True)
    subprocess.run([tmp_path / "use"], check=True)


def test_demo_keeps_length_rounds_and_saturates(
    lib: Library, texts: dict[str, str], golden_pcm: Callable[[str], Pcm], tmp_path: Path
) -> None:
    """Output is the library's, in time with the input, rounded half to even, saturated."""
    demo = built("rnnoise_demo")
    (tmp_path / "model.txt").write_text(texts["synthetic_a"])
    for length in (0, 1, 479, 480, 481, 960, 48_077):
        pcm = np.roll(golden_pcm("noisy"), -400_000)[:length]
        pcm.tofile(tmp_path / "in.raw")
        subprocess.run([demo, "in.raw", "out.raw", "model.txt"], check=True, cwd=tmp_path)
        padded = np.zeros((-(-length // FRAME_SIZE) + 1) * FRAME_SIZE, dtype=np.float32)
        padded[:length] = pcm
        audio, _ = lib.denoise(lib.model(texts["synthetic_a"]), padded)
        expected = np.clip(np.rint(audio), -32768, 32767).astype(np.int16)[FRAME_SIZE:][:length]
        assert np.array_equal(np.fromfile(tmp_path / "out.raw", dtype="<i2"), expected), length


@pytest.mark.parametrize(
    ("content", "words"), [(b"RIFF" + bytes(996), "header"), (b"ID3\4" + bytes(996), "header"), (bytes(961), "odd")]
)
def test_demo_refuses_what_is_not_bare(content: bytes, words: str, tmp_path: Path) -> None:
    """Headers and half samples are not sound: one line, exit code 2, no output; from a pipe too."""
    (tmp_path / "in.raw").write_bytes(content)
    for source, given in (("in.raw", None), ("/dev/stdin", content)):
        run = subprocess.run(
            [built("rnnoise_demo"), source, "out.raw"], input=given, capture_output=True, check=False, cwd=tmp_path
        )
        assert (run.returncode, run.stderr.count(b"\n")) == (2, 1), run.stderr
        assert words in run.stderr.decode()
        if given is None or words == "header":
            assert [path.name for path in tmp_path.iterdir()] == ["in.raw"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["in.raw"],
        ["missing.raw", "out.raw"],
        ["in.raw", "none/out.raw"],
        ["in.raw", "in.raw"],
        [".", "out.raw"],
        ["in.raw", "out.raw", "in.raw"],
    ],
)
def test_demo_refuses_in_one_line(arguments: list[str], tmp_path: Path) -> None:
    """Exit code 2 and no output."""
    (tmp_path / "in.raw").write_bytes(bytes(2000))
    run = subprocess.run([built("rnnoise_demo"), *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in.raw"]
    assert (tmp_path / "in.raw").stat().st_size == 2000
