"""``rnnoise-py features``: clean speech and noise → training rows."""

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.cli.streams import binary_stdout
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import features


@click.command()
@settings_options(features.Settings)
def command(settings: features.Settings) -> None:
    """Make training rows (87 float32 each) from CLEAN speech and NOISE.

    CLEAN and NOISE are files - bare 16-bit 48 kHz mono (.raw .pcm .s16) or anything libsndfile reads - or
    folders of them, taken in natural order. Rows are the same bits as the RNNoise v0.1 training tool's.
    Exit codes: 0 done, 1 done but files of a folder were left out, 2 unusable input, 130 interrupted.
    """
    if settings.output == features.STDOUT:
        finish(features.stream(settings, binary_stdout("the rows"), reporter()))
    else:
        finish(features.run(settings, reporter()))
