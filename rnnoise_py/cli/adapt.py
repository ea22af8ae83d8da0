"""``rnnoise-py adapt``: a model that is better on one noise."""

import json

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import adapt


@click.command()
@settings_options(adapt.Settings)
@json_option
def command(settings: adapt.Settings, as_json: bool) -> None:
    """Train a model further on a NOISE of yours: a minute of it without speech is enough.

    The last quarter of each recording judges: the model is written only if wide-band PESQ rises there by 0.1 or more
    and falls by 0.02 at most on other noises. Otherwise nothing is written and the exit code is 1.
    """
    result = adapt.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    else:
        (before, after), (other_before, other_after) = result.here, result.elsewhere
        click.echo(f"PESQ on this noise {before:.3f} → {after:.3f}, on others {other_before:.3f} → {other_after:.3f}")
        if result.model is not None:
            click.echo(f"{printable(result.model)}: {result.share:.0%} of the way, digest {result.digest}")
    finish(result)
