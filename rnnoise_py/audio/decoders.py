"""Which decoder reads a file: libsndfile as it is, libsndfile part by part, or PyAV."""

from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy.typing as npt

from rnnoise_py.audio.containers import Survey, survey
from rnnoise_py.audio.joined import Joined
from rnnoise_py.audio.pyav import AvReader, Kind, Length, installed, kind_of
from rnnoise_py.contents import content_of
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable, soundfile_name


class Decoder(Protocol):
    """What is used of ``soundfile.SoundFile``."""

    @property
    def samplerate(self) -> int:
        """Hz."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    @property
    def frames(self) -> int:
        """Samples of each channel."""

    @property
    def format(self) -> str:
        """Container, e.g. ``WAV``."""

    @property
    def subtype(self) -> str:
        """Coding, e.g. ``PCM_16``."""

    def read(self, count: int, dtype: str, always_2d: bool = True) -> npt.NDArray[Any]:
        """Read at most ``count`` frames, ``(frames, channels)``."""

    def seek(self, frame: int) -> int:
        """Go to a frame."""

    def seekable(self) -> bool:
        """Whether that is exact and cheap."""

    def close(self) -> None:
        """Close the file."""


def open_decoder(source: Path | BinaryIO, head: bytes, found: Survey, name: str) -> Decoder:
    """Open a file that is not bare PCM.

    Parameters
    ----------
    source
        The file.
    head
        Its first bytes.
    found
        Where the audio lies in it.
    name
        What messages call it.

    Raises
    ------
    InputError
        When it cannot be read: what it is instead, or what is missing.
    """
    import soundfile

    try:
        if not found.as_it_is:
            return Joined(source, found.parts, name)
        file: Decoder = soundfile.SoundFile(soundfile_name(source) if isinstance(source, Path) else source)
        if found.parts and (found.parts[0].frames or 0) > file.frames:  # its guess is too short
            file.close()
            return Joined(source, found.parts, name)
        return file
    except InputError:
        raise
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:  # the last two for names such as x.raw
        reason = reason_of(error)
    content = content_of(head, name)
    if content is not None:
        raise InputError(f"{name} is {content.what}, not audio: {content.remedy}")
    cut = "" if found.sound else " (it is cut short)"
    return _open_with_pyav(source, head, name, f"{name} cannot be read as audio: {reason}{cut}")


def _open_with_pyav(source: Path | BinaryIO, head: bytes, name: str, unreadable: str) -> AvReader:
    kind = kind_of(head)
    if kind is None or (kind.shared and not installed()):
        raise InputError(unreadable)
    if not installed():
        target = printable(source.stem) if isinstance(source, Path) else "audio"
        raise InputError(
            f"{name} is {kind.what}, which needs PyAV: pip install av; or convert it: ffmpeg -i {name} {target}.wav"
        )
    try:
        return AvReader(source, kind, _length_of(source, kind) if isinstance(source, Path) else None)
    except InputError as error:
        raise InputError(unreadable if kind.shared else f"{name} cannot be read as {kind.what}: {error}") from error


def survey_of(path: Path) -> Survey:
    """Look through a file, once as long as it does not change."""
    return _survey_once(path, *_identity(path))


def _length_of(path: Path, kind: Kind) -> Length:
    return _length_once(path, kind, *_identity(path))


def _identity(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


@lru_cache(maxsize=1024)
def _survey_once(path: Path, *_identity: int) -> Survey:
    with path.open("rb") as stream:
        return survey(stream)


@lru_cache(maxsize=1024)
def _length_once(path: Path, kind: Kind, *_identity: int) -> Length:
    reader = AvReader(path, kind)
    reader.close()
    return reader.length


def reason_of(error: Exception) -> str:
    """Return what libsndfile says, as words to follow a colon."""
    text = getattr(error, "error_string", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")
