"""A comparison as plain text for the terminal."""

from collections.abc import Sequence
from typing import Final

from rnnoise_py.report.measures import MEASURES, Measure
from rnnoise_py.report.results import Comparison, RecordingResult, summarize

GROUP_TITLES: Final = {"snr": "by SNR", "noise": "by noise type"}
_GROUP_MEASURES: Final = ("pesq", "stoi", "si_sdr", "segmental_snr")
_GROUP_MEASURES_WITHOUT_CLEAN: Final = ("noise_floor", "attenuation", "speech_change")


def report_text(comparison: Comparison) -> str:
    """Tables of means ± spread: all recordings, by SNR, by noise type; the best value has a star."""
    count = len(comparison.recordings)
    lines = [f"{count} recording{'s'[: count != 1]}, mean ± standard deviation; * best", ""]
    lines += _overall(comparison)
    for name, group in comparison.groups().items():
        lines += ["", GROUP_TITLES[name], *_grouped(comparison, group)]
    if comparison.baseline is not None:
        lines += ["", "against the baseline", *_changed(comparison)]
    return "\n".join(lines)


def _overall(comparison: Comparison) -> list[str]:
    """One line a measure, one column a model."""
    rows = [["", *comparison.names]]
    for measure in MEASURES:
        if measure.needs_clean and not comparison.has_clean:
            continue
        label = f"{measure.title}{', ' + measure.unit if measure.unit else ''}"
        if measure.name in comparison.not_installed:
            rows.append([label, *["not installed"] * len(comparison.names)])
            continue
        rows.append([label, *_cells(comparison, measure, comparison.recordings, spread=True)])
    return _aligned([row for row in rows if any(cell not in {"", "–"} for cell in row[1:])])


def _grouped(comparison: Comparison, group: dict[str, list[RecordingResult]]) -> list[str]:
    wanted = _GROUP_MEASURES if comparison.has_clean else _GROUP_MEASURES_WITHOUT_CLEAN
    rows = [["", "recordings", "", *comparison.names]]
    for value, members in group.items():
        for measure in MEASURES:
            if measure.name in wanted and measure.name not in comparison.not_installed:
                rows.append([value, str(len(members)), measure.title, *_cells(comparison, measure, members)])
                value = ""  # noqa: PLW2901 - said once
    return _aligned(rows)


def _cells(
    comparison: Comparison, measure: Measure, recordings: Sequence[RecordingResult], *, spread: bool = False
) -> list[str]:
    found = [summarize(recordings, name, measure.name) for name in comparison.names]
    best = measure.best([None if one is None else one.mean for one in found[1:]])
    cells = []
    for place, one in enumerate(found):
        if one is None:
            cells.append("–")
            continue
        text = measure.text(one.mean)
        if spread and one.count > 1:
            text += f" ± {measure.text(one.deviation)}"
        cells.append(text + ("*" if place - 1 in best else " "))
    return cells


def _changed(comparison: Comparison) -> list[str]:
    assert comparison.baseline is not None
    by_model: dict[str, dict[str, float]] = {}
    for change in comparison.baseline["changes"]:
        by_model.setdefault(change["model"], {})[change["measure"]] = change["change"]
    rows = [["", *by_model]]
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
