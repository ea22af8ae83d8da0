"""Shards: each is the run with its seed; the manifest, side by side on threads, resumed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.errors import InputError
from rnnoise_py.rows.checkpoint import discard
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.rows.hdf5 import read_attributes
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.rows.seeds import MAX_SEED, shard_seeds
from rnnoise_py.rows.shards import manifest_path, run_jobs, shard_paths
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.spec.layout import ROW_SIZE
from tests.command_line import run_here
from tests.lane_arrays import assert_same
from tests.rows.test_files import make_rows

COUNT = 3500


@pytest.mark.parametrize(
    ("out", "files", "manifest"),
    [
        ("rows.h5", ["rows.1-of-2.h5", "rows.2-of-2.h5"], "rows.json"),
        ("rows", ["rows.1-of-2.h5", "rows.2-of-2.h5"], "rows.json"),
        ("v1.2", ["v1.2.1-of-2.h5", "v1.2.2-of-2.h5"], "v1.2.json"),
        ("rows.f32", ["rows.1-of-2.f32", "rows.2-of-2.f32"], "rows.json"),
    ],
)
def test_names_of_shards(out: str, files: list[str], manifest: str) -> None:
    """OUT.K-of-N.h5 and OUT.json."""
    assert [path.name for path in shard_paths(Path("x") / out, 2)] == files
    assert manifest_path(Path("x") / out) == Path("x") / manifest


def test_seeds_of_shards() -> None:
    """Shard k has seed S+k−1; seed 0 would be shard 1's twin, and seeds end somewhere."""
    assert shard_seeds(5, 3) == [5, 6, 7]
    assert shard_seeds(0, 1) == [0]
    with pytest.raises(InputError, match="seed 0"):
        shard_seeds(0, 2)
    with pytest.raises(InputError, match="lower seed"):
        shard_seeds(MAX_SEED, 2)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("suffix", [".h5", ".f32"])
def test_each_shard_is_the_run_with_its_seed(
    tmp_path: Path, data: Path, workers: int, suffix: str, capfdbinary: Any
) -> None:
    """Files byte for byte those of single runs; the manifest says which is which."""
    out = tmp_path / f"rows{suffix}"
    done = run_here(
        capfdbinary,
        "features",
        data / "clean.flac",
        data / "noise.flac",
        "-n",
        COUNT,
        "--seed",
        4,
        "--shards",
        3,
        "--workers",
        workers,
        "-o",
        out,
    )
    assert done.code == 0
    manifest = json.loads((tmp_path / "rows.json").read_text())
    assert manifest["count"] == 3 * COUNT
    assert [source["role"] for source in manifest["sources"]] == ["clean", "noise"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["rows.json", *(entry["name"] for entry in manifest["files"])]
    )
    for number, entry in enumerate(manifest["files"]):
        single = tmp_path / "single" / entry["name"]
        single.parent.mkdir(exist_ok=True)
        job = make_rows(single, data, COUNT, seed=4 + number)
        assert entry == {
            "name": f"rows.{number + 1}-of-3{suffix}",
            "seed": 4 + number,
            "count": COUNT,
            "starts": [0, 0],
            "row_sha256": job.row_sha256,
        }
        assert (tmp_path / entry["name"]).read_bytes() == single.read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted_shards_go_on(tmp_path: Path, data: Path, workers: int, capfdbinary: Any) -> None:
    """All shards stop and are kept; what was finished is not made again."""
    paths = shard_paths(tmp_path / "rows.h5", 3)
    done = 0

    def interrupt(rows: int) -> None:
        nonlocal done
        done += rows
        if done > 1.5 * COUNT:
            raise KeyboardInterrupt

    with Inputs(data / "clean.flac", data / "noise.flac") as inputs:
        inputs.sources()
        jobs = [RowsJob(path, inputs, COUNT, seed) for path, seed in zip(paths, (1, 2, 3), strict=True)]
        for job in jobs:
            job.check(resume=False, force=False)
        with pytest.raises(KeyboardInterrupt):
            run_jobs(jobs, interrupt, workers=workers, block_rows=100)
        assert sum(job.rows_done for job in jobs) >= 1.5 * COUNT
    again = [
        "features",
        data / "clean.flac",
        data / "noise.flac",
        "-n",
        COUNT,
        "--shards",
        3,
        "-o",
        tmp_path / "rows.h5",
    ]
    resumed = run_here(capfdbinary, *again, "--resume")
    assert resumed.code == 0
    assert "resuming: " in resumed.err
    for path, seed in zip(paths, (1, 2, 3), strict=True):
        job = make_rows(tmp_path / "single.h5", data, COUNT, seed=seed)
        assert read_attributes(path)["row_sha256"] == job.row_sha256
        assert path.read_bytes() == (tmp_path / "single.h5").read_bytes()
        (tmp_path / "single.h5").unlink()
        discard(tmp_path / "single.h5")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    finished = run_here(capfdbinary, *again, "--resume")
    assert finished.code == 0
    assert run_here(capfdbinary, *again).code == 2


