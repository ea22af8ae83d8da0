"""Write denoised audio: the input's rate, channels and, where it can be, its container and coding."""

import io
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import BARE_SUFFIXES, AudioFile, check_written
from rnnoise_py.errors import OutputError
from rnnoise_py.names import printable, soundfile_name
from rnnoise_py.spec.constants import SAMPLE_RATE

_FORMATS: Final = {
    ".wave": "WAV",
    ".oga": "OGG",
    ".opus": "OGG",
    ".aif": "AIFF",
    ".aifc": "AIFF",
    ".snd": "AU",
    ".sph": "NIST",
}


class AudioWriter:
    """Writes audio of one rate under a temporary name; counts what it clips.

    Parameters
    ----------
    path
        The temporary file.
    final
        The name that it will get, whose suffix chooses the container.
    source
        The input.

    Raises
    ------
    OutputError
        When no file of this kind can be made.
    """

    def __init__(self, path: Path, final: Path, source: AudioFile) -> None:
        import soundfile

        self._path, self._final, self._source = path, final, source
        self._error: Any = soundfile.SoundFileError
        container, subtype, options = output_format(final, source)
        self._container = container
        self.is_integer = subtype.startswith("PCM_")
        self.clipped = 0  #: samples of float audio beyond ±1 in an integer file
        self.frames = 0  #: audio frames written
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
        """Write frames, int16 or float (±1), (n, channels)."""
        if self.is_integer and audio.dtype != np.int16 and audio.size and np.max(np.abs(audio)) > 1:
            self.clipped += int(np.count_nonzero(np.abs(audio) > 1))
            audio = np.clip(audio, -1, 1)
        try:
            self._file.write(audio)
        except self._error as error:
            raise OutputError(f"cannot write {printable(self._final)}: {_reason(error)} Is the disk full?") from error
        self.frames += len(audio)

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        except self._error as error:
            raise OutputError(f"cannot write {printable(self._final)}: {_reason(error)} Is the disk full?") from error

    def check(self) -> None:
        """Read the finished file back: libsndfile does not always say when a disk is full.

        Raises
        ------
        OutputError
            When it holds fewer frames than were written, or its format cannot hold this rate or number of channels.
        """
        check_written(self._path, self.frames, self._final, rate=self._source.rate, channels=self._source.channels)


def output_format(path: Path, source: AudioFile) -> tuple[str, str, dict[str, str]]:
    """Container, coding and further options for an output: the source's own wherever they can be written.

    Raises
    ------
    OutputError
        When the suffix means no audio format, or bare PCM that cannot hold the source.
    """
    import soundfile

    suffix = path.suffix.lower()
    if suffix in BARE_SUFFIXES:
        if source.rate != SAMPLE_RATE or source.channels != 1:
            raise OutputError(
                f"{printable(path)} would be bare PCM, which is {SAMPLE_RATE} Hz mono here, but the input has "
                f"{source.rate} Hz, {source.channels} channels: choose .wav"
            )
        return "RAW", "PCM_16", {"endian": "LITTLE"}
    container = _FORMATS.get(suffix, suffix[1:].upper())
    if container not in soundfile.available_formats():
        raise OutputError(f"{printable(path)}: no audio format has the suffix {suffix!r}: choose .wav, .flac, .ogg …")
    candidates = [(container, source.subtype), (container, soundfile.default_subtype(container))]
    if suffix == ".opus":
        candidates = [(container, "OPUS")]
    if suffix == source.path.suffix.lower():
        candidates.insert(0, (source.format, source.subtype))
    return next((*one, {}) for one in candidates if one == candidates[-1] or _can_write(*one, source))


def _can_write(container: str, subtype: str, source: AudioFile) -> bool:
    """Whether libsndfile can really make such a file: what it says it knows is more than what it can write."""
    import soundfile

    if not soundfile.check_format(container, subtype):
        return False
    try:
        with soundfile.SoundFile(io.BytesIO(), "w", source.rate, source.channels, subtype, format=container) as file:
            file.write(np.zeros((1, source.channels), np.int16))
    except (soundfile.SoundFileError, TypeError, ValueError):
        return False
    return True


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return " ".join(str(text).split()).rstrip(".") + "."
