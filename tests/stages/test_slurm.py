"""A real SLURM, where there is one: arrays and ``--cluster slurm`` give the files of one machine."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnoise_py.stages import features
from tests.command_line import REPOSITORY, command, environment, run_apart
from tests.conftest import NOT_HERE
from tests.killed import contents

pytestmark = pytest.mark.slow
COUNT, SHARDS = 20_000, 4


@pytest.fixture(scope="module")
def partition() -> str:
    """A partition that takes jobs."""
    if not shutil.which("sbatch") or not shutil.which("sinfo"):
        pytest.skip(f"{NOT_HERE}no SLURM")
    found = subprocess.run(["sinfo", "-h", "-t", "idle", "-o", "%R"], capture_output=True, text=True, check=False)
    if found.returncode or not found.stdout.split():
        pytest.skip(f"{NOT_HERE}no idle node of SLURM")
    return found.stdout.split()[0]


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a plain run gives."""
    folder = tmp_path_factory.mktemp("whole")
    clean, noise = data / "clean.flac", data / "noise.flac"
    features.run(
        features.Settings(clean=clean, noise=noise, output=folder / "rows.h5", count=COUNT, shards=SHARDS, spread=True)
    )
    return contents(folder)


def _words(data: Path, folder: Path) -> list[object]:
    words = ["features", data / "clean.flac", data / "noise.flac", "-n", COUNT, "--spread", "-q"]
    return [*words, "-o", folder / "rows.h5"]


def test_an_array(tmp_path: Path, data: Path, whole: dict[str, bytes], partition: str) -> None:
    """One task a shard, then gathered."""
    folder = tmp_path / "rows"
    folder.mkdir()
    task = " ".join(command(*_words(data, folder), "--workers", 1, "--resume", "--shard"))
    array = ["sbatch", "--parsable", "--wait", f"--array=1-{SHARDS}", "-p", partition, "-o", str(tmp_path / "log.%a")]
    text = f"{task} $SLURM_ARRAY_TASK_ID/{SHARDS}"
    subprocess.run([*array, "--wrap", text], env=environment(), check=True, timeout=600, stdout=subprocess.DEVNULL)
    done = run_apart(*_words(data, folder), "--shards", SHARDS, "--gather")
    assert (done.code, done.err) == (0, "")
    assert contents(folder) == whole


def test_workers_as_jobs(tmp_path: Path, data: Path, whole: dict[str, bytes], partition: str) -> None:
    """Through dask-jobqueue; no job is left."""
    pytest.importorskip("dask_jobqueue")
    folder, profile = tmp_path / "rows", tmp_path / "profile.toml"
    folder.mkdir()
    kernels = f"export NUMBA_CACHE_DIR={os.environ['NUMBA_CACHE_DIR']}" if "NUMBA_CACHE_DIR" in os.environ else "true"
    profile.write_text(
        f'jobs = 2\nqueue = "{partition}"\nmemory = "1GB"\nwalltime = "00:20:00"\npython = "{sys.executable}"\n'
        f'log_directory = "{tmp_path}"\nprologue = ["export PYTHONPATH={REPOSITORY}", "{kernels}"]\n'
    )
    done = run_apart(*_words(data, folder), "--shards", SHARDS, "--cluster", f"slurm:{profile}")
    assert (done.code, done.err) == (0, "")
    assert contents(folder) == whole
    end = time.monotonic() + 60
    while b"dask-worker" in subprocess.run(["squeue", "-h", "-o", "%j"], capture_output=True, check=True).stdout:
        assert time.monotonic() < end
        time.sleep(1)
