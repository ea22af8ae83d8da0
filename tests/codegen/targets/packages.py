"""What the tests of targets share: node, web packages of models, sound."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.codegen.targets.web_package import web_files, write_files
from rnnoise_py.model import Int8Model
from tests.c_library import Float32
from tests.conftest import NOT_HERE

HERE = Path(__file__).parent
MODULES = ("rnnoise.wasm", "rnnoise-simd.wasm")


def node(script: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a script of this folder; skips without node."""
    if shutil.which("node") is None:
        pytest.skip(f"{NOT_HERE}no node: apt-get install nodejs")
    done = subprocess.run(
        ["node", HERE / script, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def web_package(model: Int8Model, folder: Path) -> Path:
    """Write the package of a model."""
    write_files(web_files(model, folder.name), folder)
    return folder


def denoised_by_node(package: Path, noisy: Path, module: str, *more: object) -> tuple[Float32, Float32]:
    """Audio and VAD of the frames of a file of 16-bit samples."""
    out, vad = noisy.with_suffix(".out"), noisy.with_suffix(".vad")
    node("frames.mjs", package, noisy, out, vad, module, *more)
    return np.fromfile(out, "<f4"), np.fromfile(vad, "<f4")
