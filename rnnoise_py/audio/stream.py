"""One long PCM stream from a file, a folder of files or an array; read anywhere, constant memory.

>>> with open_pcm(Path("clean/")) as clean:          # doctest: +SKIP
...     block = clean.read(start=48_000, count=480)
"""

import bisect
import os
import tempfile
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.convert import downmix, to_int16
from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.audio.files import BARE_SUFFIXES, list_audio_files
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import describe_source
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_BYTES, SAMPLE_RATE

OPEN_FILES: Final = 16  # files of a folder kept open at a time
#: codings that become int16 without clipping and without looking at the samples first
_DIRECT_SUBTYPES: Final = frozenset({"PCM_16", "PCM_U8", "PCM_S8"})


class PcmSource(Protocol):
    """48 kHz mono int16 samples that can be read anywhere, from any thread."""

    @property
    def samples(self) -> int:
        """Total number of samples."""

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Path, size and SHA-256 of each file, in order."""

    @property
    def notes(self) -> list[str]:
        """What was converted or left out, one line each."""

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)``."""


class ArrayPcm:
    """An int16 array in memory as a :class:`PcmSource`."""

    def __init__(self, array: npt.NDArray[np.int16]) -> None:
        if array.dtype != np.int16 or array.ndim != 1:
            raise InputError(f"need a one-dimensional int16 array, got {array.ndim}-D {array.dtype}")
        if len(array) < FRAME_SIZE:
            raise InputError(f"{len(array)} samples are less than one frame ({FRAME_SIZE}): give more audio")
        self._array = array
        self.samples = len(array)
        self.sources: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def __enter__(self) -> "ArrayPcm":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)`` (a view)."""
        _check_range(start, count, self.samples)
        return self._array[start : start + count]


@dataclass(frozen=True)
class _Segment:
    """Where ``count`` samples of the stream lie."""

    count: int
    path: Path
    kind: str  # "bare": pread of the file; "direct": through libsndfile; "spool": in the spool file
    offset: int = 0  # first sample, in the spool file


class PcmStream:
    """A file, or all files of a folder one after the other, as a :class:`PcmSource`.

    Bare PCM is read in place, 8- and 16-bit 48 kHz files through libsndfile; everything else is decoded once
    into an unlinked temporary file. Use :func:`open_pcm`; a context manager. Safe to read from many threads.
    """

    def __init__(self, path: Path, spool_folder: Path | None = None) -> None:
        self.path = path
        self.skipped: list[tuple[Path, str]] = []  #: files of the folder left out, and why
        self.truncated: list[Path] = []  #: files that are cut short or damaged
        self.clipped = 0  #: samples saturated in conversion
        self._lock = threading.Lock()
        self._open: OrderedDict[Path, AudioFile | BinaryIO] = OrderedDict()
        self._spool: BinaryIO | None = None
        self._spool_folder = spool_folder
        self._spooled = 0
        self._converted: Counter[str] = Counter()
        try:
            self._segments = self._read_folder(path) if path.is_dir() else [self._segment(path)]
            ends = np.cumsum([segment.count for segment in self._segments], dtype=np.int64)
            self._starts: list[int] = [0, *map(int, ends[:-1])]
            self.samples = int(ends[-1])  #: 48 kHz mono int16 samples in all
            if self.samples < FRAME_SIZE:
                raise InputError(
                    f"{printable(path)} holds {self.samples} samples, less than one frame "
                    f"({FRAME_SIZE}, 10 ms): give more audio"
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "PcmStream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every file; the spool file vanishes."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()
            if self._spool is not None:
                self._spool.close()
                self._spool = None

    @property
    def files(self) -> list[Path]:
        """The files in use, in order."""
        return [segment.path for segment in self._segments]

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """Path, size and SHA-256 of each file, in order (the digests are made on first use)."""
        return [{**describe_source(segment.path), "path": printable(segment.path)} for segment in self._segments]

    @property
    def notes(self) -> list[str]:
        """What was converted or left out, one line each."""
        lines = [
            f"{printable(self.path)}: {files} file{'s'[: files > 1]} converted to 48 kHz mono ({what})"
            for what, files in sorted(self._converted.items())
        ]
        if self.clipped:
            lines.append(f"{printable(self.path)}: {self.clipped} samples clipped in conversion")
        return lines + [f"skipped: {reason}" for _, reason in self.skipped]

    def read(self, start: int, count: int) -> npt.NDArray[np.int16]:
        """Return samples ``[start, start + count)`` as a new int16 array.

        Raises
        ------
        InputError
            When the range is outside the stream, or a file has changed since it was opened.
        """
        _check_range(start, count, self.samples)
        out = np.empty(count, np.int16)
        done = 0
        index = bisect.bisect_right(self._starts, start) - 1
        while done < count:
            segment = self._segments[index]
            first = start + done - self._starts[index]
            part = out[done : done + min(count - done, segment.count - first)]
            with self._lock:
                self._fill(part, segment, first)
            done += len(part)
            index += 1
        return out

    def _fill(self, out: npt.NDArray[np.int16], segment: _Segment, first: int) -> None:
        if segment.kind == "direct":
            audio = self._handle(segment)
            assert isinstance(audio, AudioFile)
            audio.seek(first)
            block = audio.read_int16(len(out)) if audio.is_plain else audio.read(len(out))
            if len(block) == len(out):
                out[:] = block[:, 0] if audio.is_plain else to_int16(downmix(block))[0]
                return
        else:
            file = self._spool if segment.kind == "spool" else self._handle(segment)
            assert file is not None
            assert not isinstance(file, AudioFile)
            view, position = out.data.cast("B"), PCM_BYTES * (segment.offset + first)
            while len(view):
                got = os.preadv(file.fileno(), [view], position)
                if not got:
                    break
                view, position = view[got:], position + got
            else:
                if np.little_endian:
                    return
                out.byteswap(inplace=True)
                return
        raise InputError(f"{printable(segment.path)} became shorter while it was being read")

    def _handle(self, segment: _Segment) -> AudioFile | BinaryIO:
        handle = self._open.pop(segment.path, None)
        if handle is None:
            if len(self._open) >= OPEN_FILES:
                self._open.popitem(last=False)[1].close()
            bare = segment.kind == "bare"
            handle = segment.path.open("rb", buffering=0) if bare else open_audio(segment.path)
        self._open[segment.path] = handle
        return handle

    def _read_folder(self, folder: Path) -> list[_Segment]:
        paths = list_audio_files(folder)
        if not paths:
            raise InputError(f"folder {printable(folder)} holds no audio files (WAV, FLAC, .raw …)")
        segments = []
        for path in paths:
            try:
                segments.append(self._segment(path))
            except InputError as error:
                self.skipped.append((path, str(error)))
        if not segments:
            raise InputError(
                f"none of the {len(paths)} files in {printable(folder)} can be read; the first: {self.skipped[0][1]}"
            )
        return segments

    def _segment(self, path: Path) -> _Segment:
        with open_audio(path) as audio:
            if path.suffix.lower() in BARE_SUFFIXES:
                return _Segment(audio.frames, path, "bare")
            if audio.conversion:
                self._converted[audio.conversion] += 1
            if audio.random_access and audio.rate == SAMPLE_RATE and audio.subtype in _DIRECT_SUBTYPES:
                if audio.truncated:
                    self.truncated.append(path)
                return _Segment(audio.frames, path, "direct")
        return self._decode(path)

    def _decode(self, path: Path) -> _Segment:
        offset = self._spooled
        try:
            if self._spool is None:
                self._spool = tempfile.TemporaryFile(dir=self._spool_folder, buffering=0)  # noqa: SIM115
            assert self._spool is not None
            self._spool.seek(PCM_BYTES * offset)
            with AudioDecoder(path) as decoder:
                for block in decoder.blocks():
                    _write_all(self._spool, block)
        except (InputError, OutputError):
            raise
        except OSError as error:
            raise OutputError(
                f"cannot spool {printable(path)} in {self._spool_folder or tempfile.gettempdir()}: "
                f"{error.strerror}; set TMPDIR to a larger disk, or `rnnoise-py dataset merge` first"
            ) from error
        if decoder.audio.truncated:
            self.truncated.append(path)
        self._spooled += decoder.samples
        self.clipped += decoder.clipped
        return _Segment(decoder.samples, path, "spool", offset)


def _write_all(file: BinaryIO, block: npt.NDArray[np.int16]) -> None:
    view = np.ascontiguousarray(block).data.cast("B")
    while len(view):
        view = view[file.write(view) :]


def _check_range(start: int, count: int, samples: int) -> None:
    if start < 0 or count < 0 or start + count > samples:
        raise InputError(f"samples {start} … {start + count} are outside the stream of {samples}")


def open_pcm(path: Path, spool_folder: Path | None = None) -> PcmStream:
    """Open a file, or a folder of files in the order of :func:`list_audio_files`, as one PCM stream.

    Parameters
    ----------
    path
        Bare PCM (``.raw .pcm .s16``), any format that libsndfile reads, or a folder.
    spool_folder
        Where what must be decoded is kept meanwhile; the system's temporary folder when None.

    Raises
    ------
    InputError
        When it is missing, empty, unreadable or shorter than one frame. In a folder single bad files are left
        out and listed in ``skipped`` and ``notes``; an error is raised when none is usable.
    OutputError
        When the spool disk is full.
    """
    return PcmStream(Path(path), spool_folder)
