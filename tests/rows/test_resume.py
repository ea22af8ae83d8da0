"""Interrupted, killed, failing runs: nothing under the final name, and --resume ends with the same file."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.rows import hdf5, store
from rnnoise_py.rows import job as job_module
from rnnoise_py.rows.checkpoint import discard, load_checkpoint, part_path, save_checkpoint, state_path
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.runs.lock import locked
from tests.rows.test_files import make_rows

COUNT = 5000
BLOCK = 500
SUFFIXES = (".f32", ".h5")


class Dead(BaseException):
    """Stands for the death of the process: nobody handles it."""


def go(
    out: Path,
    data: Path,
    *,
    resume: bool = False,
    force: bool = False,
    count: int = COUNT,
    seed: int = 1,
    on_rows: Callable[[int], None] = lambda rows: None,
    workers: int = 1,
    clean: Path | None = None,
) -> RowsJob:
    """One run as the command line does it."""
    with Inputs(clean or data / "clean.flac", data / "noise.flac") as inputs:
        inputs.sources()
        job = RowsJob(out, inputs, count, seed)
        job.check(resume=resume, force=force)
        job.run(on_rows, block_rows=BLOCK, workers=workers)
    discard(out)
    return job


def after(rows: int, error: BaseException) -> Callable[[int], None]:
    """Return a counter of rows that raises when ``rows`` are there."""
    done = 0

    def count_rows(more: int) -> None:
        nonlocal done
        done += more
        if done >= rows:
            raise error

    return count_rows


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: Path) -> dict[str, bytes]:
    """Bytes of the uninterrupted outputs."""
    folder = tmp_path_factory.mktemp("whole")
    for suffix in SUFFIXES:
        make_rows(folder / f"rows{suffix}", data, COUNT)
    return {suffix: (folder / f"rows{suffix}").read_bytes() for suffix in SUFFIXES}


@pytest.fixture
def every_block_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after each block."""
    monkeypatch.setattr(job_module, "CHECKPOINT_SECONDS", 0.0)


def names(folder: Path) -> list[str]:
    """Everything that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("rows", [500, 2500, 5000])
def test_interrupted_run_goes_on(tmp_path: Path, data: Path, whole: dict[str, bytes], suffix: str, rows: int) -> None:
    """Ctrl-C after some blocks: no output, all finished rows are kept, --resume completes them."""
    out = tmp_path / f"rows{suffix}"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, on_rows=after(rows, KeyboardInterrupt()))
    assert names(tmp_path) == sorted([part_path(out).name, state_path(out).name])
    made: list[int] = []
    go(out, data, resume=True, on_rows=made.append)
    assert sum(made) == COUNT - rows
    assert names(tmp_path) == [out.name]
    assert out.read_bytes() == whole[suffix]


@pytest.mark.usefixtures("every_block_is_saved")
@pytest.mark.parametrize(
    ("suffix", "place"),
    [(suffix, place) for suffix in SUFFIXES for place in ("_create", "_open", "_finish", "save", "rename", "renamed")]
    + [(".h5", "complete")],
)
def test_death_at_any_step_goes_on(
    tmp_path: Path, data: Path, whole: dict[str, bytes], suffix: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before or after each step of a run, nothing tidied up: --resume ends with the same bytes."""
    out = tmp_path / f"rows{suffix}"

    def die(*_: Any, **__: Any) -> None:
        raise Dead

    with monkeypatch.context() as patch:
        patch.setattr(RowsJob, "_keep", lambda self: None)
        if place in {"_create", "_open", "_finish"}:
            patch.setattr(RowsJob, place, die)
        elif place == "complete":
            patch.setattr(hdf5, "read_attributes", die)
        else:
            original = os.replace
            fatal = state_path(out) if place == "save" else out

            def replace_or_die(source: Path, target: Path) -> None:
                if target != fatal or place == "renamed":
                    original(source, target)
                if target == fatal:
                    raise Dead

            patch.setattr(os, "replace", replace_or_die)
        with pytest.raises(Dead):
            go(out, data)
    assert out.exists() == (place == "renamed")
    go(out, data, resume=True, workers=2)
    assert names(tmp_path) == [out.name]
    assert out.read_bytes() == whole[suffix]


