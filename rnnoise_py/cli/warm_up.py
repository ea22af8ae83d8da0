"""``rnnoise-py warm-up``: compile now what would be compiled when it is first used."""

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import warm_up


@click.command()
@settings_options(warm_up.Settings)
def command(settings: warm_up.Settings) -> None:
    """Compile the library and the kernels now: one or two minutes, once for each version and machine.

    For container images and courses: afterwards every command starts at once.
    """
    finish(warm_up.run(settings, reporter()))
