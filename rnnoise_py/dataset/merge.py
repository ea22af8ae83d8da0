"""Join folders of audio into ``all_clean.raw`` and ``all_noise.raw``: 48 kHz, mono, 16-bit, no header."""

import contextlib
import csv
import hashlib
import os
import re
import tempfile
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM, list_audio_files, printable
from rnnoise_py.dataset.meter import Measures, Meter
from rnnoise_py.dataset.pairing import sameness_notes
from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import atomic_path, output_folder
from rnnoise_py.runs.progress import MOST_WARNINGS, Progress, warn
from rnnoise_py.runs.provenance import file_sha256, write_manifest
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_BYTES, SAMPLE_RATE

TABLE: Final = "files.csv"
_IN_MEMORY: Final = 8 << 20  # bytes of one decoded file kept in memory while it waits for its turn
_LEFT_OVER: Final = re.compile(r"^\.(all_clean\.raw|all_noise\.raw|files\.csv|manifest\.json)\.[0-9]+\.part$")
_COLUMNS: Final = (
    "stream",
    "path",
    "start_seconds",
    "seconds",
    "rate",
    "channels",
    "coding",
    "size",
    "sha256",
    "clipped",
    "rms_dbfs",
    "peak_dbfs",
    "silence",
    "above_8k",
)


@dataclass
class StreamReport:
    """What went into one of the two streams."""

    path: Path
    files: int = 0
    samples: int = 0
    clipped: int = 0  #: samples saturated in conversion
    resampled: int = 0  #: files
    downmixed: int = 0  #: files
    truncated: int = 0  #: files whose header promises more; what is there is taken
    narrow: int = 0  #: 48 kHz files with nothing above 8 kHz
    silent: float = 0.0  #: seconds
    sha256: str = ""
    skipped: list[tuple[str, str]] = field(default_factory=list)  #: (path, reason)

    @property
    def seconds(self) -> float:
        """Length of the stream."""
        return self.samples / SAMPLE_RATE

    def as_json(self) -> dict[str, Any]:
        """Return the report for manifests."""
        return {
            "path": self.path.name,
            "files": self.files,
            "samples": self.samples,
            "seconds": round(self.seconds, 3),
            "clipped": self.clipped,
            "resampled_files": self.resampled,
            "downmixed_files": self.downmixed,
            "truncated_files": self.truncated,
            "narrow_files": self.narrow,
            "silent_seconds": round(self.silent, 2),
            "sha256": self.sha256,
            "skipped": [list(item) for item in self.skipped],
        }

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        size = self.samples * PCM_BYTES
        out = [f"{self.path}: {self.files} files, {self.seconds / 3600:.3f} h, {size:,} bytes"]
        for count, what in (
            (self.resampled, "files resampled to 48 kHz"),
            (self.downmixed, "files averaged to mono"),
            (self.truncated, "files cut short or damaged"),
            (self.clipped, "samples clipped in conversion"),
            (self.narrow, "48 kHz files hold nothing above 8 kHz (upsampled?)"),
            (len(self.skipped), "files skipped"),
        ):
            if count:
                out.append(f"  {count} {what}")
        if self.seconds:
            out.append(f"  {100 * self.silent / self.seconds:.1f} % silence")
        return out


@dataclass(frozen=True)
class _Decoded:
    """One file as PCM, waiting for its turn."""

    path: Path
    pcm: "tempfile.SpooledTemporaryFile[bytes]"
    samples: int
    clipped: int
    rate: int
    channels: int
    coding: str
    truncated: bool
    sha256: str
    measures: Measures


def _decode(path: Path, folder: Path, stop: threading.Event) -> _Decoded:
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
    return _Decoded(
        path,
        pcm,
        decoder.samples,
        decoder.clipped,
        audio.rate,
        audio.channels,
        f"{audio.format} {audio.subtype}",
        audio.truncated,
        digest,
        meter.result(),
    )


def _in_order(
    paths: Sequence[Path], folder: Path, workers: int
) -> Generator[tuple[Path, _Decoded | InputError], None, None]:
    """Decode on a few threads (libsndfile, soxr and the kernels release the GIL); yield in order."""
    stop = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        pending: list[tuple[Path, Future[_Decoded]]] = []
        try:
            for path in [*paths, None]:
                if path is not None:
                    pending.append((path, pool.submit(_decode, path, folder, stop)))
                while pending and (path is None or len(pending) > 2 * workers):
                    first, future = pending.pop(0)
                    try:
                        result: _Decoded | InputError = future.result()
                    except InputError as error:
                        result = error
                    yield first, result
        finally:
            stop.set()
            for _, future in pending:
                future.cancel()


def _copy(source: "tempfile.SpooledTemporaryFile[bytes]", out: BinaryIO, digest: "hashlib._Hash") -> None:
    source.seek(0)
    while block := source.read(1 << 20):
        digest.update(block)
        out.write(block)
    source.close()


