"""Make noisy, clean and noise clips from a config: resumable, the same for any number of workers."""

import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.dataset.clip import is_clip_row, make_clip, write_clip
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.journal import Journal, read_rows
from rnnoise_py.dataset.logs import LOGS, SynthesisSummary, write_logs
from rnnoise_py.dataset.sources import SourceLists, build_lists
from rnnoise_py.dataset.stream import SHORT, UNREADABLE
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import output_folder, remove_left_over
from rnnoise_py.runs.progress import Progress, note
from rnnoise_py.runs.skipped import FirstOnes, Skipped
from rnnoise_py.runs.space import check_space, duration, existing_parent, size
from rnnoise_py.runs.words import counted
from rnnoise_py.runs.workers import run_tasks

JOURNAL: Final = "clips.jsonl"
SOURCE_LIST: Final = "list of source files"  #: what a message calls the digest of their paths and sizes
ESTIMATE_SECONDS: Final = 2.0  # of clips after which the time that is left is said


@dataclass(frozen=True)
class _Run:
    """What a worker needs to know."""

    config: Config
    lists: SourceLists
    seed: int
    folders: dict[str, Path]


def _make(run: _Run, number: int) -> dict[str, Any]:
    clip = make_clip(run.config, run.lists, run.seed, number)
    return write_clip(clip, run.folders, run.config.sampling_rate)


def with_output(config: Config, folder: Path) -> Config:
    """Return the config with its four destinations as sub-folders of ``folder``."""
    return replace(
        config,
        noisy_destination=folder / "noisy",
        clean_destination=folder / "clean",
        noise_destination=folder / "noise",
        log_dir=folder / "logs",
    )


def synthesize(
    config: Config,
    *,
    seed: int = 1,
    workers: int = 1,
    resume: bool = False,
    force: bool = False,
    executor: Executor | None = None,
) -> SynthesisSummary:
    """Make all clips of a config.

    Parameters
    ----------
    config
        What to make, e.g. from :func:`rnnoise_py.dataset.read_config`.
    seed
        With the id of a clip it decides all its draws.
    workers
        Processes; the files are the same for any number.
    resume
        Go on with a run that was interrupted: clips in its log whose files are there are kept.
    force
        Start over: files of an earlier run that its log names are deleted.
    executor
        Makes the clips instead of processes of ours.

    Returns
    -------
    Counts, hours, histograms, paths.

    Raises
    ------
    InputError
        When the sources cannot be used; before any work starts where this can be seen then.
    OutputError
        When a folder is in use, a disk has no room for what is to come, or a file cannot be written.
    """
    if resume and force:
        raise InputError("--resume goes on and --force starts over: choose one")
    if seed < 0:
        raise InputError(f"seed {seed}: needed is a whole number, 0 or more")
    lists = build_lists(config, seed)
    folders: dict[str, Path] = {kind: getattr(config, f"{kind}_destination") for kind in ("clean", "noise", "noisy")}
    _check_destinations(config, folders, lists)
    log_folder = config.log_dir
    journal_path = log_folder / JOURNAL
    if not resume:
        earlier = _earlier_bytes(journal_path) if force and journal_path.exists() else 0
        _say_needs(config, folders, config.clips, earlier)
    with contextlib.ExitStack() as stack:
        for folder in _distinct(folders.values()):
            stack.enter_context(output_folder(folder, force=resume or force))
        if log_folder.resolve() not in {folder.resolve() for folder in folders.values()}:
            stack.enter_context(output_folder(log_folder, force=resume or force or not journal_path.exists()))
        if force and journal_path.exists():
            _delete_earlier(journal_path, folders)
        with Journal(
            journal_path, {**config.decisive(), "seed": seed, SOURCE_LIST: lists.digest}, is_clip_row
        ) as journal:
            kept = _keep_whole_clips(journal, folders) if resume else 0
            if kept:
                note(f"{counted(kept, 'clip')} there already, {config.clips - kept:,} to go")
            if resume and kept < config.clips:
                _say_needs(config, folders, config.clips - kept, 0)
            if len(journal) < config.clips:
                for name in LOGS:  # they would lie until the run is complete
                    (log_folder / name).unlink(missing_ok=True)
            _run_all(_Run(config, lists, seed, folders), journal, workers, executor)
            for folder in _distinct(folders.values()):  # of workers that outlived a killed run
                remove_left_over(folder)
            journal.sort()
            return write_logs(journal, config, seed, folders, kept=kept)


def _distinct(folders: Iterable[Path]) -> list[Path]:
    return list({folder.resolve(): folder for folder in folders}.values())


