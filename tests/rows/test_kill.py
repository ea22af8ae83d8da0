"""SIGKILL, SIGINT and SIGTERM at random moments of real processes; --resume ends with the same bytes."""

import hashlib
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from rnnoise_py.rows.checkpoint import load_checkpoint, state_path
from tests.command_line import command, environment, run_apart
from tests.rows.test_files import make_rows
from tests.rows.test_resume import SUFFIXES, names


def _kill_and_resume(folder: Path, data: Path, suffix: str, rows: int, moments: random.Random) -> int:
    """Kill a run and its resumptions at random moments; return how often it was hit before its end."""
    out = folder / f"rows{suffix}"
    arguments = ["features", data / "clean.flac", data / "noise.flac", "-n", rows, "--block-rows", 512, "-q", "-o", out]
    hits = 0
    for attempt in range(3):
        more = ["--resume"] if attempt else []
        process = subprocess.Popen(command(*arguments, *more), env=environment())
        deadline = time.monotonic() + moments.uniform(0.3, 2.5)
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        hits += process.poll() is None
        process.send_signal(signal.SIGKILL)
        code = process.wait()
        assert code in {0, -signal.SIGKILL}
        assert out.exists() or code
    done = run_apart(*arguments, "--resume")
    assert (done.code, done.err) == (0, "")
    return hits


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_killed_runs_end_with_the_same_bytes(tmp_path: Path, data: Path, suffix: str) -> None:
    """SIGKILL at random moments, three times in a row, then --resume."""
    rows = 30_000
    _kill_and_resume(tmp_path, data, suffix, rows, random.Random(suffix))
    assert names(tmp_path) == [f"rows{suffix}"]
    make_rows(tmp_path / f"whole{suffix}", data, rows)
    assert (tmp_path / f"rows{suffix}").read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_killed_twenty_times(tmp_path: Path, data: Path, number: int) -> None:
    """The same with twenty other sequences of moments."""
    suffix, rows = SUFFIXES[number % 2], 40_000
    _kill_and_resume(tmp_path, data, suffix, rows, random.Random(number))
    make_rows(tmp_path / f"whole{suffix}", data, rows)
    assert (tmp_path / f"rows{suffix}").read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_command_says_how_to_go_on(tmp_path: Path, data: Path, number: signal.Signals) -> None:
    """Exit code 130, one line, no output; --resume ends with the rows that are expected."""
    out = tmp_path / "rows.f32"
    arguments = ["features", data / "clean.flac", data / "noise.flac", "-n", 2_000_000, "-o", out]
    process = subprocess.Popen(command(*arguments), env=environment(), stderr=subprocess.PIPE, text=True)
    while not state_path(out).exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "of 2,000,000 rows are kept: the same command with --resume goes on from there" in said
    assert not out.exists()
    checkpoint = load_checkpoint(state_path(out))
    assert checkpoint is not None
    assert checkpoint.rows > 0


@pytest.mark.parametrize("more", [["--workers", 2], ["--workers", 2, "--shards", 4], ["--workers", 1, "--shards", 3]])
def test_impatient_interrupts(tmp_path: Path, data: Path, more: list[object]) -> None:
    """Ctrl-C again and again while the run is tidying up: it ends at once, with 130, and what is kept is whole."""
    moments = random.Random(str(more))
    for _ in range(4):
        out = tmp_path / "rows.f32"
        arguments = ["features", data / "clean.flac", data / "noise.flac", "-n", 1_000_000, "-o", out, *more]
        process = subprocess.Popen(command(*arguments), env=environment(), stderr=subprocess.PIPE, text=True)
        while not list(tmp_path.glob(".*.state")) and process.poll() is None:
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.3))
        began = time.monotonic()
        while process.poll() is None and time.monotonic() < began + 30:
            process.send_signal(moments.choice([signal.SIGINT, signal.SIGINT, signal.SIGTERM]))
            time.sleep(moments.choice([0.0, 0.001, 0.01, 0.1]))
        process.kill()
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert "Exception ignored" not in said
        for state in tmp_path.glob(".*.state"):
            checkpoint = load_checkpoint(state)
            assert checkpoint is not None
            part = state.with_suffix(".part")
            assert hashlib.sha256(part.read_bytes()[: 348 * checkpoint.rows]).hexdigest() == checkpoint.row_sha256
            state.unlink()
            part.unlink()