def merge_stream(
    folders: Sequence[Path], target: Path, *, workers: int = 1, table: Any = None, name: str = ""
) -> StreamReport:
    """Join all audio files of some folders into one bare PCM file.

    Parameters
    ----------
    folders
        Read one after the other, each in the order of :func:`rnnoise_py.audio.list_audio_files`.
    target
        The file to write, atomically; its folder exists.
    workers
        Threads; the result is the same for any number.
    table
        A ``csv.writer`` that gets one row a file.
    name
        Name of the stream in table and messages.

    Raises
    ------
    InputError
        When there is no usable file, or less than one frame of audio.
    OutputError
        When the disk is full.
    """
    with atomic_path(target) as temporary:
        return _join(folders, temporary, StreamReport(target), workers, table, name)


def _join(
    folders: Sequence[Path], temporary: Path, report: StreamReport, workers: int, table: Any, name: str
) -> StreamReport:
    paths = [path for folder in folders for path in list_audio_files(folder)]
    names = ", ".join(printable(folder) for folder in folders)
    if not paths:
        raise InputError(f"no audio files in {names}: give a folder of audio files")
    digest = hashlib.sha256()
    with (
        temporary.open("wb") as out,
        Progress(len(paths), "file", f"merge {name}".strip()) as progress,
        contextlib.closing(_in_order(paths, temporary.parent, workers)) as results,
    ):
        for path, result in results:
            if isinstance(result, InputError):
                report.skipped.append((printable(path), str(result)))
                if len(report.skipped) <= MOST_WARNINGS:
                    warn(f"skipped: {result}")
            else:
                _copy(result.pcm, out, digest)
                _account(report, result, table, name)
            progress.update(1, f"{report.seconds / 3600:.2f} h")
    if len(report.skipped) > MOST_WARNINGS:
        warn(f"and {len(report.skipped) - MOST_WARNINGS} more files skipped: see manifest.json")
    if report.samples < FRAME_SIZE:
        reason = f"; the first: {report.skipped[0][1]}" if report.skipped else ""
        raise InputError(f"the {len(paths)} files in {names} hold no usable audio{reason}")
    report.sha256 = digest.hexdigest()
    return report


def _account(report: StreamReport, file: _Decoded, table: Any, name: str) -> None:
    measures = file.measures
    if table is not None:
        table.writerow(
            [
                name,
                printable(file.path),
                f"{report.seconds:.6f}",
                f"{measures.seconds:.6f}",
                file.rate,
                file.channels,
                file.coding,
                file.path.stat().st_size,
                file.sha256,
                file.clipped,
                f"{measures.rms:.1f}",
                f"{measures.peak:.2f}",
                f"{measures.silence:.4f}",
                "" if measures.above_8k is None else f"{measures.above_8k:.3g}",
            ]
        )
    report.files += 1
    report.samples += file.samples
    report.clipped += file.clipped
    report.resampled += file.rate != SAMPLE_RATE
    report.truncated += file.truncated
    report.downmixed += file.channels != 1
    report.narrow += file.rate >= SAMPLE_RATE and measures.narrow
    report.silent += measures.silence * measures.seconds


def merge(
    clean: Sequence[Path], noise: Sequence[Path], output: Path, *, workers: int = 1, force: bool = False
) -> tuple[StreamReport, StreamReport]:
    """Write ``all_clean.raw``, ``all_noise.raw``, ``files.csv`` and ``manifest.json`` into a folder.

    Parameters
    ----------
    clean, noise
        Folders of each.
    output
        The folder; created when missing. All four files appear together at the end, or none.
    workers
        Threads; the result is the same for any number.
    force
        Replace the files of an earlier merge.

    Returns
    -------
    The reports of the clean and the noise stream.

    Raises
    ------
    InputError
        When a folder is missing, or holds no usable audio.
    OutputError
        When the output folder is in use, or the disk is full.
    """
    for folder in (*clean, *noise):
        if folder.resolve() == output.resolve() or output.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"output {printable(output)} lies inside the input {printable(folder)}: choose another")
        list_audio_files(folder)
    for line in sameness_notes(clean, noise):
        warn(line)
    if output.is_dir():
        for entry in os.scandir(output):
            if _LEFT_OVER.match(entry.name):
                os.unlink(entry.path)
    clean_report, noise_report = StreamReport(output / CLEAN_STREAM), StreamReport(output / NOISE_STREAM)
    with (
        output_folder(output, force=force),
        atomic_path(output / TABLE) as table_path,
        atomic_path(clean_report.path) as clean_path,
        atomic_path(noise_report.path) as noise_path,
    ):
        with table_path.open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(_COLUMNS)
            _join(clean, clean_path, clean_report, workers, table, "clean")
            _join(noise, noise_path, noise_report, workers, table, "noise")
        with contextlib.suppress(FileNotFoundError):
            (output / "manifest.json").unlink()  # it would lie while the others are being replaced
    write_manifest(
        output / "manifest.json",
        {
            "stage": "merge",
            "clean": clean_report.as_json(),
            "noise": noise_report.as_json(),
            "table_sha256": file_sha256(output / TABLE),
        },
    )
    return clean_report, noise_report
