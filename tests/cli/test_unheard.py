"""stderr that goes away in the middle of the work: nobody hears it, and it is done all the same."""

import os
import subprocess
from pathlib import Path

import pytest

from rnnoise_py.runs.progress import say
from tests.command_line import command, environment
from tests.rows.test_files import make_rows


def features(data: Path, out: Path, *more: object) -> list[str]:
    """Command that makes some rows."""
    return command("features", data / "clean.flac", data / "noise.flac", "-n", 3000, "-o", out, *more)


@pytest.mark.parametrize("kind", ["pipe without a reader", "full disk", "terminal that is gone", "closed"])
def test_rows_are_made_though_nobody_hears(tmp_path: Path, data: Path, kind: str) -> None:
    """Exit code 0 and the same bytes as ever."""
    closing: list[int] = []
    if kind == "full disk":
        if not Path("/dev/full").exists():
            pytest.skip("not here: no /dev/full")
        stderr = os.open("/dev/full", os.O_WRONLY)
    elif kind == "terminal that is gone":
        master, stderr = os.openpty()
        closing.append(master)
    else:
        reader, stderr = os.pipe()
        os.close(reader)
    shell = ["sh", "-c", 'exec "$@" 2>&-', "sh"] if kind == "closed" else []
    arguments = [*shell, *features(data, tmp_path / "rows.f32")]
    with subprocess.Popen(arguments, env=environment(), stderr=stderr) as process:
        os.close(stderr)
        for handle in closing:
            os.close(handle)
        code = process.wait(timeout=120)
    assert code == 0
    make_rows(tmp_path / "expected.f32", data, 3000)
    assert (tmp_path / "rows.f32").read_bytes() == (tmp_path / "expected.f32").read_bytes()


def test_a_reader_that_leaves_early(tmp_path: Path, data: Path) -> None:
    """``2> >(head -c 10)``: what comes after is lost, the rows are not."""
    process = subprocess.Popen(features(data, tmp_path / "rows.f32"), env=environment(), stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert len(process.stderr.read(10)) == 10
    process.stderr.close()
    assert process.wait(timeout=120) == 0
    assert (tmp_path / "rows.f32").stat().st_size == 3000 * 348


@pytest.mark.parametrize(
    ("more", "code"), [(("--count", "0"), 2), (("--no-such-option",), 2), (("--force",), 0), (("--resume",), 0)]
)
def test_exit_codes_are_those_of_the_work(tmp_path: Path, data: Path, more: tuple[str, ...], code: int) -> None:
    """Errors too are said to nobody, and the exit code tells them."""
    if not Path("/dev/full").exists():
        pytest.skip("not here: no /dev/full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            features(data, tmp_path / "rows.f32", *more), env=environment(), stderr=full, check=False, timeout=120
        )
    assert done.returncode == code


def test_what_is_said_when_there_is_room_again_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that does not get through is lost; the ones after it come without it."""
    log = tmp_path / "log"
    with log.open("w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        say("before")
        original = os.dup(stream.fileno())
        try:
            with open("/dev/full", "w") as full:
                os.dup2(full.fileno(), stream.fileno())
            say("lost")
            say("lost as well")
            os.dup2(original, stream.fileno())
            say("after")
        finally:
            os.close(original)
        # the stream itself still holds what it could not write
        monkeypatch.undo()
        assert log.read_text() == "before\nafter\n"
