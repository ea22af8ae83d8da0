"""WebAssembly modules with a model put in: the bits of the C reference, in node, without a compiler."""

import importlib.util
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.codegen.targets import wasm_template
from rnnoise_py.codegen.targets.wasm import AREA, AREA_BYTES, exports, import_count, with_aliases, with_model
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model import write_model
from rnnoise_py.model.int8 import packed_bytes
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.bits import assert_bit_identical
from tests.c_library import digest
from tests.codegen.targets.packages import MODULES, denoised_by_node, web_package
from tests.conftest import NOT_HERE
from tests.model_samples import SYNTHETIC, random_model, synthetic

Pcm = npt.NDArray[np.int16]
LARGEST_FILE = 135_000  # bytes, of the usual model


@pytest.fixture
def noisy(golden_pcm: Callable[[str], Pcm], tmp_path: Path) -> Path:
    """The recorded noisy file as bare samples."""
    golden_pcm("noisy").tofile(tmp_path / "noisy.raw")
    return tmp_path / "noisy.raw"


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("tag", SYNTHETIC)
def test_recorded_models_bit_identical(
    tag: str, module: str, noisy: Path, tmp_path: Path, golden: Callable[[str], Any]
) -> None:
    """Audio and VAD of the C reference, with and without SIMD."""
    expected = golden("denoise.json")[tag]
    audio, vad = denoised_by_node(web_package(synthetic(tag), tmp_path / "web"), noisy, module)
    assert len(vad) == expected["frames"]
    assert digest(audio) == expected["sha256_audio"]
    assert digest(vad) == expected["sha256_vad"]


@pytest.mark.parametrize("module", MODULES)
def test_models_loaded_later_are_those_built_in(module: str, noisy: Path, tmp_path: Path) -> None:
    """Text files, which the library's own loader reads, and packed ones; sizes that need care."""
    package = web_package(synthetic("synthetic_a"), tmp_path / "web")
    activations = [layer.activation for layer in synthetic("synthetic_a")]
    shapes = [(1, 1, 1, 1), (7, 13, 29, 5), (40, 45, 40, 127)]
    models = [
        random_model(
            dict(zip(("input_dense", "vad_gru", "noise_gru", "denoise_gru"), shape, strict=True))
            | {"denoise_output": 22, "vad_output": 1},
            activations,
            seed=4,
        )
        for shape in shapes
    ]
    short = tmp_path / "short.raw"
    short.write_bytes(noisy.read_bytes()[: 2 * 300 * FRAME_SIZE])
    for k, model in enumerate([synthetic("synthetic_b"), *models]):
        own = denoised_by_node(web_package(model, tmp_path / f"web{k}"), short, module)
        for name in ("model.rnnn", "model.rnn"):
            write_model(model, tmp_path / name)
            audio, vad = denoised_by_node(package, short, module, tmp_path / name)
            assert_bit_identical(audio, own[0], f"{name} {k}")
            assert_bit_identical(vad, own[1])


def test_the_largest_model_fits(noisy: Path, tmp_path: Path) -> None:
    """Sizes of 128, which a packed file cannot hold, are built in."""
    sizes = {
        "input_dense": 1,
        "vad_gru": 60,
        "noise_gru": 26,
        "denoise_gru": 128,
        "denoise_output": 22,
        "vad_output": 1,
    }
    model = random_model(sizes, [layer.activation for layer in synthetic("synthetic_b")], seed=5)
    short = tmp_path / "short.raw"
    short.write_bytes(noisy.read_bytes()[: 2 * 50 * FRAME_SIZE])
    write_model(model, tmp_path / "model.rnnn")
    package = web_package(model, tmp_path / "web")
    audio, _ = denoised_by_node(package, short, MODULES[0])
    expected, _ = denoised_by_node(package, short, MODULES[0], tmp_path / "model.rnnn")
    assert_bit_identical(audio, expected)


