"""The result of a comparison as data: recordings, models, means with spread, by SNR and noise type; JSON and CSV."""

import csv
import io
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import escape_controls, printable
from rnnoise_py.report.contenders import INPUT
from rnnoise_py.report.evidence import interval
from rnnoise_py.report.groups import Group, groups
from rnnoise_py.report.measures import MEASURES
from rnnoise_py.report.verdict import verdicts
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.provenance import read_manifest, write_manifest

FORMAT: Final = 1  #: of report.json
JSON_NAME: Final = "report.json"
CSV_NAME: Final = "report.csv"
LARGEST: Final = 1e9  #: value that an earlier report may hold
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  #: how a cell begins that a spreadsheet computes
Values = dict[str, float | None]


@dataclass(frozen=True)
class RecordingResult:
    """Everything measured of one recording."""

    name: str
    path: str
    seconds: float
    rate: int  #: Hz, of the file
    values: dict[str, Values]  #: ``input`` or model → measure → value; None: could not be computed
    clean: str | None = None
    noise: str | None = None  #: file that was mixed in
    noise_type: str | None = None
    snr: float | None = None  #: dB
    lag: float = 0.0  #: seconds by which the clean original was late before it was aligned

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        return {
            "name": self.name,
            "path": self.path,
            "clean": self.clean,
            "noise": self.noise,
            "noise_type": self.noise_type,
            "snr_db": self.snr,
            "seconds": round(self.seconds, 3),
            "sample_rate": self.rate,
            "clean_lag_seconds": round(self.lag, 4),
            "values": self.values,
        }


@dataclass(frozen=True)
class Spread:
    """Mean and spread of one measure over recordings."""

    mean: float
    deviation: float  #: standard deviation of the recordings; 0 for one
    lowest: float
    highest: float
    count: int
    interval: tuple[float, float]  #: 95 % of the mean, by drawing recordings again

    @property
    def half_interval(self) -> float:
        """Half the width of the interval."""
        return (self.interval[1] - self.interval[0]) / 2

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        return {
            "mean": _rounded(self.mean),
            "ci": [_rounded(bound) for bound in self.interval],
            "sd": _rounded(self.deviation),
            "min": _rounded(self.lowest),
            "max": _rounded(self.highest),
            "count": self.count,
        }


@dataclass(frozen=True)
class Comparison:
    """A whole comparison."""

    models: list[dict[str, Any]]  #: name, path, format, digest
    recordings: list[RecordingResult]
    skipped: list[dict[str, str]] = field(default_factory=list)  #: path and reason
    not_installed: list[str] = field(default_factory=list)  #: measures whose package is missing
    settings: dict[str, Any] = field(default_factory=dict)
    baseline: dict[str, Any] | None = None  #: changes to an earlier report
    before: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None  #: its values: recording → model → measure

    @property
    def names(self) -> list[str]:
        """``input`` and the models."""
        return [INPUT, *(model["name"] for model in self.models)]

    @property
    def has_clean(self) -> bool:
        """Whether any recording has a clean original."""
        return any(recording.clean is not None for recording in self.recordings)

    def groups(self) -> dict[str, Group]:
        """Recordings by SNR and by noise type; a grouping that tells nothing apart is left out."""
        return groups(self.recordings)

    def means(self) -> dict[str, dict[str, float]]:
        """Mean of each measure over the recordings that have it, of ``input`` and each model."""
        found = {name: {m.name: summarize(self.recordings, name, m.name) for m in MEASURES} for name in self.names}
        return {
            name: {measure: spread.mean for measure, spread in spreads.items() if spread is not None}
            for name, spreads in found.items()
        }

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "settings": self.settings,
            "models": self.models,
            "measures": {
                m.name: {"title": m.title, "unit": m.unit, "better": m.better, "meaning": m.meaning} for m in MEASURES
            },
            "not_installed": self.not_installed,
            "verdicts": {verdict.model: verdict.as_json() for verdict in verdicts(self)},
            "summary": _summary_json(self.names, self.recordings),
            "groups": {
                name: {value: _summary_json(self.names, members) for value, members in group.items()}
                for name, group in self.groups().items()
            },
            "recordings": [recording.as_json() for recording in self.recordings],
            "skipped": self.skipped,
        }
        if self.baseline is not None:
            content["baseline"] = self.baseline
        return content


def clean_value(value: float) -> float | None:
    """Round a value for the report; None for what is not finite (JSON has no NaN)."""
    return _rounded(value) if math.isfinite(value) else None


def _rounded(value: float) -> float:
    return round(float(value), 5)


def summarize(recordings: Iterable[RecordingResult], name: str, measure: str) -> Spread | None:
    """Mean and spread of one measure of ``input`` or a model; None where no recording has it."""
    values = [value for r in recordings if (value := r.values.get(name, {}).get(measure)) is not None]
    if not values:
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return Spread(statistics.fmean(values), deviation, min(values), max(values), len(values), interval(values))


def _summary_json(names: Sequence[str], recordings: Sequence[RecordingResult]) -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for name in names:
        found = {measure.name: summarize(recordings, name, measure.name) for measure in MEASURES}
        table[name] = {measure: spread.as_json() for measure, spread in found.items() if spread is not None}
    return table


def _cell(text: str) -> str:
    """Text of a CSV cell that no spreadsheet takes for a formula, on one line."""
    return f"'{escape_controls(text)}" if text.startswith(FORMULA) else escape_controls(text)


def write_results(comparison: Comparison, folder: Path) -> None:
    """Write ``report.json`` and ``report.csv``, atomically."""
    write_manifest(folder / JSON_NAME, comparison.as_json())
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["recording", "model", "snr_db", "noise_type", "seconds", *(m.name for m in MEASURES)])
    for recording in comparison.recordings:
        for name in comparison.names:
            values = recording.values[name]
            writer.writerow(
                [
                    _cell(recording.name),
                    _cell(name),
                    "" if recording.snr is None else f"{recording.snr:g}",
                    _cell(recording.noise_type or ""),
                    f"{recording.seconds:.3f}",
                    *("" if (value := values.get(m.name)) is None else value for m in MEASURES),
                ]
            )
    write_text(folder / CSV_NAME, stream.getvalue())


def read_values(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Read the values of an earlier ``report.json``: recording → ``input`` or model → measure → value.

    What is no number, or not finite, is left out.

    Raises
    ------
    InputError
        When it is no such file.
    """
    content = read_manifest(path)
    recordings = content.get("recordings")
    if content.get("format") != FORMAT or not isinstance(recordings, list):
        raise InputError(
            f"{printable(path)} is no report.json of `rnnoise-py compare` (format {FORMAT}): give one of its reports"
        )
    found = {}
    for recording in recordings:
        values = recording.get("values") if isinstance(recording, dict) else None
        if not isinstance(values, dict) or not all(isinstance(one, dict) for one in values.values()):
            raise InputError(f"{printable(path)} is damaged: a recording has no values; compare again")
        found[str(recording.get("name"))] = {name: _numbers(one) for name, one in values.items()}
    return found


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return the values that are numbers of a size that can be reckoned with."""
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST
    }
