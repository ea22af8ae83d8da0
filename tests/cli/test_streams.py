"""stdin, stdout and stderr that are closed or cannot take every letter: data stays data, errors stay one line."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.denoiser import default_model_path, denoise
from tests.command_line import command, environment, run_apart

Completed = subprocess.CompletedProcess[bytes]

CLOSED_INPUT, CLOSED_OUTPUT = "standard input is closed", "standard output is closed"


def run_with(redirection: str, *arguments: object, data: bytes = b"", **more: str) -> Completed:
    """Run ``rnnoise-py ARGUMENTS REDIRECTION`` in a shell, with ``data`` on stdin and ``more`` in the environment."""
    if shutil.which("sh") is None:
        pytest.skip("needs sh")
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *command(*arguments)],
        input=data,
        capture_output=True,
        check=False,
        timeout=300,
        env=environment(RNNOISE_LIBRARY="", **more),
    )


@pytest.fixture
def pcm(golden_pcm: Callable[[str], npt.NDArray[np.int16]]) -> npt.NDArray[np.int16]:
    """A fifth of a second of noisy speech."""
    return golden_pcm("noisy")[48_000:57_600]


def test_notes_never_join_the_samples(pcm: npt.NDArray[np.int16]) -> None:
    """With stderr closed the pipe carries the denoised samples and nothing else."""
    done = run_with("2>&-", "denoise", "-", "-", data=pcm.tobytes())
    assert done.returncode == 0
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int16), denoise(pcm))


def test_notes_never_join_the_json(tmp_path: Path) -> None:
    """With stderr closed ``--json`` is JSON."""
    done = run_with("2>&-", "export", default_model_path(), "-o", tmp_path / "out", "--format", "text", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["folder"] == str(tmp_path / "out")


def test_progress_needs_no_stderr(tmp_path: Path, data: Path) -> None:
    """A command with a progress runs to its end, and its file is the same, with stderr closed."""
    for name, redirection in (("closed.f32", "2>&-"), ("open.f32", "")):
        arguments = ("features", data / "clean.flac", data / "noise.flac", "-n", 100, "-o", tmp_path / name)
        assert run_with(redirection, *arguments).returncode == 0
    assert (tmp_path / "closed.f32").read_bytes() == (tmp_path / "open.f32").read_bytes()


@pytest.mark.parametrize(("redirection", "message"), [("<&-", CLOSED_INPUT), (">&-", CLOSED_OUTPUT)])
def test_a_pipe_needs_both_ends(redirection: str, message: str, pcm: npt.NDArray[np.int16]) -> None:
    """``denoise - -`` without stdin or stdout is one line and exit code 2."""
    _assert_refused(run_with(redirection, "denoise", "-", "-", data=pcm.tobytes()), message)


def test_rows_need_a_stdout(tmp_path: Path, data: Path) -> None:
    """``features -o -`` and ``convert ROWS -`` without stdout are one line and exit code 2."""
    mix, rows = (data / "clean.flac", data / "noise.flac"), tmp_path / "rows.h5"
    assert run_apart("features", *mix, "-n", 10, "-o", rows).code == 0
    _assert_refused(run_with(">&-", "features", *mix, "-n", 10, "-o", "-"), CLOSED_OUTPUT)
    _assert_refused(run_with(">&-", "convert", rows, "-"), CLOSED_OUTPUT)


def test_all_streams_may_be_closed(tmp_path: Path, data: Path) -> None:
    """Without any of the three streams the opened files keep their contents, for no descriptor is taken twice."""
    arguments = ("denoise", data / "clean.flac", tmp_path / "out.flac")
    assert run_with("<&- >&- 2>&-", *arguments).returncode == 0
    assert (tmp_path / "out.flac").read_bytes()[:4] == b"fLaC"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_terminals_without_our_letters(encoding: str, tmp_path: Path) -> None:
    """Where the encoding lacks → or … help and errors are still said."""
    helped = run_with("", "--help", PYTHONIOENCODING=encoding)
    assert (helped.returncode, helped.stderr) == (0, b"")
    assert b"rows" in helped.stdout
    _assert_refused(run_with("", "denoise", tmp_path / "→.wav", tmp_path / "o.wav", PYTHONIOENCODING=encoding), "2192")


def _assert_refused(done: Completed, message: str) -> None:
    said = done.stderr.decode()
    assert (done.returncode, done.stdout, said.count("\n")) == (2, b"", 1), said
    assert message in said
