"""``rnnoise-py plot``: one picture of a recording, of training rows, or of a training run."""

from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, force_option, verbosity


@click.command()
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, help="PNG, SVG or WebP by the suffix.  [default: FILE's name with .png]")
@click.option("--first", type=click.IntRange(min=0), default=0, show_default=True, help="Rows: the first one shown.")
@click.option("--count", type=click.IntRange(min=1), default=1000, show_default=True, help="Rows: how many.")
@click.option("--model", type=PATH, help="Recording: the model whose speech probability is drawn.")
@force_option
@verbosity
def command(file: Path, output: Path | None, first: int, count: int, model: Path | None, force: bool) -> None:
    """Draw FILE as PNG, SVG or WebP.

    What FILE is, its content tells: a recording (mel spectrogram, waveform, speech probability), training rows
    (.h5 or .f32: features, gains, VAD), or a training run (its folder or history.csv: loss and accuracy).
    """
    from rnnoise_py.report.plots import plot_file

    click.echo(plot_file(file, output, first=first, count=count, model=model, force=force))
