"""The data doctor: look at every file before a long training."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.audio.files import list_audio_files, printable
from rnnoise_py.dataset.findings import CLEAN, NOISE, Evidence, Finding, findings
from rnnoise_py.dataset.histogram import histogram_lines
from rnnoise_py.dataset.meter import Measures, Meter
from rnnoise_py.dataset.pairing import SNR_RANGE, mixer_snr, pairing_note, pairing_period, percentile
from rnnoise_py.dataset.speechlike import SpeechMeter
from rnnoise_py.errors import InputError
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

MOST_LINES: Final = 60  # offenders shown on a terminal


@dataclass
class FileReport:
    """One file and what was found in it."""

    path: Path
    kind: str  #: ``"clean"`` or ``"noise"``
    measures: Measures | None  #: None when it cannot be read
    speech: float
    digest: str  #: SHA-256 of the decoded samples
    findings: list[Finding]

    @property
    def spoils(self) -> bool:
        """Whether the file would spoil a training."""
        return any(finding.spoils for finding in self.findings)

    def line(self) -> str:
        """Return one line for a terminal."""
        mark = "✗" if self.spoils else "·"
        text = "; ".join(finding.text for finding in self.findings)
        return f"{mark} {self.kind:5} {printable(self.path)}: {text}"

    def as_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "path": printable(self.path),
            "kind": self.kind,
            "sha256": self.digest,
            "speech": round(self.speech, 3),
            "measures": self.measures.as_json() if self.measures else None,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass
class CheckReport:
    """All files, and what concerns them together."""

    files: list[FileReport]
    findings: list[Finding] = field(default_factory=list)
    snr: dict[int, float] = field(default_factory=dict)  #: dB → probability
    period: int | None = None  #: frames after which pairs repeat

    @property
    def spoils(self) -> bool:
        """Whether anything would spoil a training."""
        return bool(self.offenders) or any(finding.spoils for finding in self.findings)

    @property
    def offenders(self) -> list[FileReport]:
        """The files that would spoil a training."""
        return [file for file in self.files if file.spoils]

    def seconds(self, kind: str) -> float:
        """Readable seconds of one kind."""
        return sum(file.measures.seconds for file in self.files if file.kind == kind and file.measures)

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        noted = sorted((file for file in self.files if file.findings), key=lambda file: not file.spoils)
        out = [file.line() for file in noted[:MOST_LINES]]
        if len(noted) > MOST_LINES:
            out.append(f"… and {len(noted) - MOST_LINES} more files: see --json or --list")
        for kind in (CLEAN, NOISE):
            out += _kind_lines([file for file in self.files if file.kind == kind], kind)
        if self.snr:
            low, middle, high = (percentile(self.snr, share) for share in (0.05, 0.5, 0.95))
            out.append(f"SNRs of the training mixer: median {middle} dB, 5 … 95 %: {low} … {high} dB")
            out += histogram_lines(self.snr, "dB")
        out += [f"{'✗' if finding.spoils else '·'} {finding.text}" for finding in self.findings]
        out.append(f"{len(self.offenders) or 'none'} of {len(self.files)} files would spoil a training")
        return out

    def as_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "files": [file.as_json() for file in self.files],
            "spoils": self.spoils,
            "findings": [finding.as_json() for finding in self.findings],
            "pairing_period_frames": self.period,
            "mixer_snr": {str(key): round(value, 6) for key, value in sorted(self.snr.items())},
        }


def _kind_lines(files: list[FileReport], kind: str) -> list[str]:
    if not files:
        return []
    good = [file.measures for file in files if file.measures]
    hours = sum(measures.seconds for measures in good) / 3600
    codes = Counter(finding.code for file in files for finding in file.findings)
    found = ", ".join(f"{count} {code}" for code, count in codes.most_common()) or "nothing found"
    levels = sorted(measures.active for measures in good)
    span = f", levels {levels[0]:.0f} … {levels[-1]:.0f} dBFS" if levels else ""
    return [f"{kind}: {len(files)} files, {hours:.3f} h{span}; {found}"]


def examine(state: None, task: tuple[int, str, Path]) -> tuple[int, FileReport]:
    """Read one file from end to end and report on it."""
    index, kind, path = task
    meter, voice, digest = Meter(), SpeechMeter(), hashlib.sha256()
    try:
        with AudioDecoder(path) as decoder:
            for block in decoder.blocks():
                meter.add(block)
                if kind == NOISE:
                    voice.add(block)
                digest.update(block.astype("<i2", copy=False).tobytes())
            rate, truncated = decoder.audio.rate, decoder.audio.truncated
    except InputError as error:
        return index, FileReport(path, kind, None, 0.0, "", [Finding("unreadable", True, str(error))])
    measures = meter.result()
    found = findings(Evidence(kind, rate, measures, voice.share, truncated))
    return index, FileReport(path, kind, measures, voice.share, digest.hexdigest(), found)


def check(clean: Sequence[Path] = (), noise: Sequence[Path] = (), *, workers: int = 1) -> CheckReport:
    """Examine folders (or files) of clean speech and of noise.

    Parameters
    ----------
    clean, noise
        Folders or single files; one of the two may be empty.
    workers
        Processes; the report is the same for any number.

    Raises
    ------
    InputError
        When a path is missing, or there is no audio at all.
    """
    tasks = [(kind, path) for kind, places in ((CLEAN, clean), (NOISE, noise)) for path in files_to_check(places)]
    if not tasks:
        raise InputError("nothing to check: give folders of audio with --clean and --noise, or rows with --rows")
    numbered = [(index, kind, path) for index, (kind, path) in enumerate(tasks)]
    reports: dict[int, FileReport] = {}
    with Progress(len(tasks), "file", "check") as progress:
        for index, report in run_tasks(examine, None, numbered, min(workers, len(tasks))):
            reports[index] = report
            progress.update(1)
    report_all = CheckReport([reports[index] for index in range(len(tasks))])
    _find_duplicates(report_all.files)
    if clean and noise:
        _judge_together(report_all)
    return report_all


def files_to_check(*kinds: Sequence[Path]) -> Iterator[Path]:
    """Yield the audio files of folders, and single files as they are; raise :class:`InputError` for a missing one."""
    for place in itertools.chain(*kinds):
        if place.is_dir():
            yield from list_audio_files(place)
        elif place.exists():
            yield place
        else:
            raise InputError(f"{printable(place)} does not exist: give a folder or file of audio")


def _find_duplicates(files: list[FileReport]) -> None:
    same: defaultdict[str, list[FileReport]] = defaultdict(list)
    for file in files:
        if file.digest:
            same[file.digest].append(file)
    for group in same.values():
        first = group[0]
        for file in group[1:]:
            both = file.kind != first.kind
            text = f"same samples as {'the clean file ' if both else ''}{printable(first.path)}"
            file.findings.append(Finding("duplicate", both, text))


def _judge_together(report: CheckReport) -> None:
    frames = {kind: round(report.seconds(kind) * SAMPLE_RATE) // FRAME_SIZE for kind in (CLEAN, NOISE)}
    if not all(frames.values()):
        empty = [kind for kind, count in frames.items() if not count]
        report.findings.append(Finding("empty", True, f"no readable {' and no '.join(empty)} audio"))
        return
    report.period = pairing_period(frames[CLEAN], frames[NOISE])
    note = pairing_note(frames[CLEAN], frames[NOISE])
    if note:
        report.findings.append(Finding("pairing", False, note))
    levels: dict[str, Counter[int]] = {CLEAN: Counter(), NOISE: Counter()}
    for file in report.files:
        if file.measures and file.measures.active > -100:
            levels[file.kind][round(file.measures.active)] += file.measures.seconds  # type: ignore[assignment]
    report.snr = mixer_snr(levels[CLEAN], levels[NOISE])
    if report.snr and not SNR_RANGE[0] <= percentile(report.snr, 0.5) <= SNR_RANGE[1]:
        middle = percentile(report.snr, 0.5)
        text = f"the median SNR of {middle} dB is far off: bring speech and noise to like levels"
        report.findings.append(Finding("snr", True, text))
