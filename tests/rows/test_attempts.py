"""Two workers at one file: the later takes over, the earlier notices, the bytes are the same."""

from pathlib import Path

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.rows.attempts import discard_all, end_tries, new_attempt, take_over, tries_folder
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from tests.rows.test_files import make_rows
from tests.rows.test_resume import SUFFIXES, names

COUNT = 3000


def _job(out: Path, inputs: Inputs) -> RowsJob:
    """Another attempt at a file."""
    job = RowsJob(out, inputs, COUNT, 1, attempt=new_attempt(out))
    job.take_over()
    return job


@pytest.fixture
def inputs(data: Path) -> Inputs:
    """The golden mix, its digests known."""
    found = Inputs(data / "clean.flac", data / "noise.flac")
    found.sources()
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("after", [1, 5, 25])
def test_a_frozen_worker_wakes_up(tmp_path: Path, data: Path, inputs: Inputs, suffix: str, after: int) -> None:
    """Frozen after some blocks, its file is taken over; awake, it gives up; the second attempt goes on."""
    out = tmp_path / f"rows{suffix}"
    first = _job(out, inputs)
    steps = first.steps(lambda rows: None, block_rows=100)
    for _ in range(after + 1):
        next(steps)
    second = _job(out, inputs)
    assert second.rows_done == 100  # the checkpoint of the first block; the next one is due after a second
    half_way = second.steps(lambda rows: None, block_rows=100)
    next(half_way)
    with pytest.raises(OutputError, match="by another worker"):
        list(steps)
    list(half_way)
    assert second.finished
    assert _job(out, inputs).row_sha256 == second.row_sha256  # a third finds it done
    discard_all(out)
    assert names(tmp_path) == [out.name]
    make_rows(tmp_path / f"whole{suffix}", data, COUNT)
    assert out.read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()


def test_a_frozen_worker_wakes_up_at_its_end(tmp_path: Path, data: Path, inputs: Inputs) -> None:
    """All its rows are written, but the file is another's: it does not give it its name."""
    out = tmp_path / "rows.h5"
    first = _job(out, inputs)
    steps = first.steps(lambda rows: None, block_rows=1000)
    for _ in range(4):
        next(steps)
    second = _job(out, inputs)
    assert second.rows_done == 1000
    with pytest.raises(OutputError):
        list(steps)
    assert not out.exists()
    second.run(lambda rows: None)
    make_rows(tmp_path / "whole.h5", data, COUNT)
    assert out.read_bytes() == (tmp_path / "whole.h5").read_bytes()


def test_the_furthest_is_gone_on_with(tmp_path: Path, inputs: Inputs) -> None:
    """By a plain run too, whose files it becomes."""
    out = tmp_path / "rows.f32"
    for blocks in (2, 1):
        job = RowsJob(out, inputs, COUNT, 1, attempt=new_attempt(out))
        steps = job.steps(lambda rows: None, block_rows=1000)
        for _ in range(blocks + 1):
            next(steps)
        steps.close()  # as an interrupted worker
    end_tries(out, keep=True)
    assert not tries_folder(out).exists()
    plain = RowsJob(out, inputs, COUNT, 1)
    plain.check(resume=True, force=False)
    assert plain.rows_done == 2000


def test_nothing_to_take_over(tmp_path: Path) -> None:
    """Neither files nor a folder."""
    assert not take_over(tmp_path / "rows.h5", "")
    end_tries(tmp_path / "rows.h5", keep=True)
    assert names(tmp_path) == []


def test_another_runs_attempts_are_dropped(tmp_path: Path, data: Path, inputs: Inputs) -> None:
    """Of another seed, or damaged."""
    out = tmp_path / "rows.h5"
    job = RowsJob(out, inputs, COUNT, 2, attempt=new_attempt(out))
    steps = job.steps(lambda rows: None, block_rows=1000)
    next(steps)
    next(steps)
    steps.close()
    (tries_folder(out) / "0123456789abcdef.state").write_bytes(b"rubbish")
    second = _job(out, inputs)
    assert second.rows_done == 0
    second.run(lambda rows: None)
    make_rows(tmp_path / "whole.h5", data, COUNT)
    assert out.read_bytes() == (tmp_path / "whole.h5").read_bytes()
