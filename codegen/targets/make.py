"""``build --target``: one function for all targets."""

from pathlib import Path
from typing import NamedTuple

from rnnoise_py.codegen.targets.exported import exported_model
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import check_new, check_output_folder, write_bytes
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.spec.targets import LADSPA, WEB


class Made(NamedTuple):
    """What a target became."""

    product: Path  #: the library, or the folder; absolute
    digest: str  #: SHA-256 of the library, of the module with SIMD
    compiler: str  #: empty where none was needed


def make_target(
    target: str, folder: Path, *, copy_to: Path | None, compiler: str | None, jobs: int, force: bool
) -> Made:
    """Make one of :data:`rnnoise_py.spec.targets.TARGETS` of an exported folder, in ``folder/build/TARGET``.

    Parameters
    ----------
    target
        Its name.
    folder
        As ``export`` wrote it.
    copy_to
        For the web the folder to write instead; otherwise a file that the library is copied to.
    compiler
        In the place of the one that the target would take.
    jobs
        How many files to compile at a time.
    force
        Replace what ``copy_to`` names.

    Raises
    ------
    InputError
        When the folder holds no model, or the target takes no compiler.
    OutputError
        When something cannot be written.
    DependencyError
        When a compiler, make or the templates are missing.
    MakeError
        When the compiler fails; the error has its words.
    """
    place = folder / "build" / target
    if target == WEB:
        return _make_web(folder, place, copy_to=copy_to, compiler=compiler, force=force)
    if copy_to is not None:
        check_new(copy_to, force=force)
    if target == LADSPA:
        from rnnoise_py.codegen.targets.ladspa import make_plugin

        product, used = make_plugin(folder, place, compiler, jobs)
    else:
        from rnnoise_py.codegen.targets.cross import make_for

        product, used = make_for(target, folder, place, compiler, jobs)
    if copy_to is not None:
        write_bytes(copy_to, product.read_bytes())
        copy_to.chmod(product.stat().st_mode & 0o777)
        product = copy_to
    return Made(product.resolve(), file_sha256(product), used)


def _make_web(folder: Path, place: Path, *, copy_to: Path | None, compiler: str | None, force: bool) -> Made:
    from rnnoise_py.codegen.targets.web_package import SIMD, web_files, write_files

    if compiler is not None:
        raise InputError("the target web needs no compiler: leave --cc out")
    model = exported_model(folder)
    if copy_to is not None:
        place = copy_to
        if place.exists() and not place.is_dir():
            raise InputError(f"{printable(place)} is a file; the target web is a folder: give another name")
        check_output_folder(place, force=force)
    write_files(web_files(model, folder.resolve().name), place)
    return Made(place.resolve(), file_sha256(place / SIMD), "")
