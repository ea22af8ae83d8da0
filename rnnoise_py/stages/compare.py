"""Models and recordings → one page, ``report.json`` and ``report.csv`` that say which model is better."""

import warnings
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.cluster import cluster_option, executor_of
from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, seed_option, workers_option
from rnnoise_py.runs.skipped import strict_option, too_many_skipped
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.report.recordings import Recording

VERSION: Final = 2  #: changes when the same settings give another report

HIGHEST_SNR: Final = 100.0  # dB, of a mix; the lowest is minus that
MANY_MIXES: Final = 300  # more are warned of


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which models to compare, on what.

    Raises
    ------
    InputError
        When a value cannot be used, or it is not said of what the recordings are.
    """

    inputs: tuple[Path, ...] = option((), help="Recordings: files and folders.", positional=True, metavar="INPUTS…")
    models: tuple[str, ...] = option(
        (),
        "A model of any format, or a built librnnoise; `default` is the shipped one. Again for each model.",
        flag="model",
        metavar="NAME=FILE",
        multiple=True,
    )
    clean: Path | None = option(None, "Folder of the clean originals, under the same names.")
    noise: Path | None = option(None, "Folder of noise to mix with --clean, instead of INPUTS.")
    snr: str | None = option(None, "SNRs of such mixes: each clean file with each noise at each.", metavar="DB,DB…")
    mixes: int | None = option(
        None, "Such mixes at most: an even part of all.", minimum=1, metavar="N", default_text="all of them"
    )
    corpus: tuple[str, str] | None = option(
        None,
        "A published test set instead of INPUTS and --clean: voicebank (VoiceBank-DEMAND).",
        flag="set",
        metavar="NAME DIR",
        recipe=False,
    )
    output: Path = option(
        help="Folder for index.html, report.json and report.csv.", short="-o", decides=False, recipe=False
    )
    title: str = option("", "Heading of the page.")
    lossless: bool = option(False, "Put FLAC beside the page too.")
    baseline: Path | None = option(None, "report.json of an earlier comparison.", metavar="JSON")
    rules: tuple[str, ...] = option(
        (),
        "Exit with 1 if the change of a mean to the baseline is such, e.g. 'pesq<-0.05'. May be repeated.",
        flag="fail-if",
        metavar="RULE",
        multiple=True,
    )
    dnsmos: bool = option(True, "Score with DNSMOS where it is installed; it takes longer than all the rest.")
    seed: int = seed_option()
    workers: int | None = workers_option()
    cluster: str | None = cluster_option()
    force: bool = force_option()
    strict: bool = strict_option()

    def __post_init__(self) -> None:
        from rnnoise_py.report.baseline import parse_rule
        from rnnoise_py.report.published import find_set

        super().__post_init__()
        if self.corpus is not None:
            if self.inputs or any(one is not None for one in (self.clean, self.noise, self.snr)):
                raise InputError("a set has its recordings and clean originals: no inputs, clean, noise or snr with it")
            find_set(*self.corpus)
        elif self.noise is not None or self.snr is not None:
            if self.inputs or self.clean is None or self.noise is None or self.snr is None:
                raise InputError("mixing on the fly takes clean, noise and snr (e.g. 0,5,12), and no inputs")
            read_snrs(self.snr)
        elif not self.inputs:
            raise InputError("needs inputs (recordings: files or folders), a set, or clean, noise and snr to mix some")
        if self.mixes is not None and self.noise is None:
            raise InputError("mixes is the number of recordings that are mixed: it needs clean, noise and snr")
        for rule in self.rules:
            parse_rule(rule)
        if self.rules and self.baseline is None:
            raise InputError("fail-if needs something to compare with: add a baseline (report.json)")

    @property
    def is_mixed(self) -> bool:
        """Whether the recordings are mixed on the fly."""
        return self.noise is not None


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The report that was written, and the most important of it."""

    page: Path  #: self-contained HTML
    json: Path  #: everything, for machines
    csv: Path  #: a row a recording and model
    recordings: int  #: that were compared
    means: Mapping[str, Mapping[str, float]]  #: of the recordings: ``input`` or model → measure → value
    falls: tuple[str, ...]  #: what fell against the baseline, one line each
    skipped: tuple[str, ...]  #: why a recording was left out, one line each
    text: str  #: the tables of means for a terminal


