"""Tasks in threads: all outcomes, and an end when nobody wants them any more."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from rnnoise_py.runs.progress import Reporter, reporting, warn
from rnnoise_py.runs.threads import run_threads
from tests.command_line import environment


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_task_has_an_outcome(workers: int) -> None:
    """Results and errors of all tasks, each once."""

    def halve(number: int, heartbeat: Callable[[], None]) -> int:
        heartbeat()
        if number % 2:
            raise ValueError(number)
        return number // 2

    found: dict[int, object] = {}
    for outcome in run_threads(halve, range(20), workers):
        try:
            found[outcome.task] = outcome.get()
        except ValueError as error:
            found[outcome.task] = str(error)
    assert found == {n: str(n) if n % 2 else n // 2 for n in range(20)}


def test_tasks_stop_at_their_next_heartbeat() -> None:
    """When the generator is closed, those that run end, and no further one begins."""
    begun: list[int] = []
    gate = threading.Event()

    def work(number: int, heartbeat: Callable[[], None]) -> int:
        begun.append(number)
        while number and not gate.wait(0.01):
            heartbeat()
        return number

    outcomes = run_threads(work, range(50), 2)
    assert next(outcomes).task == 0
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < 5
    assert len(begun) <= 3


def test_threads_speak_to_the_reporter_of_the_caller() -> None:
    """What a task warns about is heard where the work was begun."""
    reporter = Reporter()
    with reporting(reporter):
        list(run_threads(lambda number, _: warn(f"task {number}"), range(3), 2))
    assert sorted(reporter.warnings) == ["task 0", "task 1", "task 2"]


def test_a_second_interruption_ends_at_once() -> None:
    """Tasks that never come back do not hold the process."""
    program = """
import os, sys, threading, time
from rnnoise_py.runs.threads import run_threads
def work(task, heartbeat):
    os.write(1, b"begun\\n")  # at once: of two prints the lines may mingle
    threading.Event().wait(600)
try:
    list(run_threads(work, range(2), 2))
except KeyboardInterrupt:
    sys.exit(130)
"""
    with subprocess.Popen([sys.executable, "-c", program], env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            for _ in range(20):  # on a busy machine two in a row may count as one
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    assert process.wait(1) == 130
                    return
            pytest.fail("it went on")
        finally:
            process.kill()
