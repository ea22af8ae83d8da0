"""A command that kills itself, SIGKILL and all, when a function has been called so many times."""

import subprocess
import sys
from pathlib import Path

from tests.command_line import REPOSITORY, environment

_PROGRAM = """
import os, signal, sys
from importlib import import_module

module, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
owner = import_module(module)
*path, last = name.split(".")
for part in path:
    owner = getattr(owner, part)
original = getattr(owner, last)
calls = 0


def dying(*arguments, **options):
    global calls
    calls += 1
    if calls > count:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **options)


setattr(owner, last, dying)
sys.argv = ["rnnoise-py", *sys.argv[4:]]
from rnnoise_py.cli import main

main()
"""


def run_killed(place: str, count: int, *arguments: object) -> int:
    """Run ``rnnoise-py ARGUMENTS`` and return its exit code: −9, unless it ended before.

    Parameters
    ----------
    place
        ``module:function``; the function may be ``Class.method`` or ``os.replace``.
    count
        Calls of it that go well; the next one is the end.
    """
    module, _, name = place.partition(":")
    command = [sys.executable, "-c", _PROGRAM, module, name, str(count), *map(str, arguments)]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment(), capture_output=True, check=False, timeout=300)
    return done.returncode


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every file below a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
