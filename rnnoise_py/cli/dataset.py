"""``rnnoise-py dataset``: synthesize, balance, check, merge, stats, sample, pack."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.options import PATH, force_option, json_option, seed_option, verbosity, workers_option
from rnnoise_py.errors import InputError

EXIT_SKIPPED = 1


@click.group()
def command() -> None:
    """From folders of audio to two long streams: synthesize → balance → check → merge."""


def _show(lines: Iterable[str], content: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False))
    else:
        for line in lines:
            click.echo(line)


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise InputError(f"--set {setting}: write key=value, e.g. --set total_hours=5")
        pairs[key] = value
    return pairs


@command.command()
@click.argument("config", type=PATH)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Replace a key of the config.")
@click.option("--section", default="noisy_speech", show_default=True, help="Section of the config.")
@click.option("-o", "--output", type=PATH, help="Folder for noisy/, clean/, noise/ and logs/ (else as configured).")
@click.option("--compatible", is_flag=True, help="Do what the original does, its mistakes included.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run.")
@force_option
@seed_option
@workers_option
@json_option
@verbosity
def synthesize(
    config: Path, settings: tuple[str, ...], section: str, output: Path | None, compatible: bool, resume: bool,
    force: bool, seed: int, workers: int, as_json: bool,
) -> None:
    """Make noisy, clean and noise clips as a DNS-Challenge CONFIG says.

    The config is read unchanged, backslashes and all. Only the .cfg's paths and hours need to be yours:

        rnnoise-py dataset synthesize noisyspeech_synthesizer.cfg --set total_hours=5 -o synthetic --workers 2
    """
    from rnnoise_py.dataset.config import read_config
    from rnnoise_py.dataset.synthesize import synthesize as run
    from rnnoise_py.dataset.synthesize import with_output
    from rnnoise_py.progress import warn

    chosen, warnings = read_config(config, section=section, overrides=_pairs(settings), compatible=compatible)
    for line in warnings:
        warn(line)
    if output is not None:
        chosen = with_output(chosen, output)
    summary = run(chosen, seed=seed, workers=workers, resume=resume, force=force)
    _show(summary.lines(), summary.as_json(), as_json=as_json)
    if summary.unreadable:
        raise click.exceptions.Exit(EXIT_SKIPPED)


@command.command()
@click.option("--clean", "-c", multiple=True, required=True, type=PATH, help="Folder of clean speech; repeatable.")
@click.option("--noise", "-n", multiple=True, required=True, type=PATH, help="Folder of noise; repeatable.")
@click.option("-o", "--output", required=True, type=PATH, help="Folder for the two streams and the manifest.")
@force_option
@workers_option
@json_option
@verbosity
def merge(
    clean: tuple[Path, ...], noise: tuple[Path, ...], output: Path, force: bool, workers: int, as_json: bool
) -> None:
    """Join folders of audio into all_clean.raw and all_noise.raw (48 kHz, mono, 16-bit).

        rnnoise-py dataset merge --clean synthetic/clean --noise synthetic/noise -o merged
    """
    from rnnoise_py.dataset.merge import merge as run

    reports = run(clean, noise, output, workers=workers, force=force)
    content = dict(zip(("clean", "noise"), (report.as_json() for report in reports), strict=True))
    _show((line for report in reports for line in report.lines()), content, as_json=as_json)
    if any(report.skipped for report in reports):
        raise click.exceptions.Exit(EXIT_SKIPPED)
