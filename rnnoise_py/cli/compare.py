"""``rnnoise-py compare``: which model is better, as numbers, pictures and sound."""

import json
import warnings
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, force_option, json_option, seed_option, verbosity, workers_option
from rnnoise_py.errors import InputError
from rnnoise_py.runs.progress import note, warn


@click.command()
@click.argument("inputs", type=PATH, nargs=-1, metavar="INPUTS…")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME=FILE",
    help="A model of any format, or a built librnnoise; `default` is the shipped one. Again for each model.",
)
@click.option("--clean", type=PATH, help="Folder of the clean originals, under the same names.")
@click.option("--noise", type=PATH, help="Folder of noise to mix with --clean, instead of INPUTS.")
@click.option("--snr", metavar="DB,DB…", help="SNRs of such mixes.")
@click.option("-o", "--output", type=PATH, required=True, help="Folder for index.html, report.json and report.csv.")
@click.option("--title", default="", help="Heading of the page.")
@click.option("--lossless", is_flag=True, help="Put FLAC beside the page too.")
@click.option("--baseline", type=PATH, metavar="JSON", help="report.json of an earlier comparison.")
@click.option(
    "--fail-if",
    "rules",
    multiple=True,
    metavar="RULE",
    help="Exit with 1 if the change of a mean to the baseline is such, e.g. 'pesq<-0.05'. May be repeated.",
)
@seed_option
@workers_option
@force_option
@json_option
@verbosity
def command(
    inputs: tuple[Path, ...],
    models: tuple[str, ...],
    clean: Path | None,
    noise: Path | None,
    snr: str | None,
    output: Path,
    title: str,
    lossless: bool,
    baseline: Path | None,
    rules: tuple[str, ...],
    seed: int,
    workers: int,
    force: bool,
    as_json: bool,
) -> None:
    """Compare models on recordings: one self-contained page, report.json, report.csv, a table on stdout.

    INPUTS are audio files and folders. With --clean (same names, or equal but for `noisy` and `clean`) the outputs
    are scored: PESQ, STOI, SI-SDR, segmental SNR, VAD precision and recall, by SNR and by noise type where a
    manifest or the names tell them. --clean, --noise and --snr without INPUTS mix recordings on the fly.

    Exit code 1: recordings were skipped, or --fail-if found a fall.
    """
    from rnnoise_py.report.baseline import parse_rule
    from rnnoise_py.report.compare import check_packages, compare
    from rnnoise_py.report.contenders import open_contenders
    from rnnoise_py.report.text import report_text

    warnings.showwarning = _show_warning
    parsed = [parse_rule(text) for text in rules]
    if parsed and baseline is None:
        raise InputError("--fail-if needs something to compare with: add --baseline report.json")
    check_packages()
    contenders = open_contenders(models)
    recordings = _recordings(inputs, clean, noise, snr, seed)
    settings: dict[str, Any] = {"seed": seed} if noise is not None else {}
    outcome = compare(
        recordings,
        contenders,
        output,
        title=title,
        lossless=lossless,
        baseline=baseline,
        rules=parsed,
        force=force,
        workers=workers,
        settings=settings,
    )
    if as_json:
        click.echo(json.dumps(outcome.comparison.as_json(), indent=1))
    else:
        click.echo(report_text(outcome.comparison))
    note(f"{outcome.page}: open it in a browser")
    for line in outcome.falls:
        warn(line)
    skipped = len(outcome.comparison.skipped)
    if skipped:
        warn(f"{skipped} of {len(recordings)} recordings skipped")
    if skipped or outcome.falls:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def _recordings(
    inputs: tuple[Path, ...], clean: Path | None, noise: Path | None, snr: str | None, seed: int
) -> list[Any]:
    from rnnoise_py.report.recordings import find_recordings, mixed_recordings

    if noise is None and snr is None:
        recordings, remarks = find_recordings(inputs, clean)
        for remark in remarks:
            warn(remark)
        return recordings
    if inputs or clean is None or noise is None or snr is None:
        raise InputError("mixing on the fly takes --clean DIR, --noise DIR and --snr 0,5,12, and no INPUTS")
    return mixed_recordings(clean, noise, read_snrs(snr), seed)


def read_snrs(text: str) -> list[float]:
    """Read ``0,5,12``: numbers of dB."""
    try:
        values = [float(part) for part in text.replace(" ", "").split(",") if part]
    except ValueError:
        values = []
    if not values or not all(-100 <= value <= 100 for value in values):
        raise InputError(f"--snr {text!r} is no list of SNRs: give numbers of dB with commas, e.g. 0,5,12")
    return list(dict.fromkeys(values))


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    warn(str(message))
