"""``rnnoise-py demo``: the whole road once, small."""

from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, verbosity


@click.command()
@click.option("-o", "--output", "out", type=PATH, default=Path("demo"), show_default=True, help="Folder to work in.")
@verbosity
def command(out: Path) -> None:
    """Make audio, rows, a model and a library in a few minutes, and denoise with them.

    Each stage prints the command that does it alone. An interrupted demo goes on where it was.
    """
    from rnnoise_py.pipeline.demo import run_demo

    run_demo(out)
