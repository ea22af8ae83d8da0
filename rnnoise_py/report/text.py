"""A comparison as plain text for the terminal."""

from collections.abc import Sequence
from typing import Final

from rnnoise_py.report.marks import marks
from rnnoise_py.report.measures import GAINS, MEASURES, OF_PESQ, Measure
from rnnoise_py.report.results import Comparison, RecordingResult, summarize
from rnnoise_py.report.verdict import verdicts

_GROUPINGS: Final = {"snr": "by SNR", "noise": "by noise type"}
_GROUP_MEASURES: Final = ("pesq", "estoi", "si_sdr", "ovrl", "residual_noise")
_GROUP_MEASURES_WITHOUT_CLEAN: Final = ("ovrl", "noise_floor", "attenuation", "speech_change")
_LONGEST_NAME: Final = 24  # characters of a model's name or a group's in a column


def report_text(comparison: Comparison) -> str:
    """Verdicts, then tables of means: all recordings, by SNR, by noise type; the best value has a star."""
    count = len(comparison.recordings)
    lines = [line for verdict in verdicts(comparison) for line in verdict.lines()]
    means = "mean ± half of its 95 % interval" if count > 1 else "values"
    lines += ["", f"{count} recording{'s'[: count != 1]}, {means}; * clearly best, ! worse than the input", ""]
    lines += _overall(comparison)
    for name, group in comparison.groups().items():
        lines += ["", _GROUPINGS[name], *_grouped(comparison, group)]
    if comparison.baseline is not None:
        lines += ["", "against the baseline", *_changed(comparison)]
    return "\n".join(lines)


def _overall(comparison: Comparison) -> list[str]:
    """One line a measure, one column a model."""
    rows = [["", *map(_shortened, comparison.names)]]
    for measure in MEASURES:
        if (measure.needs_clean and not comparison.has_clean) or measure.name in GAINS:
            continue
        label = f"{measure.title}{', ' + measure.unit if measure.unit else ''}"
        if measure.name in comparison.not_installed:
            if measure.name in OF_PESQ:
                rows.append([label, *["not installed"] * len(comparison.names)])
            continue
        rows.append([label, *_cells(comparison, measure, comparison.recordings, spread=True)])
    return _aligned([row for row in rows if any(cell not in {"", "–"} for cell in row[1:])])


def _grouped(comparison: Comparison, group: dict[str, list[RecordingResult]]) -> list[str]:
    wanted = _GROUP_MEASURES if comparison.has_clean else _GROUP_MEASURES_WITHOUT_CLEAN
    measures = [m for m in MEASURES if m.name in wanted and m.name not in comparison.not_installed]
    rows = [["", "recordings", "", *map(_shortened, comparison.names)]]
    for value, members in group.items():
        label, count = _shortened(value), str(len(members))
        for measure in measures:
            cells = _cells(comparison, measure, members)
            if any(cell != "–" for cell in cells):
                rows.append([label, count, measure.title, *cells])
                label = count = ""  # said once
    return _aligned(rows)


def _cells(
    comparison: Comparison, measure: Measure, recordings: Sequence[RecordingResult], *, spread: bool = False
) -> list[str]:
    best, worse = marks(recordings, comparison.names, measure)
    cells = []
    for name in comparison.names:
        one = summarize(recordings, name, measure.name)
        if one is None:
            cells.append("–")
            continue
        text = measure.text(one.mean)
        if spread and one.count > 1:
            text += f" ± {measure.text(one.half_interval)}"
        cells.append(text + ("*" if name in best else "!" if name in worse else " "))
    return cells


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _changed(comparison: Comparison) -> list[str]:
    assert comparison.baseline is not None
    by_model: dict[str, dict[str, float]] = {}
    for change in comparison.baseline["changes"]:
        by_model.setdefault(change["model"], {})[change["measure"]] = change["change"]
    rows = [["", *map(_shortened, by_model)]]
    for measure in MEASURES:
        values = [changed.get(measure.name) for changed in by_model.values()]
        if any(value is not None for value in values):
            rows.append([measure.title, *(measure.text(value, signed=True) for value in values)])
    return _aligned(rows)


def _aligned(rows: list[list[str]]) -> list[str]:
    """First column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *others]).rstrip())
    return lines
