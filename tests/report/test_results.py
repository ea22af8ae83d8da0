"""What a comparison says: groups, marks, verdicts, text; of values that are made up."""

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.names import escape_controls
from rnnoise_py.report.groups import groups
from rnnoise_py.report.marks import marks
from rnnoise_py.report.measures import BY_NAME, MEASURES
from rnnoise_py.report.results import Comparison, RecordingResult, summarize, write_results
from rnnoise_py.report.tables import group_tables, per_recording, summary_tables
from rnnoise_py.report.text import report_text
from rnnoise_py.report.verdict import BETTER, MIXED, UNCLEAR, UNKNOWN, WORSE, verdicts

NAMES = ["input", "a", "b"]


def recording(
    number: int, values: dict[str, dict[str, float]], *, snr: float | None = None, noise: str | None = None
) -> RecordingResult:
    """Make a recording up."""
    made: dict[str, Any] = {name: dict(values.get(name, {})) for name in NAMES}
    for name in NAMES[1:]:
        for measure in ("pesq", "estoi", "ovrl"):
            if measure in made[name] and measure in made["input"]:
                made[name][f"{measure}_gain"] = made[name][measure] - made["input"][measure]
    return RecordingResult(f"r{number}", f"/maker/r{number}.wav", 3.0, 48_000, made, "clean", None, noise, snr)


def comparison(rows: list[dict[str, tuple[float, float, float]]], **more: Any) -> Comparison:
    """Make a comparison up: of each recording measure → value of input, a, b."""
    recordings = [
        recording(number, {name: {m: three[place] for m, three in row.items()} for place, name in enumerate(NAMES)})
        for number, row in enumerate(rows)
    ]
    models = [{"name": name, "path": f"/maker/{name}.rnnn", "format": "text", "digest": "0" * 64} for name in "ab"]
    return Comparison(models, recordings, **more)


def columns(measure: str, *rows: tuple[float, float, float]) -> Comparison:
    """Make a comparison of one measure up."""
    return comparison([{measure: row} for row in rows])


def marked(made: Comparison, measure: str) -> tuple[set[str], set[str]]:
    """Return what is best and what is worse than the input."""
    return marks(made.recordings, NAMES, BY_NAME[measure])


@pytest.mark.parametrize(
    ("values", "measure", "best"),
    [
        ([1.0, 2.0, 2.0004], "pesq", {1, 2}),
        ([1.0, 2.0, 2.0006], "pesq", {2}),
        ([2.0, 2.0, 2.0], "pesq", set()),
        ([2.0, None, 1.0], "pesq", {0}),
        ([2.0, None, None], "pesq", set()),
        ([-3.0, 2.0, -2.0], "speech_change", {1, 2}),
        ([3.0, 2.0, 2.0], "bursts", {1, 2}),
        ([1.0, 2.0], "level", set()),
    ],
)
def test_best_of_values_as_they_are_shown(values: list[float | None], measure: str, best: set[int]) -> None:
    """All that share the first place; none where all do, where there is one, or where no way is better."""
    assert BY_NAME[measure].best(values) == best


def test_what_is_worse_than_the_input_is_never_best() -> None:
    """Both models made it worse: none is green, both are marked."""
    made = columns("pesq", (2.0, 1.5, 1.2), (2.1, 1.7, 1.5), (2.2, 1.8, 1.4))
    assert marked(made, "pesq") == (set(), {"a", "b"})
    made = columns("pesq", (2.0, 2.5, 1.2), (2.1, 2.7, 1.5), (2.2, 2.8, 1.4))
    assert marked(made, "pesq") == ({"a"}, {"b"})


def test_a_difference_by_chance_marks_nothing() -> None:
    """Now one is better, now the other."""
    made = columns("pesq", (1.0, 2.0, 1.8), (1.0, 1.8, 2.1), (1.0, 2.0, 1.9), (1.0, 1.9, 2.0))
    assert marked(made, "pesq") == (set(), set())
    made = columns("pesq", *[(1.0, 2.0 + 0.1 * k, 1.99 + 0.1 * k) for k in range(6)])
    assert marked(made, "pesq") == ({"a"}, set())  # small, and always the same


