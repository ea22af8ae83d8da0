"""``rnnoise-py build DIR``: make librnnoise out of an exported folder."""

import os
from typing import Final

import click

from rnnoise_py.cli.options import finish, settings_options
from rnnoise_py.runs.progress import reporter, say
from rnnoise_py.stages import build

_WORDS_SHOWN: Final = 40  # lines of the compiler


@click.command()
@settings_options(build.Settings)
def command(settings: build.Settings) -> None:
    """Run make in DIR (written by `rnnoise-py export`) and print the path of the library.

    Only the library is built; `make -C DIR` builds the example and the training tool too.
    """
    from rnnoise_py.codegen.library import MakeError

    try:
        result = build.run(settings, reporter())
    except MakeError as error:
        say("\n".join(error.words[-_WORDS_SHOWN:]))
        raise
    click.echo(os.fsencode(result.library))
    finish(result)
