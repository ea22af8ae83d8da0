"""How long it takes until something happens, and that errors are one line each."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import command, environment, run_here

QUICK_SECONDS = 0.3  # import and --help
FIRST_ROWS = 1.6  # times what importing numba, h5py and soundfile takes, with compiled kernels
ATTEMPTS = 12


def best_cpu_seconds(arguments: list[str], enough: float, *, until: int = 0) -> float:
    """Least processor time of a process over some attempts, or until it wrote so many bytes.

    Processor time, not the clock: other tests share the machine. Stops early when it is ``enough``.
    """
    resource = pytest.importorskip("resource")
    best = float("inf")
    for _ in range(ATTEMPTS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(arguments, env=environment(), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            if until:
                assert len(process.stdout.read(until)) == until
                process.kill()
            else:
                process.communicate()
                assert process.returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        if best < enough:
            break
    return best


@pytest.mark.parametrize(
    "arguments",
    [
        [sys.executable, "-c", "import rnnoise_py"],
        command("--help"),
        command("features", "--help"),
        command("verify", "--help"),
    ],
    ids=["import", "--help", "features --help", "verify --help"],
)
def test_starts_quickly(arguments: list[str]) -> None:
    """Importing the package and asking for help takes under 0.3 s."""
    assert best_cpu_seconds(arguments, QUICK_SECONDS) < QUICK_SECONDS


def test_first_rows_come_soon(data: Path) -> None:
    """From the start of the process, with compiled kernels, to the first block on stdout: mostly others' imports."""
    imports = best_cpu_seconds([sys.executable, "-c", "import numba.np.arraymath, h5py, soundfile"], 0.0)
    arguments = command("features", data / "clean.flac", data / "noise.flac", "-n", 100_000, "-q", "-o", "-")
    assert best_cpu_seconds(arguments, FIRST_ROWS * imports, until=348) < FIRST_ROWS * imports


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["features"],
        ["features", "a"],
        ["features", "a", "b"],
        ["convert", "a"],
        ["--nonsense"],
        ["verify", "nonsense"],
        ["verify", "features", "a"],
    ],
)
def test_usage_errors_are_one_line(arguments: list[str], capfdbinary: Any) -> None:
    """Exit code 2, one line that says where the help is."""
    done = run_here(capfdbinary, *arguments)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "--help" in done.err


@pytest.mark.parametrize("arguments", [[], ["verify"]])
def test_no_arguments_show_the_help(arguments: list[str], capfdbinary: Any) -> None:
    """A bare call is a question."""
    done = run_here(capfdbinary, *arguments)
    assert "Usage:" in done.out.decode() + done.err
