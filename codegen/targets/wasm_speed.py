"""How quick the WebAssembly modules of a model are here, in node."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.codegen.targets.web_package import TEMPLATES, web_files, write_files
from rnnoise_py.errors import DependencyError
from rnnoise_py.model import Int8Model

_PATIENCE: Final = 60.0  # seconds, beside those that were asked for


class Speed(NamedTuple):
    """Of one way to denoise."""

    frames_a_second: float
    digest: str  #: SHA-256 of the samples


def wasm_speed(model: Int8Model, module: str, samples: npt.NDArray[np.float32], seconds: float) -> Speed:
    """Denoise samples again and again in node; the best round counts.

    Parameters
    ----------
    model
        What is built in.
    module
        ``rnnoise.wasm`` or ``rnnoise-simd.wasm``.
    samples
        float32 (480·n,), ±32768.
    seconds
        How long.

    Raises
    ------
    DependencyError
        When there is no node, or it cannot run the module.
    """
    node = shutil.which("node")
    if node is None:
        raise DependencyError("node is not installed")
    with tempfile.TemporaryDirectory(prefix="rnnoise-py-") as name:
        package, noisy = Path(name, "web"), Path(name, "noisy.f32")
        write_files(web_files(model, "speed"), package)
        samples.astype("<f4").tofile(noisy)
        command = [node, str(TEMPLATES / "speed.mjs"), str(package), module, str(noisy), str(seconds)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + _PATIENCE)
            return Speed(**json.loads(done.stdout))
        except subprocess.CalledProcessError as error:
            words = [line for line in error.stderr.splitlines() if "Error" in line] or ["no words"]
            raise DependencyError(f"node cannot run it: {words[0]}") from error
        except (subprocess.TimeoutExpired, ValueError, OSError) as error:
            raise DependencyError(f"node does not answer: {error}") from error
