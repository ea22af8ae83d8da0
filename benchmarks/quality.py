"""Judge a model: ``python -m benchmarks.quality [--model FILE] [--pairs FOLDER] …``.

Over held-out pairs of this project (made again, see :mod:`benchmarks.heldout`) and over any folders of pairs: PESQ,
STOI, ESTOI, SI-SDR and, where installed, DNSMOS; what is lost of the speech and left of the noise; how well speech is
detected; differences from the first model with a paired test. Over noisy recordings without a clean original, the
levels of speech and of the pauses, beside another model's. A model file with float weights gets two lines, int8 and
float.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from benchmarks.heldout import PAIRS, write_heldout
from benchmarks.judge import DETECTION, QUALITY, SPEECH, Contender, Pair, Scores, means, run_model, score
from rnnoise_py.audio import list_audio_files
from rnnoise_py.audio.decode import decode_int16
from rnnoise_py.denoiser.models import default_model_path
from rnnoise_py.errors import InputError, run_program
from rnnoise_py.model import open_model
from rnnoise_py.report.evidence import difference
from rnnoise_py.report.levels import frame_powers, speech_level
from rnnoise_py.report.opinion import dnsmos_installed
from rnnoise_py.runs.atomic import check_writable, write_text
from rnnoise_py.runs.workers import run_tasks

R = TypeVar("R")

COMPARED: Final = ("PESQ", "STOI", "ESTOI", "SI-SDR", "SIG", "BAK", "OVRL")  # with the first model, clip by clip
SPEECH_RANGE_DB: Final = 20.0  # frames of the other model's output this much below its loud ones are speech
PAUSE_SHARE: Final = 0.2  # of the input's frames, the softest: pauses


def contenders(files: Iterable[Path]) -> list[Contender]:
    """Return no model, then of each file int8, and float where the file has float weights."""
    found = [Contender(None, "")]
    for file in dict.fromkeys(files):
        found.append(Contender(file, "int8"))
        if open_model(file).trained is not None:
            found.append(Contender(file, "float"))
    return found


def read_pairs(folder: Path) -> list[Pair]:
    """Find ``ID_noisy`` beside ``ID_clean`` (FLAC or WAV); ``manifest.json`` may name each ID's noise."""
    families = _families(folder / "manifest.json")
    found = []
    for noisy in sorted(folder.glob("*_noisy.*")):
        name = noisy.name.rpartition("_noisy")[0]
        clean = noisy.with_name(f"{name}_clean{noisy.suffix}")
        if not clean.is_file():
            raise InputError(f"{noisy} has no {clean.name} beside it")
        found.append(Pair(families.get(name, "all"), noisy, clean))
    if not found:
        raise InputError(f"no pairs in {folder}: needed are ID_noisy.flac and ID_clean.flac")
    return found


def _families(manifest: Path) -> dict[str, str]:
    """Noise of each ID, of a list of pairs or an object with one."""
    if not manifest.is_file():
        return {}
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        lists = [one for one in content.values() if isinstance(one, list)] if isinstance(content, dict) else [content]
        return {str(item["id"]): str(item["noise"]) for item in lists[0]}
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        raise InputError(f"{manifest} has no id and noise of each pair: correct it, or move it away") from None


def in_order(function: Callable[[None, Any], tuple[int, R]], tasks: Sequence[Any], workers: int) -> list[R]:
    """Results of numbered tasks, in their order."""
    numbered = ((number, *task) for number, task in enumerate(tasks))
    return [result for _, result in sorted(run_tasks(function, None, numbered, workers), key=lambda one: one[0])]


