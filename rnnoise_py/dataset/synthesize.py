"""Make noisy, clean and noise clips from a config: resumable, the same for any number of workers."""

import contextlib
import os
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.files import printable
from rnnoise_py.dataset.clip import make_clip, write_clip
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.journal import Journal, read_rows
from rnnoise_py.dataset.logs import LOGS, SynthesisSummary, write_logs
from rnnoise_py.dataset.sources import SourceLists, build_lists, find_input
from rnnoise_py.dataset.stream import UNREADABLE
from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import check_output_folder
from rnnoise_py.runs.progress import MOST_WARNINGS, Progress, note, warn
from rnnoise_py.runs.space import check_space, duration, existing_parent, size
from rnnoise_py.runs.workers import run_tasks

JOURNAL: Final = "clips.jsonl"
SPEED: Final = 330.0  #: seconds of audio made a second on one core, about
SPEED_UP: Final = 0.7  #: of each further core
_LEFT_OVER: Final = re.compile(r"^\..+\.[0-9]+\.part$")


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
        noisy_destination=str(folder / "noisy"),
        clean_destination=str(folder / "clean"),
        noise_destination=str(folder / "noise"),
        log_dir=str(folder / "logs"),
    )


def synthesize(
    config: Config, *, seed: int = 1, workers: int = 1, resume: bool = False, force: bool = False
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
        Start anew: files of an earlier run that its log names are deleted.

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
        raise InputError("--resume goes on and --force starts anew: choose one")
    if seed < 0:
        raise InputError(f"seed is {seed}: 0 or more")
    lists = build_lists(config, seed)
    folders = {kind: Path(getattr(config, f"{kind}_destination")) for kind in ("clean", "noise", "noisy")}
    _check_destinations(config, folders)
    log_folder = Path(config.log_dir)
    journal_path = log_folder / JOURNAL
    if not resume:
        earlier = _earlier_bytes(journal_path) if force and journal_path.exists() else 0
        _say_needs(config, folders, config.clips, workers, earlier)
    if force and journal_path.exists():
        _delete_earlier(journal_path, folders)
    for folder in folders.values():
        check_output_folder(folder, force=resume or force)
    check_output_folder(log_folder, force=resume or force or not journal_path.exists())
    _remove_left_over([*folders.values(), log_folder])
    identity = {"config": config.as_json(), "seed": seed, "sources": lists.digest}
    with Journal(journal_path, identity) as journal:
        kept = _keep_whole_clips(journal, folders) if resume else 0
        if kept:
            note(f"{kept} clips are there already, {config.clips - kept} to go")
        if resume and kept < config.clips:
            _say_needs(config, folders, config.clips - kept, workers, 0)
        if len(journal) < config.clips:
            for name in LOGS:  # they would lie until the run is complete
                with contextlib.suppress(FileNotFoundError):
                    (log_folder / name).unlink()
        _run_all(_Run(config, lists, seed, folders), journal, workers)
        _remove_left_over([*folders.values(), log_folder])  # of workers that outlived a killed run
        journal.sort()
        return write_logs(journal, config, seed, folders, kept=kept)


def _run_all(run: _Run, journal: Journal, workers: int) -> None:
    missing = (number for number in run.config.clip_ids if number not in journal)
    to_make = run.config.clips - len(journal)
    warned: set[str] = set()
    passed: Counter[str] = Counter()
    hours = len(journal) * run.config.audio_length / 3600
    results = run_tasks(_make, run, missing, min(workers, max(1, to_make)))
    with Progress(to_make, "clip", "synthesize") as progress, contextlib.closing(results):
        for row in results:
            journal.add(row)
            for kind, path, reason in row["passed_over"]:
                passed[kind] += 1
                if kind == UNREADABLE and path not in warned:
                    warned.add(path)
                    if len(warned) <= MOST_WARNINGS:
                        warn(f"skipped: {reason}")
            hours += row["seconds"] / 3600
            skips = ", ".join(f"{count} {kind}" for kind, count in sorted(passed.items())) or "none"
            progress.update(1, f"{hours:.2f} h, skipped: {skips}")
    if len(warned) > MOST_WARNINGS:
        warn(f"and {len(warned) - MOST_WARNINGS} more files skipped: see passed_over.csv")


def _say_needs(config: Config, folders: dict[str, Path], clips: int, workers: int, earlier: int) -> None:
    """Say what the clips will take; refuse what the disks have no room for, ``earlier`` bytes deleted first."""
    by_disk: dict[int, list[Path]] = {}
    for folder in folders.values():
        by_disk.setdefault(os.stat(existing_parent(folder)).st_dev, []).append(folder)
    needed, what = clips * config.clip_bytes, f"{clips:,} clip{'s'[: clips > 1]}"
    for together in by_disk.values():
        share = len(together) * (needed - earlier) // len(folders)
        check_space(together[0], share, what, "lower total_hours or choose another folder")
    hours = clips * config.audio_length / 3600
    seconds = 3600 * hours / SPEED / (1 + SPEED_UP * (workers - 1))
    note(f"{what}, {hours:,.2f} h: {size(needed)} of disk, about {duration(seconds)}")


def _earlier_bytes(journal_path: Path) -> int:
    """Bytes of the clips that a journal names."""
    return sum(int(file.get("size", 0)) for row in read_rows(journal_path) for file in row["files"].values())


def _check_destinations(config: Config, folders: dict[str, Path]) -> None:
    further = (config.clean_singing, config.clean_emotion, config.clean_mandarin)
    names = [name for name in (*config.noise_dir, *config.speech_dir, *further) if name]
    sources = [find_input(config, name).resolve() for name in names]
    for kind, folder in folders.items():
        for source in sources:
            if source.is_dir() and folder.resolve().is_relative_to(source):
                raise InputError(
                    f"{kind}_destination {folder} lies inside the source folder {source}: choose another, "
                    f"or the run would draw from its own output"
                )


def _keep_whole_clips(journal: Journal, folders: dict[str, Path]) -> int:
    def whole(row: dict[str, Any]) -> bool:
        paths = ((folders[kind] / file["name"], file["size"]) for kind, file in row["files"].items())
        return all(path.is_file() and path.stat().st_size == size for path, size in paths)

    for number in [row["id"] for row in journal.rows() if not whole(row)]:
        journal.forget(number)
    return len(journal)


def _delete_earlier(journal_path: Path, folders: dict[str, Path]) -> None:
    for row in read_rows(journal_path):
        for kind, file in row["files"].items():
            with contextlib.suppress(FileNotFoundError):
                (folders[kind] / Path(file["name"]).name).unlink()
    journal_path.unlink()
    for name in LOGS:
        with contextlib.suppress(FileNotFoundError):
            (journal_path.parent / name).unlink()


def _remove_left_over(folders: list[Path]) -> None:
    """Remove temporary files that a killed run left behind."""
    for folder in folders:
        for entry in os.scandir(folder):
            if _LEFT_OVER.match(entry.name) and entry.is_file(follow_symlinks=False):
                note(f"removing {printable(entry.path)}, left over from a killed run")
                os.unlink(entry.path)
