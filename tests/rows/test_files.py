"""Files of rows: bare and HDF5, their attributes, chunks and bytes."""

import hashlib
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from rnnoise_py.rows import hdf5, store
from rnnoise_py.rows.checkpoint import discard, part_path, state_path
from rnnoise_py.rows.description import Description, Sources, from_attributes
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.spec.layout import COLUMN_NAMES, GAIN, ROW_SIZE, VAD
from rnnoise_py.version import __version__
from tests.bits import assert_bit_identical

F32 = npt.NDArray[np.float32]


def make_rows(out: Path, data: Path, count: int, **options: Any) -> RowsJob:
    """Write rows of the golden mix."""
    with Inputs(data / "clean.flac", data / "noise.flac") as inputs:
        job = RowsJob(out, inputs, count, options.pop("seed", 1), options.pop("starts", (0, 0)))
        job.check(resume=False, force=False)
        job.run(lambda rows: None, **options)
    discard(out)
    return job


def some_rows(count: int) -> F32:
    """Rows that are all different, with gains and labels that rows may have."""
    rows = np.arange(count * ROW_SIZE, dtype=np.float32).reshape(count, ROW_SIZE)
    rows[:, GAIN.columns] = rows[:, GAIN.columns] % 1001 / 1000
    rows[:, VAD.start] = np.arange(count) % 3 / 2
    return rows


