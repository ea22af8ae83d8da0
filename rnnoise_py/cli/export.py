"""``rnnoise-py export WEIGHTS -o DIR``: a model in every format, and a folder that builds librnnoise."""

import json
from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, force_option, json_option, verbosity

_FORMATS = ("c", "text", "packed", "keras")


@click.command()
@click.argument("weights", type=PATH)
@click.option("-o", "--output", "folder", type=PATH, metavar="DIR", required=True, help="Folder to write into.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(_FORMATS),
    help="What to write (repeat for several): c is rnn_data.c/.h with all sources and a Makefile. Default: all.",
)
@force_option
@json_option
@verbosity
def command(weights: Path, folder: Path, formats: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Write WEIGHTS as C sources, text, packed and Keras models into DIR.

    WEIGHTS is a model of any format (`rnnoise-py model info` tells which). DIR builds by itself: `make`,
    `make check`, `make install PREFIX=…`, or `rnnoise-py build DIR`.
    """
    from rnnoise_py.codegen.package import export_model
    from rnnoise_py.runs.progress import note, warn

    opened, remarks = export_model(weights, folder, formats=formats, force=force)
    for remark in remarks:
        warn(remark)
    summary = {"folder": str(folder), "source": str(weights), "format": opened.format, **opened.model.summary()}
    if opened.quantization is not None:
        summary["quantization"] = opened.quantization.summary()
        for line in opened.quantization.layers:
            note(str(line))
    note(f"{folder}: model {opened.model.digest[:16]}…, {opened.model.parameter_count:,} parameters")
    if not formats or "c" in formats:
        note(f"next: rnnoise-py build {folder}")
    if as_json:
        click.echo(json.dumps(summary, indent=1))
