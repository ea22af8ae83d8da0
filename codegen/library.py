"""Make librnnoise out of an exported folder: which compiler, and make."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.codegen.sources import source_folder
from rnnoise_py.errors import DependencyError, InputError, RNNoiseError

COMPILERS: Final = ("gcc", "cc", "clang")  #: looked for in this order
_LINKS: Final = (
    ("build/librnnoise.dylib", "build/librnnoise.0.dylib")
    if sys.platform == "darwin"
    else ("build/librnnoise.so", "build/librnnoise.so.0")
)
_NOT_INHERITED: Final = frozenset({"MAKEFLAGS", "MFLAGS", "MAKELEVEL"})  # of a make that called us


class MakeError(RNNoiseError):
    """Make failed; ``words`` are what it and the compiler said."""

    def __init__(self, message: str, words: tuple[str, ...]) -> None:
        super().__init__(message)
        self.words = words


def check_exported(folder: Path) -> None:
    """Raise :class:`InputError` unless ``folder`` was written by ``export``."""
    for name in ("Makefile", "rnn_data.c"):
        if not (folder / name).is_file():
            raise InputError(f"{folder} has no {name}: give a folder that `rnnoise-py export WEIGHTS -o DIR` wrote")


def find_compiler(given: str | None) -> str:
    """Return the compiler to use: the given one, ``$CC``, or the first of :data:`COMPILERS` that is there.

    Raises
    ------
    DependencyError
        When there is none.
    """
    chosen = (given or os.environ.get("CC") or "").strip()
    candidates = (chosen,) if chosen else COMPILERS
    for candidate in candidates:
        if shutil.which(candidate.split()[0]):
            return candidate
    raise DependencyError(
        f"no C compiler found (looked for {', '.join(candidates)}): install one "
        "(apt-get install gcc make) or name it with --cc"
    )


def library_place(folder: Path) -> Path:
    """Return where make puts the library of ``folder``."""
    return folder / _LINKS[0]


def make_library(folder: Path, compiler: str, jobs: int) -> Path:
    """Compile the library of an exported folder, and nothing else.

    Parameters
    ----------
    folder
        As ``export`` wrote it.
    compiler
        Command, with options if need be.
    jobs
        How many files to compile at a time.

    Returns
    -------
    Path
        The library itself, links followed.

    Raises
    ------
    MakeError
        When it cannot be made.
    DependencyError
        When make is not installed.
    """
    run_make(folder, [f"-j{jobs}", f"CC={compiler}", *_LINKS])
    return library_place(folder).resolve()


def make_training_tool(build: Path, compiler: str, jobs: int) -> Path:
    """Compile our own C tool ``denoise_training`` in the folder ``build``; errors as :func:`make_library`."""
    tool = build.resolve() / "denoise_training"
    run_make(source_folder(), [f"-j{jobs}", f"CC={compiler}", f"BUILD={tool.parent}", str(tool)])
    return tool


def run_make(folder: Path, arguments: Sequence[str]) -> None:
    """Run make in a folder.

    Raises
    ------
    MakeError
        When it fails.
    DependencyError
        When it is not installed.
    """
    make = shutil.which("make") or shutil.which("gmake")
    if make is None:
        raise DependencyError("make is not installed: apt-get install make")
    done = subprocess.run(
        [make, "-C", str(folder), *arguments],
        env={key: value for key, value in os.environ.items() if key not in _NOT_INHERITED},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise MakeError(
            f"make failed in {folder} (exit code {done.returncode}): the compiler's words are above",
            tuple(done.stdout.splitlines()),
        )