def test_hdf5_has_rows_chunks_and_attributes(
    tmp_path: Path, data: Path, golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """Dataset ``data``: float32, chunks of a training window, everything about where it comes from."""
    out = tmp_path / "rows.h5"
    make_rows(out, data, 4500, seed=7)
    expected = training_rows(golden_pcm("clean"), golden_pcm("noise"), 4500, 7)
    with h5py.File(out) as file:
        assert list(file) == ["data"]
        rows = file["data"]
        assert_bit_identical(rows[:], expected)
        assert rows.dtype == np.dtype("<f4")
        assert rows.chunks == (TRAINING_WINDOW, ROW_SIZE)
        attributes = dict(rows.attrs)
    assert list(attributes["columns"]) == list(COLUMN_NAMES)
    assert len(attributes["column_units"]) == len(attributes["column_ranges"]) == ROW_SIZE
    assert (attributes["seed"], attributes["count"]) == (7, 4500)
    assert attributes["version"] == __version__
    assert attributes["row_sha256"] == hashlib.sha256(expected.astype("<f4").tobytes()).hexdigest()
    assert json.loads(attributes["sources"]) == [
        {
            "role": role,
            "path": str(data / f"{role}.flac"),
            "size": (data / f"{role}.flac").stat().st_size,
            "sha256": file_sha256(data / f"{role}.flac"),
        }
        for role in ("clean", "noise")
    ]


def test_bare_file_is_the_rows_and_nothing_else(
    tmp_path: Path, data: Path, golden_pcm: Callable[[str], npt.NDArray[np.int16]]
) -> None:
    """``.f32`` is count·87 little-endian float32."""
    job = make_rows(tmp_path / "rows.f32", data, 700)
    expected = training_rows(golden_pcm("clean"), golden_pcm("noise"), 700)
    content = (tmp_path / "rows.f32").read_bytes()
    assert content == expected.astype("<f4").tobytes()
    assert job.row_sha256 == hashlib.sha256(content).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.f32"]


def test_the_same_run_makes_the_same_bytes(tmp_path: Path, data: Path) -> None:
    """HDF5 files carry no times: two runs are equal byte for byte."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_rows(tmp_path / name / "rows.h5", data, 2100)
    assert (tmp_path / "a/rows.h5").read_bytes() == (tmp_path / "b/rows.h5").read_bytes()


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1999, 2000, 2001, 4000, 4001])
def test_hdf5_store_round_trip(tmp_path: Path, count: int) -> None:
    """Rows written in pieces that cross chunks come back through the store and through h5py."""
    path = tmp_path / "rows.h5"
    rows = some_rows(count)
    hdf5.create_hdf5(path, Description(count, 1))
    with hdf5.open_hdf5(path, count) as place:
        for first in range(0, count, 777):
            place.write(first, rows[first : first + 777])
        assert_bit_identical(place.read(0, count), rows)
        assert_bit_identical(place.read(count // 2, count - count // 2), rows[count // 2 :])
    with h5py.File(path) as file:
        assert_bit_identical(file["data"][:], rows)


def test_hdf5_of_many_rows_costs_nothing_until_written(tmp_path: Path) -> None:
    """Five million rows: every chunk has its place, the file is sparse."""
    path = tmp_path / "rows.h5"
    count = 5_000_000
    hdf5.create_hdf5(path, Description(count, 1))
    assert len(hdf5.chunk_starts(path)) == count // TRAINING_WINDOW
    assert path.stat().st_size >= count * store.ROW_BYTES
    last = some_rows(3)
    with hdf5.open_hdf5(path, count) as place:
        place.write(count - 3, last)
    with h5py.File(path) as file:
        assert_bit_identical(file["data"][-3:], last)


def test_completion_twice_is_completion(tmp_path: Path) -> None:
    """Digests put in once more change nothing; rows that look like a pending text stay as they are."""
    path = tmp_path / "rows.h5"
    description = Description(3, 1, Sources(({"role": "clean", "path": "ä.wav", "size": 1, "sha256": "0" * 64},)))
    hdf5.create_hdf5(path, description)
    text = (description.pending.row_sha256 * 6).encode()[: store.ROW_BYTES].ljust(store.ROW_BYTES, b".")
    rows = np.frombuffer(text * 3, "<f4").reshape(3, ROW_SIZE)
    with hdf5.open_hdf5(path, 3) as place:
        place.write(0, rows)
    final = Description(3, 1, description.sources, row_sha256="f" * 64)
    for _ in range(2):
        hdf5.complete_hdf5(path, final)
        attributes = hdf5.read_attributes(path)
        assert attributes["row_sha256"] == "f" * 64
        assert json.loads(attributes["sources"]) == list(description.sources.files)
    with h5py.File(path) as file:
        assert_bit_identical(file["data"][:], rows)


def test_many_sources_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files named in the file of rows itself: attributes of hundreds of kilobytes."""
    monkeypatch.setattr("rnnoise_py.rows.description.MOST_INSIDE", 5000)
    sources = tuple(
        {"role": "clean", "path": f"some/folder/{i}.wav", "size": i, "sha256": f"{i:064x}"} for i in range(5000)
    )
    final = Description(10, 1, Sources(sources), row_sha256="a" * 64)
    hdf5.create_hdf5(tmp_path / "rows.h5", final)
    hdf5.complete_hdf5(tmp_path / "rows.h5", final)
    assert hdf5.read_attributes(tmp_path / "rows.h5")["sources"] == final.sources.text


def test_description_round_trip() -> None:
    """What the attributes say is taken back."""
    sources = Sources(({"role": "noise", "path": "n", "size": 3, "sha256": "0" * 64},))
    for description in (Description(5, 2, sources, (3, 4)), Description(5, None, sources)):
        assert from_attributes(json.loads(json.dumps(description.attributes))) == description


@pytest.mark.parametrize("block_rows", [1, 15, 16, 17, 255, 256, 257, 1300, 1301, 5000])
def test_any_block_size_makes_the_same_file(tmp_path: Path, data: Path, block_rows: int) -> None:
    """``--block-rows`` around the lanes, the chunks and the count."""
    make_rows(tmp_path / "a.f32", data, 1300)
    make_rows(tmp_path / "b.f32", data, 1300, block_rows=block_rows)
    assert (tmp_path / "a.f32").read_bytes() == (tmp_path / "b.f32").read_bytes()


@pytest.mark.parametrize(("workers", "block_rows"), [(1, 2048), (2, 2048), (2, 100), (3, 2821), (2, 2823), (5, 257)])
def test_any_number_of_workers_makes_the_recorded_rows(
    tmp_path: Path, data: Path, golden: Callable[[str], Any], workers: int, block_rows: int
) -> None:
    """``--workers``: 6000 recorded rows, across two re-draws of the gains."""
    make_rows(tmp_path / "rows.f32", data, 6000, workers=workers, block_rows=block_rows)
    content = (tmp_path / "rows.f32").read_bytes()
    blocks = [
        content[start : start + 1000 * store.ROW_BYTES] for start in range(0, len(content), 1000 * store.ROW_BYTES)
    ]
    digests = [hashlib.sha256(block).hexdigest() for block in blocks]
    assert digests == list(map(str, golden("features.npz")["block_sha256"][:6]))


def test_a_folder_is_its_files_one_after_the_other(tmp_path: Path, data: Path) -> None:
    """Folders in natural order; every file is listed as a source."""
    pcm, rate = soundfile.read(data / "clean.flac", dtype="int16")
    folder = tmp_path / "clean"
    folder.mkdir()
    cuts = [0, 70_000, 500_001, 900_000, len(pcm)]
    for number, (first, last) in zip((1, 2, 10, 11), pairwise(cuts), strict=True):
        soundfile.write(folder / f"part{number}.flac", pcm[first:last], rate)
    with Inputs(folder, data / "noise.flac") as inputs:
        job = RowsJob(tmp_path / "rows.h5", inputs, 3300, 1)
        job.check(resume=False, force=False)
        job.run(lambda rows: None)
    make_rows(tmp_path / "whole.h5", data, 3300)
    parts, whole = (hdf5.read_attributes(tmp_path / name) for name in ("rows.h5", "whole.h5"))
    assert parts["row_sha256"] == whole["row_sha256"]
    names = [Path(source["path"]).name for source in json.loads(parts["sources"])]
    assert names == ["part1.flac", "part2.flac", "part10.flac", "part11.flac", "noise.flac"]


def test_hidden_names_lie_beside_the_output() -> None:
    """Part and state are on the output's own disk, so the last step is a rename."""
    assert part_path(Path("x/rows.h5")) == Path("x/.rows.h5.part")
    assert state_path(Path("x/rows.h5")) == Path("x/.rows.h5.state")
