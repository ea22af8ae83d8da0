"""``rnnoise-py export WEIGHTS -o DIR``: a model in every format, and a folder that builds librnnoise."""

import json

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import export


@click.command()
@settings_options(export.Settings)
@json_option
def command(settings: export.Settings, as_json: bool) -> None:
    """Write WEIGHTS as C sources, text, packed and Keras models into DIR.

    WEIGHTS is a model of any format (`rnnoise-py model info` tells which). DIR builds by itself: `make`,
    `make check`, `make install PREFIX=…`, or `rnnoise-py build DIR`.
    """
    result = export.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    finish(result)
