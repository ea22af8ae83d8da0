"""A librnnoise against our kernels, frame by frame."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import AudioDecoder
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.denoiser.library import find_library
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

F32 = npt.NDArray[np.float32]


def compare_library(audio: Path, library: Path, model: Path | None) -> dict[str, Any]:
    """Run both over a file (as 48 kHz mono) and compare audio and speech probabilities as uint32.

    Returns
    -------
    dict
        ``frames``, ``differing_frames``, ``largest_difference``, ``built_in_model``, and, when any differs,
        ``first``: ``frame``, ``seconds``, ``what`` (``vad`` or ``sample N``), ``ours`` and ``library`` with
        ``hex`` and ``value``.

    Raises
    ------
    InputError
        When file, library or model cannot be used.
    """
    int8, _ = find_model(model)
    path = find_library(library, None)
    assert path is not None
    opened = open_library(path)
    inside = NativeModel(opened, int8 if opened.loads_models else None)
    ours, theirs = NumbaBackend(int8), NativeBackend(inside)
    result: dict[str, Any] = {
        "frames": 0,
        "differing_frames": 0,
        "largest_difference": 0.0,
        "built_in_model": not opened.loads_models,
        "first": None,
    }
    rest = np.zeros(0, np.float32)
    with AudioDecoder(audio) as decoder:
        for block in decoder.blocks():
            rest = np.concatenate([rest, block.astype(np.float32)])
            whole = len(rest) // FRAME_SIZE * FRAME_SIZE
            _compare(rest[:whole].copy(), ours, theirs, result)
            rest = rest[whole:]
    if not result["frames"]:
        raise InputError(
            f"{audio} is shorter than one frame ({FRAME_SIZE} samples at {SAMPLE_RATE} Hz): give more audio"
        )
    theirs.close()
    return result


def _compare(samples: F32, ours: NumbaBackend, theirs: NativeBackend, result: dict[str, Any]) -> None:
    count = len(samples) // FRAME_SIZE
    pairs = []
    for backend in (ours, theirs):
        rows = np.empty((count, FRAME_SIZE + 1), np.float32)  # the probability, then the samples
        out, vad = np.empty(count * FRAME_SIZE, np.float32), np.empty(count, np.float32)
        backend.process(samples, out, vad)
        rows[:, 0], rows[:, 1:] = vad, out.reshape(count, FRAME_SIZE)
        pairs.append(rows)
    own, other = pairs
    different = own.view(np.uint32) != other.view(np.uint32)
    frames = np.flatnonzero(different.any(axis=1))
    if len(frames):
        with np.errstate(invalid="ignore"):
            gap = np.abs(own[:, 1:].astype(np.float64) - other[:, 1:])
        result["largest_difference"] = max(result["largest_difference"], float(np.nanmax(gap, initial=0)))
        if result["first"] is None:
            frame = int(frames[0])
            column = int(np.flatnonzero(different[frame])[0])
            number = result["frames"] + frame
            result["first"] = {
                "frame": number,
                "seconds": number * FRAME_SIZE / SAMPLE_RATE,
                "what": f"sample {column - 1}" if column else "vad",
                "ours": _value(own[frame, column]),
                "library": _value(other[frame, column]),
            }
    result["frames"] += count
    result["differing_frames"] += len(frames)


def _value(value: np.float32) -> dict[str, Any]:
    return {"hex": f"0x{int(np.float32(value).view(np.uint32)):08x}", "value": float(value)}
