"""Rows that are none of ours, in every command that takes rows: one line, exit code 2 or 1, nothing made."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnnoise_py.spec.layout import GAIN
from tests.command_line import run_here
from tests.rows.test_values import other_rows
from tests.training_samples import random_rows, write_rows


def commands(rows: Path, folder: Path) -> dict[str, tuple[object, ...]]:
    """Every command that reads rows."""
    return {
        "convert": ("convert", rows, folder / "out.h5"),
        "train": ("train", rows, "-o", folder / "w.hdf5", "--window", 20, "--epochs", 1),
        "check": ("dataset", "check", "--rows", rows),
        "plot": ("plot", rows, "-o", folder / "out.png"),
    }


@pytest.mark.parametrize("command", ["convert", "train", "check", "plot"])
@pytest.mark.parametrize("suffix", [".f32", ".h5"])
@pytest.mark.parametrize(("columns", "features", "bands"), [(98, 65, 32), (75, 38, 18)])
def test_rows_of_other_versions(
    tmp_path: Path, capfdbinary: Any, command: str, suffix: str, columns: int, features: int, bands: int
) -> None:
    """8700 of them are as many bytes as whole rows of ours: the error names whose they are."""
    rows = other_rows(columns, features, bands, 8700)
    path = tmp_path / f"rows{suffix}"
    if suffix == ".f32":
        rows.tofile(path)
    else:
        with h5py.File(path, "w") as file:
            file["data"] = rows
    done = run_here(capfdbinary, *commands(path, tmp_path)[command])
    assert (done.code, len(done.error_lines)) == (2, 1), done.err
    assert f"rows of {columns} columns are those of" in done.err
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".f32", ".h5"])
def test_impossible_rows(tmp_path: Path, capfdbinary: Any, suffix: str) -> None:
    """One gain of 1.5 in the last row: converting and training refuse, the check reports it."""
    rows = random_rows(1, 9000)[0]
    rows[8999, GAIN.start] = 1.5
    path = write_rows(tmp_path / f"rows{suffix}", rows)
    what = "row 8999, column 42 (gain_0) is 1.5"
    for command in ("convert", "train"):
        done = run_here(capfdbinary, *commands(path, tmp_path)[command])
        assert (done.code, len(done.error_lines)) == (2, 1), done.err
        assert what in done.err
        assert not (tmp_path / "out.h5").exists()
    done = run_here(capfdbinary, *commands(path, tmp_path)["check"], "--json")
    assert done.code == 1
    facts = json.loads(done.out)["rows"][0]
    assert facts["impossible_rows"] == 1
    assert any(what in finding for finding in facts["findings"])


@pytest.mark.parametrize(
    ("kind", "words"),
    [("masked", "every gain is −1"), ("silent", "labelled as speech"), ("constant", "rows are the same")],
)
def test_rows_that_teach_nothing(tmp_path: Path, capfdbinary: Any, kind: str, words: str) -> None:
    """One line each before a training, when they are converted, and of the check."""
    rows = random_rows(1, 200)[0]
    if kind == "masked":
        rows[:, GAIN.columns] = -1
    elif kind == "silent":
        rows[:, -1] = 0
    else:
        rows[:] = rows[0]
    path = write_rows(tmp_path / "rows.f32", rows)
    for command in ("train", "convert"):
        done = run_here(capfdbinary, *commands(path, tmp_path)[command])
        assert done.code == 0, done.err
        (line,) = [line for line in done.err.splitlines() if "warning" in line]
        assert words in line
    done = run_here(capfdbinary, *commands(path, tmp_path)["check"], "--json")
    assert done.code == 1
    assert any(words in finding for finding in json.loads(done.out)["rows"][0]["findings"])


def test_float64_rows_are_taken(tmp_path: Path, capfdbinary: Any) -> None:
    """As Keras scripts write them: converted and trained on, and that is said."""
    rows = random_rows(1, 200)[0]
    path = tmp_path / "rows.h5"
    with h5py.File(path, "w") as file:
        file["data"] = rows.astype(np.float64)
    for command in ("train", "convert"):
        done = run_here(capfdbinary, *commands(path, tmp_path)[command])
        assert done.code == 0, done.err
        assert "holds float64: taken as float32, exactly" in done.err
    with h5py.File(tmp_path / "out.h5") as file:
        assert np.array_equal(file["data"][:].view(np.uint32), rows.view(np.uint32))
