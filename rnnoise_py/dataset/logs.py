"""What a synthesis run leaves behind: tables, a manifest, a summary."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.histogram import histogram_lines
from rnnoise_py.dataset.journal import Journal
from rnnoise_py.dataset.stream import SHORT, UNREADABLE
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.runs.provenance import file_sha256, write_manifest
from rnnoise_py.runs.words import counted

#: written at the end of a run, from the journal
LOGS = ("clips.csv", "passed_over.csv", "manifest.json")
_COLUMNS = (
    "id",
    "noisy",
    "clean",
    "noise",
    "seed",
    "snr_db",
    "level_dbfs",
    "lowered",
    "scaling",
    "seconds",
    "noise_category",
    "clean_activity",
    "noise_activity",
    "clean_sources",
    "noise_sources",
    "room",
)


@dataclass(frozen=True)
class SynthesisSummary:
    """How a synthesis run ended."""

    clips: int  #: in the folders now
    kept: int  #: of them from before a resume
    seconds: float  #: of audio in each of the three folders
    lowered: int  #: clips whose level was lowered to avoid clipping
    snr: dict[int, int]  #: dB (rounded down) → clips
    level: dict[int, int]  #: dBFS → clips
    categories: dict[str, int]  #: noise category → clips
    passed: dict[str, int]  #: kind → sources passed over
    unreadable: int  #: sources that could not be read
    sources: int  #: sources that were tried
    log_folder: Path
    folders: dict[str, Path] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the summary for a terminal."""
        where = printable(self.folders["noisy"].parent)
        out = [f"{counted(self.clips, 'clip')}, {self.seconds / 3600:.2f} h, in {where}"]
        if self.kept:
            out.append(f"{self.kept:,} of them were there before")
        if self.lowered:
            out.append(f"{counted(self.lowered, 'clip')} had a lower level than drawn, to avoid clipping")
        for kind, count in sorted(self.passed.items()):
            out.append(f"{counted(count, 'source')} {'' if kind == SHORT else 'passed over: '}{kind}")
        out += ["SNR", *histogram_lines(self.snr, "dB"), "level", *histogram_lines(self.level, "dBFS")]
        out.append(f"logs in {printable(self.log_folder)}: clips.csv, clips.jsonl, passed_over.csv, manifest.json")
        return out

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {
            "clips": self.clips,
            "seconds": round(self.seconds, 3),
            "lowered": self.lowered,
            "snr": {str(key): value for key, value in sorted(self.snr.items())},
            "level": {str(key): value for key, value in sorted(self.level.items())},
            "noise_categories": dict(sorted(self.categories.items())),
            "passed_over": dict(sorted(self.passed.items())),
            "unreadable": self.unreadable,
            "sources": self.sources,
        }


def _sources(pieces: list[dict[str, Any]]) -> str:
    return " | ".join(f"{piece['path']}@{piece['offset']:.3f}+{piece['seconds']:.3f}" for piece in pieces)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def write_logs(journal: Journal, config: Config, seed: int, folders: dict[str, Path], *, kept: int) -> SynthesisSummary:
    """Write ``clips.csv``, ``passed_over.csv`` and ``manifest.json`` from the journal, row by row.

    None of them says when, where or by how many workers the run was made.
    """
    log_folder = journal.path.parent
    snr: Counter[int] = Counter()
    level: Counter[int] = Counter()
    categories: Counter[str] = Counter()
    passed: Counter[tuple[str, str, str]] = Counter()
    tried: set[str] = set()
    seconds, lowered = 0.0, 0
    table = log_folder / "clips.csv"
    with atomic_path(table) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        for row in journal.rows():
            room = row["room"]
            writer.writerow(
                [
                    row["id"],
                    *(row["files"][kind]["name"] for kind in ("noisy", "clean", "noise")),
                    f"{seed}:{row['id']}",
                    f"{row['snr']:g}",
                    row["level"],
                    int(row["lowered"]),
                    f"{row['scaling']:.9g}",
                    f"{row['seconds']:.6f}",
                    row["noise_category"],
                    _share(row["clean_activity"]),
                    _share(row["noise_activity"]),
                    _sources(row["clean_sources"]),
                    _sources(row["noise_sources"]),
                    f"{room['path']}#{room['channel']}" if room else "",
                ]
            )
            snr[int(row["snr"] // 1)] += 1
            level[row["level"]] += 1
            categories[row["noise_category"]] += 1
            passed.update(tuple(item) for item in row["passed_over"])
            tried.update(piece["path"] for key in ("clean_sources", "noise_sources") for piece in row[key])
            seconds += row["seconds"]
            lowered += row["lowered"]
    passed_table = log_folder / "passed_over.csv"
    with atomic_path(passed_table) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("kind", "path", "reason", "clips"))
        writer.writerows([*item, count] for item, count in sorted(passed.items()))
    tried.update(path for _, path, _ in passed)
    kinds = Counter(kind for kind, _ in {(kind, path) for kind, path, _ in passed})
    summary = SynthesisSummary(
        len(journal),
        kept,
        seconds,
        lowered,
        dict(snr),
        dict(level),
        dict(categories),
        dict(kinds),
        kinds[UNREADABLE],
        len(tried),
        log_folder,
        dict(folders),
    )
    logs = {path.name: file_sha256(path) for path in (journal.path, table, passed_table)}
    write_manifest(
        log_folder / "manifest.json",
        {"stage": "synthesize", "config": config.decisive(), "seed": seed, "logs": logs, **summary.as_json()},
    )
    return summary
