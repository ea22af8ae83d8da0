"""Our own librnnoise, built once from the C sources that come with the package, for ``auto`` and ``native``.

It takes seconds to compile, the numba kernels take most of a minute, and the bits are the same. It lies in the
user's cache under a name that stands for the sources, the machine and the compiler, and is loaded only while its bytes
are those that were recorded when it was built (:mod:`rnnoise_py.runs.built`).
"""

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from rnnoise_py.codegen.library import MakeError, find_compiler, run_make
from rnnoise_py.codegen.sources import library_sources, source_folder
from rnnoise_py.denoiser.library import LIBRARY_NAMES
from rnnoise_py.denoiser.trial import check_library
from rnnoise_py.errors import DependencyError, RNNoiseError
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.built import is_ours, record_built
from rnnoise_py.runs.lock import lock
from rnnoise_py.runs.progress import note
from rnnoise_py.runs.user_cache import is_private, user_cache
from rnnoise_py.runs.workers import available_cores

_FOLDER: Final = "library"
_AGAIN_SECONDS: Final = 24 * 3600.0  # a compiler that failed is tried again after a day
_WAIT_SECONDS: Final = 120.0  # for another process that is building the same; it takes some 3 s
#: instruction sets that the sources have kernels for, the best first, and the CPU flags that they need
_VARIANTS: Final = {"avx512": {"avx512f", "avx512vl", "avx512bw", "avx512dq"}, "avx2": {"avx2"}}


def own_library(*, again: bool = False) -> Path | None:
    """Return the library of this package's own sources with the shipped model built in; build it when it is missing.

    Parameters
    ----------
    again
        Try a compiler again that failed less than a day ago.

    Returns
    -------
    Path of a library that can be loaded; None where there is no compiler, no make or no cache folder that can be
    written, or the compiler fails.
    """
    with contextlib.suppress(DependencyError, OSError):
        folder = _private_folder()
        if folder is None:
            return None
        compiler = _compiler()
        if compiler is None or not os.access(folder, os.W_OK):  # one that was built when that was otherwise
            found = sorted(folder.glob(f"{_sources_key()}-*.lib"))
            return next((path for path in found if is_ours(path)), None)
        path = folder / f"{_sources_key()}-{_compiler_key(compiler)}.lib"
        if is_ours(path):
            return path
        with _alone(path.with_suffix(".lock")):
            if is_ours(path) or _build(path, compiler, again=again):
                return path
    return None


def _private_folder() -> Path | None:
    """Return the folder of the libraries, made where it is missing; None where others could write to it."""
    cache_folder = user_cache()
    if cache_folder is None:
        return None
    folder = cache_folder / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder if is_private(folder) else None


@cache
def _sources_key() -> str:
    """Stands for the sources, what they are compiled for, and the C library."""
    sources = source_folder()
    digest = hashlib.sha256()
    for relative in library_sources(sources):
        digest.update(os.fsencode(relative) + b"\0" + (sources / relative).read_bytes())
    digest.update(repr((sys.platform, platform.machine(), platform.libc_ver(), _variant())).encode())
    return digest.hexdigest()[:16]


@cache
def _variant() -> str:
    """Return the best instruction set of this processor; all of them where it cannot be told."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, flags = line.partition(":")
            if name.strip() == "flags":
                known = set(flags.split())
                return next((variant for variant, needed in _VARIANTS.items() if needed <= known), "baseline")
    return "auto"


def _compiler() -> str | None:
    """Return the compiler, if it and make are there."""
    if shutil.which("make") is None and shutil.which("gmake") is None:
        return None
    if sys.platform == "darwin" and subprocess.run(["xcode-select", "-p"], capture_output=True, check=False).returncode:
        return None  # what bears the compiler's name would ask the user to install one
    try:
        return find_compiler(None)
    except DependencyError:
        return None


def _compiler_key(compiler: str) -> str:
    """Stands for a compiler: its command, and the program behind it."""
    program = Path(shutil.which(compiler.split(maxsplit=1)[0]) or compiler).resolve()
    found = program.stat()
    what = (compiler, os.fspath(program), found.st_size, found.st_mtime_ns)
    return hashlib.sha256(repr(what).encode("utf-8", "surrogateescape")).hexdigest()[:16]


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process is building: two that begin at once would compile twice."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not lock(handle) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _build(path: Path, compiler: str, *, again: bool) -> bool:
    """Compile the library and put it at ``path``; whether that worked. What failed is not tried again for a day."""
    failed = path.with_suffix(".failed")
    with contextlib.suppress(OSError):
        if not again and time.time() - failed.stat().st_mtime < _AGAIN_SECONDS:
            return False
    note("building librnnoise, once: a few seconds")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as build:
            plain = ["CFLAGS=", "LDFLAGS=", "SAN=", f"SIMD={_variant()}", "STREAMS=16", f"BUILD={build}"]
            run_make(source_folder(), [f"-j{available_cores()}", f"CC={compiler}", *plain, "lib"])
            made = next(Path(build) / name for name in LIBRARY_NAMES if (Path(build) / name).is_file()).resolve()
            check_library(made)
            os.replace(made, path)
        return record_built(path)
    except (RNNoiseError, OSError, StopIteration) as error:
        note(f"librnnoise cannot be built with {compiler}{_reason(error)}: numba is used, with the same result")
        with contextlib.suppress(RNNoiseError, OSError):
            write_text(failed, f"{error}\n")
        return False


def _reason(error: Exception) -> str:
    """The first error that a compiler names, in brackets."""
    words = error.words if isinstance(error, MakeError) else (str(error),)
    told = next((line for line in words if "error" in line.lower()), "".join(words[-1:]))
    return f" ({' '.join(told.split())})" if told else ""