def test_resume_without_anything_begins(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """--resume may stand in a loop from the first call on."""
    go(tmp_path / "rows.f32", data, resume=True)
    assert (tmp_path / "rows.f32").read_bytes() == whole[".f32"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_resume_of_a_finished_run_does_nothing(
    tmp_path: Path, data: Path, whole: dict[str, bytes], suffix: str
) -> None:
    """The same file is there already: it stays, and that is success."""
    out = tmp_path / f"rows{suffix}"
    go(out, data)
    made: list[int] = []
    job = go(out, data, resume=True, on_rows=made.append)
    assert not made
    assert out.read_bytes() == whole[suffix]
    assert job.row_sha256 == hashlib.sha256(whole[".f32"]).hexdigest()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("finished", [False, True])
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"seed": 2}, "seed|rows"), ({"count": COUNT + 1}, "count|rows"), ({"clean": "other"}, "clean|rows")],
)
def test_other_runs_are_refused(
    tmp_path: Path, data: Path, suffix: str, finished: bool, change: dict[str, Any], reason: str
) -> None:
    """Another seed, count or input: refused with the reason, and what is there stays."""
    out = tmp_path / f"rows{suffix}"
    if finished:
        go(out, data)
    else:
        with pytest.raises(KeyboardInterrupt):
            go(out, data, on_rows=after(BLOCK, KeyboardInterrupt()))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    if "clean" in change:
        change = {"clean": data / "noise.flac"}
    with pytest.raises(InputError, match=reason):
        go(out, data, resume=True, **change)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_version_is_refused(tmp_path: Path, data: Path) -> None:
    """Rows of another version are not mixed with this one's."""
    out = tmp_path / "rows.f32"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, on_rows=after(BLOCK, KeyboardInterrupt()))
    checkpoint = load_checkpoint(state_path(out))
    assert checkpoint is not None
    earlier = replace(checkpoint, identity={**checkpoint.identity, "version": "0.0.0"})
    save_checkpoint(state_path(out), earlier)
    with pytest.raises(InputError, match=r"version was 0\.0\.0"):
        go(out, data, resume=True)


def test_moved_inputs_are_the_same_inputs(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """What counts is what is in the files, not where they are."""
    moved = tmp_path / "elsewhere.flac"
    moved.write_bytes((data / "clean.flac").read_bytes())
    out = tmp_path / "rows.h5"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, on_rows=after(BLOCK, KeyboardInterrupt()))
    go(out, data, resume=True, clean=moved)
    assert out.read_bytes() == whole[".h5"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_part_is_refused(tmp_path: Path, data: Path, suffix: str) -> None:
    """One changed bit in the rows that are there is noticed."""
    out = tmp_path / f"rows{suffix}"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, on_rows=after(2000, KeyboardInterrupt()))
    opened = hdf5.open_hdf5 if suffix == ".h5" else store.open_bare
    with opened(part_path(out), COUNT) as rows:
        one = rows.read(1234, 1).copy()
        one.view(np.uint32)[0, 5] ^= 1
        rows.write(1234, one)
    with pytest.raises(InputError, match="damaged"):
        go(out, data, resume=True)


def test_unreadable_checkpoint_is_refused(tmp_path: Path, data: Path) -> None:
    """Rubbish in place of a checkpoint: one line says what to do."""
    state_path(tmp_path / "rows.f32").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="start over without --resume"):
        go(tmp_path / "rows.f32", data, resume=True)


