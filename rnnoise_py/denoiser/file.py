"""Denoise one audio file into another: any format that libsndfile reads and writes, constant memory."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import AudioFile, open_audio
from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.denoiser.engine import Engine
from rnnoise_py.denoiser.writer import AudioWriter
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path, check_not_an_input

BLOCK_FRAMES: Final = 1 << 16  # audio frames read at a time


@dataclass(frozen=True)
class FileResult:
    """What came of one file."""

    seconds: float  #: of audio
    clipped: int  #: output samples that were saturated
    vad: npt.NDArray[np.float32]  #: speech probabilities, (frames,) or (frames, channels)
    truncated: bool  #: whether the header promises more audio; what is there was taken


def denoise_file(
    source: Path,
    target: Path,
    engine: Engine,
    controls: Controls,
    *,
    workers: int = 1,
    heard: Callable[[float], None] | None = None,
) -> FileResult:
    """Denoise ``source`` into ``target``, keeping rate, channels, coding and, where the suffix allows, container.

    Parameters
    ----------
    source, target
        Audio files; the target is replaced when it is there, and appears whole or not at all.
    engine
        The opened model.
    controls
        What the listener wants besides.
    workers
        Threads for the channels.
    heard
        Is told the seconds of every block that was taken in; what it raises ends the work.

    Raises
    ------
    InputError
        When the source cannot be read.
    OutputError
        When the target cannot be written; nothing is left under its name then.
    """
    check_not_an_input(target, source)
    with (
        open_audio(source) as audio,
        Denoiser(
            engine, sample_rate=audio.rate, channels=audio.channels, controls=controls, workers=workers
        ) as denoiser,
        atomic_path(target) as temporary,
    ):
        vads = []
        taken = 0
        writer = AudioWriter(temporary, target, audio)
        try:
            while len(block := _read(audio)):
                taken += len(block)
                writer.write(denoiser.process(block))
                vads.append(denoiser.vad)
                if heard is not None:
                    heard(len(block) / audio.rate)
            if not taken:
                raise InputError(f"{printable(source)} holds no samples")
            writer.write(denoiser.flush())
            vads.append(denoiser.vad)
        finally:
            writer.close()
        writer.check()
        return FileResult(taken / audio.rate, denoiser.clipped + writer.clipped, np.concatenate(vads), audio.truncated)


def _read(audio: AudioFile) -> npt.NDArray[Any]:
    return audio.read_int16(BLOCK_FRAMES) if audio.subtype == "PCM_16" else audio.read(BLOCK_FRAMES)
