"""The two inputs of a run, opened; their digests are made in the background while rows are made already."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from rnnoise_py.audio import PcmSource, RotatedPcm, open_pcm
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.rows.description import PENDING_SOURCE, Sources, with_role
from rnnoise_py.rows.source_list import shared_sources
from rnnoise_py.spec.constants import FRAME_SIZE


class Stream(PcmSource, Protocol):
    """Audio from one or many files."""

    truncated: list[Path]  #: files whose header promises more than there is
    skipped: list[tuple[Path, str]]  #: files that were left out, and why

    @property
    def files(self) -> list[Path]:
        """The files in use, in order."""

    @property
    def digests(self) -> list[str]:
        """SHA-256 of each, as far as it is known; else empty."""

    def learn(self, sources: Sequence[Mapping[str, Any]]) -> None:
        """Keep the digests of all files for the next run."""

    def keep(self, known: Path) -> None:
        """Keep what is known of the files for other machines."""

    def close(self) -> None:
        """Close them."""


def known_paths(out: Path) -> tuple[Path, Path]:
    """Return where a run keeps what is known of the files of clean speech and of noise."""
    return out.with_name(f".{out.name}.clean-files"), out.with_name(f".{out.name}.noise-files")


def forget_known(out: Path) -> None:
    """Remove it."""
    for place in known_paths(out):
        place.unlink(missing_ok=True)


class Inputs:
    """Clean speech and noise, files or folders, as 48 kHz mono streams.

    A context manager.

    Parameters
    ----------
    clean, noise
        Files or folders.
    streams, sources, opener
        Other streams than those of files, what they are made of, and what opens them again.
    known
        An output beside which another process keeps what it knows of the files.

    Raises
    ------
    InputError
        When one of them cannot be used.
    """

    def __init__(
        self,
        clean: Path,
        noise: Path,
        *,
        streams: "tuple[Stream, Stream] | None" = None,
        sources: Sources | None = None,
        opener: "Callable[[], Inputs] | None" = None,
        known: Path | None = None,
    ) -> None:
        self.paths = (clean, noise)
        self._opener, self._known = opener, known
        self._digests: Future[Sources] | None = None
        self._made_of = sources
        self.clean: Stream
        self.noise: Stream
        if streams is not None:
            self.clean, self.noise = streams
        else:
            places = (None, None) if known is None else known_paths(known)
            self.clean = open_pcm(clean, known=places[0])
            try:
                self.noise = open_pcm(noise, known=places[1])
            except BaseException:
                self.clean.close()
                raise
        if sources is not None:
            self.know_sources(sources)

    @property
    def opener(self) -> "Callable[[], Inputs]":
        """Opens the same again, on another machine too."""
        return self._opener or partial(Inputs, *self.paths, known=self._known)

    def __enter__(self) -> "Inputs":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        self.clean.close()
        self.noise.close()

    @property
    def clean_rows(self) -> int:
        """Whole frames of the clean audio: rows of one pass over it."""
        return self.clean.samples // FRAME_SIZE

    @property
    def noise_rows(self) -> int:
        """Whole frames of the noise."""
        return self.noise.samples // FRAME_SIZE

    def rotated(self, starts: tuple[int, int]) -> tuple[PcmSource, PcmSource]:
        """Clean and noise from these frames on; what lies before comes after the end."""
        if starts == (0, 0):  # a partial last frame stays: it is not read, but counts among the samples
            return self.clean, self.noise
        return RotatedPcm(self.clean, starts[0]), RotatedPcm(self.noise, starts[1])

    def check_start(self, start: tuple[int, int]) -> None:
        """Raise :class:`InputError` unless clean and noise have a frame of this number each."""
        frames = self.clean_rows, self.noise_rows
        for path, first, count in zip(self.paths, start, frames, strict=True):
            if first >= count:
                raise InputError(f"--start {first} is beyond the end of {path}: give 0 … {count - 1}")

    def pairing_notes(self, count: int) -> list[str]:
        """Return a line when the lengths of clean and noise bring the same pairs of frames back within ``count``."""
        clean, noise = self.clean_rows, self.noise_rows
        again = math.lcm(clean, noise)
        if again >= min(count, clean * noise):
            return []
        return [
            f"note: {clean:,} and {noise:,} frames meet in the same pairs every {again:,} rows; "
            f"a noise that is one frame shorter or longer would give new pairs"
        ]

    @property
    def notes(self) -> list[str]:
        """What was converted or left out, one line each."""
        return self.clean.notes + self.noise.notes

    @property
    def truncated(self) -> list[Path]:
        """Files whose header promises more than there is."""
        return self.clean.truncated + self.noise.truncated

    @property
    def skipped(self) -> int:
        """Files of folders that were left out."""
        return len(self.clean.skipped) + len(self.noise.skipped)

    @property
    def files(self) -> int:
        """All files, those that were left out too."""
        return len(self.clean.files) + len(self.noise.files) + self.skipped

    @cached_property
    def pending(self) -> Sources:
        """Role, path and size of every file; the digests are to come."""
        if self._made_of is not None:
            return self._made_of.pending
        return Sources(
            tuple(
                {"role": role, "path": printable(path), "size": path.stat().st_size, "sha256": PENDING_SOURCE}
                for role, stream in (("clean", self.clean), ("noise", self.noise))
                for path in stream.files
            )
        )

    def start_digests(self, shared: Path | None = None) -> None:
        """Begin to make the digests in a thread that does not keep the process alive; once, for any number of runs.

        With ``shared``, an output, they are made once for all processes that make files of it.
        """
        if self._digests is not None:
            return
        future = self._digests = Future()

        def work() -> None:
            try:
                if shared is None:
                    future.set_result(self.make_sources())
                else:
                    paths = [*self.clean.files, *self.noise.files]
                    future.set_result(shared_sources(shared, self.pending, paths, self.make_sources))
            except BaseException as error:  # handed to whoever asks for the result
                future.set_exception(error)

        threading.Thread(target=work, name="source digests", daemon=True).start()

    def make_sources(self) -> Sources:
        """Make the digests, now."""
        return Sources((*with_role("clean", self.clean.sources), *with_role("noise", self.noise.sources)))

    @property
    def digests(self) -> list[str]:
        """SHA-256 of each file, as far as it is known from earlier runs; else empty."""
        return [*self.clean.digests, *self.noise.digests]

    def learn(self, sources: Sources) -> None:
        """Keep digests of all files for later runs."""
        clean = len(self.clean.files)
        self.clean.learn(sources.files[:clean])
        self.noise.learn(sources.files[clean:])

    def share(self, out: Path) -> None:
        """Keep what is known of the files beside an output, where other machines find it."""
        for stream, place in zip((self.clean, self.noise), known_paths(out), strict=True):
            if not place.exists():
                stream.keep(place)
        self._known = out

    def know_sources(self, sources: Sources) -> None:
        """Take digests that were made elsewhere; no more are made then."""
        self._digests = Future()
        self._digests.set_result(sources)

    @property
    def sources_known(self) -> bool:
        """Whether :meth:`sources` would return at once."""
        return self._digests is not None and self._digests.done()

    def sources(self) -> Sources:
        """Role, path, size and SHA-256 of every file; waits for the digests. The same object every time."""
        self.start_digests()
        assert self._digests is not None
        return self._digests.result()
