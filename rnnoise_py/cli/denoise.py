"""``rnnoise-py denoise``: files, folders, and raw PCM in a pipe."""

from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.options import PATH, finish, settings_options
from rnnoise_py.cli.streams import binary_stdin, binary_stdout
from rnnoise_py.errors import InputError
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import denoise

_PIPE = Path("-")


@click.command()
@click.argument("paths", type=PATH, nargs=-1, required=True, metavar="IN OUT | IN… -o DIR | - -")
@settings_options(denoise.Settings, without=("inputs", "output"))
def command(settings: dict[str, Any], paths: tuple[Path, ...]) -> None:
    """Remove noise from speech: noisy audio in, denoised audio out, sample for sample.

    Rate, channels and coding of a file are kept. A pipe carries raw 16-bit little-endian PCM in real time:

    \b
    arecord -q -t raw -f S16_LE -r 48000 -c 1 | rnnoise-py denoise - - |
    aplay -q -t raw -f S16_LE -r 48000 -c 1
    """  # noqa: D301 - the backspace is for click
    if _PIPE in paths:
        if paths != (_PIPE, _PIPE):
            raise InputError("a pipe has neither files nor a VAD output: write rnnoise-py denoise - -")
        source, target = binary_stdin("raw 16-bit PCM"), binary_stdout("the denoised PCM")
        finish(denoise.stream(denoise.Settings(**settings), source, target, reporter()))
        return
    if "output_folder" in settings:
        finish(denoise.run(denoise.Settings(inputs=paths, **settings), reporter()))
        return
    if len(paths) != 2:
        raise InputError(f"{len(paths)} paths: give an input and an output file, or inputs and -o FOLDER")
    finish(denoise.run(denoise.Settings(inputs=paths[:1], output=paths[1], **settings), reporter()))