def test_times_differ_only_beyond_their_spread() -> None:
    """A tenth faster is noise when the times vary by a third."""
    times = [(0.0, 0.010, 0.011), (0.0, 0.013, 0.014), (0.0, 0.009, 0.010)]
    assert marked(columns("rtf", *times), "rtf") == (set(), set())
    times = [(0.0, 0.010, 0.031), (0.0, 0.013, 0.034), (0.0, 0.009, 0.030)]
    assert marked(columns("rtf", *times), "rtf") == ({"a"}, set())
    assert marked(columns("rtf", times[0]), "rtf") == (set(), set())


def test_one_recording_is_what_it_shows() -> None:
    """No test, no spread: the values differ as they are shown."""
    assert marked(columns("pesq", (1.0, 2.0, 1.0)), "pesq") == ({"a"}, set())
    assert marked(columns("pesq", (1.0, 2.0, 2.0004)), "pesq") == (set(), set())


def test_chosen_snrs_are_groups_and_drawn_ones_are_put_into_ranges() -> None:
    """0, 5, 12 dB and VoiceBank's 2.5 steps by themselves; exact decibels of a synthesis in ranges."""
    chosen = [recording(k, {}, snr=snr) for k, snr in enumerate([12, 0, -5, 0, 2.5])]
    assert list(groups(chosen)["snr"]) == ["−5 dB", "0 dB", "2.5 dB", "12 dB"]
    drawn = [recording(k, {}, snr=snr) for k, snr in enumerate([-3.2, 0.1, 4.99, 5.0, 17.3, 39.6])]
    found = groups(drawn)["snr"]
    assert list(found) == ["−10 … 0 dB", "0 … 10 dB", "10 … 20 dB", "30 … 40 dB"]
    assert sum(map(len, found.values())) == 6
    whole = [recording(k, {}, snr=float(k)) for k in range(40)]
    assert list(groups(whole)["snr"]) == ["0 … 5 dB", "5 … 10 dB", "10 … 15 dB", "15 … 20 dB",
                                          "20 … 25 dB", "25 … 30 dB", "30 … 35 dB", "35 … 40 dB"]  # fmt: skip
    assert {len(members) for members in groups(whole)["snr"].values()} == {5}
    wide = [recording(k, {}, snr=snr) for k, snr in enumerate([-99.7, 0, 99])]
    assert len(groups(wide)["snr"]) == 3
    assert groups([recording(0, {}, snr=5), recording(1, {}, snr=5)]) == {}


def test_groups_of_noise() -> None:
    """By name; those without a noise are in none."""
    made = [recording(k, {}, noise=noise) for k, noise in enumerate(["rain", "fan", None, "rain"])]
    assert {noise: len(members) for noise, members in groups(made)["noise"].items()} == {"fan": 1, "rain": 2}


def rows_of(count: int, **shift: tuple[float, float]) -> list[dict[str, tuple[float, float, float]]]:
    """Make recordings up in which a and b gain so much in each measure, a little more or less."""
    wobble = itertools.cycle([0.01, -0.008, 0.004, -0.002, 0.006])
    return [
        {
            name: (1 + k / 10, 1 + k / 10 + a + next(wobble), 1 + k / 10 + b + next(wobble))
            for name, (a, b) in shift.items()
        }
        for k in range(count)
    ]


def test_verdicts_against_the_input_and_the_first() -> None:
    """Better in every recording; worse; neither; in some scores better and in others worse."""
    first, second = verdicts(comparison(rows_of(8, pesq=(0.3, -0.3))))
    assert (first.outcome, second.outcome) == (BETTER, WORSE)
    assert first.sides[0].headline == "Better than the input"
    assert [side.than for side in second.sides] == ["the input", "a"]
    assert second.sides[1].outcome == WORSE
    (line,) = first.sides[0].lines()
    assert line.startswith("PESQ +0.30")
    assert line.endswith("better in 8 of 8 recordings, p = 0.0078")
    mixed, unclear = verdicts(comparison(rows_of(8, pesq=(0.3, 0.0), estoi=(-0.3, 0.0))))
    assert (mixed.outcome, unclear.outcome) == (MIXED, UNCLEAR)
    assert verdicts(comparison(rows_of(8, level=(1, 1))))[0].outcome == UNKNOWN


def test_too_few_recordings_are_said_to_be_so() -> None:
    """Five in a row can be chance."""
    (first, _) = verdicts(comparison(rows_of(5, pesq=(0.3, 0.3))))
    assert first.outcome == UNCLEAR
    assert "5 recordings are too few" in first.sides[0].headline
    assert verdicts(comparison(rows_of(1, pesq=(0.3, 0.3))))[0].sides[0].lines() == ["PESQ +0.310"]


