"""One long PCM stream from a file or a folder of files; read anywhere, constant memory.

>>> with open_pcm(Path("clean/")) as clean:          # doctest: +SKIP
...     block = clean.read(start=48_000, count=480)
"""

import bisect
import contextlib
import os
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.convert import downmix, to_int16
from rnnoise_py.audio.files import BARE_SUFFIXES, list_audio_files
from rnnoise_py.audio.known_files import WORTH_SECONDS, Facts, KnownFiles
from rnnoise_py.audio.open_file import AudioFile, open_audio
from rnnoise_py.audio.pcm import check_range
from rnnoise_py.audio.spool import Spool
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.provenance import describe_source
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_BYTES, SAMPLE_RATE

OPEN_FILES: Final = 16  # files of a folder kept open at a time
#: codings that become int16 without clipping and without looking at the samples first
_DIRECT_SUBTYPES: Final = frozenset({"PCM_16", "PCM_U8", "PCM_S8"})


@dataclass(frozen=True)
class _Segment:
    """Where ``count`` samples of the stream lie."""

    count: int
    path: Path
    kind: str  # "bare": pread of the file; "direct": through libsndfile; "spool": in the spool file


class PcmStream:
    """A file, or all files of a folder one after the other, as a :class:`~rnnoise_py.audio.pcm.PcmSource`.

    Bare PCM is read in place, 8- and 16-bit 48 kHz files through libsndfile; everything else is decoded once
    into an unlinked temporary file. What is found out about the files of a folder is kept
    (:mod:`rnnoise_py.audio.known_files`): those that are known are not opened, nor decoded, before they are read.
    Use :func:`open_pcm`; a context manager. Safe to read from many threads.
    """

    def __init__(self, path: Path, spool_folder: Path | None = None, known: Path | None = None) -> None:
        self.path = path
        self.skipped: list[tuple[Path, str]] = []  #: files of the folder left out, and why
        self.truncated: list[Path] = []  #: files that are cut short or damaged
        self.clipped = 0  #: samples saturated in conversion
        self._lock = threading.Lock()
        self._open: OrderedDict[Path, AudioFile | BinaryIO] = OrderedDict()
        self._spool = Spool(spool_folder)
        self._converted: Counter[str] = Counter()
        self._facts: list[Facts] = []
        self._known: KnownFiles | None = None
        try:
            if path.is_dir():
                self._known = KnownFiles(path, known)
                self._segments = self._read_folder(path, self._known)
            else:
                self._segments = [self._take(path, self._look(path))]
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
            self._spool.close()

    @property
    def files(self) -> list[Path]:
        """The files in use, in order."""
        return [segment.path for segment in self._segments]

    @property
    def digests(self) -> list[str]:
        """SHA-256 of each file, as far as it is known from before; else empty."""
        return [facts.sha256 for facts in self._facts]

    def learn(self, sources: Sequence[Mapping[str, Any]]) -> None:
        """Keep the digests of all files for the next run."""
        if self._known is None:
            return
        for number, (path, facts, source) in enumerate(zip(self.files, self._facts, sources, strict=True)):
            if not facts.sha256 and source["size"] == facts.size and facts.is_of(path.stat()):
                self._facts[number] = replace(facts, sha256=source["sha256"])
                self._known.learn(path, self._facts[number])
        self._known.save()

    def keep(self, known: Path) -> None:
        """Keep what is known of the files of a folder for ``known`` of other machines."""
        if self._known is not None:
            self._known.save_as(known)

    @cached_property
    def sources(self) -> list[dict[str, Any]]:
        """Path, size and SHA-256 of each file, in order (the digests are made on first use)."""
        started = time.monotonic()
        found = [
            {"path": printable(path), "size": facts.size, "sha256": facts.sha256}
            if facts.sha256
            else {**describe_source(path), "path": printable(path)}
            for path, facts in zip(self.files, self._facts, strict=True)
        ]
        if time.monotonic() - started >= WORTH_SECONDS:
            self.learn(found)
        return found

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
        check_range(start, count, self.samples)
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
            spooled = segment.kind == "spool"
            found = self._spool.find(segment.path, segment.count) if spooled else (self._handle(segment), 0)
            file, offset = found
            assert not isinstance(file, AudioFile)
            view, position = out.data.cast("B"), PCM_BYTES * (offset + first)
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

    def _read_folder(self, folder: Path, known: KnownFiles) -> list[_Segment]:
        paths = list_audio_files(folder)
        if not paths:
            raise InputError(f"folder {printable(folder)} holds no audio files (WAV, FLAC, .raw …)")
        started, segments = time.monotonic(), []
        for path in paths:
            try:
                facts = None
                with contextlib.suppress(OSError):  # what is wrong with it is told below
                    facts = known.recall(path, path.stat())
                if facts is None:
                    facts = self._look(path)
                    known.learn(path, facts)
                segments.append(self._take(path, facts))
            except InputError as error:
                self.skipped.append((path, str(error)))
        if not segments:
            raise InputError(
                f"none of the {len(paths)} files in {printable(folder)} can be read; the first: {self.skipped[0][1]}"
            )
        if time.monotonic() - started >= WORTH_SECONDS:
            known.save()
        return segments

    def _take(self, path: Path, facts: Facts) -> _Segment:
        """Count what a file adds to the stream."""
        if facts.conversion:
            self._converted[facts.conversion] += 1
        if facts.truncated:
            self.truncated.append(path)
        self.clipped += facts.clipped
        self._facts.append(facts)
        return _Segment(facts.samples, path, facts.kind)

    def _look(self, path: Path) -> Facts:
        """Open a file to see how it is read; what must be decoded is decoded."""
        with open_audio(path) as audio:
            status = path.stat()
            seen: dict[str, Any] = {
                "size": status.st_size,
                "changed": status.st_mtime_ns,
                "conversion": audio.conversion,
            }
            if path.suffix.lower() in BARE_SUFFIXES:
                return Facts("bare", audio.frames, **seen)
            if audio.random_access and audio.rate == SAMPLE_RATE and audio.subtype in _DIRECT_SUBTYPES:
                return Facts("direct", audio.frames, **seen, truncated=audio.truncated)
        decoder = self._spool.decode(path)
        return Facts("spool", decoder.samples, **seen, truncated=decoder.audio.truncated, clipped=decoder.clipped)


def open_pcm(path: Path, spool_folder: Path | None = None, known: Path | None = None) -> PcmStream:
    """Open a file, or a folder of files in the order of :func:`list_audio_files`, as one PCM stream.

    Parameters
    ----------
    path
        Bare PCM (``.raw .pcm .s16``), any format that libsndfile reads, or a folder.
    spool_folder
        Where what must be decoded is kept meanwhile; the system's temporary folder when None.
    known
        A file that :meth:`PcmStream.keep` wrote, perhaps on another machine.

    Raises
    ------
    InputError
        When it is missing, empty, unreadable or shorter than one frame. In a folder single bad files are left
        out and listed in ``skipped`` and ``notes``; an error is raised when none is usable.
    OutputError
        When the spool disk is full.
    """
    return PcmStream(Path(path), spool_folder, known)
