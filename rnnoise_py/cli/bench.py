"""``rnnoise-py bench``: frames a second of this machine."""

import json
from typing import Final

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import bench

_FRAMES_A_SECOND: Final = 100  # of audio


@click.command()
@settings_options(bench.Settings)
@json_option
def command(settings: bench.Settings, as_json: bool) -> None:
    """Measure how quickly this machine denoises one channel by one core: library, numba, WebAssembly in node.

    One line a way: frames (10 ms) a second, time of a frame, and how many times quicker than real time that is. What
    is not installed is said. All must give the same samples; the exit code is 1 where they do not.
    """
    result = bench.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    else:
        click.echo(f"model of {result.parameters:,} parameters, digest {result.weights[:16]}")
        click.echo(f"{'':26}{'frames/s':>10}{'µs/frame':>10}{'× real time':>13}")
        for line in result.lines:
            click.echo(_written(line))
    finish(result)


def _written(line: bench.Line) -> str:
    rate = line.frames_a_second
    if rate is None:
        return f"{line.name:26}{'-':>10}  {line.remark}"
    return f"{line.name:26}{rate:>10,.0f}{1e6 / rate:>10.1f}{rate / _FRAMES_A_SECOND:>13,.0f}"
