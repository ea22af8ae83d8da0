"""``rnnoise-py demo``: the recipe ``demo.toml``, and where to look afterwards."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, verbosity, workers_option
from rnnoise_py.runs.progress import note

if TYPE_CHECKING:
    from rnnoise_py.recipe import Ended, OpenedRecipe


@click.command()
@click.option("-o", "--output", "out", type=PATH, default=Path("demo"), show_default=True, help="Folder to work in.")
@click.option("--speech", type=PATH, metavar="DIR", help="Your own recordings of clean speech.")
@click.option("--noise", type=PATH, metavar="DIR", help="Your own recordings of noise.")
@workers_option
@verbosity
def command(out: Path, speech: Path | None, noise: Path | None, workers: int | None) -> None:
    """Make audio, rows, a model and a library in a few minutes, denoise with them and compare.

    Speech comes from espeak-ng or flite where they are installed, else from the project's own generator.
    Each step prints the command that does it alone. The same command goes on with an interrupted or failed demo.
    """
    from rnnoise_py.recipe import open_recipe
    from rnnoise_py.recipe.shipped import demo_recipe

    given = {"clean": speech, "noise": noise}
    data = {kind: (path.absolute(),) for kind, path in given.items() if path is not None}
    opened = open_recipe(demo_recipe(), out, workers, data)
    ended = opened.run()
    click.echo("\n".join(ended.lines))
    _conclude(opened, ended)
    if ended.failure is not None:
        raise ended.failure
    if ended.outcome.failed:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def _conclude(opened: "OpenedRecipe", ended: "Ended") -> None:
    """Say where to look."""
    from rnnoise_py.audio import list_audio_files

    leaves = {leaf.kind: leaf.folder for leaf in opened.plan.leaves.values()}
    (model,) = opened.plan.models
    note(f"\ndemo: all in {opened.work}")
    if model.evaluation is not None and "denoise" not in ended.outcome.left_out:
        noisy = list_audio_files(model.evaluation.folder / "noisy")[0]
        note(f"  listen to   {noisy}\n  denoised    {leaves['denoise'] / 'denoised' / noisy.name}")
    note(f"  C sources   {opened.work / 'result' / 'exports' / model.name}")
    if "build" not in ended.outcome.left_out:
        note(f"  library     {leaves['build'] / 'librnnoise.so'}")
    if ended.content["report"]:
        note(f"  open        {Path(ended.content['report']) / 'index.html'}")
    for name, reason in ended.outcome.left_out.items():
        note(f"  left out    {name}: {reason}")
