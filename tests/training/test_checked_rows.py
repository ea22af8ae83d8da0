"""A large file of rows is read whole once, and again as soon as anybody has touched it."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows.values import check_rows
from rnnoise_py.runs.user_cache import user_cache
from rnnoise_py.training import checked_rows
from rnnoise_py.training.windows import RowFiles
from tests.training_samples import random_rows, write_rows

AGE = 100.0  # seconds


@pytest.fixture
def rows_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Forty rows that count as many, made a while ago; a cache of their own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(checked_rows, "LARGE", 40)
    return _aged(write_rows(tmp_path / "rows.h5", random_rows(2, 20)))


def _aged(path: Path, seconds: float = AGE) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read whole."""
    found: list[Path] = []

    def check(reader: Any, *arguments: Any) -> Any:
        found.append(reader.path)
        return check_rows(reader, *arguments)

    monkeypatch.setattr("rnnoise_py.training.windows.check_rows", check)
    return found


def test_an_unchanged_file_is_read_once(rows_file: Path, read: list[Path]) -> None:
    """The record of the run is the same, by whatever name the file is called."""
    first = RowFiles([rows_file], 20).check()
    assert RowFiles([rows_file], 20).check() == first
    link = rows_file.parent / "link.h5"
    link.symlink_to(rows_file)
    assert RowFiles([link], 20).check()["digest"] == first["digest"]
    assert read == [rows_file]


@pytest.mark.parametrize("change", ["content", "touched", "replaced", "new"])
def test_a_touched_file_is_read_again(rows_file: Path, read: list[Path], change: str) -> None:
    """Other rows of the same size, a file of another inode with the same times, and one changed a moment ago."""
    RowFiles([rows_file], 20).check()
    times = rows_file.stat()
    if change == "replaced":
        other = write_rows(rows_file.parent / "other.h5", random_rows(2, 20, seed=1))
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        os.replace(other, rows_file)
    elif change == "content":
        _aged(write_rows(rows_file, random_rows(2, 20, seed=1)), AGE / 2)
    else:
        _aged(rows_file, AGE / 2 if change == "touched" else 0)
    for _ in range(2):
        RowFiles([rows_file], 20).check()
    assert len(read) == (3 if change == "new" else 2)


def test_what_is_wrong_is_never_remembered(rows_file: Path, read: list[Path]) -> None:
    """NaN is refused every time; doubts are said every time."""
    rows = random_rows(2, 20)
    rows[1, 2, 5] = np.nan
    _aged(write_rows(rows_file, rows))
    for _ in range(2):
        with pytest.raises(InputError, match="row 22, column 5"):
            RowFiles([rows_file], 20).check()
    assert len(read) == 2


def test_doubts_are_said_every_time(rows_file: Path, read: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    """Rows without speech train as before, with the same warning."""
    rows = random_rows(2, 20)
    rows[:, :, 86] = 0
    _aged(write_rows(rows_file, rows))
    for _ in range(2):
        RowFiles([rows_file], 20).check()
        assert "no row is labelled as speech" in capsys.readouterr().err
    assert len(read) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1, "files": 3}', '{"version": 0, "files": {}}'])
def test_a_damaged_memory_is_none(rows_file: Path, read: list[Path], content: str) -> None:
    """The file is read, and remembered again."""
    RowFiles([rows_file], 20).check()
    cache = user_cache()
    assert cache is not None
    (cache / "checked_rows.json").write_text(content)
    for _ in range(2):
        RowFiles([rows_file], 20).check()
    assert len(read) == 2


def test_small_files_leave_nothing_in_the_cache(rows_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them takes no time."""
    monkeypatch.setattr(checked_rows, "LARGE", 41)
    RowFiles([rows_file], 20).check()
    assert not (rows_file.parent / "cache").exists()


def test_a_file_that_changes_while_it_is_trained_on_is_noticed(rows_file: Path) -> None:
    """At its next window."""
    files = RowFiles([rows_file], 20)
    files.check()
    files.read(np.arange(2))
    write_rows(rows_file, random_rows(2, 20, seed=1))
    with pytest.raises(InputError, match="was changed while it was in use"):
        files.read(np.arange(2))


def test_rows_that_are_not_those_recorded_are_refused(rows_file: Path) -> None:
    """A digest in the file that its rows do not have."""
    import h5py

    with h5py.File(rows_file, "r+") as file:
        file["data"].attrs["row_sha256"] = "0" * 64
    with pytest.raises(InputError, match="is damaged: its rows have the digest"):
        RowFiles([rows_file], 20).check()
