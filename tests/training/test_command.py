"""``rnnoise-py train`` as users meet it: one command, killed, interrupted, wrongly called."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from rnnoise_py.cli.train import command
from rnnoise_py.errors import InputError
from rnnoise_py.model import read_float_model
from rnnoise_py.training import TrainingConfig, train
from rnnoise_py.training.architecture import FloatArray, flatten
from rnnoise_py.training.history import CSV_NAME
from tests.conftest import REPOSITORY
from tests.training_samples import random_rows, saved_state, write_rows

FRAMES, WINDOWS = 20, 12
OPTIONS = ["--batch", "4", "--window", str(FRAMES), "--no-tensorboard", "--engine", "numba"]


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """Twelve windows of twenty rows."""
    return write_rows(tmp_path / "rows.h5", random_rows(WINDOWS, FRAMES))


def _config(rows_file: Path, output: Path, epochs: int) -> TrainingConfig:
    return TrainingConfig(
        rows=(rows_file,), output=output, epochs=epochs, batch=4, window=FRAMES, engine="numba", tensorboard=False
    )


def _weights(path: Path) -> FloatArray:
    return flatten(read_float_model(path).weights)


def _start(rows_file: Path, output: Path) -> "subprocess.Popen[str]":
    """Start a run that would take for ever and wait for the end of its first epoch."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "rnnoise_py",
            "train",
            str(rows_file),
            "-o",
            str(output),
            "--epochs",
            "100000",
            *OPTIONS,
        ],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = output.with_suffix(".run") / CSV_NAME
    deadline = time.monotonic() + 120
    while not first.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    return process


def test_a_killed_run_resumes_at_its_last_epoch(rows_file: Path) -> None:
    """``kill -9`` leaves a whole checkpoint; the resumed run ends as an unbroken one."""
    output = rows_file.parent / "killed.hdf5"
    process = _start(rows_file, output)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    state = saved_state(output.with_suffix(".run"))
    assert state.epoch >= 1
    epochs = state.epoch + 2
    killed = train(replace(_config(rows_file, output, epochs), resume=True))
    whole = train(_config(rows_file, rows_file.parent / "whole.hdf5", epochs))
    assert np.array_equal(_weights(killed.weights).view(np.uint32), _weights(whole.weights).view(np.uint32))


def test_interrupting_the_command_ends_with_code_130(rows_file: Path) -> None:
    """Ctrl-C in the middle of a run: one line, exit code 130, a checkpoint to resume from."""
    output = rows_file.parent / "stopped.hdf5"
    process = _start(rows_file, output)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "--resume goes on after epoch" in errors
    assert "Traceback" not in errors
    assert saved_state(output.with_suffix(".run")).epoch >= 1


def test_training_is_imported_without_tensorflow() -> None:
    """The package and its configuration are there at once; TensorFlow and numba wait until they are needed."""
    code = "import sys, rnnoise_py.training; assert not {'tensorflow', 'keras', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


def test_the_command_trains_exports_and_resumes(rows_file: Path) -> None:
    """``train ROWS -o FILE --export DIR``, then ``train --resume`` with more epochs."""
    output, exported = rows_file.parent / "out.hdf5", rows_file.parent / "exported"
    runner = CliRunner()
    options = [*OPTIONS, "-q"]
    first = runner.invoke(
        command,
        [str(rows_file), "-o", str(output), "--epochs", "1", "--export", str(exported), *options],
        catch_exceptions=False,
    )
    assert first.exit_code == 0
    assert str(output) in first.stdout
    assert {"rnn_data.c", "rnn_data.h", "model.rnnn"} <= {path.name for path in exported.iterdir()}
    second = runner.invoke(command, ["-o", str(output), "--resume", "--epochs", "3", "-q"], catch_exceptions=False)
    assert second.exit_code == 0
    assert saved_state(output.with_suffix(".run")).epoch == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.h5"], "cannot read none.h5"),
        ([], "no rows given"),
        (["none.h5", "--epochs", "0"], "--epochs 0: needed is whole number, 1 or more"),
        (["none.h5", "--activation", "noise_gru"], "--activation noise_gru: write KEY=VALUE"),
        (["none.h5", "-o", "no/such/w.hdf5"], "cannot read none.h5"),
    ],
)
def test_unusable_arguments_are_one_line_errors(arguments: list[str], words: str) -> None:
    """Each is an InputError that names what to do."""
    result = CliRunner().invoke(command, arguments)
    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)
