"""Which libraries this user built: by path and digest, in a folder of the user's own."""

import os
from pathlib import Path

import pytest

from rnnoise_py.runs.built import is_ours, record_built
from rnnoise_py.runs.user_cache import is_private, user_cache


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "rnnoise-py"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A file."""
    path = tmp_path / "lib\udcff é.so"
    path.write_bytes(b"library")
    return path


def test_a_library_is_ours_while_its_bytes_are_the_recorded_ones(library: Path, tmp_path: Path) -> None:
    """Not before the record, not once changed, not a copy elsewhere, not when missing; by any name."""
    assert not is_ours(library)
    assert record_built(library)
    assert is_ours(library)
    link = tmp_path / "link.so"
    link.symlink_to(library)
    assert is_ours(link)
    copy = tmp_path / "copy.so"
    copy.write_bytes(library.read_bytes())
    assert not is_ours(copy)
    library.write_bytes(b"another")
    assert not is_ours(library)
    assert record_built(link)
    assert is_ours(library)
    library.unlink()
    assert not is_ours(library)


def test_records_of_others_count_for_nothing(library: Path, cache: Path) -> None:
    """A record or folder that others can write to is not believed."""
    record_built(library)
    (record,) = (cache / "built").iterdir()
    assert (record.stat().st_mode & 0o777, is_private(record)) == (0o600, True)
    for path, mode in ((record, 0o622), (record, 0o602), (record.parent, 0o777)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert not is_ours(library)
        path.chmod(before)
    assert is_ours(library)
    if os.geteuid() == 0:
        os.chown(record, 12_345, -1)
        assert not is_ours(library)


def test_without_a_home_nothing_is_recorded(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home has no record, and no error."""
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert user_cache() is None
    assert record_built(library) is False
    assert is_ours(library) is False


def test_a_cache_that_cannot_be_written_is_no_error(library: Path, cache: Path) -> None:
    """The library is simply not recorded."""
    cache.parent.mkdir()
    cache.write_text("a file where the folder should be")
    assert record_built(library) is False
    assert is_ours(library) is False


def test_a_relative_cache_folder_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As the XDG specification says; else every folder would have its own records."""
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache() == tmp_path / ".cache" / "rnnoise-py"
