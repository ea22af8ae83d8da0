"""Workers that are killed or frozen, drivers and schedulers that are killed: the bytes of an undisturbed run."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.rows.attempts import tries_folder
from rnnoise_py.stages import features, synthesize
from tests.command_line import command, environment
from tests.dask_processes import running_scheduler, running_worker, workers_of
from tests.dataset_tree import write_config, write_tree
from tests.killed import contents

pytestmark = pytest.mark.slow
COUNT = 40_000
PATIENCE = 300.0  # seconds, on a machine that does other things too
SHARDS = 6


@pytest.fixture(scope="module", autouse=True)
def _dask() -> None:
    pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an undisturbed run gives."""
    folder = tmp_path_factory.mktemp("whole")
    features.run(
        features.Settings(
            clean=data / "clean.flac", noise=data / "noise.flac", output=folder / "rows.h5", count=COUNT, shards=SHARDS
        )
    )
    return contents(folder)


def _words(data: Path, folder: Path, *more: object) -> list[Any]:
    words: list[Any] = ["features", data / "clean.flac", data / "noise.flac", "-n", COUNT, "--shards", SHARDS, "-q"]
    return [*words, "-o", folder / "rows.h5", *more]


def _start(words: Iterable[object], **more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command(*words), env=environment(**more), stderr=subprocess.PIPE)


def _wait_for_rows(folder: Path, number: int = 1) -> None:
    """Wait until shards have checkpoints."""
    end = time.monotonic() + PATIENCE
    while sum(1 for _ in folder.glob(".*.tries/*.state")) < number:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_workers_killed_in_mid_shard(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """Three of them, at random moments."""
    moments = random.Random(3)
    with _start(_words(data, tmp_path, "--cluster", "local:3")) as driver:
        _wait_for_rows(tmp_path)
        killed = 0
        while killed < 3 and driver.poll() is None:
            time.sleep(moments.uniform(0.5, 2))
            workers = workers_of(driver.pid)
            if workers:
                os.kill(moments.choice(workers), signal.SIGKILL)
                killed += 1
        _, said = driver.communicate(timeout=2 * PATIENCE)
    assert (driver.returncode, said, killed) == (0, b"", 3)
    assert contents(tmp_path) == whole


def test_a_worker_frozen_and_woken(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """Past its time-to-live: another takes its shard over; awake, it does no harm."""
    folder = tmp_path / "rows"
    folder.mkdir()
    with ExitStack() as stack:
        address, _ = stack.enter_context(running_scheduler(tmp_path, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="3 s"))
        first, _second = (stack.enter_context(running_worker(address, tmp_path)) for _ in range(2))
        driver = stack.enter_context(_start(_words(data, folder, "--cluster", address)))
        _wait_for_rows(folder, 2)
        time.sleep(1.5)
        first.send_signal(signal.SIGSTOP)
        time.sleep(8)
        first.send_signal(signal.SIGCONT)
        _, said = driver.communicate(timeout=2 * PATIENCE)
        time.sleep(2)
    assert (driver.returncode, said) == (0, b"")
    assert contents(folder) == whole


def test_a_driver_killed(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """Its workers go with it; the same command with ``--resume`` goes on, on a cluster or not."""
    for _ in range(2):
        with _start(_words(data, tmp_path, "--cluster", "local:2", "--resume")) as driver:
            _wait_for_rows(tmp_path)
            time.sleep(1.5)
            driver.kill()
        time.sleep(2)
    with _start(_words(data, tmp_path, "--resume")) as plain:
        _, said = plain.communicate(timeout=2 * PATIENCE)
    assert (plain.returncode, said) == (0, b"")
    assert contents(tmp_path) == whole


def test_a_scheduler_killed(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """One line, exit 2; on another one the same command with ``--resume`` goes on."""
    folder = tmp_path / "rows"
    folder.mkdir()
    with ExitStack() as stack:
        address, scheduler = stack.enter_context(running_scheduler(tmp_path))
        for _ in range(2):
            stack.enter_context(running_worker(address, tmp_path))
        driver = stack.enter_context(_start(_words(data, folder, "--cluster", address)))
        _wait_for_rows(folder)
        scheduler.kill()
        _, said = driver.communicate(timeout=2 * PATIENCE)
    lines = [line for line in said.decode().splitlines() if line.startswith("rnnoise-py: error")]
    assert (driver.returncode, len(lines)) == (2, 1), said
    assert b"Traceback" not in said
    assert not (folder / "rows.json").exists()
    (tmp_path / "scheduler.json").unlink(missing_ok=True)
    with ExitStack() as stack:
        address, _ = stack.enter_context(running_scheduler(tmp_path))
        stack.enter_context(running_worker(address, tmp_path))
        again = stack.enter_context(_start(_words(data, folder, "--cluster", address, "--resume")))
        _, said = again.communicate(timeout=2 * PATIENCE)
    assert (again.returncode, said) == (0, b"")
    assert contents(folder) == whole
    assert not any(tries_folder(path).exists() for path in folder.iterdir())


def test_clips_with_kills(tmp_path: Path) -> None:
    """Workers of ``synthesize`` killed three times."""
    tree = write_tree(tmp_path / "tree")
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "unused", total_hours=0.05)
    synthesize.run(synthesize.Settings(config=config, output=tmp_path / "plain", seed=3))
    words = ["dataset", "synthesize", config, "-o", tmp_path / "cluster", "--seed", 3, "-q", "--cluster", "local:2"]
    with _start(words) as driver:
        killed = 0
        end = time.monotonic() + PATIENCE
        while not list((tmp_path / "cluster").glob("clean/*.wav")):
            assert time.monotonic() < end
            time.sleep(0.05)
        while killed < 3 and driver.poll() is None:
            workers = workers_of(driver.pid)
            if workers:
                os.kill(random.Random(killed).choice(workers), signal.SIGKILL)
                killed += 1
            time.sleep(0.7)
        driver.communicate(timeout=2 * PATIENCE)
    assert driver.returncode == 0
    assert killed == 3
    assert contents(tmp_path / "cluster") == contents(tmp_path / "plain")
