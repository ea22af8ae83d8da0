"""Compiled kernels are kept where that is possible; whatever happens to them, the worst is compiling again."""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from rnnoise_py.lanes import cache
from rnnoise_py.lanes.cache import DSP_SOURCES, TRAINING_SOURCES, KernelCache, cache_folder, source_digest


def _twice(x: Any) -> Any:
    return x + x


def _kept(folder: Path) -> Any:
    """Make a dispatcher as a new process would, with a cache of its own."""
    compiled = numba.njit(_twice)
    compiled._cache = KernelCache(_twice, folder)
    return compiled


def _run(folder: Path, value: Any = 3) -> bool:
    """Call the kernel as a new process would; return whether its code was found."""
    compiled = _kept(folder)
    assert compiled(value) == 2 * value
    return bool(sum(compiled.stats.cache_hits.values()))


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KernelCache, "unkept", "")


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nbc"))


def test_code_is_found_by_the_next_process(tmp_path: Path) -> None:
    """Each signature has a file of its own, so two processes that compile two at once take nothing from each other."""
    assert [_run(tmp_path), _run(tmp_path)] == [False, True]
    (first,) = _files(tmp_path)
    before = first.read_bytes()
    assert not _run(tmp_path, 1.5)
    assert _run(tmp_path, 1.5)
    assert first.read_bytes() == before
    assert len(_files(tmp_path)) == 2
    assert [path.suffix for path in tmp_path.iterdir()] == [".nbc", ".nbc"]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [_cut, _flip, lambda content: b"", lambda content: b"\x80\x04K\x01.", lambda content: bytes(len(content))],
    ids=["cut", "one bit", "empty", "another pickle", "zeros"],
)
def test_damaged_code_is_compiled_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """No traceback, the right result, and the next process finds whole code."""
    _run(tmp_path)
    (path,) = _files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert [_run(tmp_path), _run(tmp_path)] == [False, True]


def test_code_of_another_version_is_no_error(tmp_path: Path) -> None:
    """A file that is whole, and whose content leads nowhere."""
    import hashlib

    _run(tmp_path)
    (path,) = _files(tmp_path)
    content = b"crnnoise_py.gone\nclass\n."
    path.write_bytes(hashlib.sha256(content).digest() + content)
    assert [_run(tmp_path), _run(tmp_path)] == [False, True]


def test_a_full_disk_costs_compiling_and_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The work goes on; the warning names the folder, the reason and the remedy; nothing half-written stays."""

    def full(path: Path, content: bytes) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with caplog.at_level(logging.WARNING, "rnnoise_py"):
        assert [_run(tmp_path), _run(tmp_path)] == [False, False]
    (said,) = caplog.messages
    assert str(tmp_path) in said
    assert "No space left on device" in said
    assert "NUMBA_CACHE_DIR" in said
    assert not list(tmp_path.iterdir())


def test_a_complete_cache_is_used_where_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An image with a warmed cache that is mounted read-only: found, not compiled, not a word."""
    _run(tmp_path)

    def refuse(*arguments: Any, **options: Any) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))

    for name in ("mkdir", "write_bytes", "unlink"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(os, "replace", refuse)
    assert _run(tmp_path)
    assert not caplog.messages
    assert not _run(tmp_path, 1.5)
    assert "Read-only file system" in caplog.text


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="not here: nothing is read-only to root")
def test_a_read_only_folder_is_read(tmp_path: Path) -> None:
    """The same with real permissions."""
    _run(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert [_run(tmp_path), _run(tmp_path, 1.5)] == [True, False]
    finally:
        tmp_path.chmod(0o700)


def _without_home(monkeypatch: pytest.MonkeyPatch, temporary: Path) -> Path:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(temporary))
    return cache_folder()


def test_a_user_without_a_home_has_a_cache_nobody_else_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Containers run as any number: no error at import, and code is kept in a private folder."""
    folder = _without_home(monkeypatch, tmp_path)
    assert folder.is_relative_to(tmp_path)
    assert [_run(folder), _run(folder)] == [False, True]
    (private,) = tmp_path.iterdir()
    assert private.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("open_to", ["everybody", "link"])
def test_code_that_another_could_have_put_there_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, open_to: str
) -> None:
    """A folder for temporary files that is another's, or a link: nothing is loaded from it and nothing written."""
    folder = _without_home(monkeypatch, tmp_path)
    _run(folder)
    (private,) = tmp_path.iterdir()
    if open_to == "everybody":
        private.chmod(0o777)
    else:
        elsewhere = tmp_path / "elsewhere"
        private.rename(elsewhere)
        private.symlink_to(elsewhere)
    before = len(_files(tmp_path))
    assert [_run(folder), _run(folder, 1.5)] == [False, False]
    assert len(_files(tmp_path)) == before
    assert "belongs to somebody else" in caplog.text


def test_a_changed_source_is_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A callee in another file, of dsp or of training: constants of the losses too."""
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path)
    for sources, changed in ((DSP_SOURCES, "lanes/vectors.py"), (TRAINING_SOURCES, "training/v01.py")):
        for source in sources:
            place = tmp_path / source
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.suffix:
                place.touch()
            else:
                place.mkdir(exist_ok=True)
        (tmp_path / "lanes" / "vectors.py").touch()
        source_digest.cache_clear()
        before = source_digest(sources)
        source_digest.cache_clear()
        assert source_digest(sources) == before
        (tmp_path / changed).write_text("other")
        source_digest.cache_clear()
        assert source_digest(sources) != before
    source_digest.cache_clear()


def test_kernels_are_compiled_as_their_room_says() -> None:
    """Fused multiply-adds in training alone; kernels of both rooms lie in folders of their sources."""
    from rnnoise_py.dsp.gru import gru
    from rnnoise_py.training.cpu.gru_kernel import gru_forward

    dsp: Any = gru
    training: Any = gru_forward
    if numba.config.DISABLE_JIT:
        pytest.skip("not here: the JIT is off")
    assert "fastmath" not in dsp.targetoptions
    assert training.targetoptions["fastmath"] == {"contract"}
    assert dsp._cache.cache_path == str(cache_folder(DSP_SOURCES))
    assert training._cache.cache_path == str(cache_folder(TRAINING_SOURCES))
