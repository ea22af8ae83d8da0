"""Training rows from ``.f32`` to ``.h5`` and back."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import check_new, check_not_an_input
from rnnoise_py.runs.progress import Progress, Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.rows.convert import Converted
    from rnnoise_py.rows.reader import RowReader

VERSION: Final = 1  #: changes when the same settings give another file
STDOUT: Final = Path("-")  #: an output that only the command line knows


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which rows to convert to what.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    rows: Path = option(help="File of training rows, .h5 or bare.", positional=True, recipe=False)
    output: Path = option(help="OUT.h5, OUT.f32 (bare), - (stdout, bare).", positional=True, recipe=False)
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was converted."""

    output: Path | None  #: None for a stream
    rows: int
    row_sha256: str  #: SHA-256 of the rows, little-endian float32 in C order
    not_finite: int  #: rows that hold NaN or infinity


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Convert a file of rows.

    Parameters
    ----------
    settings
        What to convert. The kind of the output follows from its name, that of the input from its content.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When the input is damaged or holds no training rows, or both files are bare.
    OutputError
        When the output exists (without ``force``), cannot be written, or the disk has no room.
    """
    from rnnoise_py.rows import needs
    from rnnoise_py.rows.convert import write_file
    from rnnoise_py.rows.hdf5 import is_hdf5_name
    from rnnoise_py.rows.place import check_output
    from rnnoise_py.rows.reader import RowReader

    output = settings.output
    with reporting(progress) as reporter:
        check_output(output)
        check_not_an_input(output, settings.rows)
        check_new(output, force=settings.force)
        reader = RowReader(settings.rows)
        if not reader.is_hdf5 and not is_hdf5_name(output):
            raise InputError(f"{settings.rows} is bare already: give an output .h5")
        needs.check_row_space(output.parent, needs.disk_bytes(reader.count))
        with Progress(reader.count, "row", "convert") as shown:
            converted = write_file(reader, output, shown.update)
        return _result(reader, converted, output, reporter)


def stream(settings: Settings, file: BinaryIO, progress: Reporter | None = None) -> Result:
    """Write bare rows to an open file, e.g. a pipe, instead of ``settings.output``; errors as :func:`run`."""
    from rnnoise_py.rows.convert import write_bare
    from rnnoise_py.rows.reader import RowReader

    with reporting(progress) as reporter:
        reader = RowReader(settings.rows)
        if not reader.is_hdf5:
            raise InputError(f"{settings.rows} is bare already: give an output .h5")
        with Progress(reader.count, "row", "convert") as shown:
            converted = write_bare(reader, file, shown.update)
            file.flush()
        return _result(reader, converted, None, reporter)


def _result(reader: "RowReader", converted: "Converted", output: Path | None, reporter: Reporter) -> Result:
    """Say what was odd, and what came out."""
    values = converted.values
    if reader.note:
        note(reader.note)
    if values.not_finite:
        warn(f"{reader.path}: {values.not_finite:,} rows hold NaN or infinity; training stops at them")
    for line in values.doubts:
        warn(line)
    note(f"{output or 'stdout'}: {reader.count:,} rows, sha256 {converted.row_sha256}")
    return Result(
        output=output,
        rows=reader.count,
        row_sha256=converted.row_sha256,
        not_finite=values.not_finite,
        warnings=tuple(reporter.warnings),
    )
