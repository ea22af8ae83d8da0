"""Outputs that would destroy something: an input under another name, a device, a pipe."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import check_writable, write_bytes
from tests.command_line import Outcome, run_here
from tests.training_samples import random_rows, write_rows


def _refused(done: Outcome, reason: str) -> None:
    """One line, exit code 2."""
    assert (done.code, len(done.error_lines)) == (2, 1), done.err
    assert reason in done.error_lines[0]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """One second of hiss."""
    path = tmp_path / "folder" / "x.wav"
    path.parent.mkdir()
    soundfile.write(path, 0.1 * np.random.default_rng(1).standard_normal(48_000), 48_000)
    return path


@pytest.mark.parametrize("place", ["folder", "folder/x.wav"])
def test_the_list_of_offenders_is_no_checked_file(place: str, recording: Path, capfdbinary: Any) -> None:
    """``dataset check --list`` spares what it looks at, in a folder too."""
    before = recording.read_bytes()
    given = recording.parents[1] / place
    _refused(run_here(capfdbinary, "dataset", "check", "--noise", given, "--list", recording), "also an input")
    assert recording.read_bytes() == before


def test_the_list_of_offenders_is_no_rows(tmp_path: Path, capfdbinary: Any) -> None:
    """Nor one of the files of rows."""
    rows = write_rows(tmp_path / "rows.f32", random_rows(2, 20))
    _refused(run_here(capfdbinary, "dataset", "check", "--rows", rows, "--list", rows), "also an input")
    assert rows.stat().st_size == 40 * 348


def test_trained_weights_replace_no_input(tmp_path: Path, capfdbinary: Any) -> None:
    """Neither a shard that only the manifest names, nor the model that the run starts from."""
    shard = write_rows(tmp_path / "shards.1-of-1.h5", random_rows(4, 20))
    (tmp_path / "shards.json").write_text('{"files": [{"name": "shards.1-of-1.h5"}]}')
    initial = tmp_path / "w.hdf5"
    initial.write_bytes(b"weights")
    common = ["train", tmp_path / "shards.json", "--window", 20, "--epochs", 1]
    before = shard.read_bytes()
    _refused(run_here(capfdbinary, *common, "-o", shard), "also an input")
    _refused(run_here(capfdbinary, *common, "--init", initial, "-o", initial), "also an input")
    assert (shard.read_bytes(), initial.read_bytes()) == (before, b"weights")


def test_the_copied_library_replaces_no_source(tmp_path: Path, capfdbinary: Any) -> None:
    """``build --copy-to`` refuses the exported files, by any name, before make runs."""
    folder = tmp_path / "model"
    (folder / "src").mkdir(parents=True)
    names = ("Makefile", "rnn_data.c", "src/rnn.c", "model.rnnn")
    for name in names:
        (folder / name).write_text("source")
    (tmp_path / "link.so").symlink_to(folder / "rnn_data.c")
    for target in (*(folder / name for name in names), tmp_path / "link.so"):
        _refused(run_here(capfdbinary, "build", folder, "--copy-to", target), "also an input")
    assert {(folder / name).read_text() for name in names} == {"source"}


def test_a_pipe_or_device_is_no_output(tmp_path: Path, recording: Path, capfdbinary: Any) -> None:
    """What is no regular file, or a link to such a thing, would be replaced by a file: it is refused."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link", Path("/dev/null")):
        with pytest.raises(OutputError, match="is a device or a pipe"):
            check_writable(path)
        with pytest.raises(OutputError, match="is a device or a pipe"):
            write_bytes(path, b"content")
    _refused(run_here(capfdbinary, "dataset", "check", "--noise", recording, "--list", pipe), "is a device or a pipe")
    assert pipe.is_fifo()


def test_a_file_or_a_link_to_one_is_an_output(tmp_path: Path) -> None:
    """Files are replaced, links to files and to nothing too."""
    (tmp_path / "file").write_bytes(b"before")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("link", "dangling", "file"):
        write_bytes(tmp_path / name, b"after")
        assert (tmp_path / name).read_bytes() == b"after"
