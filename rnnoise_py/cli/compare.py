"""``rnnoise-py compare``: which model is better, as numbers, pictures and sound."""

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import compare


@click.command()
@settings_options(compare.Settings)
@json_option
def command(settings: compare.Settings, as_json: bool) -> None:
    """Compare models on recordings: one self-contained page, report.json, report.csv, a table on stdout.

    INPUTS are audio files and folders. With --clean (same names, or equal but for `noisy` and `clean`) the outputs
    are scored: PESQ, STOI, SI-SDR, segmental SNR, VAD precision and recall, by SNR and by noise type where a
    manifest or the names tell them. --clean, --noise and --snr without INPUTS mix recordings on the fly.

    Exit code 1: recordings were skipped, or --fail-if found a fall.
    """
    result = compare.run(settings, reporter())
    click.echo(result.json.read_text(encoding="utf-8").rstrip() if as_json else result.text)
    finish(result)
