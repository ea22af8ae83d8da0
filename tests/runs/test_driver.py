"""Tasks on any executor: every one once, moods outlived, other software refused."""

import os
import signal
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.runs import driver
from rnnoise_py.runs.driver import BUNDLE_SECONDS, Bundle, carry_out, run_on, software, width
from rnnoise_py.runs.progress import Reporter, reporting, warn
from rnnoise_py.runs.workers import run_tasks


def add(state: int, task: int) -> int:
    return state + task


def complain(state: str, task: int) -> int:
    warn(f"{state} {task}")
    return task


def refuse(state: Path, task: int) -> int:
    """Count the tries of one task, which never goes well."""
    if task == 3:
        with (state / "tries").open("a") as file:
            file.write("x")
        raise InputError("task 3 cannot be used")
    return task


def stumble(state: Path, task: int) -> int:
    """Fail twice, as a disk may."""
    tries = state / f"{task}"
    count = len(tries.read_text()) if tries.exists() else 0
    tries.write_text("x" * (count + 1))
    if task == 2 and count < 2:
        raise OutputError("the disk has a mood")
    return task


def fail(state: None, task: int) -> int:
    raise OSError(5, "always")


def die(state: None, task: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task


class Lossy(Executor):
    """Loses every bundle the first time, as an engine that loses its worker."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.sizes: list[int] = []

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        (bundle,) = arguments
        self.sizes.append(len(bundle.tasks))
        future: Future[Any] = Future()
        if self.seen.issuperset(bundle.tasks):
            future.set_result(function(bundle))
        else:
            self.seen.update(bundle.tasks)
            future.set_exception(ConnectionError("worker is gone"))
        return future


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "FIRST_PAUSE", 0.01)


def test_every_task_once_in_threads_and_processes() -> None:
    """The same call for both; several at a time where they are short."""
    expected = [100 + task for task in range(500)]
    with ThreadPoolExecutor(3) as pool:
        assert sorted(run_tasks(add, 100, range(500), 1, pool)) == expected
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert sorted(run_tasks(add, 100, range(500), 1, pool)) == expected


def test_warnings_of_tasks_are_heard() -> None:
    """By the reporter of the driver."""
    heard = Reporter()
    with ThreadPoolExecutor(2) as pool, reporting(heard):
        list(run_on(pool, complain, "look at", range(3)))
    assert sorted(heard.warnings) == ["look at 0", "look at 1", "look at 2"]


def test_an_unusable_input_is_said_at_once(tmp_path: Path) -> None:
    """It is tried once."""
    with ThreadPoolExecutor(2) as pool, pytest.raises(InputError, match="task 3"):
        list(run_on(pool, refuse, tmp_path, range(8)))
    assert (tmp_path / "tries").read_text() == "x"


def test_moods_are_outlived(tmp_path: Path) -> None:
    """A disk that fails twice; tasks of the same bundle are not made again when they were done."""
    with ThreadPoolExecutor(1) as pool:
        assert sorted(run_on(pool, stumble, tmp_path, range(20))) == list(range(20))
    tries = {int(path.name): len(path.read_text()) for path in tmp_path.iterdir()}
    assert tries == {task: 3 if task == 2 else 1 for task in range(20)}


def test_what_always_fails_ends_the_run() -> None:
    """After a few tries, with its own error."""
    with ThreadPoolExecutor(1) as pool, pytest.raises(OSError, match="always"):
        list(run_on(pool, fail, None, range(2)))


def test_lost_bundles_are_made_again() -> None:
    """One task at a time, for only one need be to blame."""
    engine = Lossy()
    assert sorted(run_on(engine, add, 0, range(40))) == list(range(40))
    assert engine.sizes[-1] == 1


def test_a_broken_pool_is_one_line() -> None:
    """A pool of Python's does not outlive one of its processes."""
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        pytest.raises(RNNoiseError, match="broke down") as raised,
    ):
        list(run_on(pool, die, None, range(2)))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["rnnoise-py", "machine", "numpy"])
def test_other_software_is_refused(name: str) -> None:
    """In one line that says what differs."""
    reply = carry_out(Bundle(b"", (1,), os.getcwd(), {**software(), name: "0.0"}))
    assert isinstance(reply.error, InputError)
    assert f"has {name} {software()[name]}, the driver 0.0" in str(reply.error)


def test_a_folder_that_a_worker_cannot_see() -> None:
    """Is named."""
    reply = carry_out(Bundle(b"", (1,), "/no/such/place", software()))
    assert isinstance(reply.error, InputError)
    assert "cannot see /no/such/place" in str(reply.error)


def test_long_tasks_go_alone() -> None:
    """Several at a time only while they are short."""

    class Counting(ThreadPoolExecutor):
        sizes: list[int] = []  # noqa: RUF012

        def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
            self.sizes.append(len(arguments[0].tasks))
            return super().submit(function, *arguments, **named)

    with Counting(1) as pool:
        assert width(pool) == 1
        list(run_on(pool, _rest, BUNDLE_SECONDS, range(3)))
        assert set(pool.sizes) == {1}


def _rest(state: float, task: int) -> None:
    time.sleep(0.01 if task else state / 2)
