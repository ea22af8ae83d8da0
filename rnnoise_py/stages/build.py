"""A folder that ``export`` wrote → librnnoise with its model built in."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.runs.progress import Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.spec.targets import TARGETS
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1  #: changes when the same folder gives another library


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to build, with what.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    folder: Path = option(help="Folder that `export` wrote.", positional=True, metavar="DIR", recipe=False)
    target: str | None = option(
        None, "What to make instead, into DIR/build/TARGET.", choices=TARGETS, default_text="librnnoise for here"
    )
    copy_to: Path | None = option(
        None, "Copy the library there, e.g. librnnoise_mine.so.0.4.1.", metavar="FILE", decides=False, recipe=False
    )
    cc: str | None = option(
        None, "C compiler.", metavar="COMPILER", default_text="$CC, gcc, cc, clang: the first that is there"
    )
    workers: int | None = workers_option()
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """The library that was made, or what else the target is."""

    library: Path  #: absolute; the copy where one was asked for; a folder for the web
    digest: str  #: SHA-256 of the library; for the web, of the module with SIMD
    compiler: str  #: empty where none was needed


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Build the library, try it, and record that this user made it: libraries that lie beside a model need that.

    Parameters
    ----------
    settings
        What to build.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When the folder is none that ``export`` wrote, or its files do not belong together.
    OutputError
        When the copy exists (without ``force``), cannot be written, or would replace a source.
    DependencyError
        When there is no compiler or no make.
    MakeError
        When the compiler fails, or the library does not work; the error has the words.
    """
    from rnnoise_py.codegen.library import find_compiler, library_place, make_library, runs_here
    from rnnoise_py.codegen.package import check_exported, exported_files
    from rnnoise_py.runs.atomic import check_new, check_not_an_input, write_bytes
    from rnnoise_py.runs.built import record_built
    from rnnoise_py.runs.provenance import file_sha256

    folder, copy = settings.folder, settings.copy_to
    if settings.target is not None:
        return _run_target(settings, settings.target, progress)
    with reporting(progress) as reporter:
        check_exported(folder)
        if copy is not None:
            check_not_an_input(copy, *exported_files(folder))
            check_new(copy, force=settings.force)
        compiler = find_compiler(settings.cc)
        note(f"making {library_place(folder, compiler)} with {compiler}")
        library = make_library(folder, compiler, cores(settings.workers)).resolve()
        if not runs_here(library):
            note("it is for another processor or system, so it was not tried")
        record_built(library)  # from now on it is found beside its model
        if copy is not None:
            write_bytes(copy, library.read_bytes())
            shutil.copymode(library, copy)
            library = copy.resolve()
            record_built(library)
        return Result(
            library=library, digest=file_sha256(library), compiler=compiler, warnings=tuple(reporter.warnings)
        )


def _run_target(settings: Settings, target: str, progress: Reporter | None) -> Result:
    from rnnoise_py.codegen.targets.make import make_target

    with reporting(progress) as reporter:
        note(f"making {settings.folder} for {target}")
        made = make_target(
            target,
            settings.folder,
            copy_to=settings.copy_to,
            compiler=settings.cc,
            jobs=cores(settings.workers),
            force=settings.force,
        )
        return Result(
            library=made.product, digest=made.digest, compiler=made.compiler, warnings=tuple(reporter.warnings)
        )
