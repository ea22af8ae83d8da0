"""The data doctor: look at every file before a long training."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

from rnnoise_py.audio.decode import AudioDecoder
from rnnoise_py.audio.files import list_audio_files
from rnnoise_py.dataset.check_report import CheckReport, FileReport
from rnnoise_py.dataset.finding_kinds import OF_ALL
from rnnoise_py.dataset.findings import CLEAN, NOISE, Evidence, Finding, finding, findings
from rnnoise_py.dataset.meter import Meter
from rnnoise_py.dataset.pairing import judge_snr, mixer_snr, pairing_note, pairing_period
from rnnoise_py.dataset.speechlike import SpeechMeter
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

LISTENED: Final = 200  # clean files, about, that are asked how much of them looks like speech: enough for them all
SPEECH_IN_NOISE: Final = 0.35  # share of the noise that looks like speech from which the folders may be swapped …
SPEECH_IN_CLEAN: Final = 0.5  # … when the clean speech has less than so much of that


def examine(state: None, task: tuple[int, str, Path, bool]) -> tuple[int, FileReport]:
    """Read one file from end to end and report on it; with the last of ``task`` say how much looks like speech."""
    index, kind, path, listens = task
    meter, voice, digest = Meter(), SpeechMeter(), hashlib.sha256()
    try:
        with AudioDecoder(path) as decoder:
            for block in decoder.blocks():
                meter.add(block)
                if listens:
                    voice.add(block)
                digest.update(block.astype("<i2", copy=False).tobytes())
            rate, truncated = decoder.audio.rate, decoder.audio.truncated
    except InputError as error:
        return index, FileReport(path, kind, None, None, "", [finding("unreadable", str(error))])
    measures = meter.result()
    speech = voice.share if listens else None
    found = findings(Evidence(kind, rate, measures, speech or 0.0, truncated))
    return index, FileReport(path, kind, measures, speech, digest.hexdigest(), found)


def check(
    clean: Sequence[Path] = (),
    noise: Sequence[Path] = (),
    *,
    workers: int = 1,
    ignore: Collection[str] = (),
    strict: bool = False,
    executor: Executor | None = None,
) -> CheckReport:
    """Examine folders (or files) of clean speech and of noise.

    Parameters
    ----------
    clean, noise
        Folders or single files; one of the two may be empty.
    workers
        Processes; the report is the same for any number.
    ignore
        Codes of findings that do not matter.
    strict
        Whether one unreadable file spoils a training; else more than one in a hundred.
    executor
        Reads the files instead of processes of ours.

    Raises
    ------
    InputError
        When a path is missing, or there is no audio at all.
    """
    tasks = [(kind, path) for kind, places in ((CLEAN, clean), (NOISE, noise)) for path in files_to_check(places)]
    if not tasks:
        raise InputError("nothing to check: give folders of audio with --clean and --noise, or rows with --rows")
    step = max(1, sum(kind == CLEAN for kind, _ in tasks) // LISTENED)
    numbered = [(index, kind, path, kind == NOISE or index % step == 0) for index, (kind, path) in enumerate(tasks)]
    reports: dict[int, FileReport] = {}
    with Progress(len(tasks), "file", "check") as progress:
        for index, report in run_tasks(examine, None, numbered, min(workers, len(tasks)), executor):
            reports[index] = report
            progress.update(1)
    report_all = CheckReport([reports[index] for index in range(len(tasks))])
    _find_duplicates(report_all.files)
    if clean and noise:
        _judge_together(report_all)
    report_all.group(ignore=ignore, strict=strict)
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
            name = f"{'the clean file ' if both else ''}{printable(first.path)}"
            file.findings.append(Finding("duplicate", both, f"same samples as {name}", f"as {name}", float(both)))


def _judge_together(report: CheckReport) -> None:
    frames = {kind: round(report.seconds(kind) * SAMPLE_RATE) // FRAME_SIZE for kind in (CLEAN, NOISE)}
    if not all(frames.values()):
        empty = [kind for kind, count in frames.items() if not count]
        report.findings.append(_of_all("empty", f"no readable {' and no '.join(empty)} audio"))
        return
    spoken = {kind: report.speech(kind) for kind in (CLEAN, NOISE)}
    if spoken[NOISE] > SPEECH_IN_NOISE and spoken[CLEAN] < SPEECH_IN_CLEAN * spoken[NOISE]:
        clean, noise = (f"{100 * spoken[kind]:.0f} %" for kind in (CLEAN, NOISE))
        text = f"{noise} of the noise looks like speech, and only {clean} of the clean speech: are the two swapped?"
        report.findings.append(_of_all("swapped", text))
    report.period = pairing_period(frames[CLEAN], frames[NOISE])
    note = pairing_note(frames[CLEAN], frames[NOISE])
    if note:
        report.findings.append(_of_all("pairing", note))
    levels: dict[str, Counter[int]] = {CLEAN: Counter(), NOISE: Counter()}
    for file in report.files:
        if file.measures and file.measures.active > -100:
            levels[file.kind][round(file.measures.active)] += file.measures.seconds  # type: ignore[assignment]
    report.snr = mixer_snr(levels[CLEAN], levels[NOISE])
    if report.snr:
        verdict = judge_snr(report.snr)
        if verdict.spoils:
            report.findings.append(_of_all("snr", verdict.text))


def _of_all(code: str, text: str) -> Finding:
    return Finding(code, OF_ALL[code].spoils, text)
