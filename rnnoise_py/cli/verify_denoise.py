"""``rnnoise-py verify denoise``: any librnnoise against our kernels, frame by frame."""

import json

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import verify_denoise


@click.command()
@settings_options(verify_denoise.Settings)
@json_option
def command(settings: verify_denoise.Settings, as_json: bool) -> None:
    """Denoise IN.wav with a library and with our kernels, and compare every frame bit for bit.

    Exit codes: 0 equal, 1 different, 2 cannot be compared.
    """
    result = verify_denoise.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    else:
        if result.built_in_model and settings.model is not None:
            click.echo("the library cannot load models: its built-in one is compared with the model given")
        _show(result)
    finish(result)


def _show(result: verify_denoise.Result) -> None:
    if result.first is None:
        click.echo(f"{result.frames} frames equal in every bit: audio and speech probability")
        return
    first = result.first
    click.echo(f"{result.differing_frames} of {result.frames} frames differ")
    click.echo(f"first: frame {first['frame']} ({first['seconds']:.2f} s), {first['what']}")
    for name in ("ours", "library"):
        click.echo(f"  {name:8} {first[name]['hex']}  {first[name]['value']!r}")
    click.echo(f"largest difference: {result.largest_difference:g} (samples are in ±32768)")
