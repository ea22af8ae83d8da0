"""Open one audio file of any format and read it to its true end, whatever its header says.

Bare PCM is known by its suffix. Everything else is sniffed by libsndfile, after its structure was looked through
(:mod:`rnnoise_py.audio.containers`): a file of several recordings is read as one, a wrong length is put right, and what
is missing is told. What libsndfile cannot read goes to PyAV where that is installed.
"""

import errno
import io
import stat
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.bare import check_bare
from rnnoise_py.audio.containers import Survey, survey
from rnnoise_py.audio.decoders import Decoder, open_decoder, reason_of, survey_of
from rnnoise_py.audio.files import BARE_SUFFIXES
from rnnoise_py.audio.joined import Joined, read_block
from rnnoise_py.audio.pyav import AvReader
from rnnoise_py.contents import HEAD_BYTES
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable, soundfile_name
from rnnoise_py.spec.constants import SAMPLE_RATE

LOWEST_RATE: Final = 4_000  # Hz
HIGHEST_RATE: Final = 768_000  # Hz

#: containers whose frames can be sought and read in any order, exactly and cheaply
_RANDOM_ACCESS: Final = frozenset({"RAW", "WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF"})
#: subtypes that float32 would round
_WIDE_SUBTYPES: Final = frozenset({"PCM_32", "DOUBLE"})
_MOST_FRAMES: Final = 1 << 40  # 265 days at 48 kHz; libsndfile gives 2⁶³ − 1 where it does not know
_FLOAT_SUBTYPES: Final = frozenset({"FLOAT", "DOUBLE"})
_BARE: Final = {"samplerate": SAMPLE_RATE, "channels": 1, "format": "RAW", "subtype": "PCM_16", "endian": "LITTLE"}


def check_rate(rate: Any) -> int:
    """Return a sample rate in Hz as an integer; raise :class:`InputError` unless it is a whole number in range."""
    known = isinstance(rate, (int, float, np.integer, np.floating))
    if not known or not LOWEST_RATE <= rate <= HIGHEST_RATE or int(rate) != rate:
        raise InputError(f"sample rate {rate!r} is not possible: give whole Hz, {LOWEST_RATE} … {HIGHEST_RATE}")
    return int(rate)


