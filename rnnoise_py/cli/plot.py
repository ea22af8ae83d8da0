"""``rnnoise-py plot``: one picture of a recording, of training rows, or of a training run."""

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import plot


@click.command()
@settings_options(plot.Settings)
def command(settings: plot.Settings) -> None:
    """Draw FILE as PNG, SVG or WebP.

    What FILE is, its content tells: a recording (mel spectrogram, waveform, speech probability), training rows
    (.h5 or .f32: features, gains, VAD), or a training run (its folder or history.csv: loss and accuracy).
    """
    result = plot.run(settings, reporter())
    click.echo(result.picture)
    finish(result)
