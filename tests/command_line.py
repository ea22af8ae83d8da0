"""Run the command line from tests: in this process, or in its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.cli import main

REPOSITORY = Path(__file__).parent.parent


@dataclass
class Outcome:
    """What a command did."""

    code: int
    out: bytes
    err: str

    @property
    def error_lines(self) -> list[str]:
        """Lines of stderr, without notes and progress."""
        return [line for line in self.err.splitlines() if line.startswith("rnnoise-py: error:")]


def run_here(capture: pytest.CaptureFixture[bytes], *arguments: object) -> Outcome:
    """Run ``rnnoise-py ARGUMENTS`` in this process; ``capture`` is the fixture ``capfdbinary``."""
    before = sys.argv
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    sys.argv = ["rnnoise-py", *map(str, arguments)]
    capture.readouterr()
    try:
        with pytest.raises(SystemExit) as stop:
            main()
    finally:
        sys.argv = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
    said = capture.readouterr()
    code = stop.value.code
    return Outcome(code if isinstance(code, int) else 0, said.out, said.err.decode())


def command(*arguments: object) -> list[str]:
    """Command and arguments of ``rnnoise-py ARGUMENTS``."""
    return [sys.executable, "-m", "rnnoise_py", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Environment in which a new Python finds the package."""
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **more}


def run_apart(*arguments: object, before: Callable[[], None] | None = None, **options: Any) -> Outcome:
    """Run ``rnnoise-py ARGUMENTS`` in a process of its own; ``before`` runs in it first."""
    done = subprocess.run(
        command(*arguments),
        env=environment(),
        capture_output=True,
        check=False,
        timeout=300,
        preexec_fn=before,
        **options,
    )
    return Outcome(done.returncode, done.stdout, done.stderr.decode())


def peak_memory(arguments: list[str]) -> float:
    """Run a command to its end; return its peak memory in MiB.

    Its own high-water mark: ``ru_maxrss`` would begin at what this process has.
    """
    peak = 0
    with subprocess.Popen(arguments, env=environment()) as process:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
            if found:
                peak = max(peak, int(found[1]))
            time.sleep(0.02)
    assert process.returncode == 0
    return peak / 1024
