"""``rnnoise-py verify features``: rows of any ``denoise_training`` binary against ours."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, json_option, verbosity, workers_option

if TYPE_CHECKING:
    from rnnoise_py.rows.reference import Comparison


@click.command()
@click.argument("clean", type=PATH)
@click.argument("noise", type=PATH)
@click.option("--reference", required=True, metavar="BINARY", help="A denoise_training program.")
@click.option("-n", "--count", type=int, help="Rows. Default: one pass over CLEAN.")
@click.option("--seed", type=int, help="Passed on to BINARY when given (the original takes none: 1).")
@workers_option
@json_option
@verbosity
def command(
    clean: Path, noise: Path, reference: str, count: int | None, seed: int | None, workers: int, as_json: bool
) -> None:
    """Run BINARY CLEAN NOISE COUNT and compare its rows with ours, bit for bit.

    CLEAN and NOISE are what `features` takes; what is not bare PCM is converted for BINARY first. Exit codes:
    0 equal, 1 different, 2 cannot be compared.
    """
    from rnnoise_py.rows.extractor import check_count, check_seed
    from rnnoise_py.rows.inputs import Inputs
    from rnnoise_py.rows.reference import compare_with_binary, find_binary
    from rnnoise_py.runs.progress import Progress, note

    if count is not None:
        check_count(count)
    if seed is not None:
        check_seed(seed)
    binary = find_binary(reference)
    with Inputs(clean, noise) as inputs:
        for line in inputs.notes:
            note(line)
        rows = inputs.clean_rows if count is None else count
        with Progress(rows, "row", "verify features") as progress:
            result = compare_with_binary(binary, inputs, rows, seed, progress.update, workers=workers)
    print(json.dumps(result.as_dict(), indent=1) if as_json else report(result))
    if not result.identical:
        sys.exit(EXIT_DIFFERS)


def report(result: "Comparison") -> str:
    """Say what was compared, and where the first difference is."""
    facts = result.as_dict()
    first = facts["first"]
    if first is None:
        return f"identical: {facts['rows']:,} rows, {facts['values']:,} values, every bit"
    columns = facts["different_columns"]
    named = ", ".join(columns[:6]) + (f" and {len(columns) - 6} more" if len(columns) > 6 else "")
    return (
        f"different: first in row {first['row']} (from 0), column {first['column']} ({first['name']})\n"
        f"  ours       {first['ours']['hex']}  {first['ours']['value']}\n"
        f"  reference  {first['reference']['hex']}  {first['reference']['value']}\n"
        f"in all {facts['different_values']:,} of {facts['values']:,} values, "
        f"in {facts['different_rows']:,} of {facts['rows']:,} rows; columns {named}"
    )
