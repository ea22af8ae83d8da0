"""Rows for training: several files and formats, windows, refusals."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows.reader import READ_ROWS
from rnnoise_py.spec.layout import ROW_SIZE
from rnnoise_py.training.windows import RowFiles, split_windows
from tests.training_samples import random_rows, write_rows


def test_windows_of_several_files_are_numbered_through(tmp_path: Path) -> None:
    """HDF5 and bare files side by side; a window never spans two files and rests are dropped."""
    first, second = random_rows(1, 25, seed=1)[0], random_rows(1, 30, seed=2)[0]
    paths = [write_rows(tmp_path / "a.h5", first), write_rows(tmp_path / "b.f32", second)]
    files = RowFiles(paths, window=10)
    assert files.windows == 5
    found = files.read(np.array([4, 0, 1, 2]))
    wanted = [second[20:30], first[:10], first[10:20], second[:10]]
    assert all(np.array_equal(one, other) for one, other in zip(found, wanted, strict=True))
    assert files.describe(3) == f"window 3 (rows 10–19 of {paths[1]})"


def test_a_manifest_stands_for_its_shards(tmp_path: Path) -> None:
    """The .json of shards lists files beside it, as names or as records."""
    rows = random_rows(4, 10)
    for number in range(2):
        write_rows(tmp_path / f"rows.{number + 1}-of-2.h5", rows[2 * number : 2 * number + 2])
    entries: list[object] = [{"name": "rows.1-of-2.h5", "seed": 1}, "rows.2-of-2.h5"]
    manifest = tmp_path / "rows.json"
    manifest.write_text(json.dumps({"files": entries}))
    files = RowFiles([manifest], window=10)
    assert np.array_equal(files.read(np.arange(4)), rows)


def test_batches_come_in_the_order_asked_for(tmp_path: Path) -> None:
    """All windows once, the last batch smaller."""
    rows = random_rows(7, 10)
    files = RowFiles([write_rows(tmp_path / "rows.h5", rows)], window=10)
    order = np.random.default_rng(0).permutation(7)
    batches = list(files.batches(order, 3))
    assert [len(part) for part, _ in batches] == [3, 3, 1]
    assert np.array_equal(np.concatenate([part for part, _ in batches]), order)
    assert np.array_equal(np.concatenate([block for _, block in batches]), rows[order])


def test_float64_rows_are_read_as_float32(tmp_path: Path) -> None:
    """Files of other tools may hold doubles."""
    rows = random_rows(2, 10)
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["data"] = rows.reshape(-1, ROW_SIZE).astype(np.float64)
    assert np.array_equal(RowFiles([tmp_path / "rows.h5"], 10).read(np.arange(2)), rows)


@pytest.mark.parametrize(
    ("windows", "validation", "first"),
    [
        (250, 0.1, 225),
        (2, 0.1, 1),
        (2, 0.9, 1),
        (30, 0.1, 27),
        (25, 0.1, 22),  # 22.5 is cut, not rounded
        (24, 0.1, 21),  # 21.6 too
        (19, 0.25, 14),  # 14.25; four windows would be 4.75, cut
        (10, 0.01, 9),
        (10, 0.99, 1),
    ],
)
def test_validation_windows_are_the_last_ones(windows: int, validation: float, first: int) -> None:
    """As Keras splits, but with at least one window on either side."""
    training, held_out = split_windows(windows, validation)
    assert np.array_equal(training, np.arange(first))
    assert np.array_equal(held_out, np.arange(first, windows))


def test_check_gives_digests_of_rows_whatever_the_format(tmp_path: Path) -> None:
    """The digest is of the rows, so .h5 and .f32 agree; it is read in blocks."""
    rows = np.zeros((READ_ROWS + 5, ROW_SIZE), dtype=np.float32)
    rows[:, 3] = np.arange(len(rows))
    digests = [
        RowFiles([write_rows(tmp_path / name, rows)], 100).check()["files"][0]["row_sha256"]
        for name in ("rows.h5", "rows.f32")
    ]
    import hashlib

    assert digests == [hashlib.sha256(rows.tobytes()).hexdigest()] * 2


def test_unusable_files_are_refused_in_one_line(tmp_path: Path) -> None:
    """Wrong width, wrong dataset, cut off, too short, missing, not rows at all, NaN."""
    rows = random_rows(2, 10)
    wide = tmp_path / "wide.h5"
    with h5py.File(wide, "w") as file:
        file["data"] = np.zeros((20, 88), np.float32)
    other, whole, cut, text = (tmp_path / name for name in ("other.h5", "whole.h5", "cut.f32", "text.txt"))
    with h5py.File(other, "w") as file:
        file["rows"] = rows.reshape(-1, ROW_SIZE)
    with h5py.File(whole, "w") as file:
        file["data"] = np.zeros((20, ROW_SIZE), np.int16)
    cut.write_bytes(bytes(1000))
    text.write_text("hello")
    broken = tmp_path / "broken.h5"
    broken.write_bytes(write_rows(tmp_path / "good.h5", rows).read_bytes()[:100])
    empty = tmp_path / "empty.json"
    empty.write_text("{}")
    for path, words in (
        (wide, r"shape \(20, 88\), needed is float32 \(rows, 87\)"),
        (other, "no dataset 'data'"),
        (whole, "needed is float32"),
        (cut, "cut off"),
        (text, "no multiple of 348"),
        (tmp_path / "none.h5", "cannot read"),
        (broken, "cannot be read as HDF5"),
        (empty, "lists no files"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            RowFiles([path], 10)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"20 rows are 1 whole windows of 11; needed are at least two \(22 rows\)"):
        RowFiles([tmp_path / "good.h5"], 11)
    rows[1, 2, 5] = np.nan
    files = RowFiles([write_rows(tmp_path / "nan.h5", rows)], 10)
    with pytest.raises(InputError, match=r"row 12, column 5 \(cepstrum_5\) is nan"):
        files.check()