def test_verdict_against_a_baseline() -> None:
    """The same model before, by recordings of the same name; other models have none."""
    made = comparison(rows_of(8, pesq=(0.3, 0.3)))
    before = {r.name: {"a": {"pesq": r.values["a"]["pesq"] - 0.2}} for r in made.recordings[:7]}  # type: ignore[operator]
    made = Comparison(made.models, made.recordings, before=before)
    first, second = verdicts(made)
    assert [side.kind for side in first.sides] == ["input", "baseline"]
    assert first.sides[1].differences["pesq"].mean == pytest.approx(0.2)
    assert first.sides[1].recordings == 7
    assert [side.kind for side in second.sides] == ["input", "first"]


def test_worst_recordings_come_first_and_losses_are_told() -> None:
    """Five of them, by the gain of the first known score; much loss is marked."""
    rows = [{"pesq": (1.0, 1.0 + (k * 7 % 10) / 10, 2.0), "loss_onsets": (0, 2.9, 3.1), "speech_loss": (0, 1, 0)}
            for k in range(10)]  # fmt: skip
    first, second = verdicts(comparison(rows))
    assert [(one.name, one.text) for one in first.worst[:3]] == [("r0", "+0.000"), ("r3", "+0.100"), ("r6", "+0.200")]
    assert len(first.worst) == 5
    assert first.worst_by == "pesq_gain"
    assert not first.speech_is_lost
    assert second.speech_is_lost
    assert "3.1 dB of the beginnings of words (much)" in second.speech


def test_interval_is_told_everywhere(tmp_path: Path) -> None:
    """In the JSON, in the text, on the page: half of its width, by recordings."""
    made = comparison(rows_of(8, pesq=(0.3, -0.3)))
    spread = summarize(made.recordings, "a", "pesq")
    assert spread is not None
    assert spread.interval[0] < spread.mean < spread.interval[1]
    write_results(made, tmp_path)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["summary"]["a"]["pesq"]["ci"] == [round(bound, 5) for bound in spread.interval]
    assert content["verdicts"]["a"]["against"]["input"]["outcome"] == BETTER
    half = BY_NAME["pesq"].text(spread.half_interval)
    assert f"± {half}" in report_text(made)
    cells = [cell for row in summary_tables(made)[0].rows for cell in row]
    assert any(cell.small.endswith(f"± {half}") for cell in cells)


def test_long_names_are_shortened_in_the_text() -> None:
    """A noise of 150 characters leaves room for the values."""
    made = columns("pesq", (1, 2, 3), (1, 2, 3))
    recordings = [
        RecordingResult("r" * 150, "", 1, 48_000, r.values, "clean", None, noise, None)
        for r, noise in zip(made.recordings, ("n" * 150, "m" * 150), strict=True)
    ]
    text = report_text(Comparison(made.models, recordings))
    assert "n" * 20 in text
    assert max(map(len, text.splitlines())) < 120


def test_tables_have_themes_and_no_empty_rows() -> None:
    """A table for each theme that has values; the input is where it has any."""
    made = comparison([{"pesq": (1, 2, 3), "rtf": (0, 1, 1)}])
    for r in made.recordings:
        del r.values["input"]["rtf"]
    first, second = summary_tables(made)
    assert [row[0].text for row in first.rows] == ["Input", "a", "b"]
    assert [row[0].text for row in second.rows] == ["a", "b"]
    assert group_tables(made) == []
    each = per_recording(made, "rtf")
    assert each["measures"][0]["title"].startswith("Time, file")
    assert all(measure.theme for measure in MEASURES)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str, tmp_path: Path) -> None:
    """Names and noise types are text for spreadsheets; numbers stay numbers."""
    made = columns("si_sdr", (-1.5, -2.5, 3))
    result = made.recordings[0]
    model = [{**made.models[0], "name": text}, made.models[1]]
    values = {"input": result.values["input"], text: result.values["a"], "b": result.values["b"]}
    named = RecordingResult(text, "", 1, 48_000, values, "clean", None, text, -5)
    write_results(Comparison(model, [named]), tmp_path)
    with (tmp_path / "report.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for cell in (rows[0]["recording"], rows[0]["noise_type"], rows[1]["model"]):
        assert cell == f"'{escape_controls(text)}"
    assert (rows[0]["snr_db"], rows[0]["si_sdr"]) == ("-5", "-1.5")
