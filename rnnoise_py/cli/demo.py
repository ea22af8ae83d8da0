"""``rnnoise-py demo``: the whole road once, small."""

from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, verbosity


@click.command()
@click.option("-o", "--output", "out", type=PATH, default=Path("demo"), show_default=True, help="Folder to work in.")
@click.option("--speech", type=PATH, metavar="DIR", help="Your own recordings of clean speech.")
@click.option("--noise", type=PATH, metavar="DIR", help="Your own recordings of noise.")
@click.option("--force", is_flag=True, help="Start over in the folder of an earlier demo.")
@verbosity
def command(out: Path, speech: Path | None, noise: Path | None, force: bool) -> None:
    """Make audio, rows, a model and a library in a few minutes, denoise with them and compare.

    Speech comes from espeak-ng or flite where they are on the machine, else from the project's own generator.
    Each stage prints the command that does it alone. The same command goes on with an interrupted or failed demo.
    """
    from rnnoise_py.recipe.demo import run_demo
    from rnnoise_py.recipe.demo_stages import Settings

    run_demo(out, Settings(speech, noise), force=force)
