"""The tables of the page as cells: text, second line, value to sort by, whether it is the best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from rnnoise_py.report.contenders import INPUT
from rnnoise_py.report.marks import marks
from rnnoise_py.report.measures import BY_NAME, MEASURES, OF_PESQ, THEMES, WORSENINGS, Measure
from rnnoise_py.report.results import Comparison, RecordingResult, summarize

#: main measure of a column → measure shown small beside it
COLUMNS: Final = {
    "pesq": "pesq_gain",
    "stoi": "stoi_gain",
    "estoi": "estoi_gain",
    "si_sdr": "si_sdr_gain",
    "segmental_snr": "segmental_snr_gain",
    "sig": "sig_gain",
    "bak": "bak_gain",
    "ovrl": "ovrl_gain",
    "p808": "p808_gain",
    "speech_loss": "",
    "loss_low": "",
    "loss_mid": "",
    "loss_high": "",
    "loss_top": "",
    "loss_sibilants": "",
    "loss_onsets": "",
    "level_change": "",
    "speech_level": "speech_change",
    "pesq_worse": "",
    "stoi_worse": "",
    "si_sdr_worse": "",
    "ovrl_worse": "",
    "residual_noise": "",
    "bursts": "",
    "noise_floor": "attenuation",
    "vad_auc": "",
    "vad_miss": "",
    "vad_false_alarm": "",
    "vad_share": "",
    "rtf": "",
    "rtf_buffer": "",
}
_GROUP_COLUMNS: Final = ("pesq", "estoi", "si_sdr", "ovrl", "bak", "speech_loss", "residual_noise", "bursts")
_GROUP_COLUMNS_WITHOUT_CLEAN: Final = ("ovrl", "bak", "noise_floor", "speech_level", "vad_share")
_GROUP_TITLES: Final = {"snr": ("By SNR", "SNR"), "noise": ("By noise type", "Noise")}


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    value: float | str | None  #: to sort by; None comes last
    small: str = ""
    best: bool = False
    worse: bool = False  #: than the input
    header: bool = False


@dataclass(frozen=True)
class Table:
    """A table with sortable columns."""

    caption: str
    heads: list[tuple[str, str, str]]  #: title, unit, what it means
    first: list[str]  #: direction of the first click on each head
    rows: list[list[Cell]]


def shown_columns(comparison: Comparison) -> list[Measure]:
    """Measures that have a column: those with a value, and PESQ where it is not installed."""
    names = [name for name in COLUMNS if comparison.has_clean or not BY_NAME[name].needs_clean]
    missing = set(comparison.not_installed) & set(OF_PESQ)
    return [
        BY_NAME[name]
        for name in names
        if name in missing or any(one.get(name) is not None for r in comparison.recordings for one in r.values.values())
    ]


def _rows(
    comparison: Comparison,
    recordings: Sequence[RecordingResult],
    names: Sequence[str],
    columns: Sequence[Measure],
    *,
    spread: bool,
) -> list[list[Cell]]:
    """Cells of some models; what is best and what is worse than the input is marked, the input itself never."""
    rows: list[list[Cell]] = [[] for _ in names]
    for measure in columns:
        if measure.name in comparison.not_installed:
            for row in rows:
                row.append(Cell("not installed", None))
            continue
        second = BY_NAME.get(COLUMNS[measure.name])
        best, worse = marks(recordings, names, measure)
        for row, name in zip(rows, names, strict=True):
            one = summarize(recordings, name, measure.name)
            small = []
            other = None if second is None else summarize(recordings, name, second.name)
            if second is not None and other is not None:
                small.append(second.text(other.mean, signed=True))
            if spread and one is not None and one.count > 1:
                small.append(f"± {measure.text(one.half_interval)}")
            mean = None if one is None else one.mean
            row.append(Cell(measure.text(mean), mean, ", ".join(small), name in best, name in worse))
    return rows


def _heads(columns: Sequence[Measure]) -> tuple[list[tuple[str, str, str]], list[str]]:
    heads, first = [], []
    for measure in columns:
        second = BY_NAME.get(COLUMNS[measure.name])
        meaning = measure.meaning + ("" if second is None else f". Small: {_lower(second.meaning)}")
        heads.append((measure.title, measure.unit, meaning))
        first.append("descending" if measure.better == "higher" else "ascending")
    return heads, first


def _lower(text: str) -> str:
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _table(
    comparison: Comparison,
    caption: str,
    lead: Sequence[str],
    blocks: Sequence[tuple[list[Cell], Sequence[RecordingResult]]],
    columns: Sequence[Measure],
    names: Sequence[str],
    *,
    spread: bool,
) -> Table:
    heads, first = _heads(columns)
    rows = []
    for cells, recordings in blocks:
        block = _rows(comparison, recordings, names, columns, spread=spread)
        rows += [
            [*cells, Cell(_title(name), _title(name), header=True), *row]
            for name, row in zip(names, block, strict=True)
        ]
    return Table(caption, [*((title, "", "") for title in lead), *heads], ["ascending"] * len(lead) + first, rows)


def _title(name: str) -> str:
    return "Input" if name == INPUT else name


def summary_tables(comparison: Comparison) -> list[Table]:
    """A table for each theme, one row a model: means over all recordings."""
    count = len(comparison.recordings)
    means = f"means over {count} recordings, ± half of the 95 % interval" if count > 1 else "one recording"
    columns = shown_columns(comparison)
    return [
        _table(
            comparison,
            f"{title}: {means}",
            ["Model"],
            [([], comparison.recordings)],
            own,
            _with_values(comparison, own),
            spread=True,
        )
        for theme, title in THEMES.items()
        if (own := [measure for measure in columns if measure.theme == theme])
    ]


def _with_values(comparison: Comparison, columns: Sequence[Measure]) -> list[str]:
    """Names that have any value, or whose package is missing."""
    if any(measure.name in comparison.not_installed for measure in columns):
        return comparison.names
    return [
        name
        for name in comparison.names
        if any(r.values[name].get(measure.name) is not None for r in comparison.recordings for measure in columns)
    ]


def group_tables(comparison: Comparison) -> list[Table]:
    """By SNR and by noise type, a row for each value and model."""
    wanted = _GROUP_COLUMNS if comparison.has_clean else _GROUP_COLUMNS_WITHOUT_CLEAN
    columns = [measure for measure in shown_columns(comparison) if measure.name in wanted]
    tables = []
    for name, group in comparison.groups().items():
        caption, head = _GROUP_TITLES[name]
        blocks = []
        for value, members in group.items():
            key: float | str | None = members[0].snr if name == "snr" else value  # the lowest of a range
            count = f"{len(members)} recording{'s'[: len(members) != 1]}"
            blocks.append(([Cell(value, key, count, header=True)], members))
        tables.append(_table(comparison, caption, [head, "Model"], blocks, columns, comparison.names, spread=False))
    return tables


def recording_table(comparison: Comparison, result: RecordingResult) -> Table:
    """One row a model, values of one recording."""
    columns = [
        measure
        for measure in shown_columns(comparison)
        if (result.clean is not None or not measure.needs_clean) and measure.name not in WORSENINGS
    ]
    return _table(
        comparison, f"Values of {result.name}", ["Model"], [([], [result])], columns, comparison.names, spread=False
    )


def per_recording(comparison: Comparison, first: str = "") -> dict[str, Any]:
    """Every recording's value of each measure, for the table whose measure can be chosen; ``first`` is shown first."""
    names = [_title(name) for name in comparison.names]
    measures = []
    for measure in sorted(MEASURES, key=lambda one: one.name != first):
        rows = [[r.values[name].get(measure.name) for name in comparison.names] for r in comparison.recordings]
        if measure.name in WORSENINGS or not any(value is not None for row in rows for value in row):
            continue
        measures.append(
            {
                "title": measure.title + (f", {measure.unit}" if measure.unit else ""),
                "meaning": measure.meaning,
                "first": "descending" if measure.better == "higher" else "ascending",
                "worst": "ascending" if measure.better == "higher" else "descending",
                "rows": [_values(r, row, measure) for r, row in zip(comparison.recordings, rows, strict=True)],
            }
        )
    return {"names": names, "recordings": [r.name for r in comparison.recordings], "measures": measures}


def _values(result: RecordingResult, row: Sequence[float | None], measure: Measure) -> list[dict[str, Any]]:
    """Cells of one recording: input, then models."""
    names = list(result.values)
    best, worse = marks([result], names, measure)
    return [
        {"text": measure.text(value), "value": value, "best": name in best, "worse": name in worse}
        for name, value in zip(names, row, strict=True)
    ]
