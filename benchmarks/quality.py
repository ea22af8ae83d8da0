"""Judge a model: ``python -m benchmarks.quality [--model FILE] [--pairs FOLDER] …``.

PESQ, STOI and SI-SDR over held-out pairs of this project (made anew, see :mod:`benchmarks.heldout`) and over any
folders of pairs; over noisy recordings without a clean original, the levels of speech and of the pauses, beside
another model's. A model file with float weights gets two lines, int8 and float.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.heldout import PAIRS, write_heldout
from rnnoise_py.audio import list_audio_files
from rnnoise_py.audio.decode import decode_int16
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.denoiser.models import default_model_path, unrounded_network_of
from rnnoise_py.errors import InputError, run_program
from rnnoise_py.model import open_model
from rnnoise_py.report.denoising import denoise_recording
from rnnoise_py.report.levels import frame_powers, speech_level
from rnnoise_py.report.metrics import pesq_wb, si_sdr, stoi
from rnnoise_py.runs.atomic import check_writable, write_text

Int16 = npt.NDArray[np.int16]

UNPROCESSED: Final = "unprocessed"
METRICS: Final = ("PESQ", "STOI", "SI-SDR")
SPEECH_RANGE_DB: Final = 20.0  # frames of the other model's output this much below its loud ones are speech
PAUSE_SHARE: Final = 0.2  # of the input's frames, the softest: pauses


class Contender(NamedTuple):
    """A model in one of its two precisions; without a file, no model."""

    file: Path | None
    precision: str

    def __str__(self) -> str:
        return UNPROCESSED if self.file is None else f"{self.file} {self.precision}"


class Pair(NamedTuple):
    """One clip of a set."""

    family: str
    noisy: Path
    clean: Path


def contenders(files: Iterable[Path]) -> list[Contender]:
    """Return no model, then of each file int8, and float where the file has float weights."""
    found = [Contender(None, "")]
    for file in dict.fromkeys(files):
        found.append(Contender(file, "int8"))
        if open_model(file).trained is not None:
            found.append(Contender(file, "float"))
    return found


def denoised(noisy: Int16, contender: Contender) -> Int16:
    """Denoise 48 kHz mono, delay compensated."""
    if contender.file is None:
        return noisy
    opened = open_model(contender.file)
    backend = NumbaBackend(opened.model)
    if contender.precision == "float":
        assert opened.trained is not None
        backend = NumbaBackend(unrounded_network_of(opened.trained))
    return denoise_recording(backend, noisy).audio


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
    if not manifest.is_file():
        return {}
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return {item["id"]: item["noise"] for item in (content["pairs"] if isinstance(content, dict) else content)}
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{manifest} has no id and noise of each pair: correct it, or move it away") from None


def score(task: tuple[Pair, Contender]) -> tuple[float, float, float]:
    """PESQ, STOI and SI-SDR (dB) of one clip."""
    pair, contender = task
    noisy, clean = decode_int16(pair.noisy), decode_int16(pair.clean)
    if len(noisy) != len(clean):
        raise InputError(f"{pair.noisy} and {pair.clean} differ in length: pairs must not")
    out = denoised(noisy, contender)
    return pesq_wb(clean, out), stoi(clean, out), si_sdr(clean, out, zero_mean=True)


def _row(name: str, values: npt.NDArray[np.float64]) -> str:
    pesq, intelligibility, sdr = values
    return f"| {name} | {pesq:.3f} | {intelligibility:.3f} | {sdr:.1f} |"


def judge_pairs(
    title: str, pairs: Sequence[Pair], judged: Sequence[Contender], pool: ProcessPoolExecutor
) -> dict[str, Any]:
    """Print one set's tables, means and by family; return the means by contender."""
    tasks = [(pair, contender) for contender in judged for pair in pairs]
    scores = np.array(list(pool.map(score, tasks))).reshape(len(judged), len(pairs), len(METRICS))
    print(f"\n## {title}: {len(pairs)} clips\n\n| | PESQ | STOI | SI-SDR dB |\n|---|---|---|---|")
    for contender, own in zip(judged, scores, strict=True):
        print(_row(str(contender), own.mean(axis=0)))
    families = sorted({pair.family for pair in pairs})
    names = " | ".join(map(str, judged))
    print(f"\n| PESQ / SI-SDR by noise | {names} |\n|---|{'---|' * len(judged)}")
    for family in families:
        chosen = [k for k, pair in enumerate(pairs) if pair.family == family]
        means = scores[:, chosen].mean(axis=1)
        print(f"| {family} | " + " | ".join(f"{pesq:.2f} / {sdr:.1f}" for pesq, _, sdr in means) + " |")
    return {
        str(contender): dict(zip(METRICS, own.mean(axis=0).round(4).tolist(), strict=True))
        for contender, own in zip(judged, scores, strict=True)
    }


def _levels(task: tuple[Path, Contender, Path]) -> tuple[float, float]:
    """Level (dBFS) of speech and of the pauses in a recording, as the contender leaves it."""
    path, contender, reference = task
    recording = decode_int16(path)
    guide, before = frame_powers(denoised(recording, Contender(reference, "int8"))), frame_powers(recording)
    speech = guide >= np.quantile(guide, 0.95) * 10 ** (-SPEECH_RANGE_DB / 10)
    pauses = (before <= np.quantile(before, PAUSE_SHARE)) & ~speech
    out = denoised(recording, contender)
    return speech_level(out, speech), speech_level(out, pauses)


def read_recordings(folder: Path) -> list[Path]:
    """Find noisy recordings."""
    files = list_audio_files(folder)
    if not files:
        raise InputError(f"no recordings in {folder}")
    return files


def judge_recordings(
    title: str, files: Sequence[Path], reference: Path, judged: Sequence[Contender], pool: ProcessPoolExecutor
) -> dict[str, Any]:
    """Print the levels of recordings without a clean original; return them by contender."""
    columns = {str(contender): contender for contender in judged}
    columns[f"reference {reference}"] = Contender(reference, "int8")
    tasks = [(path, contender, reference) for contender in columns.values() for path in files]
    levels = np.array(list(pool.map(_levels, tasks))).reshape(len(columns), len(files), 2)
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
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(given.workers, context) as pool:
        if given.heldout > 0:
            write_heldout(Path(folder), given.heldout)
            results["held out"] = judge_pairs("Held out", read_pairs(Path(folder)), judged, pool)
        for name, pairs in sets.items():
            results[name] = judge_pairs(name, pairs, judged, pool)
        if recordings:
            name = str(given.recordings)
            results[name] = judge_recordings(name, recordings, given.reference, judged, pool)
    if given.json is not None:
        write_text(given.json, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(run_program(main))
