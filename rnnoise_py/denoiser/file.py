"""Denoise one audio file into another: any format that libsndfile reads and writes, constant memory."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import BARE_SUFFIXES, AudioFile, open_audio, printable
from rnnoise_py.denoiser.controls import Controls
from rnnoise_py.denoiser.denoiser import Denoiser
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.model import Int8Model
from rnnoise_py.names import soundfile_name
from rnnoise_py.runs.atomic import atomic_path, check_not_an_input
from rnnoise_py.spec.constants import SAMPLE_RATE

BLOCK_FRAMES: Final = 1 << 16  # audio frames read at a time
_FORMATS: Final = {
    ".wave": "WAV",
    ".oga": "OGG",
    ".opus": "OGG",
    ".aif": "AIFF",
    ".aifc": "AIFF",
    ".snd": "AU",
    ".sph": "NIST",
}


@dataclass(frozen=True)
class Settings:
    """What denoising files needs, beside the files."""

    model: Int8Model | str | Path | None = None
    backend: str = "auto"
    library: str | Path | None = None
    controls: Controls = field(default_factory=Controls)
    workers: int = 1  #: threads for the channels of one file

    def denoiser(self, rate: int, channels: int) -> Denoiser:
        """Make a denoiser for this rate and number of channels."""
        return Denoiser(
            self.model,
            self.backend,
            self.library,
            sample_rate=rate,
            channels=channels,
            controls=self.controls,
            workers=self.workers,
        )


@dataclass(frozen=True)
class FileResult:
    """What came of one file."""

    seconds: float  #: of audio
    backend: str
    clipped: int  #: output samples that were saturated
    vad: npt.NDArray[np.float32]  #: (frames,) or (frames, channels)
    truncated: bool  #: whether the header promises more audio; what is there was taken


class SecondsCounter(Protocol):
    """Is told how many more seconds of audio were taken in."""

    def update(self, seconds: float) -> None:
        """Count ``seconds`` more."""


class AudioWriter:
    """Writes audio of one rate under a temporary name; counts what it clips."""

    def __init__(self, path: Path, final: Path, source: AudioFile) -> None:
        import soundfile

        self._final = final
        self._error: Any = soundfile.SoundFileError
        container, subtype, options = output_format(final, source)
        self.is_integer = subtype.startswith("PCM_")
        self.clipped = 0
        try:
            self._file = soundfile.SoundFile(
                soundfile_name(path), "w", source.rate, source.channels, subtype, format=container, **options
            )
        except (self._error, TypeError, ValueError) as error:
            raise OutputError(
                f"cannot write {printable(final)} as {container}/{subtype} with {source.rate} Hz, "
                f"{source.channels} channels: {_reason(error)}"
            ) from error

    def write(self, audio: npt.NDArray[Any]) -> None:
        """Write int16 or float frames."""
        if self.is_integer and audio.dtype != np.int16 and audio.size and np.max(np.abs(audio)) > 1:
            self.clipped += int(np.count_nonzero(np.abs(audio) > 1))
            audio = np.clip(audio, -1, 1)
        try:
            self._file.write(audio)
        except self._error as error:
            raise OutputError(f"cannot write {printable(self._final)}: {_reason(error)} Is the disk full?") from error

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        except self._error as error:
            raise OutputError(f"cannot write {printable(self._final)}: {_reason(error)} Is the disk full?") from error


def output_format(path: Path, source: AudioFile) -> tuple[str, str, dict[str, str]]:
    """Container, coding and further options for an output: the source's own wherever the suffix allows."""
    import soundfile

    suffix = path.suffix.lower()
    if suffix in BARE_SUFFIXES:
        if source.rate != SAMPLE_RATE or source.channels != 1:
            raise OutputError(
                f"{printable(path)} would be bare PCM, which is {SAMPLE_RATE} Hz mono here, but the input has "
                f"{source.rate} Hz, {source.channels} channels: choose .wav"
            )
        return "RAW", "PCM_16", {"endian": "LITTLE"}
    if suffix == source.path.suffix.lower() and soundfile.check_format(source.format, source.subtype):
        return source.format, source.subtype, {}
    container = _FORMATS.get(suffix, suffix[1:].upper())
    if container not in soundfile.available_formats():
        raise OutputError(f"{printable(path)}: no audio format has the suffix {suffix!r}: choose .wav, .flac, .ogg …")
    if suffix == ".opus":
        return container, "OPUS", {}
    if soundfile.check_format(container, source.subtype):
        return container, source.subtype, {}
    return container, soundfile.default_subtype(container), {}


def denoise_file(source: Path, target: Path, settings: Settings, progress: SecondsCounter | None = None) -> FileResult:
    """Denoise ``source`` into ``target``, keeping rate, channels, coding and, where the suffix allows, container.

    Raises
    ------
    InputError
        When the source cannot be read or the settings cannot be used.
    OutputError
        When the target cannot be written; nothing is left under its name then.
    """
    check_not_an_input(target, source)
    with open_audio(source) as audio, settings.denoiser(audio.rate, audio.channels) as denoiser:
        vads = []
        taken = 0
        with atomic_path(target) as temporary:
            writer = AudioWriter(temporary, target, audio)
            try:
                while len(block := _read(audio)):
                    taken += len(block)
                    writer.write(denoiser.process(block))
                    vads.append(denoiser.vad)
                    if progress is not None:
                        progress.update(len(block) / audio.rate)
                if not taken:
                    raise InputError(f"{printable(source)} holds no samples")
                writer.write(denoiser.flush())
                vads.append(denoiser.vad)
            finally:
                writer.close()
        return FileResult(
            taken / audio.rate,
            denoiser.backend,
            denoiser.clipped + writer.clipped,
            np.concatenate(vads),
            audio.truncated,
        )


def _read(audio: AudioFile) -> npt.NDArray[Any]:
    return audio.read_int16(BLOCK_FRAMES) if audio.subtype == "PCM_16" else audio.read(BLOCK_FRAMES)


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return " ".join(str(text).split()).rstrip(".") + "."
