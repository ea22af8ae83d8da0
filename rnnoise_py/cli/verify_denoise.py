"""``rnnoise-py verify denoise``: any librnnoise against our kernels, frame by frame."""

import json
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, json_option, verbosity
from rnnoise_py.errors import InputError


@click.command()
@click.argument("audio", type=PATH, metavar="IN.wav")
@click.option("--library", type=PATH, required=True, help="The librnnoise to compare.")
@click.option("--model", type=PATH, help="Model; a library that cannot load one must have the same built in.")
@json_option
@verbosity
def command(audio: Path, library: Path, model: Path | None, as_json: bool) -> None:
    """Denoise IN.wav with a library and with our kernels, and compare every frame bit for bit.

    Exit codes: 0 equal, 1 different, 2 cannot be compared.
    """
    from rnnoise_py.denoiser.compare import compare_library

    if audio.is_dir():
        raise InputError(f"{audio} is a folder: give one audio file")
    result: dict[str, Any] = compare_library(audio, library, model)
    if as_json:
        click.echo(json.dumps(result, indent=1))
    else:
        _show(result)
    if result["differing_frames"]:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def _show(result: dict[str, Any]) -> None:
    if result["built_in_model"]:
        click.echo("the library cannot load models: its built-in one is compared with the model given")
    if not result["differing_frames"]:
        click.echo(f"{result['frames']} frames equal in every bit: audio and speech probability")
        return
    first = result["first"]
    click.echo(f"{result['differing_frames']} of {result['frames']} frames differ")
    click.echo(f"first: frame {first['frame']} ({first['seconds']:.2f} s), {first['what']}")
    for name in ("ours", "library"):
        click.echo(f"  {name:8} {first[name]['hex']}  {first[name]['value']!r}")
    click.echo(f"largest difference: {result['largest_difference']:g} (samples are in ±32768)")
