"""``rnnoise-py install``: a model into this user's desktop."""

import os

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.runs.progress import reporter, say
from rnnoise_py.stages import install

_WORDS_SHOWN = 40  # lines of the compiler


@click.command()
@settings_options(install.Settings)
def command(settings: install.Settings) -> None:
    """Give this user's PipeWire a microphone without noise, with the model of DIR (written by `rnnoise-py export`).

    Builds the LADSPA plugin, writes it and a filter-chain configuration below the home folder, and prints both paths;
    nothing of the system is touched. --undo takes both away, --dry-run only says what would be done.
    """
    from rnnoise_py.codegen.library import MakeError

    try:
        result = install.run(settings, reporter())
    except MakeError as error:
        say("\n".join(error.words[-_WORDS_SHOWN:]))
        raise
    for path in result.files:
        click.echo(os.fsencode(path))
    finish(result)
