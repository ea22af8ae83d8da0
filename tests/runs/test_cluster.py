"""``--cluster``: what it takes, what it refuses, in one line."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.runs import cluster
from rnnoise_py.runs.cluster import opened_cluster, read_profile
from rnnoise_py.runs.driver import software
from rnnoise_py.runs.workers import run_tasks
from tests.dask_processes import running_scheduler, running_worker
from tests.runs.test_driver import add


@pytest.mark.parametrize("where", ["nowhere", "local:0", "local:x", "local:-1", "tcp://", "tcp://a b:1", "tcp:7"])
def test_words_that_are_none(where: str) -> None:
    """Are named before anything is started."""
    with pytest.raises((InputError, DependencyError), match="--cluster"), opened_cluster(where):
        pass


def test_none_is_no_cluster() -> None:
    with opened_cluster(None) as executor:
        assert executor is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("queues = 'long'", "has no key 'queues': the nearest is queue"),
        ("cores = 0", "cores = 0: needed is a whole number, 1 or more"),
        ("cores = true", "needed is a whole number"),
        ("walltime = 3", "walltime = 3: needed is text"),
        ("prologue = 'module load'", "needed is a list of texts"),
        ("queue = ", "is not TOML"),
    ],
)
def test_profiles_are_checked(tmp_path: Path, text: str, said: str) -> None:
    """Keys, types and ranges."""
    profile = tmp_path / "profile.toml"
    profile.write_text(text)
    with pytest.raises(InputError, match=said), opened_cluster(f"slurm:{profile}"):
        pass


def test_a_profile_has_defaults(tmp_path: Path) -> None:
    """One job of one core, a day."""
    profile = tmp_path / "profile.toml"
    profile.write_text('jobs = 8\nqueue = "long"\nprologue = ["module load python"]\n')
    read = read_profile(profile)
    assert read["jobs"] == 8
    assert read["cores"] == 1
    assert read["walltime"] == "24:00:00"
    with pytest.raises(InputError, match="cannot read"):
        read_profile(tmp_path / "none.toml")


def test_slurm_makes_a_job_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker a core, one thread each; the profile's words are in it. No SLURM is here to run it."""
    jobqueue: Any = pytest.importorskip("dask_jobqueue")
    made: list[Any] = []

    class Refusing(jobqueue.SLURMCluster):  # type: ignore[misc]
        def scale(self, *arguments: Any, **named: Any) -> None:
            if "jobs" in named:
                made.append((self.job_script(), named["jobs"]))
                raise RuntimeError("no sbatch here")

    monkeypatch.setattr(jobqueue, "SLURMCluster", Refusing)
    profile = tmp_path / "profile.toml"
    profile.write_text('jobs = 8\nqueue = "long"\ncores = 4\nmemory = "8GB"\ndirectives = ["--exclusive"]\n')
    with pytest.raises(InputError, match="no sbatch here"), opened_cluster(f"slurm:{profile}"):
        pass
    ((script, jobs),) = made
    assert jobs == 8
    for line in ("#SBATCH -p long", "--cpus-per-task=4", "--nthreads 1", "--nworkers 4", "#SBATCH --exclusive"):
        assert line in script, script


def test_an_unreachable_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match="no scheduler answers there"), opened_cluster("tcp://127.0.0.1:9"):
        pass


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Dask scheduler in a process of its own."""
    pytest.importorskip("distributed")
    with running_scheduler(tmp_path_factory.mktemp("scheduler")) as (address, _):
        yield address


def test_workers_of_a_scheduler(scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread each, or they are refused; they work in the driver's folder; others' software is refused."""
    monkeypatch.setattr(cluster, "FIRST_WORKER_SECONDS", 1)
    with pytest.raises(InputError, match="has no workers"), opened_cluster(scheduler):
        pass
    monkeypatch.undo()
    with (
        running_worker(scheduler, tmp_path, threads=2),
        pytest.raises(InputError, match="has 2 threads: start it with --nthreads 1"),
        opened_cluster(scheduler),
    ):
        pass
    with running_worker(scheduler, tmp_path):
        time.sleep(0.5)
        with opened_cluster(scheduler) as executor:
            assert sorted(run_tasks(add, 1, range(9), 1, executor)) == list(range(1, 10))
            assert list(run_tasks(where, None, range(1), 1, executor)) == [os.getcwd()]
        software()
        monkeypatch.setitem(software(), "numpy", "0.1")
        with pytest.raises(InputError, match=r"has numpy .*, the driver 0\.1"), opened_cluster(scheduler):
            pass


def where(state: None, task: int) -> str:
    """Return where a task is run."""
    return os.getcwd()


@pytest.mark.slow
def test_a_task_that_kills_is_one_line() -> None:
    """Whoever takes it dies: it is given up, the others are done."""
    pytest.importorskip("distributed")
    from rnnoise_py.errors import RNNoiseError

    with opened_cluster("local:2") as executor, pytest.raises(RNNoiseError, match="workers died at it again and again"):
        list(run_tasks(die, None, range(3), 1, executor))


def die(state: None, task: int) -> int:
    """Die at one task."""
    if task == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return task