def test_two_runs_do_not_write_one_output(tmp_path: Path, data: Path) -> None:
    """The second run is refused, and the first one's rows stay."""
    pytest.importorskip("fcntl")
    out = tmp_path / "rows.f32"
    with locked(part_path(out), out):
        part_path(out).write_bytes(b"rows of the first")
        with pytest.raises(OutputError, match="being written by another run"):
            go(out, data)
        assert part_path(out).read_bytes() == b"rows of the first"


def test_old_output_stays_until_the_new_one_is_whole(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """--force replaces atomically."""
    out = tmp_path / "rows.f32"
    out.write_bytes(b"old")
    with pytest.raises(OutputError, match="--force"):
        go(out, data)
    with pytest.raises(KeyboardInterrupt):
        go(out, data, force=True, on_rows=after(BLOCK, KeyboardInterrupt()))
    assert out.read_bytes() == b"old"
    go(out, data, force=True, resume=True)
    assert out.read_bytes() == whole[".f32"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_part_that_leads_elsewhere_is_refused(
    tmp_path: Path, data: Path, suffix: str, resume: bool, kind: str
) -> None:
    """A link that someone put where the rows are gathered: one line, and the file that it leads to stays."""
    out = tmp_path / f"rows{suffix}"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, on_rows=after(BLOCK, KeyboardInterrupt()))
    victim = tmp_path / "victim"
    os.replace(part_path(out), victim)
    before = victim.read_bytes()
    part_path(out).symlink_to(victim) if kind == "symbolic" else os.link(victim, part_path(out))
    with pytest.raises(OutputError, match="is a link, and what it leads to would be overwritten: remove the link"):
        go(out, data, resume=resume)
    assert victim.read_bytes() == before
    assert not out.exists()


def test_rows_are_on_the_disk_before_they_have_a_name(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows, their name, the folder: after a loss of power the file is whole or not there."""
    out, made = tmp_path / "rows.h5", []
    sync, rename = os.fsync, os.replace

    def synced(handle: int) -> None:
        made.append(os.readlink(f"/proc/self/fd/{handle}"))
        sync(handle)

    def renamed(source: Path, target: Path) -> None:
        made.append(f"{Path(source).name} → {Path(target).name}")
        rename(source, target)

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("not here: no /proc/self/fd")
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", renamed)
    go(out, data, count=600)
    assert made[-3:] == [str(part_path(out)), ".rows.h5.part → rows.h5", str(tmp_path)]


def test_a_checkpoint_does_not_grow_with_the_inputs(tmp_path: Path, data: Path) -> None:
    """Of the input files it holds a digest."""
    sizes = []
    for files in (1, 400):
        folder = tmp_path / f"clean{files}"
        folder.mkdir()
        (folder / "0.raw").write_bytes(bytes(960 * 500))
        for number in range(1, files):
            (folder / f"{number}.raw").write_bytes(bytes(960))
        out = tmp_path / f"{files}.h5"
        with pytest.raises(KeyboardInterrupt):
            go(out, data, clean=folder, on_rows=after(BLOCK, KeyboardInterrupt()))
        sizes.append(state_path(out).stat().st_size)
    assert abs(sizes[1] - sizes[0]) < 20


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_changed_input_is_told_by_what_is_in_it(tmp_path: Path, data: Path, suffix: str) -> None:
    """Another file of the same size, one more file: the message says which of the inputs."""
    folder = tmp_path / "clean"
    folder.mkdir()
    for name in ("1.raw", "2.raw"):
        (folder / name).write_bytes(bytes(960 * 300))
    out = tmp_path / f"rows{suffix}"
    with pytest.raises(KeyboardInterrupt):
        go(out, data, clean=folder, on_rows=after(BLOCK, KeyboardInterrupt()))
    (folder / "2.raw").write_bytes(bytes(960 * 299) + b"\1" * 960)
    with pytest.raises(InputError, match="its digest of the clean files was"):
        go(out, data, clean=folder, resume=True)
    (folder / "3.raw").write_bytes(bytes(960))
    with pytest.raises(InputError, match="its number of clean files was 2, now it is 3"):
        go(out, data, clean=folder, resume=True)
