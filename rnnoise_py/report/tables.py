"""The tables of the page as cells: text, second line, value to sort by, whether it is the best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rnnoise_py.report.contenders import INPUT
from rnnoise_py.report.measures import BY_NAME, MEASURES, Measure
from rnnoise_py.report.results import Comparison, RecordingResult, summarize

#: main measure of a column → measure shown small beside it
COLUMNS: Final = {
    "pesq": "pesq_gain",
    "stoi": "stoi_gain",
    "si_sdr": "si_sdr_gain",
    "segmental_snr": "segmental_snr_gain",
    "vad_precision": "",
    "vad_recall": "",
    "vad_share": "",
    "noise_floor": "attenuation",
    "speech_level": "speech_change",
    "level": "",
    "rtf": "",
    "rtf_buffer": "",
}
_GROUP_COLUMNS: Final = ("pesq", "stoi", "si_sdr", "segmental_snr", "vad_precision", "vad_recall")
_GROUP_COLUMNS_WITHOUT_CLEAN: Final = ("noise_floor", "speech_level", "vad_share")
_GROUP_TITLES: Final = {"snr": ("By SNR", "SNR"), "noise": ("By noise type", "Noise")}


@dataclass(frozen=True)
class Cell:
    """One cell of a table."""

    text: str
    value: float | str | None  #: to sort by; None comes last
    small: str = ""
    best: bool = False
    header: bool = False


@dataclass(frozen=True)
class Table:
    """A table with sortable columns."""

    caption: str
    heads: list[tuple[str, str, str]]  #: title, unit, what it means
    first: list[str]  #: direction of the first click on each head
    rows: list[list[Cell]]


def shown_columns(comparison: Comparison) -> list[Measure]:
    """Measures that have a column: those with a value, and those that are not installed."""
    names = [name for name in COLUMNS if comparison.has_clean or not BY_NAME[name].needs_clean]
    return [
        BY_NAME[name]
        for name in names
        if name in comparison.not_installed
        or any(one.get(name) is not None for r in comparison.recordings for one in r.values.values())
    ]


Lookup = Callable[[str, str], tuple[float, float] | None]  # name, measure → value and spread


def _means(recordings: Sequence[RecordingResult]) -> Lookup:
    def found(name: str, measure: str) -> tuple[float, float] | None:
        spread = summarize(recordings, name, measure)
        return None if spread is None else (spread.mean, spread.deviation if spread.count > 1 else 0.0)

    return found


def _rows(
    comparison: Comparison, names: Sequence[str], columns: Sequence[Measure], lookup: Lookup, *, spread: bool
) -> list[list[Cell]]:
    """Cells of some models; the best of each column is marked, the input never."""
    rows: list[list[Cell]] = [[] for _ in names]
    for measure in columns:
        values = [lookup(name, measure.name) for name in names]
        second = BY_NAME.get(COLUMNS[measure.name])
        judged, by = (second, second.name) if second is not None and not _own_best(measure) else (measure, measure.name)
        candidates = [None if name == INPUT else lookup(name, by) for name in names]
        best = judged.best([None if one is None else one[0] for one in candidates])
        for place, (name, one) in enumerate(zip(names, values, strict=True)):
            if measure.name in comparison.not_installed:
                rows[place].append(Cell("not installed", None))
                continue
            small = []
            other = None if second is None else lookup(name, second.name)
            if second is not None and other is not None:
                small.append(second.text(other[0], signed=True))
            if spread and one is not None and one[1]:
                small.append(f"± {measure.text(one[1])}")
            text = measure.text(None if one is None else one[0])
            rows[place].append(Cell(text, None if one is None else one[0], ", ".join(small), place in best))
    return rows


def _own_best(measure: Measure) -> bool:
    return measure.better != "" and measure.name != "noise_floor"


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
        block = _rows(comparison, names, columns, _means(recordings), spread=spread)
        rows += [
            [*cells, Cell(_title(name), _title(name), header=True), *row]
            for name, row in zip(names, block, strict=True)
        ]
    return Table(caption, [*((title, "", "") for title in lead), *heads], ["ascending"] * len(lead) + first, rows)


def _title(name: str) -> str:
    return "Input" if name == INPUT else name


def summary_table(comparison: Comparison) -> Table:
    """One row a model: means over all recordings."""
    count = len(comparison.recordings)
    caption = f"Means over {count} recordings, ± standard deviation" if count > 1 else "One recording"
    return _table(
        comparison,
        caption,
        ["Model"],
        [([], comparison.recordings)],
        shown_columns(comparison),
        comparison.names,
        spread=True,
    )


def group_tables(comparison: Comparison) -> list[Table]:
    """By SNR and by noise type, a row for each value and model."""
    wanted = _GROUP_COLUMNS if comparison.has_clean else _GROUP_COLUMNS_WITHOUT_CLEAN
    columns = [measure for measure in shown_columns(comparison) if measure.name in wanted]
    tables = []
    for name, group in comparison.groups().items():
        caption, head = _GROUP_TITLES[name]
        blocks = []
        for value, members in group.items():
            key: float | str | None = members[0].snr if name == "snr" else value
            count = f"{len(members)} recording{'s'[: len(members) != 1]}"
            blocks.append(([Cell(value, key, count, header=True)], members))
        tables.append(_table(comparison, caption, [head, "Model"], blocks, columns, comparison.names, spread=False))
    return tables


def recording_table(comparison: Comparison, result: RecordingResult) -> Table:
    """One row a model, values of one recording."""
    columns = [m for m in shown_columns(comparison) if result.clean is not None or not m.needs_clean]
    return _table(
        comparison, f"Values of {result.name}", ["Model"], [([], [result])], columns, comparison.names, spread=False
    )


def per_recording(comparison: Comparison) -> dict[str, Any]:
    """Every recording's value of each measure, for the table whose measure can be chosen."""
    names = [_title(name) for name in comparison.names]
    measures = []
    for measure in MEASURES:
        rows = [[r.values[name].get(measure.name) for name in comparison.names] for r in comparison.recordings]
        if not any(value is not None for row in rows for value in row):
            continue
        measures.append(
            {
                "title": measure.title + (f", {measure.unit}" if measure.unit else ""),
                "meaning": measure.meaning,
                "first": "descending" if measure.better == "higher" else "ascending",
                "rows": [
                    [
                        {"text": measure.text(value), "value": value, "best": place - 1 in measure.best(row[1:])}
                        for place, value in enumerate(row)
                    ]
                    for row in rows
                ],
            }
        )
    return {"names": names, "recordings": [r.name for r in comparison.recordings], "measures": measures}
