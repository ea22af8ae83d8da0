"""The plot command: recordings, rows and training runs become pictures; anything else one line."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.report.plots import recording_figure, rows_figure, run_figure
from rnnoise_py.spec.layout import GAIN, ROW_SIZE
from rnnoise_py.training.history import COLUMNS
from tests.command_line import run_here

pytest.importorskip("matplotlib", reason="no matplotlib: pip install rnnoise-py[report]")
HEADS = {".png": b"\x89PNG", ".svg": b"<?xml", ".webp": b"RIFF"}


def _write_rows(folder: Path) -> Path:
    rows = np.random.default_rng(1).standard_normal((300, ROW_SIZE)).astype("<f4")
    rows.tofile(folder / "rows.f32")
    return folder / "rows.f32"


def _write_run(folder: Path) -> Path:
    with (folder / "history.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows([[epoch] + [1 / epoch] * (len(COLUMNS) - 1) for epoch in (1, 2, 3)])
    return folder


@pytest.mark.parametrize("suffix", HEADS)
@pytest.mark.parametrize("kind", ["recording", "rows", "run"])
def test_what_a_file_is_becomes_a_picture(data: Path, tmp_path: Path, kind: str, suffix: str, capfdbinary: Any) -> None:
    """PNG, SVG and WebP of each; the path is on stdout, nothing else is left."""
    file = {
        "recording": lambda: data / "noisy.flac",
        "rows": lambda: _write_rows(tmp_path),
        "run": lambda: _write_run(tmp_path),
    }[kind]()
    picture = tmp_path / f"picture{suffix}"
    before = set(tmp_path.iterdir())
    done = run_here(capfdbinary, "plot", file, "-o", picture, "--first", 10, "--count", 100)
    assert done.code == 0, done.err
    assert done.out.decode().strip() == str(picture)
    assert picture.read_bytes().startswith(HEADS[suffix])
    assert set(tmp_path.iterdir()) - before == {picture}


def test_masked_gains_have_a_colour_of_their_own(tmp_path: Path) -> None:
    """−1 is no gain: grey, told in a legend; the colours of gains go from 0 to 1."""
    rows = np.random.default_rng(1).random((40, ROW_SIZE)).astype("<f4")
    rows[10:20, GAIN.start + 3] = -1
    rows.tofile(tmp_path / "rows.f32")
    figure = rows_figure(tmp_path / "rows.f32", 0, 40)
    axes = next(axes for axes in figure.axes if axes.get_ylabel().startswith("gain"))
    (image,) = axes.get_images()
    assert image.get_clim() == (0, 1)
    np.testing.assert_array_equal(image.get_array().mask, rows[:, GAIN.columns].T == -1)
    colours = image.to_rgba(image.get_array())
    assert np.ptp(colours[3, 10:20, :3]) == 0
    assert not (colours[:, :, :3] == colours[3, 10, :3])[~image.get_array().mask].all(axis=-1).any()
    assert axes.get_legend().get_texts()[0].get_text() == "not trained on (−1)"
    rows[:, GAIN.columns] = 0.5
    rows.tofile(tmp_path / "rows.f32")
    assert all(
        axes.get_legend() is None
        for axes in rows_figure(tmp_path / "rows.f32", 0, 40).axes
        if axes.get_ylabel().startswith("gain")
    )


def test_every_axis_has_a_unit(data: Path, tmp_path: Path) -> None:
    """In brackets, on each axis that has a name; heat maps and their scales too."""
    for figure in (
        recording_figure(data / "noisy.flac", None),
        rows_figure(_write_rows(tmp_path), 0, 40),
        run_figure(_write_run(tmp_path) / "history.csv"),
    ):
        labels = [text for axes in figure.axes for text in (axes.get_xlabel(), axes.get_ylabel()) if text]
        assert len(labels) >= len(figure.axes)
        assert all("(" in label or label == "epoch" for label in labels), labels
        assert all(axes.get_ylabel() for axes in figure.axes)


def test_an_existing_picture_is_kept(tmp_path: Path, capfdbinary: Any) -> None:
    """Unless --force is given."""
    rows = _write_rows(tmp_path)
    (tmp_path / "a.png").write_bytes(b"mine")
    assert run_here(capfdbinary, "plot", rows, "-o", tmp_path / "a.png").code == 2
    assert (tmp_path / "a.png").read_bytes() == b"mine"
    assert run_here(capfdbinary, "plot", rows, "-o", tmp_path / "a.png", "--force").code == 0


BAD: dict[str, tuple[str, list[object], str]] = {
    "missing": ("none.wav", [], "does not exist"),
    "no audio": ("text.wav", [], "cannot be read as audio"),
    "no rows": ("short.f32", [], "no multiple"),
    "beyond the rows": ("rows.f32", ["--first", 300], "--first below"),
    "no history": ("other.csv", [], "history.csv"),
    "no epochs": ("empty.csv", [], "no epochs"),
    "folder without a run": ("folder", [], "folder of a training run"),
    "other suffix": ("rows.f32", ["-o", "a.gif"], ".svg or .webp"),
    "missing folder": ("rows.f32", ["-o", "no/such/a.png"], "does not exist"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> None:
    """Exit code 2, one line, nothing written."""
    monkeypatch.chdir(tmp_path)
    _write_rows(tmp_path)
    (tmp_path / "text.wav").write_text("no audio")
    (tmp_path / "short.f32").write_bytes(bytes(10))
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text(",".join(COLUMNS) + "\n")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    file, options, reason = BAD[case]
    done = run_here(capfdbinary, "plot", file, *options)
    assert done.code == 2, done.err
    assert len(done.error_lines) == 1
    assert reason in done.error_lines[0]
    assert "Traceback" not in done.err
    assert sorted(tmp_path.rglob("*")) == before