def test_starts_are_those_of_rotated_files(tmp_path: Path, data: Path, capfdbinary: Any) -> None:
    """A run with ``--start`` has the rows of files that begin there and end just before."""
    mix = [soundfile.read(data / f"{name}.flac", dtype="int16")[0][: 480 * 700 + 7] for name in ("clean", "noise")]
    for name, pcm in zip(("clean", "noise"), mix, strict=True):
        (tmp_path / f"{name}.raw").write_bytes(pcm.astype("<i2").tobytes())
    inputs = tmp_path / "clean.raw", tmp_path / "noise.raw"
    started = run_here(capfdbinary, "features", *inputs, "-n", 800, "--start", 650, 7, "-o", tmp_path / "rows.f32")
    assert started.code == 0
    turned = [np.roll(pcm[: 480 * 700], -480 * start) for pcm, start in zip(mix, (650, 7), strict=True)]
    rows = np.fromfile(tmp_path / "rows.f32", np.float32).reshape(-1, ROW_SIZE)
    assert_same(rows, training_rows(turned[0], turned[1], 800))


def test_spread_shards_begin_apart(tmp_path: Path, data: Path, capfdbinary: Any) -> None:
    """``--spread``: each shard is the run with its seed and its start, and the files say which."""
    inputs = data / "clean.flac", data / "noise.flac"
    frames = [soundfile.info(path).frames // 480 for path in inputs]
    done = run_here(capfdbinary, "features", *inputs, "-n", 300, "--shards", 3, "--spread", "-o", tmp_path / "rows.h5")
    assert done.code == 0
    manifest = json.loads((tmp_path / "rows.json").read_text())
    assert [entry["starts"] for entry in manifest["files"]] == [[k * n // 3 for n in frames] for k in range(3)]
    second = manifest["files"][1]
    assert read_attributes(tmp_path / second["name"])["starts"] == second["starts"]
    alone = run_here(
        capfdbinary, "features", *inputs, "-n", 300, "--seed", 2, "--start", *second["starts"], "-o", tmp_path / "2.h5"
    )
    assert alone.code == 0
    assert (tmp_path / "2.h5").read_bytes() == (tmp_path / second["name"]).read_bytes()
    beyond = run_here(capfdbinary, "features", *inputs, "--start", frames[0], 0, "-o", tmp_path / "3.h5")
    assert beyond.code == 2
    assert "is beyond the end" in beyond.err


def test_another_start_is_not_resumed(tmp_path: Path, data: Path, capfdbinary: Any) -> None:
    """A finished file of another start is another run."""
    call = ["features", data / "clean.flac", data / "noise.flac", "-n", 50, "-o", tmp_path / "rows.h5"]
    assert run_here(capfdbinary, *call, "--start", 3, 4).code == 0
    assert run_here(capfdbinary, *call, "--start", 3, 4, "--resume").code == 0
    refused = run_here(capfdbinary, *call, "--resume")
    assert refused.code == 2
    assert "its start in clean and noise was [3, 4], now it is [0, 0]" in refused.err


@pytest.mark.parametrize("suffix", [".h5", ".f32"])
@pytest.mark.parametrize("there", [1, 2, 3])
def test_a_manifest_of_resumed_shards_has_the_digests_of_the_inputs(
    tmp_path: Path, data: Path, suffix: str, there: int, capfdbinary: Any
) -> None:
    """Whether the first shard, some or all were finished before: the manifest is that of an uninterrupted run."""
    call = ["features", data / "clean.flac", data / "noise.flac", "-n", 300, "--shards", 3, "-o"]
    assert run_here(capfdbinary, *call, tmp_path / f"rows{suffix}").code == 0
    manifest = tmp_path / "rows.json"
    expected = manifest.read_bytes()
    assert all(
        len(source["sha256"]) == 64 and "." not in source["sha256"] for source in json.loads(expected)["sources"]
    )
    manifest.unlink()
    for path in shard_paths(tmp_path / f"rows{suffix}", 3)[there:]:
        path.unlink()
    assert run_here(capfdbinary, *call, tmp_path / f"rows{suffix}", "--resume").code == 0
    assert manifest.read_bytes() == expected


def test_inputs_are_hashed_once_for_all_shards(
    tmp_path: Path, data: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many shards, and when they are resumed too."""
    hashed: list[Path] = []

    def sha256(path: Path) -> str:
        hashed.append(path)
        return file_sha256(path)

    monkeypatch.setattr("rnnoise_py.runs.provenance.file_sha256", sha256)
    call = ["features", data / "clean.flac", data / "noise.flac", "-n", 100, "--shards", 4, "-o", tmp_path / "rows.h5"]
    for more in ([], ["--resume"]):
        hashed.clear()
        assert run_here(capfdbinary, *call, *more).code == 0
        assert sorted(hashed) == sorted([data / "clean.flac", data / "noise.flac"])