def _table(title: str, digits: Mapping[str, int], rows: Mapping[str, Mapping[str, float | None]]) -> None:
    """Print a table; columns that are empty in every row are left out."""
    names = [name for name in digits if any(row[name] is not None for row in rows.values())]
    print(f"\n| {title} | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for row, values in rows.items():
        cells = ("–" if (value := values[name]) is None else f"{value:.{digits[name]}f}" for name in names)
        print(f"| {row} | {' | '.join(cells)} |")


def judge_pairs(title: str, pairs: Sequence[Pair], judged: Sequence[Contender], workers: int) -> dict[str, Any]:
    """Print one set's tables: means, by family, differences from the first model; return the means by contender."""
    flat = in_order(score, [(pair, contender) for contender in judged for pair in pairs], workers)
    scores = {str(one): flat[k * len(pairs) : (k + 1) * len(pairs)] for k, one in enumerate(judged)}
    found = {name: means(own) for name, own in scores.items()}
    print(f"\n## {title}: {len(pairs)} clips")
    _table("", QUALITY, found)
    models = {name: own for name, own in found.items() if own["AUC"] is not None or name != str(judged[0])}
    _table("speech and noise (dB)", SPEECH, models)
    _table("speech detection", DETECTION, models)
    _families_table(pairs, scores)
    _differences_table(scores)
    return {name: {key: value if value is None else round(value, 4) for key, value in own.items()}
            for name, own in found.items()}  # fmt: skip


def _families_table(pairs: Sequence[Pair], scores: Mapping[str, Sequence[Scores]]) -> None:
    """Print PESQ and SI-SDR by noise."""
    print(f"\n| PESQ / SI-SDR by noise | {' | '.join(scores)} |\n|---|{'---|' * len(scores)}")
    for family in sorted({pair.family for pair in pairs}):
        chosen = [k for k, pair in enumerate(pairs) if pair.family == family]
        cells = []
        for own in scores.values():
            pesq, sdr = (np.mean([own[k].figures[name] for k in chosen]) for name in ("PESQ", "SI-SDR"))
            cells.append(f"{pesq:.2f} / {sdr:.1f}")
        print(f"| {family} | {' | '.join(cells)} |")


def _differences_table(scores: Mapping[str, Sequence[Scores]]) -> None:
    """Print how the other models differ from the first one, clip by clip."""
    _, *models = scores
    if len(models) < 2:
        return
    first, *others = models
    names = [name for name in COMPARED if name in scores[first][0].figures]
    print(f"\n| against {first}: mean (95 %), better in, p | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for other in others:
        cells = []
        for name in names:
            pairs = zip(scores[other], scores[first], strict=True)
            known = [
                (a.figures[name], b.figures[name]) for a, b in pairs if np.isfinite(a.figures[name] - b.figures[name])
            ]
            one = difference(known, QUALITY[name])
            if one is None:
                cells.append("–")
                continue
            low, mean, high = (f"{value:+.{QUALITY[name]}f}" for value in (one.low, one.mean, one.high))
            cells.append(f"{mean} ({low} … {high}), {one.wins} of {one.count}, {one.chance:.2g}")
        print(f"| {other} | {' | '.join(cells)} |")


def _levels(_: None, task: tuple[int, Path, Contender, Path]) -> tuple[int, tuple[float, float]]:
    """Level (dBFS) of speech and of the pauses in a recording, as the contender leaves it."""
    number, path, contender, reference = task
    recording = decode_int16(path)
    guiding = run_model(Contender(reference, "int8"), recording)[0][0]
    guide, before = frame_powers(guiding), frame_powers(recording)
    speech = guide >= np.quantile(guide, 0.95) * 10 ** (-SPEECH_RANGE_DB / 10)
    pauses = (before <= np.quantile(before, PAUSE_SHARE)) & ~speech
    out = recording if contender.file is None else run_model(contender, recording)[0][0]
    return number, (speech_level(out, speech), speech_level(out, pauses))


def read_recordings(folder: Path) -> list[Path]:
    """Find noisy recordings."""
    files = list_audio_files(folder)
    if not files:
        raise InputError(f"no recordings in {folder}")
    return files


def judge_recordings(
    title: str, files: Sequence[Path], reference: Path, judged: Sequence[Contender], workers: int
) -> dict[str, Any]:
    """Print the levels of recordings without a clean original; return them by contender."""
    columns = {str(contender): contender for contender in judged}
    columns[f"reference {reference}"] = Contender(reference, "int8")
    tasks = [(path, contender, reference) for contender in columns.values() for path in files]
    levels = np.array(in_order(_levels, tasks, workers)).reshape(len(columns), len(files), 2)
    names = " | ".join(columns)
    print(f"\n## {title}: level of speech / of pauses, dBFS\n\n| | {names} |\n|---|{'---|' * len(columns)}")
    for k, path in enumerate(files):
        print(f"| {path.name} | " + " | ".join(f"{speech:.1f} / {pause:.1f}" for speech, pause in levels[:, k]) + " |")
    means = levels.mean(axis=1)
    print("| mean | " + " | ".join(f"{speech:.1f} / {pause:.1f}" for speech, pause in means) + " |")
    return {name: own.round(2).tolist() for name, own in zip(columns, means, strict=True)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.partition("\n")[2])
    parser.add_argument("--model", type=Path, action="append", help="model file; may be repeated [the shipped one]")
    parser.add_argument("--pairs", type=Path, action="append", default=[], help="folder of ID_noisy, ID_clean")
    parser.add_argument("--heldout", type=int, default=PAIRS, help="held-out pairs to make [%(default)s]")
    parser.add_argument("--recordings", type=Path, help="folder of noisy recordings; needs --reference")
    parser.add_argument("--reference", type=Path, help="model whose levels those of the recordings are held against")
    parser.add_argument("--workers", type=int, default=1, help="processes [%(default)s]")
    parser.add_argument("--json", type=Path, help="write the means here too")
    given = parser.parse_args(arguments)
    if given.recordings is not None and given.reference is None:
        parser.error("--recordings needs --reference MODEL")
    if given.workers < 1 or given.heldout < 0:
        parser.error(f"--workers {given.workers}, --heldout {given.heldout}: needed are 1 or more, 0 or more")
    if given.json is not None:
        check_writable(given.json)
    judged = contenders(given.model or [default_model_path()])
    sets = {str(folder): read_pairs(folder) for folder in given.pairs}
    recordings = [] if given.recordings is None else read_recordings(given.recordings)
    results: dict[str, Any] = {}
    if not dnsmos_installed():
        print("no DNSMOS here: pip install speechmos onnxruntime", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        if given.heldout > 0:
            write_heldout(Path(folder), given.heldout)
            results["held out"] = judge_pairs("Held out", read_pairs(Path(folder)), judged, given.workers)
        for name, pairs in sets.items():
            results[name] = judge_pairs(name, pairs, judged, given.workers)
        if recordings:
            name = str(given.recordings)
            results[name] = judge_recordings(name, recordings, given.reference, judged, given.workers)
    if given.json is not None:
        write_text(given.json, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(run_program(main))
