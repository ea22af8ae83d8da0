"""How many frames a second a machine denoises: with the library, with numba, with WebAssembly."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from rnnoise_py.codegen.targets.wasm_speed import Speed
    from rnnoise_py.model import Int8Model

VERSION: Final = 1

_FRAMES: Final = 1000  # of a round: 10 s of audio
_LOUDNESS: Final = 2000.0  # RMS of the noise that is denoised, ±32768


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to measure.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    model: Path | None = option(None, "Model file of any format.", default_text="the shipped model", recipe=False)
    seconds: float = option(2.0, "How long each is measured; the best round counts.", minimum=0.01, maximum=600)


@dataclass(frozen=True)
class Line:
    """One way to denoise one channel on one core."""

    name: str
    frames_a_second: float | None  #: None where it cannot be had
    remark: str = ""  #: why not

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON can hold it."""
        return {"name": self.name, "frames_a_second": self.frames_a_second, "remark": self.remark}


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """All ways; ``incomplete`` when two gave different samples, which they must not."""

    weights: str  #: SHA-256 of the model
    parameters: int
    lines: tuple[Line, ...]


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Denoise made-up noise again and again, by one core, and compare the samples.

    Parameters
    ----------
    settings
        The model, and how long.
    progress
        Hears what is said.

    Raises
    ------
    InputError, ModelError
        When the model cannot be used.
    """
    import numpy as np

    from rnnoise_py.denoiser.models import find_model
    from rnnoise_py.spec.constants import FRAME_SIZE

    with reporting(progress) as reporter:
        model, _ = find_model(settings.model)
        samples = np.random.default_rng(1).normal(0.0, _LOUDNESS, _FRAMES * FRAME_SIZE).astype(np.float32)
        lines, digests = [], {}
        for name, measure in _ways(model, samples, settings.seconds):
            note(f"measuring {name}")
            try:
                speed = measure()
            except (DependencyError, InputError) as error:
                lines.append(Line(name, None, str(error)))
            else:
                lines.append(Line(name, speed.frames_a_second))
                digests[name] = speed.digest
        differs = len(set(digests.values())) > 1
        if differs:
            warn(f"not the same samples: {', '.join(f'{name} {digest[:8]}' for name, digest in digests.items())}")
        return Result(
            weights=model.digest,
            parameters=model.parameter_count,
            lines=tuple(lines),
            incomplete=differs,
            warnings=tuple(reporter.warnings),
        )


def _ways(
    model: "Int8Model", samples: "npt.NDArray[np.float32]", seconds: float
) -> "Iterator[tuple[str, Callable[[], Speed]]]":
    """What is measured, by name."""
    from rnnoise_py.codegen.targets.wasm_speed import wasm_speed
    from rnnoise_py.codegen.targets.web_package import SCALAR, SIMD

    yield "library", lambda: _backend_speed("native", model, samples, seconds)
    yield "numba", lambda: _backend_speed("numba", model, samples, seconds)
    yield "WebAssembly, SIMD (node)", lambda: wasm_speed(model, SIMD, samples, seconds)
    yield "WebAssembly (node)", lambda: wasm_speed(model, SCALAR, samples, seconds)


def _backend_speed(name: str, model: "Int8Model", samples: "npt.NDArray[np.float32]", seconds: float) -> "Speed":
    import numpy as np

    from rnnoise_py.codegen.targets.wasm_speed import Speed
    from rnnoise_py.denoiser.engine import compile_for, open_engine

    engine = open_engine(model, name)
    compile_for(engine, streams=False)
    backend = engine.make()
    out, vad = np.empty_like(samples), np.empty(_FRAMES, np.float32)
    backend.process(samples, out, vad)
    digest = hashlib.sha256(out.astype("<f4").tobytes()).hexdigest()
    best, until = float("inf"), time.perf_counter() + seconds
    while True:
        begun = time.perf_counter()
        backend.process(samples, out, vad)
        best = min(best, time.perf_counter() - begun)
        if time.perf_counter() >= until:
            break
    backend.close()
    return Speed(_FRAMES / best, digest)
