"""Join folders of audio into ``all_clean.raw`` and ``all_noise.raw``: 48 kHz, mono, 16-bit, no header."""

import contextlib
import csv
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM, list_audio_files
from rnnoise_py.dataset.decoded import decoded_in_order
from rnnoise_py.dataset.journal import Journal, list_digest
from rnnoise_py.dataset.merge_report import COLUMNS, MergeReport, Row, StreamReport, file_row, is_file_row, table_rows
from rnnoise_py.dataset.pairing import sameness_notes
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path, hand_on_permissions, output_folder
from rnnoise_py.runs.outputs import check_outputs
from rnnoise_py.runs.progress import Progress, note, warn
from rnnoise_py.runs.provenance import file_sha256, read_manifest, write_manifest
from rnnoise_py.runs.same_run import cannot_resume, check_same
from rnnoise_py.runs.skipped import FirstOnes, Skipped
from rnnoise_py.runs.words import counted
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_BYTES

TABLE: Final = "files.csv"
MANIFEST: Final = "manifest.json"
JOURNAL: Final = ".merge.jsonl"  #: of a merge that is not finished
_OUTPUTS: Final = (CLEAN_STREAM, NOISE_STREAM, TABLE, MANIFEST)


@dataclass
class _Stream:
    """One of the two streams while it grows."""

    name: str
    folders: Sequence[Path]
    paths: list[Path]
    report: StreamReport
    partial: Path
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)


def merge_stream(folders: Sequence[Path], target: Path, *, workers: int = 1) -> StreamReport:
    """Join all audio files of some folders into one bare PCM file.

    Parameters
    ----------
    folders
        Read one after the other, each in the order of :func:`rnnoise_py.audio.list_audio_files`.
    target
        The file to write, atomically; its folder exists.
    workers
        Threads; the result is the same for any number.

    Raises
    ------
    InputError
        When there is no usable file, or less than one frame of audio.
    OutputError
        When the disk is full, or the target is one of the files.
    """
    paths = _files(folders)
    check_outputs([target], paths)
    with atomic_path(target) as temporary:
        stream = _Stream("", folders, paths, StreamReport(target), temporary)
        _grow(stream, 0, workers, lambda row: None)
    return stream.report


def merge(
    clean: Sequence[Path],
    noise: Sequence[Path],
    output: Path,
    *,
    workers: int = 1,
    resume: bool = False,
    force: bool = False,
) -> MergeReport:
    """Write ``all_clean.raw``, ``all_noise.raw``, ``files.csv`` and ``manifest.json`` into a folder.

    Parameters
    ----------
    clean, noise
        Folders of each.
    output
        The folder; created when missing. All four files appear together at the end, or none.
    workers
        Threads; the result is the same for any number.
    resume
        Go on with a merge that was killed or interrupted; what is in its streams is checked and kept.
    force
        Replace the files of an earlier merge.

    Raises
    ------
    InputError
        When a folder is missing, holds no usable audio, or what is to be resumed is another merge.
    OutputError
        When the output folder is in use, one of its files is an input, or the disk is full.
    """
    if resume and force:
        raise InputError("--resume goes on and --force starts over: choose one")
    for folder in (*clean, *noise):
        if folder.resolve() == output.resolve() or output.resolve().is_relative_to(folder.resolve()):
            raise InputError(f"output {printable(output)} lies inside the input {printable(folder)}: choose another")
    streams = [
        _Stream(name, folders, _files(folders), StreamReport(output / final), output / f".{final}.partial")
        for name, folders, final in (("clean", clean, CLEAN_STREAM), ("noise", noise, NOISE_STREAM))
    ]
    for line in sameness_notes(clean, noise):
        warn(line)
    inputs = [path for stream in streams for path in stream.paths]
    run = _identity(streams, inputs)
    report = MergeReport(*(stream.report for stream in streams))
    unfinished = [JOURNAL, *(stream.partial.name for stream in streams)]
    with output_folder(output, force=force or resume, expected=unfinished):
        check_outputs([output / name for name in _OUTPUTS], inputs)
        if resume and not (output / JOURNAL).exists() and (output / MANIFEST).exists():
            _read_finished(output / MANIFEST, run, report)
            return report
        if not resume:
            _drop(output, unfinished)
        with Journal(output / JOURNAL, run, is_file_row) as journal:
            _restore(streams, journal)
            try:
                _join(streams, journal, workers)
                _finish(output, streams, journal, run)
            except KeyboardInterrupt:
                if report.files:
                    note(f"{_kept(report)}: the same command with --resume goes on from there")
                else:
                    _drop(output, unfinished, quiet=True)
                raise
            except OutputError as error:
                if not report.files:
                    _drop(output, unfinished, quiet=True)
                    raise
                raise OutputError(f"{error}; {_kept(report)}: make room and add --resume") from error
            except InputError:
                _drop(output, unfinished, quiet=True)
                raise
        (output / JOURNAL).unlink()
    return report


def _files(folders: Sequence[Path]) -> list[Path]:
    paths = [path for folder in folders for path in list_audio_files(folder)]
    if not paths:
        raise InputError(f"no audio files in {_shown(folders)}: give a folder of audio files")
    return paths


def _shown(folders: Sequence[Path]) -> str:
    return ", ".join(printable(folder) for folder in folders)


