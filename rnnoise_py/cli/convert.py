"""``rnnoise-py convert``: rows from ``.f32`` to ``.h5`` and back."""

from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, force_option, verbosity
from rnnoise_py.cli.streams import binary_stdout


@click.command()
@click.argument("rows", type=PATH)
@click.argument("output", type=PATH)
@force_option
@verbosity
def command(rows: Path, output: Path, force: bool) -> None:
    """Convert training ROWS to OUTPUT: .h5 for training, or .f32 (bare; - for stdout).

    The number of rows follows from the file; memory does not grow with it. Replaces bin2hdf5.
    """
    from rnnoise_py.errors import InputError, OutputError
    from rnnoise_py.rows import needs
    from rnnoise_py.rows.convert import write_bare, write_hdf5
    from rnnoise_py.rows.hdf5 import is_hdf5_name
    from rnnoise_py.rows.job import check_output
    from rnnoise_py.rows.reader import RowReader
    from rnnoise_py.runs.atomic import atomic_path, check_not_an_input
    from rnnoise_py.runs.progress import Progress, note, warn

    stdout = binary_stdout("the rows") if str(output) == "-" else None
    if stdout is None:
        check_output(output)
        check_not_an_input(output, rows)
        if output.exists() and not force:
            raise OutputError(f"output {output} exists: add --force to replace it, or choose another name")
    reader = RowReader(rows)
    if not reader.is_hdf5 and not is_hdf5_name(output):
        raise InputError(f"{rows} is bare already: give an output .h5")
    if stdout is None:
        needs.check_row_space(output.parent, needs.disk_bytes(reader.count))
    with Progress(reader.count, "row", "convert") as progress:
        if stdout is not None:
            converted = write_bare(reader, stdout, progress.update)
            stdout.flush()
        elif is_hdf5_name(output):
            converted = write_hdf5(reader, output, progress.update)
        else:
            with atomic_path(output) as part, part.open("wb") as file:
                converted = write_bare(reader, file, progress.update)
    if converted.not_finite:
        warn(f"{rows}: {converted.not_finite:,} rows hold NaN or infinity; training stops at them")
    note(f"{output}: {reader.count:,} rows, sha256 {converted.row_sha256}")
