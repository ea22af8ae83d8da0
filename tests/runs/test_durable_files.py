"""What a run goes on from survives a loss of power, and what did not survive one is told in one line."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import write_bytes
from rnnoise_py.training import checkpoint as checkpoints
from rnnoise_py.training.architecture import initial_weights
from rnnoise_py.training.checkpoint import State
from rnnoise_py.training.cpu.adam import Adam
from tests.command_line import run_here
from tests.training_samples import random_rows, saved_state, write_rows


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of fsync and rename are called, in order."""
    made: list[str] = []

    def recorded(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: Any) -> None:
            made.append(name)
            real(*arguments)

        monkeypatch.setattr(os, name, call)

    for name in ("fsync", "replace"):
        recorded(name)
    return made


def test_durable_files_are_on_the_disk_before_their_name(tmp_path: Path, calls: list[str]) -> None:
    """The file, then the rename, then the folder; other files cost no waiting."""
    write_bytes(tmp_path / "file", b"content", durable=True)
    assert calls == ["fsync", "replace", "fsync"]
    write_bytes(tmp_path / "file", b"other content")
    assert calls == ["fsync", "replace", "fsync", "replace"]


def test_training_checkpoints_are_durable(tmp_path: Path, calls: list[str]) -> None:
    """docs/training.md promises to go on after a reboot."""
    checkpoints.save(tmp_path, State(initial_weights(1), Adam(keras2_steps=False)), {})
    assert calls == ["fsync", "replace", "fsync"]
    assert np.array_equal(saved_state(tmp_path).theta, initial_weights(1))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04."], ids=["empty", "cut", "no zip"])
def test_a_checkpoint_that_was_lost_is_refused_in_one_line(tmp_path: Path, content: bytes, capfdbinary: Any) -> None:
    """An empty file is no interruption."""
    (tmp_path / checkpoints.FILE_NAME).write_bytes(content)
    with pytest.raises(InputError, match="is not a checkpoint"):
        checkpoints.load(tmp_path)
    rows = write_rows(tmp_path / "rows.h5", random_rows(4, 20))
    options = ("--run", tmp_path, "-o", tmp_path / "w.hdf5", "--window", 20)
    done = run_here(capfdbinary, "train", rows, "--resume", *options)
    assert (done.code, len(done.error_lines)) == (2, 1), done.err
