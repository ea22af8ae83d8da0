"""Values of rows: what no training row has, what other programs write, what teaches nothing."""

import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.rows.values import RowValues, check_rows
from rnnoise_py.spec.layout import GAIN, NOISE_LOG_ENERGY, VAD
from tests.training_samples import random_rows, write_rows

F32 = npt.NDArray[np.float32]


def check(path: Path, rows: F32) -> list[str]:
    """Write rows, check them, return the doubts."""
    digest, doubts = check_rows(RowReader(write_rows(path, rows)))
    assert digest == hashlib.sha256(rows.astype("<f4").tobytes()).hexdigest()
    return doubts


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
def test_rows_of_the_training_tool_pass(tmp_path: Path, golden_pcm: Any, name: str) -> None:
    """Nothing is said of real rows, across a re-draw and with silence."""
    clean, noise = golden_pcm("clean"), golden_pcm("noise")
    assert check(tmp_path / name, training_rows(clean, noise, 6000)) == []


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        (GAIN.start, -0.5, "(gain_0) is -0.5"),
        (GAIN.start + 3, np.nextafter(np.float32(1), np.float32(2)), "(gain_3) is 1.0000001"),
        (GAIN.stop - 1, -2.0, "(gain_21) is -2"),
        (VAD.start, 0.3, "(vad) is 0.3"),
        (VAD.start, -1.0, "(vad) is -1"),
        (VAD.start, np.nan, "(vad) is nan"),
        (7, np.inf, "(cepstrum_7) is inf"),
        (NOISE_LOG_ENERGY.start, -np.inf, "(noise_log_energy_0) is -inf"),
    ],
)
def test_impossible_values_are_named(tmp_path: Path, name: str, column: int, value: float, shown: str) -> None:
    """The first one: row, column, value; in the last row of a file of several blocks too."""
    rows = random_rows(1, 9000)[0]
    for row in (8999, 3):
        rows[row, column] = value
        with pytest.raises(InputError) as caught:
            check(tmp_path / name, rows)
        assert f"row {row}, column {column} {shown}" in str(caught.value)


def other_rows(columns: int, features: int, bands: int, count: int) -> F32:
    """Rows as another program writes them: features, gains, anything, a label."""
    random = np.random.default_rng(columns)
    rows = 3 * random.standard_normal((count, columns))
    rows[:, features : features + bands] = random.uniform(0, 1, (count, bands))
    rows[:, -1] = random.integers(0, 2, count)
    return rows.astype(np.float32)


@pytest.mark.parametrize("count", [87, 8700, 1000, 1, 4321])
@pytest.mark.parametrize(
    ("columns", "features", "bands", "name"), [(98, 65, 32, "RNNoise v0.2"), (75, 38, 18, "16 kHz fork")]
)
def test_rows_of_other_programs_are_named(
    tmp_path: Path, count: int, columns: int, features: int, bands: int, name: str
) -> None:
    """Whether or not their bytes are a multiple of 348, bare and in HDF5."""
    rows = other_rows(columns, features, bands, count)
    bare, packed = tmp_path / "rows.f32", tmp_path / "rows.h5"
    rows.tofile(bare)
    with h5py.File(packed, "w") as file:
        file["data"] = rows
    for path in (bare, packed):
        with pytest.raises(InputError, match=f"rows of {columns} columns are those of .*{name}") as caught:
            RowReader(path)
        assert "\n" not in str(caught.value)


def test_rows_of_other_programs_that_were_made_elsewhere(shared: Path, tmp_path: Path) -> None:
    """The recorded cases: 98 and 75 columns."""
    script = shared / "cases" / "rows_of_another_width" / "make.py"
    if not script.is_file():
        pytest.skip("not here: no such case")
    import subprocess
    import sys

    subprocess.run([sys.executable, script], cwd=tmp_path, check=True)
    for file, name in (("v02.f32", "v0.2"), ("k16.f32", "16 kHz fork"), ("v02_1000.f32", "v0.2")):
        with pytest.raises(InputError, match=name):
            RowReader(tmp_path / file)


@pytest.mark.parametrize("count", [98 * 100, 75 * 100, 98 * 75])
def test_our_rows_are_ours_whatever_their_number(tmp_path: Path, count: int) -> None:
    """Counts that other widths divide too."""
    rows = np.tile(random_rows(1, 500)[0], (count // 500 + 1, 1))[:count]
    assert check(tmp_path / "rows.f32", rows) == []


@pytest.mark.parametrize("count", [87 * 98, 87 * 75])
def test_odd_rows_of_ours_are_not_taken_for_others(tmp_path: Path, count: int) -> None:
    """One wrong gain in the first row of our own: the value is named, no other program."""
    rows = np.tile(random_rows(1, 500)[0], (count // 500 + 1, 1))[:count]
    rows[0, GAIN.start] = 7
    with pytest.raises(InputError, match=r"row 0, column 42 \(gain_0\) is 7.0, but gains are"):
        check(tmp_path / "rows.f32", rows)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("masked", "every gain is −1"),
        ("silent", "no row is labelled as speech"),
        ("constant", "all 9,000 rows are the same"),
        ("zero", "all 9,000 rows are the same"),
    ],
)
def test_rows_that_teach_nothing(tmp_path: Path, kind: str, words: str) -> None:
    """They are rows, and one line says why a training would be in vain."""
    rows = random_rows(1, 9000)[0]
    if kind == "masked":
        rows[:, GAIN.columns] = -1
    elif kind == "silent":
        rows[:, VAD.start] = 0
    elif kind == "constant":
        rows[:] = rows[17]
    else:
        rows[:] = 0
    (line,) = check(tmp_path / "rows.h5", rows)
    assert words in line


def test_rows_that_are_not_what_the_file_says(tmp_path: Path) -> None:
    """A wrong ``row_sha256`` is refused."""
    path = write_rows(tmp_path / "rows.h5", random_rows(1, 100)[0])
    with h5py.File(path, "r+") as file:
        file["data"].attrs["row_sha256"] = "0" * 64
    with pytest.raises(InputError, match="damaged: its rows have the digest"):
        check_rows(RowReader(path))


def test_values_are_counted(tmp_path: Path) -> None:
    """How many rows are not finite and how many impossible, a row with both as not finite only."""
    rows = random_rows(1, 50)[0]
    rows[3, 5] = np.nan
    rows[4, GAIN.start] = np.nan
    rows[7, VAD.start] = 2
    rows[9, GAIN.start : GAIN.start + 2] = 5
    values = RowValues(tmp_path)
    values.add(rows[:8])
    values.add(rows[8:])
    assert (values.rows, values.not_finite, values.impossible) == (50, 2, 2)
    assert values.first_impossible == "row 7, column 86 (vad) is 2.0"
