"""The recorded bits do not depend on compiler, optimization or instruction set."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.codegen.package import export_model
from rnnoise_py.model import write_model
from rnnoise_py.spec.constants import FRAME_SIZE
from tests.c_library import CLibrary, digest
from tests.model_samples import SYNTHETIC, synthetic

pytestmark = pytest.mark.slow

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
CPU_FLAGS = {"baseline": (), "avx2": ("avx2",), "avx512": ("avx512f", "avx512vl", "avx512bw", "avx512dq"), "auto": ()}


def _cpu_flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    return set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export synthetic_a; the others are written as text beside it."""
    folder = tmp_path_factory.mktemp("matrix")
    for tag in SYNTHETIC:
        write_model(synthetic(tag), folder / f"{tag}.rnnn")
    export_model(folder / "synthetic_a.rnnn", folder / "out")
    return folder / "out"


@pytest.mark.parametrize("simd", list(CPU_FLAGS))
@pytest.mark.parametrize("optimization", ["-O0", "-O2", "-O3"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_recorded_models_bit_identical_in_every_build(
    compiler: str,
    optimization: str,
    simd: str,
    exported: Path,
    golden: Callable[[str], Any],
    golden_pcm: Callable[[str], npt.NDArray[np.int16]],
) -> None:
    """Audio and VAD of the three recorded models, built in and loaded as text."""
    missing = set(CPU_FLAGS[simd]) - _cpu_flags()
    if missing:
        pytest.skip(f"this processor lacks {', '.join(sorted(missing))}: nothing was run on this path")
    build = f"build_{compiler}{optimization}_{simd}"
    flags = [f"CC={compiler}", f"OPT={optimization}", f"SIMD={simd}", f"BUILD={build}"]
    subprocess.run(
        ["make", "-C", str(exported), "-j2", *flags, f"{build}/librnnoise.so"],
        check=True,
        stdout=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"]},
    )
    library = CLibrary(exported / build / "librnnoise.so")
    pcm = golden_pcm("noisy")
    noisy = pcm[: len(pcm) // FRAME_SIZE * FRAME_SIZE].astype(np.float32)
    for tag in (None, *SYNTHETIC):
        expected = golden("denoise.json")[tag or "synthetic_a"]
        audio, vad = library.run(noisy, None if tag is None else exported.parent / f"{tag}.rnnn")
        assert digest(audio) == expected["sha256_audio"], tag
        assert digest(vad) == expected["sha256_vad"], tag
