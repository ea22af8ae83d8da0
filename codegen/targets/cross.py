"""Libraries for other systems, by the cross compiler zig from the package index (or any that is given)."""

import importlib.util
import os
import shlex
import sys
from pathlib import Path

from rnnoise_py.codegen.library import MakeError, run_make
from rnnoise_py.codegen.package import check_exported
from rnnoise_py.errors import DependencyError
from rnnoise_py.spec.targets import ANDROID, CROSS


def make_for(target: str, folder: Path, place: Path, given: str | None, jobs: int) -> tuple[Path, str]:
    """Compile the library of an exported folder for another system into ``place``: nothing but the library.

    Parameters
    ----------
    target
        One of :data:`rnnoise_py.spec.targets.CROSS`, or ``android-arm64``, which needs ``given``.
    folder
        As ``export`` wrote it.
    place
        Folder for the library, its links and, for Windows, its import library.
    given
        A cross compiler of one's own, with options if need be; None: zig.
    jobs
        How many files to compile at a time.

    Returns
    -------
    tuple
        The shared library, named as that system names it, and the compiler.

    Raises
    ------
    InputError
        When the folder is none that ``export`` wrote.
    DependencyError
        When zig, the NDK's compiler or make is missing.
    MakeError
        When the compiler fails.
    """
    check_exported(folder)
    compiler, archiver = (given, None) if given is not None else _zig(target)
    build = os.path.relpath(place.resolve(), folder.resolve())  # make takes no spaces; the folder's name may have some
    arguments = [f"-j{jobs}", f"CC={compiler}", f"BUILD={build}"]
    if archiver is not None:
        arguments += [f"AR={archiver}", "INSTALL_NAME=@rpath/librnnoise.0.dylib"]
    run_make(folder, [*arguments, "lib"])
    library = place.resolve() / Path(run_make(folder, [*arguments, "where"]).strip().splitlines()[-1]).name
    if not library.is_file():
        raise MakeError(f"make made no {library.name}: look into the compiler and its options ({compiler})", ())
    return library, compiler


def _zig(target: str) -> tuple[str, str]:
    """The compiler and the archiver, as make calls them."""
    if target == ANDROID:
        raise DependencyError(
            f"--target {target} needs the compiler of Android's NDK: "
            "--cc NDK/toolchains/llvm/prebuilt/linux-x86_64/bin/aarch64-linux-android24-clang"
        )
    if importlib.util.find_spec("ziglang") is None:
        raise DependencyError(
            f"--target {target} needs a cross compiler: pip install ziglang, or give one of your own with --cc"
        )
    zig = f"{shlex.quote(sys.executable)} -m ziglang"
    cross = CROSS[target]
    return f"{zig} cc -target {cross.triple} {cross.flags}".rstrip(), f"{zig} ar"