def _identity(streams: Sequence[_Stream], inputs: Sequence[Path]) -> dict[str, Any]:
    run: dict[str, Any] = {f"{stream.name} input": _shown(stream.folders) for stream in streams}
    run |= {f"number of {stream.name} files": len(stream.paths) for stream in streams}
    return {**run, "list of input files": list_digest(inputs)}


def _drop(output: Path, names: Sequence[str], *, quiet: bool = False) -> None:
    if not quiet and (output / JOURNAL).exists():
        note(f"{printable(output)}: starting over; an interrupted merge is dropped (--resume would have gone on)")
    for name in names:
        (output / name).unlink(missing_ok=True)


def _read_finished(manifest: Path, run: Mapping[str, Any], report: MergeReport) -> None:
    """Take the figures of a merge that is complete."""
    content = read_manifest(manifest)
    found = content.get("run")
    if content.get("stage") != "merge" or not isinstance(found, dict):
        raise InputError(f"{printable(manifest)} is of another command: choose another output folder")
    check_same(printable(manifest.parent), run, found)
    try:
        report.clean.read_json(content["clean"])
        report.noise.read_json(content["noise"])
    except (KeyError, TypeError, ValueError) as error:
        raise cannot_resume(printable(manifest.parent), "its manifest is damaged") from error
    note(f"{printable(manifest.parent)}: nothing is left to do")


def _kept(report: MergeReport) -> str:
    return f"{counted(report.files, 'file')} joined so far {'is' if report.files == 1 else 'are'} kept"


def _restore(streams: Sequence[_Stream], journal: Journal) -> None:
    """Take what a journal says is in the streams, and check that it is."""
    where = printable(journal.path.parent)
    reports = {stream.name: stream.report for stream in streams}
    for number, row in enumerate(journal.rows()):
        if row["id"] != number or row["stream"] not in reports:
            raise cannot_resume(where, "its log is damaged")
        reports[row["stream"]].count(row)
    for stream in streams:
        report = stream.report
        if not report.tried:
            stream.partial.unlink(missing_ok=True)
            continue
        if not stream.partial.exists() and report.path.exists():
            os.replace(report.path, stream.partial)  # it was killed when all was joined
        with stream.partial.open("ab+") as file:
            file.truncate(report.samples * PCM_BYTES)
            file.seek(0)
            while block := file.read(1 << 20):
                stream.digest.update(block)
        if report.files and stream.digest.hexdigest() != report.sha256:
            raise cannot_resume(where, "its streams are damaged")
    if len(journal):
        total = sum(len(stream.paths) for stream in streams)
        note(f"resuming: {len(journal):,} of {counted(total, 'file')} are joined")


def _join(streams: Sequence[_Stream], journal: Journal, workers: int) -> None:
    first = 0
    for stream in streams:
        _grow(stream, first, workers, journal.add)
        first += len(stream.paths)


def _grow(stream: _Stream, first: int, workers: int, add: Callable[[Row], None]) -> None:
    """Append the files that are missing from a stream; ``first`` is the number of its first file."""
    report, skipped = stream.report, Skipped(MANIFEST)
    short = FirstOnes("more file", f"cut short or damaged: see {TABLE}")
    start = report.tried
    with Progress(len(stream.paths) - start, "file", f"merge {stream.name}".strip()) as progress:
        for row in _rows(stream, first, start, workers):
            add(row)
            report.count(row)
            if "reason" in row:
                skipped.add(row["path"], row["reason"])
            elif row["shortfall"]:
                short.warn(f"{row['path']} {row['shortfall']}")
            progress.update(1, f"{report.seconds / 3600:.2f} h")
    skipped.finish()
    short.finish()
    if report.samples < FRAME_SIZE:
        reason = f"; the first: {report.skipped[0][1]}" if report.skipped else ""
        files = counted(len(stream.paths), "file")
        raise InputError(f"the inputs {_shown(stream.folders)} hold no usable audio ({files}){reason}")


def _rows(stream: _Stream, first: int, start: int, workers: int) -> Iterator[Row]:
    """Append file after file; yield the row of each when it is in the stream."""
    results = decoded_in_order(stream.paths[start:], stream.partial.parent, workers)
    try:
        with stream.partial.open("ab") as out, contextlib.closing(results):
            hand_on_permissions(stream.report.path, stream.partial)
            for number, (path, result) in enumerate(results, first + start):
                if not isinstance(result, InputError):
                    result.copy(out, stream.digest)
                    out.flush()
                yield file_row(number, stream.name, path, result, stream.digest.hexdigest())
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {printable(stream.report.path)}: {error.strerror or error}") from error


def _finish(output: Path, streams: Sequence[_Stream], journal: Journal, run: Mapping[str, Any]) -> None:
    """Give the streams their names, with table and manifest."""
    (output / MANIFEST).unlink(missing_ok=True)  # it would lie while the others are being replaced
    with atomic_path(output / TABLE) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows(table_rows(journal.rows()))
    for stream in streams:
        size = stream.partial.stat().st_size
        if size != stream.report.samples * PCM_BYTES:
            raise OutputError(f"cannot write {printable(stream.report.path)}: {size} bytes arrived on the disk")
        try:
            os.replace(stream.partial, stream.report.path)
        except OSError as error:
            raise OutputError(f"cannot write {printable(stream.report.path)}: {error.strerror}") from error
    reports = {stream.name: stream.report.as_json() for stream in streams}
    content = {"stage": "merge", "run": dict(run), **reports, "table_sha256": file_sha256(output / TABLE)}
    write_manifest(output / MANIFEST, content)
