"""Open one audio file of any format: bare PCM by its suffix, everything else sniffed by libsndfile."""

import errno
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.files import BARE_SUFFIXES, printable
from rnnoise_py.errors import InputError
from rnnoise_py.names import soundfile_name
from rnnoise_py.spec.constants import PCM_BYTES, SAMPLE_RATE

LOWEST_RATE: Final = 4_000  # Hz
HIGHEST_RATE: Final = 768_000  # Hz

#: four bytes that the formats begin with which are refused in bare PCM; the C tool has the same list
HEADERS: Final = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "RF64",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"FORM": "AIFF",
    b"caff": "CAF",
    b".snd": "AU",
    b"ID3\x03": "MP3",
    b"ID3\x04": "MP3",
}
#: containers whose frames can be sought and read in any order, exactly and cheaply
_RANDOM_ACCESS: Final = frozenset({"RAW", "WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"})
#: subtypes that float32 would round
_WIDE_SUBTYPES: Final = frozenset({"PCM_32", "DOUBLE"})
_OPEN_ENDED: Final = 0x7FFFF000  # sizes from here on are what streaming writers leave: unknown
_MOST_FRAMES: Final = 1 << 40  # 265 days at 48 kHz; libsndfile gives 2⁶³ − 1 where a FLAC does not say
_FLOAT_SUBTYPES: Final = frozenset({"FLOAT", "DOUBLE"})


def check_rate(rate: Any) -> int:
    """Return a sample rate in Hz as an integer; raise :class:`InputError` unless it is a whole number in range."""
    known = isinstance(rate, (int, float, np.integer, np.floating))
    if not known or not LOWEST_RATE <= rate <= HIGHEST_RATE or int(rate) != rate:
        raise InputError(f"sample rate {rate!r} is not possible: give whole Hz, {LOWEST_RATE} … {HIGHEST_RATE}")
    return int(rate)


def known_header(head: bytes) -> str | None:
    """Name the audio format whose header begins with the four bytes ``head``; None for anything else."""
    return HEADERS.get(head[:4])


def check_bare(path: Path, size: int, head: bytes) -> None:
    """Raise :class:`InputError` unless a file of ``size`` bytes that starts with ``head`` can be bare PCM."""
    name = printable(path)
    found = known_header(head)
    if found:
        raise InputError(
            f"{name} starts with a {found} header, but its suffix {path.suffix} means bare PCM: "
            f"rename it to its own format"
        )
    if size % PCM_BYTES:
        raise InputError(
            f"{name} has an odd number of bytes ({size}): bare PCM is 16-bit little-endian mono 48 kHz; "
            f"is it truncated or of another width?"
        )