def _run_all(run: _Run, journal: Journal, workers: int, executor: Executor | None) -> None:
    missing = (number for number in run.config.clip_ids if number not in journal)
    to_make = run.config.clips - len(journal)
    warned: set[str] = set()
    skipped = Skipped("passed_over.csv")
    short = FirstOnes("more file", "cut short or damaged: see passed_over.csv")
    passed: Counter[str] = Counter()
    hours = len(journal) * run.config.audio_length / 3600
    results = run_tasks(_make, run, missing, min(workers, max(1, to_make)), executor)
    left = TimeLeft(to_make)
    with Progress(to_make, "clip", "synthesize") as progress, contextlib.closing(results):
        for row in results:
            journal.add(row)
            for kind, path, reason in row["passed_over"]:
                passed[kind] += kind != SHORT
                if kind in {UNREADABLE, SHORT} and path not in warned:
                    warned.add(path)
                    if kind == UNREADABLE:
                        skipped.add(path, reason)
                    else:
                        short.warn(reason)
            hours += row["seconds"] / 3600
            skips = ", ".join(f"{count} {kind}" for kind, count in sorted((+passed).items())) or "none"
            progress.update(1, f"{hours:.2f} h, skipped: {skips}")
            left.count()
    skipped.finish()
    short.finish()


class TimeLeft:
    """Says once, by the first clips, how long the rest takes; the very first is not counted: kernels are compiled.

    Nothing is said on a terminal, whose bar says it all the time, nor when there is little left.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._started: float | None = None
        self._said = sys.stderr.isatty()

    def count(self) -> None:
        """Count one clip as done."""
        self._done += 1
        now = time.monotonic()
        if self._started is None:
            self._started = now
        elif not self._said and now - self._started >= ESTIMATE_SECONDS:
            self._said = True
            each = (now - self._started) / (self._done - 1)
            left = self._total - self._done
            if left > 0:
                note(f"about {duration(each * left)} to go for {counted(left, 'clip')}")


def _say_needs(config: Config, folders: dict[str, Path], clips: int, earlier: int) -> None:
    """Say what the clips will take; refuse what the disks have no room for, ``earlier`` bytes deleted first."""
    by_disk: dict[int, list[Path]] = {}
    for folder in folders.values():
        by_disk.setdefault(os.stat(existing_parent(folder)).st_dev, []).append(folder)
    needed, what = clips * config.clip_bytes, counted(clips, "clip")
    for together in by_disk.values():
        share = len(together) * (needed - earlier) // len(folders)
        check_space(together[0], share, what, "lower total_hours or choose another folder")
    note(f"{what}, {clips * config.audio_length / 3600:,.2f} h: {size(needed)} of disk")


def _earlier_bytes(journal_path: Path) -> int:
    """Bytes of the clips that a journal names."""
    return sum(
        int(file.get("size", 0)) for row in read_rows(journal_path, is_clip_row) for file in row["files"].values()
    )


def _check_destinations(config: Config, folders: dict[str, Path], lists: SourceLists) -> None:
    further = (config.clean_singing, config.clean_emotion, config.clean_mandarin)
    places = [place for place in (*config.noise_dir, *config.speech_dir, *further) if place]
    sources = [config.find(place).resolve() for place in places]
    for kind, folder in folders.items():
        for source in sources:
            if source.is_dir() and folder.resolve().is_relative_to(source):
                raise InputError(
                    f"{kind}_destination {folder} lies inside the source folder {source}: choose another, "
                    f"or the run would draw from its own output"
                )
    files = [*lists.speech, *(path for _, paths in lists.noise for path in paths)]
    files += [response.path for response in lists.responses]
    real = {path.parent: path for path in files} | {path.resolve().parent: path for path in files if path.is_symlink()}
    for place, path in real.items():
        for kind, folder in folders.items():
            if place.resolve().is_relative_to(folder.resolve()):
                raise InputError(
                    f"source {printable(path)} lies in {kind}_destination {printable(folder)}: choose another folder"
                )


def _keep_whole_clips(journal: Journal, folders: dict[str, Path]) -> int:
    def whole(row: dict[str, Any]) -> bool:
        paths = ((folders[kind] / file["name"], file["size"]) for kind, file in row["files"].items())
        return all(path.is_file() and path.stat().st_size == size for path, size in paths)

    for number in [row["id"] for row in journal.rows() if not whole(row)]:
        journal.forget(number)
    return len(journal)


def _delete_earlier(journal_path: Path, folders: dict[str, Path]) -> None:
    for row in read_rows(journal_path, is_clip_row):
        for kind, file in row["files"].items():
            (folders[kind] / Path(file["name"]).name).unlink(missing_ok=True)
    journal_path.unlink()
    for name in LOGS:
        (journal_path.parent / name).unlink(missing_ok=True)