def test_another_model_fades_in_when_it_has_heard_enough(noisy: Path, tmp_path: Path) -> None:
    """Before the change the first model's bits, then one frame of both, then the second's, begun at the change."""
    package = web_package(synthetic("synthetic_a"), tmp_path / "web")
    write_model(synthetic("synthetic_b"), tmp_path / "next.rnn")
    short, later = tmp_path / "short.raw", tmp_path / "later.raw"
    content = noisy.read_bytes()[: 2 * 300 * FRAME_SIZE]
    short.write_bytes(content)
    at, fade = 100, 119
    later.write_bytes(content[2 * at * FRAME_SIZE :])
    changed, vad = denoised_by_node(package, short, MODULES[1], "", tmp_path / "next.rnn", at)
    first, _ = denoised_by_node(package, short, MODULES[1])
    second, second_vad = denoised_by_node(package, later, MODULES[1], tmp_path / "next.rnn")
    assert_bit_identical(changed[: fade * FRAME_SIZE], first[: fade * FRAME_SIZE])
    assert_bit_identical(changed[(fade + 1) * FRAME_SIZE :], second[(fade + 1 - at) * FRAME_SIZE :])
    assert_bit_identical(vad[fade:], second_vad[fade - at :])
    mixed = slice(fade * FRAME_SIZE, (fade + 1) * FRAME_SIZE)
    ends = first[mixed], second[(fade - at) * FRAME_SIZE : (fade + 1 - at) * FRAME_SIZE]
    assert np.all(changed[mixed] >= np.minimum(*ends) - 1)
    assert np.all(changed[mixed] <= np.maximum(*ends) + 1)


def test_modules_are_small_and_want_nothing() -> None:
    """The shipped model: size, no imports, memory that does not grow, the names that other packages call."""
    model, _ = find_model(None)
    for name in MODULES:
        module = with_model((wasm_template.FOLDER / name).read_bytes(), packed_bytes(model))
        assert len(module) <= LARGEST_FILE
        assert import_count(module) == 0
        names = {one.name for one in exports(module)}
        assert {"memory", "malloc", "free", AREA, "rnnoise_create", "rnnoise_model_from_string"} <= names
        limits = bytes((5, 5, 1, 1, 64, 64))[:3]  # section 5: one memory, with a maximum
        assert limits[:1] + b"\x04\x01\x01\x40\x40" in module
        aliased = with_aliases(module, {"f": "rnnoise_create"})
        places = {one.name: one.index for one in exports(aliased)}
        assert places["f"] == places["rnnoise_create"]


def test_what_is_no_template_is_refused() -> None:
    """Other bytes, a module without the area, a model that is too long."""
    with pytest.raises(InputError, match="not a WebAssembly module"):
        with_model(b"\x7fELF", b"")
    with pytest.raises(InputError, match="no template"):
        with_model(b"\0asm\1\0\0\0", b"")
    template = (wasm_template.FOLDER / MODULES[0]).read_bytes()
    with pytest.raises(ModelError, match="has room for"):
        with_model(template, bytes(AREA_BYTES))


def test_the_model_is_one_more_segment() -> None:
    """Nothing else of a template changes but the number of segments."""
    for name in MODULES:
        template = (wasm_template.FOLDER / name).read_bytes()
        packed = packed_bytes(synthetic("synthetic_a"))
        module = with_model(template, packed)
        assert module.endswith(struct.pack("<I", len(packed)) + packed)
        assert len(module) - len(template) - len(packed) < 20


@pytest.mark.slow
def test_templates_are_what_the_compiler_makes() -> None:
    """The same bytes, with the version that they were made with."""
    if importlib.util.find_spec("ziglang") is None:
        pytest.skip(f"{NOT_HERE}no ziglang: pip install rnnoise-py[cross]")
    from importlib.metadata import version

    used = f"ziglang=={version('ziglang')}"
    if used != wasm_template.COMPILER:
        pytest.skip(f"{NOT_HERE}{used}; the modules were made with {wasm_template.COMPILER}")
    assert wasm_template.main(["--check"]) == 0
