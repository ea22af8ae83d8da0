"""``convert``: ``.f32`` ↔ ``.h5`` by streaming."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from rnnoise_py.rows.hdf5 import read_attributes
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.spec.layout import ROW_SIZE
from tests.bits import assert_bit_identical
from tests.command_line import command, peak_memory, run_here
from tests.rows.test_files import make_rows, some_rows


def bare(path: Path, rows: Any) -> Path:
    """Write rows as they are."""
    path.write_bytes(np.ascontiguousarray(rows, "<f4").tobytes())
    return path


@pytest.mark.parametrize("count", [1, 1999, 2000, 2001, 8191, 8192, 8193, 20_000])
def test_there_and_back(tmp_path: Path, capfdbinary: Any, count: int) -> None:
    """Rows are inferred from the size; the bytes come back."""
    source = bare(tmp_path / "rows.f32", some_rows(count))
    assert run_here(capfdbinary, "convert", source, tmp_path / "rows.h5").code == 0
    with h5py.File(tmp_path / "rows.h5") as file:
        assert_bit_identical(file["data"][:], some_rows(count))
        assert file["data"].chunks == (min(count, 2000), ROW_SIZE)
    attributes = read_attributes(tmp_path / "rows.h5")
    assert attributes["count"] == count
    assert attributes["row_sha256"] == file_sha256(source)
    (only,) = json.loads(attributes["sources"])
    assert only == {"role": "rows", "path": str(source), "size": source.stat().st_size, "sha256": file_sha256(source)}
    assert run_here(capfdbinary, "convert", tmp_path / "rows.h5", tmp_path / "back.f32").code == 0
    assert (tmp_path / "back.f32").read_bytes() == source.read_bytes()


def test_to_stdout(tmp_path: Path, capfdbinary: Any) -> None:
    """``-`` is bare rows on stdout and nothing else."""
    source = bare(tmp_path / "rows.f32", some_rows(3000))
    run_here(capfdbinary, "convert", source, tmp_path / "rows.h5")
    done = run_here(capfdbinary, "convert", tmp_path / "rows.h5", "-")
    assert (done.code, done.out) == (0, source.read_bytes())


@pytest.mark.parametrize("starts", [(0, 0), (7, 11)])
def test_provenance_survives(tmp_path: Path, data: Path, starts: tuple[int, int], capfdbinary: Any) -> None:
    """HDF5 to HDF5 keeps what is known, where a run began too; the copy is the same bytes."""
    make_rows(tmp_path / "a.h5", data, 2500, starts=starts)
    assert read_attributes(tmp_path / "a.h5")["starts"] == list(starts)
    assert run_here(capfdbinary, "convert", tmp_path / "a.h5", tmp_path / "b.h5").code == 0
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_files_of_bin2hdf5_are_taken(tmp_path: Path, capfdbinary: Any) -> None:
    """A plain dataset ``data`` without attributes, contiguous, is rewritten in chunks."""
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.create_dataset("data", data=some_rows(4001))
    assert run_here(capfdbinary, "convert", tmp_path / "old.h5", tmp_path / "new.h5").code == 0
    with h5py.File(tmp_path / "new.h5") as file:
        assert_bit_identical(file["data"][:], some_rows(4001))
        assert file["data"].chunks == (2000, ROW_SIZE)
        assert "seed" not in file["data"].attrs


def test_rows_that_are_not_finite_are_told(tmp_path: Path, capfdbinary: Any) -> None:
    """Their bits pass, with a warning."""
    rows = some_rows(100)
    rows[7, 3], rows[50, 0] = np.nan, np.inf
    done = run_here(capfdbinary, "convert", bare(tmp_path / "rows.f32", rows), tmp_path / "rows.h5")
    assert done.code == 0
    assert "2 rows hold NaN or infinity" in done.err


def _broken(folder: Path, kind: str) -> Path:
    path = folder / "rows.f32"
    if kind == "missing":
        return path
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "cut off":
        path.write_bytes(b"\0" * (3 * 4 * ROW_SIZE - 1))
    elif kind == "one float short":
        path.write_bytes(b"\0" * (3 * 4 * ROW_SIZE - 4))
    else:
        path = folder / "rows.h5"
        with h5py.File(path, "w") as file:
            if kind == "other name":
                file["rows"] = some_rows(5)
            elif kind == "other width":
                file["data"] = some_rows(5)[:, :-1]
            elif kind == "other type":
                file["data"] = some_rows(5).astype(np.float16)
            elif kind == "no rows":
                file.create_dataset("data", shape=(0, ROW_SIZE), dtype="<f4")
            elif kind == "wrong digest":
                file["data"] = some_rows(5)
                file["data"].attrs["row_sha256"] = "0" * 64
        if kind == "truncated HDF5":
            path.write_bytes(path.read_bytes()[:-100])
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("missing", "No such file"),
        ("folder", "no file"),
        ("empty", "empty"),
        ("cut off", "no multiple of 348"),
        ("one float short", "no multiple of 348"),
        ("other name", "no dataset 'data'"),
        ("other width", r"shape (5, 86)"),
        ("other type", "float16"),
        ("no rows", "(0, 87)"),
        ("wrong digest", "damaged"),
        ("truncated HDF5", "cannot be read as HDF5"),
    ],
)
@pytest.mark.parametrize("target", ["out.h5", "out.f32"])
def test_bad_input(tmp_path: Path, capfdbinary: Any, kind: str, reason: str, target: str) -> None:
    """One line, exit code 2, nothing written."""
    source = _broken(tmp_path, kind)
    before = sorted(tmp_path.iterdir())
    done = run_here(capfdbinary, "convert", source, tmp_path / target)
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert reason in done.err
    assert sorted(tmp_path.iterdir()) == before


def test_outputs_that_cannot_be(tmp_path: Path, capfdbinary: Any) -> None:
    """Unknown suffix, missing folder, the input itself, an existing file, bare to bare."""
    source = bare(tmp_path / "rows.f32", some_rows(4))
    bare(tmp_path / "there.h5", some_rows(1))
    for target, reason in (
        ("rows.txt", "of no known kind"),
        ("no/rows.h5", "does not exist"),
        ("rows.f32", "also an input"),
        ("there.h5", "--force"),
        ("other.f32", "bare already"),
    ):
        done = run_here(capfdbinary, "convert", source, tmp_path / target)
        assert (done.code, len(done.error_lines)) == (2, 1)
        assert reason in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.f32", "there.h5"]
    assert run_here(capfdbinary, "convert", source, tmp_path / "there.h5", "--force").code == 0


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """One million rows (348 MB) pass through a process that never has 250 MB."""
    source = tmp_path / "rows.f32"
    with source.open("wb") as file:
        file.truncate(1_000_000 * 4 * ROW_SIZE)
    assert peak_memory(command("convert", source, tmp_path / "rows.h5", "-q")) < 250