class AudioFile:
    """One open file: rate, channels, frames; reads float or int16 frames from any position.

    Use :func:`open_audio`; a context manager. Not thread-safe.
    """

    def __init__(self, source: Path | BinaryIO) -> None:
        import soundfile

        self.path = source if isinstance(source, Path) else Path("stream")
        self.name = printable(source) if isinstance(source, Path) else "the stream"  #: for messages
        self._error: Any = soundfile.LibsndfileError
        self._survey = Survey((), 0, as_it_is=True)
        self._short = 0  # frames found missing in reading
        self._place = 0
        if isinstance(source, Path):
            size = _regular_size(source)
            try:
                with source.open("rb") as stream:
                    head = stream.read(HEAD_BYTES)
            except OSError as error:
                raise InputError(f"cannot read {self.name}: {error.strerror}") from error
            if source.suffix.lower() in BARE_SUFFIXES:
                check_bare(source, size, head)
                self._file: Decoder = soundfile.SoundFile(soundfile_name(source), **_BARE)
            else:
                self._survey = survey_of(source)
                self._file = open_decoder(source, head, self._survey, self.name)
        else:
            source, head = _from_its_start(source)
            self._survey = survey(source)
            source.seek(0)
            self._file = open_decoder(source, head, self._survey, self.name)
        self.rate: int = self._file.samplerate  #: Hz
        self.channels: int = self._file.channels
        self.format: str = self._file.format  #: libsndfile's name of the container, e.g. ``WAV``
        self.subtype: str = self._file.subtype  #: libsndfile's name of the coding, e.g. ``PCM_16``
        self._check()

    def _check(self) -> None:
        problem = ""
        if not LOWEST_RATE <= self.rate <= HIGHEST_RATE:
            problem = f"has a sample rate of {self.rate} Hz: {LOWEST_RATE} … {HIGHEST_RATE} Hz is possible"
        elif self.frames <= 0:
            problem = f"holds no samples{' (it is cut short)' if not self._survey.sound else ''}"
        elif self.frames > _MOST_FRAMES:
            problem = (
                f"does not state its length, as when it was written to a pipe: write it again to a file, e.g. "
                f"ffmpeg -i {printable(self.path.name)} whole{printable(self.path.suffix)}"
            )
        if problem:
            self.close()
            raise InputError(f"{self.name} {problem}")

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
    def frames(self) -> int:
        """True length, in samples of each channel."""
        frames = int(self._file.frames)
        if self._survey.as_it_is and self._survey.parts and self._survey.parts[0].frames is not None:
            frames = min(frames, self._survey.parts[0].frames)
        return frames - self._short

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
    def missing_seconds(self) -> float:
        """Seconds that the file states and does not hold."""
        missing = int(getattr(self._file, "missing_frames", 0))
        if not isinstance(self._file, (Joined, AvReader)):
            for part in self._survey.parts:
                missing += part.missing_frames or 0
                if part.missing and part.data:
                    missing += round(part.missing * self.frames / part.data)
        return missing / self.rate

    @property
    def truncated(self) -> bool:
        """Whether audio is missing or was not decoded; what is there is read all the same."""
        return bool(self.shortfall)

    @property
    def shortfall(self) -> str:
        """What is missing or was not decoded, to follow the name of the file; empty when nothing."""
        missing, said = self.missing_seconds, []
        undecoded = (self._short + int(getattr(self._file, "undecoded_frames", 0))) / self.rate
        if missing > 0:
            said.append(f"is cut short: {missing:.3g} s are missing")
        elif any(part.cut for part in self._survey.parts):
            said.append("is cut short: it has no end, and how much is missing is not known")
        faults = [part.fault for part in self._survey.parts if part.fault]
        if isinstance(self._file, AvReader) and self._file.length.fault:
            faults.append(f"{self._file.length.fault} at {self.frames / self.rate:.3g} s")
        if undecoded:
            faults.insert(0, f"{undecoded:.3g} s of it cannot be decoded")
        if faults:
            said.append(f"is damaged: {faults[0]}")
        if self._survey.left_over:
            said.append(f"holds {self._survey.left_over:,} bytes behind its audio that cannot be decoded")
        return f"{', '.join(said)}; what is there is taken" if said else ""

    def seek(self, frame: int) -> None:
        """Go to a frame."""
        try:
            self._file.seek(frame)
        except self._error as error:
            raise InputError(f"cannot seek in {self.name}: {reason_of(error)}") from error
        self._place = frame

    def read(self, count: int) -> npt.NDArray[np.floating[Any]]:
        """Read at most ``count`` frames, all that are left when it is negative.

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
            raise InputError(f"{self.name} holds samples that are not finite (NaN or infinite)")
        return block

    def read_int16(self, count: int) -> npt.NDArray[np.int16]:
        """Read at most ``count`` frames of 16-bit PCM as they are, ``(frames, channels)``."""
        block: npt.NDArray[np.int16] = self._read(count, "int16")
        return block

    def _read(self, count: int, dtype: str) -> npt.NDArray[Any]:
        left = max(0, self.frames - self._place)
        wanted = left if count < 0 else min(count, left)
        try:
            joined = isinstance(self._file, Joined)
            block = self._file.read(wanted, dtype) if joined else read_block(self._file, wanted, dtype)
        except self._error as error:
            raise InputError(f"{self.name} is damaged: {reason_of(error)}") from error
        except InputError as error:
            raise InputError(f"{self.name}: {error}") from error
        self._place += len(block)
        if len(block) < wanted and not joined:
            self._short = self.frames + self._short - self._place
        return block


def cut_short(paths: list[Path]) -> str:
    """One line about files that are :attr:`~AudioFile.truncated`, at least one."""
    try:
        with open_audio(paths[0]) as audio:
            reason = audio.shortfall or "is cut short; what is there is taken"
    except InputError:
        reason = "is cut short; what is there is taken"
    if len(paths) == 1:
        return f"{printable(paths[0])} {reason}"
    return f"{len(paths)} files are cut short or damaged; the first, {printable(paths[0])}, {reason}"


def open_audio(source: Path | BinaryIO) -> AudioFile:
    """Open an audio file, or one that is open for reading and seeking already.

    ``.raw .pcm .s16`` are bare 16-bit little-endian mono 48 kHz; everything else is sniffed.

    Raises
    ------
    InputError
        When it is missing, no regular file, empty, unreadable, of no known format or absurd rate; for
        bare PCM when the number of bytes is odd or a known header is inside.
    """
    return AudioFile(source)


def _from_its_start(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """An open stream that can be sought in, and its first bytes."""
    try:
        stream.seek(0)
    except OSError:  # a pipe
        stream = io.BytesIO(stream.read())
    except (AttributeError, TypeError) as error:
        raise InputError(f"a {type(stream).__name__} is no audio: give a path, or a file that is open") from error
    head = stream.read(HEAD_BYTES)
    if not isinstance(head, bytes):
        raise InputError("the stream gives text: open it in binary mode (rb)")
    return stream, head


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
