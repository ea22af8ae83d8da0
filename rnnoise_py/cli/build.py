"""``rnnoise-py build DIR``: make librnnoise out of an exported folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, verbosity, workers_option
from rnnoise_py.errors import DependencyError, InputError, RNNoiseError

_COMPILERS = ("gcc", "cc", "clang")
_LINKS = (
    ("build/librnnoise.dylib", "build/librnnoise.0.dylib")
    if sys.platform == "darwin"
    else ("build/librnnoise.so", "build/librnnoise.so.0")
)
_WORDS_SHOWN = 40  # lines of the compiler


@click.command()
@click.argument("folder", type=PATH, metavar="DIR")
@click.option("--copy-to", type=PATH, metavar="FILE", help="Copy the library there, e.g. librnnoise_mine.so.0.4.1.")
@click.option("--cc", metavar="COMPILER", help="C compiler; default: $CC, gcc, cc, clang, the first that is there.")
@workers_option
@verbosity
def command(folder: Path, copy_to: Path | None, cc: str | None, workers: int) -> None:
    """Run make in DIR (written by `rnnoise-py export`) and print the path of the library.

    Only the library is built; `make -C DIR` builds the example and the training tool too.
    """
    from rnnoise_py.codegen.package import exported_files
    from rnnoise_py.runs.atomic import check_not_an_input, check_writable, write_bytes
    from rnnoise_py.runs.progress import note

    for name in ("Makefile", "rnn_data.c"):
        if not (folder / name).is_file():
            raise InputError(f"{folder} has no {name}: give a folder that `rnnoise-py export WEIGHTS -o DIR` wrote")
    if copy_to is not None:
        check_writable(copy_to)
        check_not_an_input(copy_to, *exported_files(folder))
    compiler = find_compiler(cc)
    note(f"making {folder / _LINKS[0]} with {compiler}")
    run_make(folder, [f"-j{workers}", f"CC={compiler}", *_LINKS])
    library = (folder / _LINKS[0]).resolve()
    if copy_to is not None:
        write_bytes(copy_to, library.read_bytes())
        shutil.copymode(library, copy_to)
        library = copy_to.resolve()
    click.echo(os.fsencode(library))


def find_compiler(given: str | None) -> str:
    """Return the compiler to use; raise :class:`DependencyError` when there is none."""
    chosen = (given or os.environ.get("CC") or "").strip()
    candidates = (chosen,) if chosen else _COMPILERS
    for candidate in candidates:
        if shutil.which(candidate.split()[0]):
            return candidate
    raise DependencyError(
        f"no C compiler found (looked for {', '.join(candidates)}): install one "
        "(apt-get install gcc make) or name it with --cc"
    )


def run_make(folder: Path, arguments: list[str]) -> None:
    """Run make in ``folder``; on failure show the compiler's words on stderr and raise."""
    make = shutil.which("make") or shutil.which("gmake")
    if make is None:
        raise DependencyError("make is not installed: apt-get install make")
    environment = {key: value for key, value in os.environ.items() if key not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}}
    done = subprocess.run(
        [make, "-C", str(folder), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        print("\n".join(done.stdout.splitlines()[-_WORDS_SHOWN:]), file=sys.stderr)
        raise RNNoiseError(f"make failed in {folder} (exit code {done.returncode}): the compiler's words are above")