class AudioFile:
    """One open file: rate, channels, frames; reads float or int16 frames from any position.

    Use :func:`open_audio`; a context manager. Not thread-safe.
    """

    def __init__(self, path: Path) -> None:
        import soundfile

        self.path = path
        size = _regular_size(path)
        self._error: Any = soundfile.LibsndfileError
        options: dict[str, Any] = {}
        if path.suffix.lower() in BARE_SUFFIXES:
            with path.open("rb") as stream:
                check_bare(path, size, stream.read(4))
            options = {
                "samplerate": SAMPLE_RATE,
                "channels": 1,
                "format": "RAW",
                "subtype": "PCM_16",
                "endian": "LITTLE",
            }
        try:
            self._file = soundfile.SoundFile(soundfile_name(path), **options)
        except (soundfile.LibsndfileError, TypeError, ValueError) as error:
            if not os.access(path, os.R_OK):
                raise InputError(f"cannot read {printable(path)}: permission denied") from error
            raise InputError(f"{printable(path)} cannot be read as audio: {_reason(error)}") from error
        self.rate: int = self._file.samplerate  #: Hz
        self.channels: int = self._file.channels
        self.frames: int = self._file.frames  #: as the header says
        self.format: str = self._file.format  #: libsndfile's name of the container, e.g. ``WAV``
        self.subtype: str = self._file.subtype  #: libsndfile's name of the coding, e.g. ``PCM_16``
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            self.close()
            raise InputError(
                f"{printable(path)} has a sample rate of {self.rate} Hz: {LOWEST_RATE} … {HIGHEST_RATE} Hz is possible"
            )
        if self.frames <= 0:
            self.close()
            raise InputError(f"{printable(path)} holds no samples")
        if self.frames > _MOST_FRAMES:
            self.close()
            raise InputError(
                f"{printable(path)} does not state its length, as when it was written to a pipe: write it again to a "
                f"file, e.g. ffmpeg -i {printable(path.name)} whole{printable(path.suffix)}"
            )

    def __enter__(self) -> "AudioFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def random_access(self) -> bool:
        """Whether frames can be sought exactly and cheaply."""
        return self.format in _RANDOM_ACCESS and self._file.seekable()

    @property
    def is_plain(self) -> bool:
        """Whether the samples are 16-bit 48 kHz mono already."""
        return self.rate == SAMPLE_RATE and self.channels == 1 and self.subtype == "PCM_16"

    @property
    def conversion(self) -> str:
        """What is done to get 48 kHz mono, e.g. ``"44100 Hz, 2 channels"``; empty when nothing."""
        parts = [f"{self.rate} Hz"] if self.rate != SAMPLE_RATE else []
        if self.channels != 1:
            parts.append(f"{self.channels} channels")
        return ", ".join(parts)

    @property
    def truncated(self) -> bool:
        """Whether a WAV header promises more bytes than there are; what is there is read all the same."""
        with self.path.open("rb") as stream:
            head = stream.read(8)
            size = stream.seek(0, os.SEEK_END)
        if head[:4] != b"RIFF" or len(head) < 8:
            return False
        promised = int.from_bytes(head[4:], "little")
        return promised < _OPEN_ENDED and promised + 8 > size + 1

    def seek(self, frame: int) -> None:
        """Go to a frame."""
        try:
            self._file.seek(frame)
        except self._error as error:
            raise InputError(f"cannot seek in {printable(self.path)}: {_reason(error)}") from error

    def read(self, count: int) -> npt.NDArray[np.floating[Any]]:
        """Read at most ``count`` frames.

        Returns
        -------
        ``(frames, channels)`` float32 (float64 where the file is wider), ±1 is full scale; empty at the end.

        Raises
        ------
        InputError
            When the file is damaged or holds samples that are not finite.
        """
        block = self._read(count, "float64" if self.subtype in _WIDE_SUBTYPES else "float32")
        if self.subtype in _FLOAT_SUBTYPES and not np.isfinite(block).all():
            raise InputError(f"{printable(self.path)} holds samples that are not finite (NaN or infinite)")
        return block

    def read_int16(self, count: int) -> npt.NDArray[np.int16]:
        """Read at most ``count`` frames of 16-bit PCM as they are, ``(frames, channels)``."""
        block: npt.NDArray[np.int16] = self._read(count, "int16")
        return block

    def _read(self, count: int, dtype: str) -> npt.NDArray[Any]:
        try:
            block: npt.NDArray[Any] = self._file.read(count, dtype=dtype, always_2d=True)
        except self._error as error:
            raise InputError(f"{printable(self.path)} is damaged: {_reason(error)}") from error
        return block


def cut_short(paths: list[Path]) -> str:
    """One line about files that are :attr:`~AudioFile.truncated`, at least one."""
    what = "its header promises more; what is there is taken"
    if len(paths) == 1:
        return f"{printable(paths[0])} is cut short: {what}"
    return f"{len(paths)} files are cut short, the first {printable(paths[0])}: {what}"


def open_audio(path: Path) -> AudioFile:
    """Open an audio file.

    ``.raw .pcm .s16`` are bare 16-bit little-endian mono 48 kHz; everything else is sniffed by libsndfile.

    Raises
    ------
    InputError
        When it is missing, no regular file, empty, unreadable, of no known format or absurd rate; for
        bare PCM when the number of bytes is odd or a known header is inside.
    """
    return AudioFile(path)


def _regular_size(path: Path) -> int:
    try:
        status = path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise InputError(f"cannot read {printable(path)}: it is a link to itself") from error
        raise InputError(f"cannot read {printable(path)}: {error.strerror}") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(f"{printable(path)} is a folder: give an audio file")
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{printable(path)} is no regular file: give an audio file")
    if status.st_size == 0:
        raise InputError(f"{printable(path)} is empty (0 bytes)")
    return status.st_size


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")
