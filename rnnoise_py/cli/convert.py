"""``rnnoise-py convert``: rows from ``.f32`` to ``.h5`` and back."""

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.cli.streams import binary_stdout
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import convert


@click.command()
@settings_options(convert.Settings)
def command(settings: convert.Settings) -> None:
    """Convert training ROWS to OUTPUT: .h5 for training, or .f32 (bare; - for stdout).

    The number of rows follows from the file; memory does not grow with it. Replaces bin2hdf5. Files that cannot be
    training rows, such as those of other versions of RNNoise, are refused.
    """
    if settings.output == convert.STDOUT:
        finish(convert.stream(settings, binary_stdout("the rows"), reporter()))
    else:
        finish(convert.run(settings, reporter()))
