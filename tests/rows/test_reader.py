"""The reader of files of rows: what is accepted, what is refused, and any part of a file."""

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows.description import Description
from rnnoise_py.rows.hdf5 import create_hdf5
from rnnoise_py.rows.reader import RowReader
from rnnoise_py.spec.layout import ROW_SIZE
from tests.bits import assert_bit_identical
from tests.training_samples import random_rows, write_rows

ROWS = random_rows(1, 4321, seed=3)[0]


def hdf5(path: Path, rows: Any = ROWS, **options: Any) -> Path:
    """Write a dataset ``data`` with h5py."""
    with h5py.File(path, "w") as file:
        file.create_dataset("data", data=rows, **options)
    return path


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32", "rows.bin"])
def test_any_part_of_a_file(tmp_path: Path, name: str) -> None:
    """Blocks in order and windows at random are the rows that were written, told by content and not by name."""
    path = tmp_path / name
    hdf5(path) if name == "rows.h5" else path.write_bytes(ROWS.tobytes())
    reader = RowReader(path)
    assert (reader.count, reader.is_hdf5, reader.note) == (len(ROWS), name == "rows.h5", "")
    assert_bit_identical(np.concatenate(list(reader.blocks(1000))), ROWS)
    random = np.random.default_rng(1)
    for _ in range(20):
        first = int(random.integers(0, len(ROWS)))
        count = int(random.integers(1, len(ROWS) - first + 1))
        assert_bit_identical(reader.read(first, count), ROWS[first : first + count])
    place = np.zeros((2, 10, ROW_SIZE), np.float32)
    assert reader.read(77, 10, place[1]).base is place
    assert_bit_identical(place[1], ROWS[77:87])
    assert not place[0].any()


@pytest.mark.parametrize(
    "options",
    [
        {"chunks": (7, 5)},
        {"compression": "gzip", "chunks": (100, ROW_SIZE)},
        {"compression": "lzf", "shuffle": True},
        {"maxshape": (None, ROW_SIZE)},
        {"dtype": ">f4"},
    ],
)
def test_any_layout_that_hdf5_has(tmp_path: Path, options: dict[str, Any]) -> None:
    """Chunks, compression, byte order."""
    reader = RowReader(hdf5(tmp_path / "rows.h5", **options))
    assert_bit_identical(np.concatenate(list(reader.blocks())), ROWS)


def test_float64_is_taken_and_told(tmp_path: Path) -> None:
    """As Keras scripts write it: exactly where it came from float32; else rounded, and counted."""
    exact = RowReader(hdf5(tmp_path / "exact.h5", ROWS.astype(np.float64)))
    assert_bit_identical(np.concatenate(list(exact.blocks())), ROWS)
    assert exact.note.endswith("holds float64: taken as float32, exactly")
    fine = ROWS.astype(np.float64)
    fine[5, :3] = 0.1, 1e300, np.nan
    rounded = RowReader(hdf5(tmp_path / "fine.h5", fine))
    found = rounded.read(5, 1)[0]
    assert found[0] == np.float32(0.1)
    assert np.isinf(found[1])
    assert np.isnan(found[2])
    assert rounded.note.endswith("taken as float32, 2 values rounded")


def _make(folder: Path, kind: str) -> Path:
    path = folder / "rows.h5"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        return Path("/dev/zero")
    elif kind == "integers":
        hdf5(path, np.zeros((5, ROW_SIZE), np.int32))
    elif kind == "a group":
        with h5py.File(path, "w") as file:
            file.create_group("data")
    elif kind == "a link":
        hdf5(folder / "other.h5")
        with h5py.File(path, "w") as file:
            file["data"] = h5py.ExternalLink("other.h5", "/data")
    elif kind == "external":
        (folder / "secret").write_bytes(ROWS.tobytes())
        with h5py.File(path, "w") as file:
            file.create_dataset("data", ROWS.shape, "<f4", external=[(str(folder / "secret"), 0, h5py.h5f.UNLIMITED)])
    elif kind == "virtual":
        hdf5(folder / "other.h5")
        layout = h5py.VirtualLayout(ROWS.shape, "<f4")
        layout[:] = h5py.VirtualSource(str(folder / "other.h5"), "data", ROWS.shape)
        with h5py.File(path, "w") as file:
            file.create_virtual_dataset("data", layout)
    elif kind == "a trillion in chunks":
        with h5py.File(path, "w") as file:
            file.create_dataset("data", (10**12, ROW_SIZE), "<f4", chunks=(2000, ROW_SIZE))[:5] = ROWS[:5]
    elif kind == "a trillion":
        with h5py.File(path, "w") as file:
            file.create_dataset("data", (10**12, ROW_SIZE), "<f4")
    elif kind == "a bomb":
        with h5py.File(path, "w") as file:
            file.create_dataset("data", (10**6, ROW_SIZE), "<f4", chunks=(10**6, ROW_SIZE), compression="gzip")
    return path


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fifo", "is no file"),
        ("device", "is no file"),
        ("integers", r"is int32 of shape \(5, 87\), needed is float32 \(rows, 87\)"),
        ("a group", "is no dataset"),
        ("a link", "no dataset 'data'"),
        ("external", "in other files"),
        ("virtual", "in other files"),
        ("a trillion in chunks", r"promises 1,000,000,000,000 rows and holds 0\.00%"),
        ("a trillion", r"promises 1,000,000,000,000 rows and holds 0\.00%"),
        ("a bomb", "too large to read"),
    ],
)
def test_files_that_are_not_what_they_seem(tmp_path: Path, kind: str, words: str) -> None:
    """Refused when the file is opened, at once and in one line, whatever its header promises."""
    with pytest.raises(InputError, match=words) as caught:
        RowReader(_make(tmp_path, kind))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["rows.h5", "rows.f32"])
@pytest.mark.parametrize("change", ["replaced", "shortened", "removed", "written to"])
def test_a_file_that_changes_while_it_is_in_use(tmp_path: Path, name: str, change: str) -> None:
    """The next read says so: rows of two files are not mixed."""
    path = write_rows(tmp_path / name, ROWS)
    reader = RowReader(path)
    reader.read(0, 10)
    if change == "replaced":
        os.replace(write_rows(tmp_path / f"new{path.suffix}", ROWS), path)
    elif change == "shortened":
        os.truncate(path, path.stat().st_size - 348)
    elif change == "removed":
        path.unlink()
    else:
        with path.open("r+b") as file:
            file.seek(-4, os.SEEK_END)
            file.write(b"1234")
        os.utime(path)
    with pytest.raises(InputError, match=r"was changed while it was in use|No such file"):
        reader.read(0, 10)
    with pytest.raises(InputError):
        list(reader.blocks())


def test_an_unfinished_file_says_so(tmp_path: Path) -> None:
    """The part of an interrupted run has no digest yet."""
    create_hdf5(tmp_path / "rows.h5", Description(len(ROWS), 1))
    with pytest.raises(InputError, match="is not finished"):
        RowReader(tmp_path / "rows.h5").check_digest("0" * 64)
