"""Tasks in other processes: results, errors, deaths, interrupts."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.runs.workers import run_tasks
from tests.command_line import environment

SOON = 2.0  # seconds
PROGRAM = """
import signal
import sys
from pathlib import Path
from rnnoise_py.runs.workers import run_tasks
from tests.runs.test_workers import compute_for_long
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        for _ in run_tasks(compute_for_long, Path(sys.argv[1]), range(8), 2):
            pass
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise SystemExit(130)
"""


def add(state: int, task: int) -> tuple[int, int]:
    """Return a sum and where it was made."""
    return state + task, os.getpid()


def refuse(state: str, task: int) -> int:
    """Raise for one task."""
    if task == 3:
        raise InputError(f"{state} {task}")
    return task


class OddError(Exception):
    """One that cannot be made again from its message."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} {second}")


def raise_odd(state: None, task: int) -> int:
    """Raise what does not survive its way through a pipe."""
    raise OddError(1, 2)


def die_once(state: Path, task: int) -> int:
    """Die at the first try of one task."""
    if task == 2 and not (state / "died").exists():
        (state / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die(state: None, task: int) -> int:
    """Die at every try of one task."""
    if task == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def compute_for_long(state: Path, task: int) -> None:
    """Be in a C function that knows no signals, for minutes."""
    (state / f"{task}").write_text(str(os.getpid()))
    hashlib.pbkdf2_hmac("sha512", b"", b"", 1 << 30)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_task_is_done_once(workers: int) -> None:
    """In as many processes as asked for, no more than there are tasks."""
    results = list(run_tasks(add, 100, range(4), workers))
    assert sorted(result for result, _ in results) == [100, 101, 102, 103]
    places = {place for _, place in results}
    assert (places == {os.getpid()}) == (workers == 1)
    assert len(places) <= workers


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_are_passed_on(workers: int) -> None:
    """The same class and message; from another process with the place it came from."""
    with pytest.raises(InputError, match="task 3") as raised:
        list(run_tasks(refuse, "task", range(8), workers))
    assert workers == 1 or "in refuse" in str(raised.value.__cause__)


def test_an_error_that_cannot_be_sent_is_told() -> None:
    """By its name and message."""
    with pytest.raises(RuntimeError, match="OddError: 1 2"):
        list(run_tasks(raise_odd, None, range(2), 2))


def test_a_dead_worker_costs_nothing_the_first_time(tmp_path: Path) -> None:
    """Its task is done by another process."""
    assert sorted(run_tasks(die_once, tmp_path, range(6), 2)) == list(range(6))
    assert (tmp_path / "died").exists()


def test_workers_that_cannot_start_are_one_line(tmp_path: Path) -> None:
    """A script that starts its work when it is imported; what the workers are to do is larger than a pipe."""
    script = tmp_path / "script.py"
    script.write_text(
        "from rnnoise_py.runs.workers import run_tasks\n"
        "def add(state, task):\n    return task\n"
        "print(list(run_tasks(add, b'a' * (1 << 20), range(3), 2)))\n"
    )
    done = subprocess.run([sys.executable, script], env=environment(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 1
    assert b"a worker process died" in done.stderr.splitlines()[-1]


def test_a_task_that_kills_is_one_line() -> None:
    """The second time it is said, with the signal."""
    with pytest.raises(RNNoiseError, match=r"killed by signal 9.*fewer --workers") as raised:
        list(run_tasks(die, None, range(6), 2))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_ends_at_once(tmp_path: Path, times: int) -> None:
    """Within two seconds, whatever the workers are in and however often it is pressed; no process is left."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, tmp_path], env=environment(), stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        end = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            assert time.monotonic() < end
            time.sleep(0.05)
        started = time.monotonic()
        for _ in range(times):
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does
            time.sleep(0.15)
        out, _ = process.communicate(timeout=60)
        spent = time.monotonic() - started
    assert (process.returncode, out) == (130, b"interrupted\n")
    assert spent < SOON, spent
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.read_text()), 0)


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    """Workers do not import the program that they work for: it runs once, guarded by ``__name__`` or not."""
    script = tmp_path / "script.py"
    script.write_text(
        "from rnnoise_py.runs.workers import run_tasks\n"
        "from tests.runs.test_workers import add\n"
        "print('once')\n"
        "print(sorted(result for result, _ in run_tasks(add, 10, range(4), 2)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "once\n[10, 11, 12, 13]\n", done.stderr
