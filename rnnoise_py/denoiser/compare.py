"""A librnnoise against our kernels, frame by frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import AudioDecoder
from rnnoise_py.denoiser.backend import Backend, NumbaBackend
from rnnoise_py.denoiser.library import Library, named_library
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.errors import InputError, ModelError
from rnnoise_py.model import Int8Model, read_model
from rnnoise_py.names import printable
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

F32 = npt.NDArray[np.float32]


@dataclass
class Comparison:
    """How far a library and our kernels agree."""

    built_in_model: bool  #: the library ran its own weights
    frames: int = 0  #: compared
    differing_frames: int = 0
    largest_difference: float = 0.0  #: of two samples, in ±32768
    first: dict[str, Any] | None = None
    """The first place that differs: ``frame``, ``seconds``, ``what`` (``vad`` or ``sample N``), and of ``ours`` and
    ``library`` ``hex`` and ``value``."""


def compare_library(audio: Path, library: Path, model: Path | None) -> Comparison:
    """Run both over a file (as 48 kHz mono) and compare audio and speech probabilities as uint32.

    Parameters
    ----------
    audio
        A file of any format.
    library
        The librnnoise.
    model
        Is loaded into both; a library that cannot load one runs its own. None: the weights inside the library.

    Raises
    ------
    InputError
        When file, library or model cannot be used, or no model is given and none can be read out of the library.
    """
    path = named_library(library)
    assert path is not None
    opened = open_library(path)
    inside, int8 = _models(opened, model)
    ours, theirs = NumbaBackend(int8), NativeBackend(NativeModel(opened, inside))
    result = Comparison(built_in_model=inside is None)
    rest = np.zeros(0, np.float32)
    with AudioDecoder(audio) as decoder:
        for block in decoder.blocks():
            rest = np.concatenate([rest, block.astype(np.float32)])
            whole = len(rest) // FRAME_SIZE * FRAME_SIZE
            _compare(rest[:whole].copy(), ours, theirs, result)
            rest = rest[whole:]
    theirs.close()
    if not result.frames:
        raise InputError(
            f"{printable(audio)} is shorter than one frame ({FRAME_SIZE} samples at {SAMPLE_RATE} Hz): give more audio"
        )
    return result


def _models(library: Library, model: Path | None) -> tuple[Int8Model | None, Int8Model]:
    """Return what is loaded into the library, None for its own weights, and what our kernels run."""
    if model is not None:
        int8, _ = find_model(model)
        return (int8 if library.loads_models else None), int8
    try:
        return None, read_model(library.path)
    except ModelError as error:
        raise InputError(
            f"the weights inside {printable(library.path)} cannot be read: give its model (--model FILE)"
        ) from error


def _compare(samples: F32, ours: Backend, theirs: Backend, result: Comparison) -> None:
    count = len(samples) // FRAME_SIZE
    pairs = []
    for backend in (ours, theirs):
        rows = np.empty((count, FRAME_SIZE + 1), np.float32)  # the probability, then the samples
        out, vad = np.empty(count * FRAME_SIZE, np.float32), np.empty(count, np.float32)
        backend.process(samples, out, vad)
        rows[:, 0], rows[:, 1:] = vad, out.reshape(count, FRAME_SIZE)
        pairs.append(rows)
    mine, other = pairs
    different = mine.view(np.uint32) != other.view(np.uint32)
    frames = np.flatnonzero(different.any(axis=1))
    if len(frames):
        with np.errstate(invalid="ignore"):
            gap = np.abs(mine[:, 1:].astype(np.float64) - other[:, 1:])
        result.largest_difference = max(result.largest_difference, float(np.nanmax(gap, initial=0)))
        if result.first is None:
            frame = int(frames[0])
            column = int(np.flatnonzero(different[frame])[0])
            number = result.frames + frame
            result.first = {
                "frame": number,
                "seconds": number * FRAME_SIZE / SAMPLE_RATE,
                "what": f"sample {column - 1}" if column else "vad",
                "ours": _value(mine[frame, column]),
                "library": _value(other[frame, column]),
            }
    result.frames += count
    result.differing_frames += len(frames)


def _value(value: np.float32) -> dict[str, Any]:
    return {"hex": f"0x{int(np.float32(value).view(np.uint32)):08x}", "value": float(value)}
