"""Temporary files: nobody can foresee them, no link is followed, leftovers go and what is in use stays."""

import os
import secrets
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.runs import atomic
from rnnoise_py.runs.atomic import atomic_path, remove_left_over, write_bytes
from tests.command_line import environment

HOLD = """
import sys, time
from pathlib import Path
from rnnoise_py.runs.atomic import atomic_path
with atomic_path(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    print(part.name, flush=True)
    time.sleep(60)
"""
WRITE_OFTEN = """
import os, sys
from pathlib import Path
os.getpid = lambda: 1  # as in a container of its own
from rnnoise_py.runs.atomic import write_bytes
for number in range(200):
    write_bytes(Path(sys.argv[1]), (sys.argv[2] * 100_000).encode())
"""


@pytest.fixture(autouse=True)
def folders_are_searched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every write looks for leftovers."""
    monkeypatch.setattr(atomic, "_LOOK_SECONDS", -1.0)


def names(folder: Path) -> list[str]:
    """Everything that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def half_written(out: Path) -> "tuple[subprocess.Popen[str], str]":
    """Start a process that writes ``out`` and does not come to an end; with the name of its temporary file."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)], env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("kind", ["symbolic", "hard", "dangling", "file"])
def test_what_lies_at_a_temporary_name_is_left_alone(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the name was guessed: another is taken."""
    victim, planted = tmp_path / "victim", tmp_path / ".out.aaaaaaaa.part"
    if kind != "dangling":
        victim.write_bytes(b"precious")
    if kind == "hard":
        os.link(victim, planted)
    elif kind == "file":
        planted.write_bytes(b"precious")
    else:
        planted.symlink_to(victim)
    monkeypatch.setattr(atomic, "_remove_left_over", lambda final: None)
    tokens = iter(["bbbbbbbb", "aaaaaaaa", "cccccccc"])
    monkeypatch.setattr(secrets, "token_hex", lambda size: next(tokens))
    write_bytes(tmp_path / "out", b"content")
    assert (tmp_path / "out").read_bytes() == b"content"
    assert victim.exists() == (kind != "dangling")
    assert kind == "dangling" or (victim.read_bytes() == b"precious" and planted.exists())
    assert ".out.cccccccc.part" not in names(tmp_path)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755])
def test_permissions_of_what_is_replaced_stay(tmp_path: Path, mode: int) -> None:
    """A private file does not become one that all can read, not even while it is written."""
    out = tmp_path / "out"
    out.write_bytes(b"old")
    out.chmod(mode)
    with atomic_path(out) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        part.write_bytes(b"new")
    assert stat.S_IMODE(out.stat().st_mode) == mode
    assert out.read_bytes() == b"new"


def test_permissions_of_new_files_follow_the_umask(tmp_path: Path) -> None:
    """As for any other program's."""
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "out", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path) -> None:
    """Of the same output only; what a living process writes stays, and both can write one output."""
    out = tmp_path / "out"
    dead, left = half_written(out)
    dead.send_signal(signal.SIGKILL)
    dead.wait()
    alive, held = half_written(out)
    other = tmp_path / ".other.0123abcd.part"
    other.write_bytes(b"of another output")
    try:
        assert names(tmp_path) == sorted([other.name, held])  # the second run removed what the first left
        assert left != held
        write_bytes(out, b"content")
        assert names(tmp_path) == sorted([other.name, held, "out"])
    finally:
        alive.kill()
        alive.wait()
    write_bytes(out, b"content")
    assert names(tmp_path) == sorted([other.name, "out"])
    remove_left_over(tmp_path)
    assert names(tmp_path) == ["out"]


def test_leftovers_of_earlier_versions_go_too(tmp_path: Path) -> None:
    """They carry the number of a process."""
    (tmp_path / ".out.4711.part").write_bytes(b"left")
    write_bytes(tmp_path / "out", b"content")
    assert names(tmp_path) == ["out"]


def test_an_abandoned_link_goes_when_it_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links have no lock: a young one may be another run's."""
    link = tmp_path / ".out.0123abcd.part"
    link.symlink_to(tmp_path / "victim")
    monkeypatch.setattr(atomic, "_LOOK_SECONDS", 60.0)
    remove_left_over(tmp_path)
    assert link.is_symlink()
    os.utime(link, (time.time() - 100,) * 2, follow_symlinks=False)
    remove_left_over(tmp_path)
    assert names(tmp_path) == []


def test_a_folder_is_not_searched_for_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of files in one folder: one search a minute."""
    monkeypatch.setattr(atomic, "_LOOK_SECONDS", 60.0)
    searched: list[object] = []
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: searched.append(folder) or scan(folder))  # type: ignore[func-returns-value]
    for number in range(50):
        write_bytes(tmp_path / f"{number}", b"content")
    assert len(searched) == 1


def test_two_containers_with_the_same_process_number(tmp_path: Path) -> None:
    """Both write one file, again and again: no write fails, and the file is always one of theirs, whole."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", WRITE_OFTEN, str(out)]
    writers = [subprocess.Popen([*command, letter], env=environment(), stderr=subprocess.PIPE) for letter in "ab"]
    while any(writer.poll() is None for writer in writers):
        if out.exists():
            content = out.read_bytes()
            assert content in {b"a" * 100_000, b"b" * 100_000}
    for writer in writers:
        _, said = writer.communicate()
        assert (writer.returncode, said) == (0, b"")
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("name", ["n" * 250, "ü" * 120])
def test_long_names(tmp_path: Path, name: str) -> None:
    """A name that a file system takes can be written."""
    write_bytes(tmp_path / name, b"content")
    assert names(tmp_path) == [name]


def test_links_as_outputs(tmp_path: Path) -> None:
    """Nothing lies at the temporary name of what is made and not written."""
    with atomic_path(tmp_path / "link", create=False) as part:
        part.symlink_to(tmp_path / "target")
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path) == ["link"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """Not the temporary file, and what was there stays."""
    (tmp_path / "out").write_bytes(b"old")

    def fail() -> None:
        with atomic_path(tmp_path / "out") as part:
            part.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="cannot write"):
        fail()
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out").read_bytes() == b"old"
