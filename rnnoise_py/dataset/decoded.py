"""Decode many files on a few threads, and give them out in their order."""

import hashlib
import tempfile
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.dataset.meter import Measures, Meter
from rnnoise_py.errors import InputError
from rnnoise_py.runs.provenance import file_sha256

_IN_MEMORY: Final = 8 << 20  # bytes of one decoded file kept in memory while it waits for its turn


@dataclass(frozen=True)
class Decoded:
    """One file as PCM, waiting for its turn."""

    path: Path
    pcm: "tempfile.SpooledTemporaryFile[bytes]"
    samples: int
    clipped: int  #: samples saturated in conversion
    rate: int  #: Hz, of the file
    channels: int  #: of the file
    coding: str  #: e.g. ``WAV PCM_16``
    shortfall: str  #: what is missing or damaged, to follow the name of the file
    sha256: str  #: of the file
    measures: Measures

    def copy(self, out: BinaryIO, digest: "hashlib._Hash") -> None:
        """Append the samples to a file and to a digest, once; they are forgotten then."""
        self.pcm.seek(0)
        while block := self.pcm.read(1 << 20):
            digest.update(block)
            out.write(block)
        self.pcm.close()


def _decode(path: Path, folder: Path, stop: threading.Event) -> Decoded:
    meter = Meter()
    pcm = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115
    try:
        with AudioDecoder(path) as decoder:
            for block in decoder.blocks():
                if stop.is_set():
                    raise KeyboardInterrupt
                meter.add(block)
                pcm.write(block.astype("<i2", copy=False).tobytes())
            audio = decoder.audio
        digest = file_sha256(path)
    except BaseException:
        pcm.close()
        raise
    return Decoded(
        path,
        pcm,
        decoder.samples,
        decoder.clipped,
        audio.rate,
        audio.channels,
        f"{audio.format} {audio.subtype}",
        audio.shortfall,
        digest,
        meter.result(),
    )


def decoded_in_order(
    paths: Sequence[Path], folder: Path, workers: int
) -> Generator[tuple[Path, Decoded | InputError], None, None]:
    """Decode files as 48 kHz mono 16-bit (libsndfile, soxr and the kernels release the GIL).

    Parameters
    ----------
    paths
        The files.
    folder
        Where long files wait for their turn.
    workers
        Threads.

    Yields
    ------
    Each path with its content, or with the reason why it cannot be read, in the order of the paths.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        pending: list[tuple[Path, Future[Decoded]]] = []
        try:
            for path in [*paths, None]:
                if path is not None:
                    pending.append((path, pool.submit(_decode, path, folder, stop)))
                while pending and (path is None or len(pending) > 2 * workers):
                    first, future = pending.pop(0)
                    try:
                        result: Decoded | InputError = future.result()
                    except InputError as error:
                        result = error
                    yield first, result
        finally:
            stop.set()
            for _, future in pending:
                future.cancel()
