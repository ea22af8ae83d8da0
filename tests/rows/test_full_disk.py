"""No space left, at the start and on the way: one line, and what is there can be gone on with."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.rows import job as job_module
from rnnoise_py.rows import store
from rnnoise_py.rows.checkpoint import save_checkpoint
from tests.rows.test_files import make_rows
from tests.rows.test_resume import COUNT, after, go, names


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, data: Path) -> bytes:
    """Bytes of the uninterrupted output."""
    out = tmp_path_factory.mktemp("whole") / "rows.f32"
    make_rows(out, data, COUNT)
    return out.read_bytes()


def test_full_disk_keeps_what_is_there(
    tmp_path: Path, data: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space left in the middle: an error of one line, and --resume goes on when there is room."""
    out = tmp_path / "rows.f32"
    with pytest.raises(OutputError, match=r"No space left on device; 2,000 rows are kept: make room and add --resume"):
        go(out, data, on_rows=after(2000, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    assert not out.exists()
    go(out, data, resume=True)
    assert out.read_bytes() == expected


def test_full_disk_says_what_is_really_kept(
    tmp_path: Path, data: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last checkpoint does not fit either: the one before counts, and --resume goes on from it."""
    out = tmp_path / "rows.f32"

    def full(path: Path, checkpoint: Any) -> None:
        if checkpoint.rows > 1500:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save_checkpoint(path, checkpoint)

    with monkeypatch.context() as patch:
        patch.setattr(job_module, "save_checkpoint", full)
        patch.setattr(job_module, "CHECKPOINT_SECONDS", 0.0)  # after every block
        with pytest.raises(OutputError, match=r"1,500 rows are kept"):
            go(out, data)
    made: list[int] = []
    go(out, data, resume=True, on_rows=made.append)
    assert sum(made) == COUNT - 1500
    assert out.read_bytes() == expected


def test_full_disk_at_the_start_leaves_nothing(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even the structure fits: nothing is left."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store, "create_bare", full)
    with pytest.raises(OutputError, match="No space left on device"):
        go(tmp_path / "rows.h5", data)
    assert names(tmp_path) == []
