"""Speech probabilities and segments as CSV or JSON."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.controls import DEFAULT_CONTROLS, Controls
from rnnoise_py.denoiser.segments import DEFAULT_THRESHOLD, speech_segments
from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.spec.constants import FRAME_MS

SUFFIXES = (".csv", ".json")


def check_vad_path(path: Path) -> None:
    """Raise :class:`OutputError` unless the suffix says CSV or JSON."""
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{path} is neither .csv nor .json: give the VAD output one of these suffixes")


def write_vad(path: Path, vad: npt.NDArray[np.float32], controls: Controls = DEFAULT_CONTROLS) -> None:
    """Write probabilities of each 10 ms and the segments of speech, atomically.

    Segments are those of :func:`~rnnoise_py.denoiser.speech_segments` with the controls' threshold (0.5 without one)
    and hang-over.

    CSV has a line a frame: start and end in seconds, the probability (of each channel) and the number of the
    segment, 0 outside of all. JSON has ``segments`` as pairs of seconds and ``vad`` as a list.
    """
    check_vad_path(path)
    threshold = DEFAULT_THRESHOLD if controls.vad_threshold is None else controls.vad_threshold
    segments = speech_segments(vad, threshold, controls.hang_over)
    if path.suffix.lower() == ".json":
        content = {
            "frame_seconds": FRAME_MS / 1000,
            "threshold": threshold,
            "hang_over_seconds": controls.hang_over,
            "segments": segments,
            "vad": [[float(f"{p:.7g}") for p in row] if vad.ndim > 1 else float(f"{row:.7g}") for row in vad],
        }
        write_text(path, json.dumps(content) + "\n")
        return
    columns = vad[:, np.newaxis] if vad.ndim == 1 else vad
    names = ["vad"] if columns.shape[1] == 1 else [f"vad_{channel}" for channel in range(columns.shape[1])]
    numbers = np.zeros(len(vad), np.int64)
    for number, (start, end) in enumerate(segments, 1):
        numbers[round(start * 1000 / FRAME_MS) : round(end * 1000 / FRAME_MS)] = number
    lines = [",".join(["start", "end", *names, "segment"])]
    for frame, row in enumerate(columns):
        values = ",".join(f"{value:.7g}" for value in row)
        lines.append(f"{frame * FRAME_MS / 1000:.2f},{(frame + 1) * FRAME_MS / 1000:.2f},{values},{numbers[frame]}")
    write_text(path, "\n".join(lines) + "\n")
