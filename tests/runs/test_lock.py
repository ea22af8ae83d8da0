"""The lock of an output: one writer, no links, a fresh file for a fresh run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.lock import is_at, locked
from tests.command_line import environment

pytest.importorskip("fcntl")

BEGIN_OFTEN = """
import sys
from pathlib import Path
from rnnoise_py.errors import OutputError
from rnnoise_py.runs.lock import locked
part, mine = Path(sys.argv[1]), sys.argv[2] * 1000
for number in range(300):
    try:
        with locked(part, part, fresh=True):
            part.write_text(mine)
            assert part.read_text() == mine
    except OutputError as error:
        assert "being written by another run" in str(error), error
"""


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("kind", ["symbolic", "hard"])
def test_a_part_that_is_a_link_is_refused(tmp_path: Path, kind: str, fresh: bool) -> None:
    """What it leads to stays as it is."""
    victim, part = tmp_path / "victim", tmp_path / ".out.part"
    victim.write_bytes(b"precious")
    part.symlink_to(victim) if kind == "symbolic" else os.link(victim, part)
    with (
        pytest.raises(OutputError, match="is a link, and what it leads to"),
        locked(part, tmp_path / "out", fresh=fresh),
    ):
        pytest.fail("the lock was taken")
    assert victim.read_bytes() == b"precious"


def test_a_link_to_nothing_makes_no_file(tmp_path: Path) -> None:
    """A dangling link is followed neither."""
    part = tmp_path / ".out.part"
    part.symlink_to(tmp_path / "victim")
    with pytest.raises(OutputError, match="is a link"), locked(part, tmp_path / "out"):
        pytest.fail("the lock was taken")
    assert not (tmp_path / "victim").exists()


def test_a_fresh_run_has_a_fresh_file(tmp_path: Path) -> None:
    """Another file under the same name, empty; without ``fresh`` the same one."""
    part = tmp_path / ".out.part"
    part.write_bytes(b"left")
    with part.open("rb") as before:
        with locked(part, tmp_path / "out"):
            assert is_at(before.fileno(), part)
        with locked(part, tmp_path / "out", fresh=True):
            assert not is_at(before.fileno(), part)
            assert part.read_bytes() == b""


@pytest.mark.parametrize("fresh", [True, False])
def test_a_second_writer_is_refused(tmp_path: Path, fresh: bool) -> None:
    """Whether it goes on or begins anew."""
    part = tmp_path / ".out.part"
    with locked(part, tmp_path / "out", fresh=True):
        part.write_bytes(b"rows")
        with pytest.raises(OutputError, match="being written"), locked(part, tmp_path / "out", fresh=fresh):
            pytest.fail("two at once")
        assert part.read_bytes() == b"rows"
    with locked(part, tmp_path / "out"):
        assert part.read_bytes() == b"rows"


def test_many_that_begin_at_once(tmp_path: Path) -> None:
    """Whoever holds the lock is alone in the file, however often others begin anew."""
    command = [sys.executable, "-c", BEGIN_OFTEN, str(tmp_path / ".out.part")]
    writers = [subprocess.Popen([*command, letter], env=environment(), stderr=subprocess.PIPE) for letter in "abc"]
    for writer in writers:
        _, said = writer.communicate()
        assert (writer.returncode, said.decode()) == (0, "")
