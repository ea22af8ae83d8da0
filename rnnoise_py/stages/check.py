"""Audio and rows → what would spoil a training; files can be moved away, and back."""

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rnnoise_py.dataset.finding_kinds import CODES
from rnnoise_py.errors import InputError
from rnnoise_py.runs.cluster import cluster_option, executor_of
from rnnoise_py.runs.progress import Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option, workers_option
from rnnoise_py.runs.skipped import strict_option
from rnnoise_py.runs.words import counted
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.dataset.check_report import CheckReport
    from rnnoise_py.dataset.row_summary import RowSummary

VERSION: Final = 1  #: changes when the same files get other findings


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to look at, and what to do with what would spoil a training."""

    clean: tuple[Path, ...] = option(
        (), "Folder or file of clean speech; repeatable.", short="-c", multiple=True, recipe=False
    )
    noise: tuple[Path, ...] = option(
        (), "Folder or file of noise; repeatable.", short="-n", multiple=True, recipe=False
    )
    rows: tuple[Path, ...] = option(
        (), "Training rows, .h5 or .f32: labels and SNRs; repeatable.", multiple=True, recipe=False
    )
    listing: Path | None = option(
        None, "Write the offenders to a file: path, tab, findings.", flag="list", decides=False, recipe=False
    )
    quarantine: Path | None = option(
        None, "Move the offenders to this folder, with an undo.json.", decides=False, recipe=False
    )
    undo: Path | None = option(
        None, "Move files back, as this undo.json says; nothing else is done.", decides=False, recipe=False
    )
    ignore: tuple[str, ...] = option(
        (),
        f"A finding that does not matter; repeatable: {', '.join(CODES)}.",
        metavar="FINDING",
        choices=CODES,
        multiple=True,
    )
    force: bool = option(False, "Replace the list that is there.", decides=False, recipe=False)
    workers: int | None = workers_option()
    cluster: str | None = cluster_option()
    strict: bool = strict_option()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.undo is not None and (self.clean or self.noise or self.rows or self.listing or self.quarantine):
            raise InputError("--undo is used alone: check again afterwards")


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was found, moved or moved back."""

    report: "CheckReport | None" = None  #: of the audio
    rows: "tuple[RowSummary, ...]" = ()
    undo: Path | None = None  #: what moves the offenders back
    moved_back: int = 0  #: files


def run(settings: Settings, progress: Reporter | None = None, executor: Executor | None = None) -> Result:
    """Look at every file from end to end.

    Parameters
    ----------
    settings
        What to look at.
    progress
        Hears what is said.
    executor
        Reads the files, e.g. on a cluster; else ``settings.workers`` processes do.

    Raises
    ------
    InputError
        When a path is missing or there is nothing to look at.
    OutputError
        When the list or the quarantine is an input, is there already or cannot be written.
    """
    from rnnoise_py.dataset.doctor import check, files_to_check
    from rnnoise_py.dataset.moving import check_outside, undo_quarantine
    from rnnoise_py.dataset.row_summary import summarize_rows
    from rnnoise_py.runs.atomic import check_new, check_output_folder
    from rnnoise_py.runs.outputs import check_outputs

    with reporting(progress) as reporter:
        if settings.undo is not None:
            return Result(moved_back=undo_quarantine(settings.undo), warnings=tuple(reporter.warnings))
        if settings.listing is not None:
            check_outputs([settings.listing], [*files_to_check(settings.clean, settings.noise), *settings.rows])
            check_new(settings.listing, force=settings.force)
        if settings.quarantine is not None:
            check_output_folder(settings.quarantine, force=False, make=False)
            check_outside(settings.quarantine, [*settings.clean, *settings.noise])
        report = None
        if settings.clean or settings.noise or not settings.rows:
            with executor_of(settings.cluster, executor) as engine:
                report = check(
                    settings.clean,
                    settings.noise,
                    workers=cores(settings.workers),
                    ignore=settings.ignore,
                    strict=settings.strict,
                    executor=engine,
                )
        rows = tuple(summarize_rows(path) for path in settings.rows)
        undo = None if report is None else _act(settings, report)
        return Result(
            report=report,
            rows=rows,
            undo=undo,
            warnings=tuple(reporter.warnings),
            incomplete=(report is not None and report.spoils) or any(summary.findings for summary in rows),
        )


def _act(settings: Settings, report: "CheckReport") -> Path | None:
    """Write the list of offenders and move them away; return what moves them back."""
    from rnnoise_py.dataset.moving import quarantine
    from rnnoise_py.names import printable
    from rnnoise_py.runs.atomic import write_text

    if settings.listing is not None:
        lines = (
            f"{printable(file.path)}\t{'; '.join(found.text for found in file.findings if found.spoils)}\n"
            for file in report.offenders
        )
        write_text(settings.listing, "".join(lines))
    if settings.quarantine is None or not report.offenders:
        return None
    undo = quarantine(
        [file.path for file in report.offenders], settings.quarantine, within=[*settings.clean, *settings.noise]
    )
    note(f"{counted(len(report.offenders), 'file')} moved; to move them back: dataset check --undo {undo}")
    return undo