def read_snrs(text: str) -> list[float]:
    """Read ``0,5,12``: numbers of dB, each once.

    Raises
    ------
    InputError
        When it is no such list.
    """
    try:
        values = [float(part) for part in text.replace(" ", "").split(",") if part]
    except ValueError:
        values = []
    if not values or not all(abs(value) <= HIGHEST_SNR for value in values):
        raise InputError(f"--snr {text!r} is no list of SNRs: give numbers of dB with commas, e.g. 0,5,12")
    return list(dict.fromkeys(values))


def find_recordings(settings: Settings) -> "list[Recording]":
    """List the recordings that would be compared, clean originals found; nothing is decoded.

    Raises
    ------
    InputError
        When there are none, a path is missing, or the clean folder has none of the originals.
    """
    from rnnoise_py.report import recordings
    from rnnoise_py.report.published import find_set

    if not settings.is_mixed:
        inputs, clean = settings.inputs, settings.clean
        if settings.corpus is not None:
            noisy, clean = find_set(*settings.corpus)
            inputs = (noisy,)
        found, remarks = recordings.find_recordings(inputs, clean)
        for remark in remarks:
            warn(remark)
        return found
    assert settings.clean is not None
    assert settings.noise is not None
    assert settings.snr is not None
    snrs = read_snrs(settings.snr)
    mixes, words = recordings.mixed_recordings(settings.clean, settings.noise, snrs, settings.seed, settings.mixes)
    note(words)
    if len(mixes) > MANY_MIXES and settings.mixes is None:
        warn(f"{len(mixes):,} recordings make a long work and a large page: --mixes {MANY_MIXES} takes an even part")
    return mixes


def run(settings: Settings, progress: Reporter | None = None, executor: Executor | None = None) -> Result:
    """Run all models over all recordings and write the report.

    Parameters
    ----------
    settings
        What to compare.
    progress
        Hears what is said.
    executor
        Measures the recordings, e.g. on a cluster; else ``settings.workers`` processes do.

    Raises
    ------
    InputError
        When a model cannot be opened, no recording can be read, or the baseline cannot be compared with.
    OutputError
        When the folder is in use (without ``force``) or cannot be written.
    DependencyError
        When the ``report`` extra is not installed.
    """
    from rnnoise_py.report.baseline import parse_rule
    from rnnoise_py.report.comparison import check_packages, compare
    from rnnoise_py.report.contenders import open_contenders
    from rnnoise_py.report.results import CSV_NAME, JSON_NAME
    from rnnoise_py.report.text import report_text

    with reporting(progress) as reporter, _warnings_told():
        check_packages()
        contenders = open_contenders(settings.models)
        recordings = find_recordings(settings)
        with executor_of(settings.cluster, executor) as engine:
            outcome = compare(
                recordings,
                contenders,
                settings.output,
                title=settings.title,
                lossless=settings.lossless,
                baseline=settings.baseline,
                rules=[parse_rule(rule) for rule in settings.rules],
                force=settings.force,
                workers=cores(settings.workers),
                settings={"seed": settings.seed, "mixes": settings.mixes} if settings.is_mixed else {},
                with_dnsmos=settings.dnsmos,
                executor=engine,
            )
        skipped = tuple(one["reason"] for one in outcome.comparison.skipped)
        note(f"{outcome.page}: open it in a browser")
        for line in outcome.falls:
            warn(line)
        if skipped:
            warn(f"{len(skipped)} of {len(recordings)} recordings skipped")
        return Result(
            page=outcome.page,
            json=settings.output / JSON_NAME,
            csv=settings.output / CSV_NAME,
            recordings=len(outcome.comparison.recordings),
            means=outcome.comparison.means(),
            falls=tuple(outcome.falls),
            skipped=skipped,
            text=report_text(outcome.comparison),
            warnings=tuple(reporter.warnings),
            incomplete=too_many_skipped(len(skipped), len(recordings), strict=settings.strict) or bool(outcome.falls),
        )


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Let Python's warnings, such as those about an audio file's full scale, be heard by the reporter."""

    def tell(message: Warning | str, *_: Any, **__: Any) -> None:
        warn(str(message))

    before = warnings.showwarning
    warnings.showwarning = tell
    try:
        yield
    finally:
        warnings.showwarning = before
