"""Make librnnoise out of an exported folder: which compiler, make, and whether the library works."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.codegen.sources import source_folder
from rnnoise_py.errors import DependencyError, ModelError, RNNoiseError
from rnnoise_py.model import elf, read_model
from rnnoise_py.model.built_in import looks_built

COMPILERS: Final = ("gcc", "cc", "clang")  #: looked for in this order
_NOT_INHERITED: Final = frozenset({"MAKEFLAGS", "MFLAGS", "MAKELEVEL"})  # of a make that called us


class MakeError(RNNoiseError):
    """Make failed; ``words`` are what it and the compiler said."""

    def __init__(self, message: str, words: tuple[str, ...]) -> None:
        super().__init__(message)
        self.words = words


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


def library_place(folder: Path, compiler: str) -> Path:
    """Return where make will put the shared library; its name is that of the compiler's target.

    Raises
    ------
    MakeError
        When the folder's Makefile does not say.
    DependencyError
        When make is not installed.
    """
    said = run_make(folder, ["-s", f"CC={compiler}", "where"]).splitlines()
    return folder / said[-1] if said else folder


def make_library(folder: Path, compiler: str, jobs: int) -> Path:
    """Compile the library of an exported folder, shared and static, and nothing else; try it.

    A library that cannot be used although make has nothing to do, as after a full disk, is made from nothing.

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
        The shared library.

    Raises
    ------
    MakeError
        When it cannot be made, or does not work.
    DependencyError
        When make is not installed.
    """
    fault = None
    for targets in (("lib",), ("clean", "lib")):
        for target in targets:  # one by one: with -j they would run side by side
            run_make(folder, [f"-j{jobs}", f"CC={compiler}", target])
        library = library_place(folder, compiler)
        fault = library_fault(library, folder)
        if fault is None:
            return library
    raise MakeError(f"{library} was made, but {fault}: look into the compiler and its options ({compiler})", ())


def make_training_tool(build: Path, compiler: str, jobs: int) -> Path:
    """Compile our own C tool ``denoise_training`` in the folder ``build``; errors as :func:`make_library`."""
    tool = build.resolve() / "denoise_training"
    run_make(source_folder(), [f"-j{jobs}", f"CC={compiler}", f"BUILD={tool.parent}", str(tool)])
    return tool


def run_make(folder: Path, arguments: Sequence[str]) -> str:
    """Run make in a folder and return what it said.

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
        [make, "-C", str(folder), "--no-print-directory", *arguments],
        env={key: value for key, value in os.environ.items() if key not in _NOT_INHERITED},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode == 0:
        return done.stdout
    words = tuple(done.stdout.splitlines())
    if any("No rule to make target" in line and ("'where'" in line or "'lib'" in line) for line in words):
        raise MakeError(f"{folder} was exported by an older version: export the model again (--force)", words)
    raise MakeError(f"make failed in {folder} (exit code {done.returncode}): the compiler's words are above", words)


def library_fault(library: Path, folder: Path) -> str | None:
    """Say what is wrong with a library that was just made; None when nothing is.

    The model inside is compared with that of the folder; where the library can run at all, a frame goes through it.
    """
    if not looks_built(_head(library)):
        return "it is no library"
    try:
        inside = read_model(library)
    except ModelError:  # a compiler may have taken its struct apart
        inside = None
    if inside is not None and inside != read_model(folder / "rnn_data.c"):
        return "it has another model in it"
    return _trial(library) if runs_here(library) else None


def runs_here(library: Path) -> bool:
    """Whether a library is for the system and processor that this program runs on."""
    own, other = (_head(path) for path in (Path(sys.executable), library))
    if own.startswith(elf.MAGIC):  # word size, byte order; processor
        return other[:6] == own[:6] and other[18:20] == own[18:20]
    return other[:2] == own[:2] if own.startswith(b"MZ") else other[:8] == own[:8]


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(20)


#: what the process does that tries a library: it may crash
_TRIAL: Final = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.rnnoise_create.restype = ctypes.c_void_p
library.rnnoise_create.argtypes = library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
library.rnnoise_process_frame.argtypes = [ctypes.c_void_p] * 3
library.rnnoise_process_frame.restype = ctypes.c_float
state = library.rnnoise_create(None)
if not state:
    sys.exit("no state can be made")
frame = (ctypes.c_float * library.rnnoise_get_frame_size())()
speech = library.rnnoise_process_frame(state, frame, frame)
library.rnnoise_destroy(state)
if not 0 <= speech <= 1 or any(frame):
    sys.exit("silence does not stay silence")
"""
_TRIAL_SECONDS: Final = 60


def _trial(library: Path) -> str | None:
    """Load a library in another process and let a frame of silence through; return what went wrong."""
    command = [sys.executable, "-I", "-c", _TRIAL, str(library.resolve())]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_TRIAL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"a frame of silence takes more than {_TRIAL_SECONDS} seconds"
    if done.returncode == 0:
        return None
    words = done.stderr.strip().splitlines()
    return f"it cannot be used ({words[-1] if words else f'signal {-done.returncode}'})"
