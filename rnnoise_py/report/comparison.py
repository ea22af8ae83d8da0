"""From recordings and models to a folder with the report."""

import contextlib
from collections.abc import Container, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.names import printable
from rnnoise_py.report.baseline import Rule, changes, check_baseline, check_rules, common_note, falls
from rnnoise_py.report.contenders import Contender
from rnnoise_py.report.measure import Measured, Plan, measure_recording, seconds_of
from rnnoise_py.report.measures import BY_NAME, OF_DNSMOS, OF_PESQ, score_of
from rnnoise_py.report.metrics import pesq_installed
from rnnoise_py.report.opinion import dnsmos_installed
from rnnoise_py.report.page import PAGE_NAME, write_page
from rnnoise_py.report.recordings import Recording
from rnnoise_py.report.results import Comparison, read_values, write_results
from rnnoise_py.report.scores import Packages
from rnnoise_py.report.sound import FLAC_NAME, opus_bitrate
from rnnoise_py.runs.atomic import check_output_folder
from rnnoise_py.runs.progress import Progress, warn
from rnnoise_py.runs.workers import run_tasks

FLAC_FOLDER: Final = "audio"


@dataclass(frozen=True)
class Outcome:
    """What a comparison came to."""

    comparison: Comparison
    page: Path
    falls: list[str]  #: what fell against the baseline, one line each


def check_packages() -> None:
    """Raise :class:`DependencyError` unless the ``report`` extra is installed; nothing is imported."""
    from importlib.util import find_spec

    needed = {"jinja2": "jinja2", "PIL": "pillow", "pystoi": "pystoi"}  # modules and their packages
    missing = [package for module, package in needed.items() if find_spec(module) is None]
    if missing:
        raise DependencyError(f"{', '.join(missing)} not installed: pip install {' '.join(missing)}")


def compare(
    recordings: Sequence[Recording],
    contenders: Sequence[Contender],
    output: Path,
    *,
    title: str = "",
    lossless: bool = False,
    baseline: Path | None = None,
    rules: Sequence[Rule] = (),
    force: bool = False,
    workers: int = 1,
    settings: dict[str, Any] | None = None,
    with_dnsmos: bool = True,
    executor: Executor | None = None,
) -> Outcome:
    """Run all models over all recordings and write ``index.html``, ``report.json`` and ``report.csv``.

    Parameters
    ----------
    recordings, contenders
        What :mod:`.recordings` and :mod:`.contenders` found; recordings that cannot be read are listed as skipped.
    output
        Folder; made when it is not there.
    title
        Heading of the page.
    lossless
        Write FLAC beside the page too.
    baseline, rules
        An earlier ``report.json``, and which changes to it are falls.
    force
        Replace what is in ``output``.
    workers
        Processes; the scores are the same for any number.
    settings
        Written into ``report.json``.
    with_dnsmos
        Score with DNSMOS where it is installed; it takes longer than all the rest.
    executor
        Measures the recordings instead of processes of ours.

    Raises
    ------
    InputError
        When no recording can be read, or the baseline cannot be compared with.
    OutputError
        When the folder is in use and ``force`` is off, or cannot be written.
    DependencyError
        When the ``report`` extra is not installed.
    """
    check_packages()
    if not contenders or not recordings:
        raise InputError("nothing to compare: give at least one model and one recording")
    names = [contender.name for contender in contenders]
    before = None if baseline is None else read_values(baseline)
    if before is not None:
        known = [recording.name for recording in recordings]
        check_baseline(before, known, names)
        has_clean = any(recording.clean is not None for recording in recordings)
        check_rules(rules, before, known, names, partial(_why_missing, has_clean=has_clean, with_dnsmos=with_dnsmos))
    check_output_folder(output, force=force)
    flac_folder = output / FLAC_FOLDER if lossless else None
    if flac_folder is not None:
        check_output_folder(flac_folder, force=force)
    seconds = sum(map(seconds_of, recordings))
    packages = Packages(pesq_installed(), with_dnsmos and dnsmos_installed())
    plan = Plan(tuple(contenders), packages, opus_bitrate(seconds * (len(contenders) + 2)), flac_folder)
    measured = _measure_all(plan, recordings, workers, executor)
    done = [one for one in measured if one.result is not None]
    left_out = [one for one in measured if one.result is None]
    for one in left_out:
        warn(f"skipped: {one.reason}")
    skipped = [_skipped(recordings[one.index], one.reason) for one in left_out]
    if not done:
        for folder in filter(None, (flac_folder, output)):
            if not any(folder.iterdir()):
                folder.rmdir()
        raise InputError(f"none of the {len(recordings)} recordings can be used; the first: {left_out[0].reason}")
    results = [one.result for one in done if one.result is not None]
    found = [] if before is None else changes(before, results, names)
    lines = falls(rules, found)
    note = None if before is None else common_note(before, results)
    if note is not None:
        warn(note)
    comparison = Comparison(
        [contender.describe() for contender in contenders],
        results,
        skipped,
        _not_installed(with_dnsmos=with_dnsmos),
        settings or {},
        None
        if baseline is None
        else {"path": printable(baseline), "changes": [change.as_json() for change in found], "falls": lines},
        before,
    )
    write_results(comparison, output)
    write_page(output / PAGE_NAME, comparison, done, title)
    _remove_old_copies(output, {track.flac for one in done for track in one.tracks})
    return Outcome(comparison, output / PAGE_NAME, lines)


def _skipped(recording: Recording, reason: str) -> dict[str, str]:
    """Describe a recording that was left out; the reason names no folders, for the page is shared with others."""
    paths = [path for path in (recording.path, recording.clean, recording.noise) if path is not None]
    for folder in sorted({printable(path.parent) for path in paths}, key=len, reverse=True):
        reason = reason.replace(f"{folder}/", "")
    return {"path": printable(recording.path), "reason": reason}


def _why_missing(measure: str, *, has_clean: bool, with_dnsmos: bool) -> str:
    """Say why a measure will have no value; empty when it may have one."""
    if BY_NAME[measure].needs_clean and not has_clean:
        return "it needs clean originals, give --clean"
    if score_of(measure) in OF_PESQ and not pesq_installed():
        return "pesq is not installed (pip install pesq)"
    if score_of(measure) in OF_DNSMOS and not with_dnsmos:
        return "it is switched off by --no-dnsmos"
    if score_of(measure) in OF_DNSMOS and not dnsmos_installed():
        return "DNSMOS is not installed (pip install speechmos onnxruntime)"
    return ""


def _not_installed(*, with_dnsmos: bool) -> list[str]:
    """Scores whose package is missing."""
    missing = [] if pesq_installed() else list(OF_PESQ)
    return missing + ([] if not with_dnsmos or dnsmos_installed() else list(OF_DNSMOS))


def _remove_old_copies(output: Path, linked: Container[str | None]) -> None:
    """Delete lossless copies of an earlier report that the page no longer links to; only files named as they are."""
    for copy in (output / FLAC_FOLDER).glob("*.flac"):
        if FLAC_NAME.fullmatch(copy.name) and copy.relative_to(output).as_posix() not in linked:
            copy.unlink()


def _measure_all(
    plan: Plan, recordings: Sequence[Recording], workers: int, executor: Executor | None
) -> list[Measured]:
    measured = []
    tasks = run_tasks(measure_recording, plan, enumerate(recordings), min(workers, len(recordings)), executor)
    with contextlib.closing(tasks) as results, Progress(len(recordings), "recording", "compare") as progress:
        for one in results:
            measured.append(one)
            progress.update(1)
    return sorted(measured, key=lambda one: one.index)
