"""A Dask scheduler and workers as processes of their own, and the worker processes of a command."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.command_line import environment


@contextlib.contextmanager
def running_scheduler(folder: Path, **more: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Start a scheduler, with more in its environment; its address and process."""
    file = folder / "scheduler.json"
    words = ["--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--no-show", "--scheduler-file", str(file)]
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_scheduler", *words],
        env=environment(**more),
        cwd=folder,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            end = time.monotonic() + 30
            while not file.exists():
                assert time.monotonic() < end
                time.sleep(0.1)
            time.sleep(0.3)
            yield str(json.loads(file.read_text())["address"]), process
        finally:
            process.send_signal(signal.SIGTERM)


@contextlib.contextmanager
def running_worker(address: str, folder: Path, threads: int = 1) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a worker, without a nanny."""
    words = ["--no-nanny", "--no-dashboard", "--nthreads", str(threads), "--death-timeout", "20"]
    with subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, *words],
        env=environment(),
        cwd=folder,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def workers_of(process: int) -> list[int]:
    """Worker processes of a command that runs with ``--cluster local``."""
    import psutil  # comes with Dask

    found = []
    for child in psutil.Process(process).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("spawn_main" in word for word in child.cmdline()):
                found.append(child.pid)
    return sorted(found)
