"""``rnnoise-py dataset``: synthesize, balance, check, merge, stats, sample, pack, and made-up audio."""

import json
from collections.abc import Iterable
from typing import Any, Protocol

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.runs.progress import reporter
from rnnoise_py.runs.words import counted
from rnnoise_py.stages import balance, check, fetch, made_up, material, merge, pack, recorded, sample, stats, synthesize


@click.group()
def command() -> None:
    """From folders of audio to two long streams: synthesize → balance → check → merge."""


class _Report(Protocol):
    def lines(self) -> list[str]: ...

    def as_json(self) -> dict[str, Any]: ...


def _show(report: _Report, as_json: bool) -> None:
    _say(report.lines(), report.as_json(), as_json=as_json)


def _say(lines: Iterable[str], content: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(content, indent=1, sort_keys=True))
    else:
        for line in lines:
            click.echo(line)


@command.command("synthesize")
@settings_options(synthesize.Settings)
@json_option
def _synthesize(settings: synthesize.Settings, as_json: bool) -> None:
    """Make noisy, clean and noise clips as a DNS-Challenge CONFIG says.

    The config is read unchanged, backslashes and all; --set replaces single keys.

    \b
    rnnoise-py dataset synthesize noisyspeech_synthesizer.cfg -o synthetic \\
        --set total_hours=5 --set sampling_rate=48000
    """  # noqa: D301 - click's mark
    result = synthesize.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("merge")
@settings_options(merge.Settings)
@json_option
def _merge(settings: merge.Settings, as_json: bool) -> None:
    """Join folders of audio into all_clean.raw and all_noise.raw (48 kHz, mono, 16-bit).

    \b
    rnnoise-py dataset merge --clean synthetic/clean --noise synthetic/noise -o merged
    """  # noqa: D301 - click's mark
    result = merge.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("balance")
@settings_options(balance.Settings)
@json_option
def _balance(settings: balance.Settings, as_json: bool) -> None:
    """Cut speech folders (languages) to the hours of the shortest, into one flat folder.

    \b
    rnnoise-py dataset balance datasets/clean --speech english,russian -o balanced --link hard
    """  # noqa: D301 - click's mark
    result = balance.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("check")
@settings_options(check.Settings)
@json_option
def _check(settings: check.Settings, as_json: bool) -> None:
    """Look for what would spoil a training: the data doctor.

    Exit code 1 when something would. Lines with ✗ spoil a training, lines with · are worth knowing.

    \b
    rnnoise-py dataset check --clean speech --noise noise --list offenders.tsv
    rnnoise-py dataset check --rows training.h5
    """  # noqa: D301 - click's mark
    result = check.run(settings, reporter())
    if settings.undo is not None:
        click.echo(f"{counted(result.moved_back, 'file')} moved back")
        return
    lines = [] if result.report is None else result.report.lines()
    lines += [line for summary in result.rows for line in summary.lines()]
    content = {} if result.report is None else result.report.as_json()
    if result.rows:
        content["rows"] = [summary.as_json() for summary in result.rows]
    _say(lines, content, as_json=as_json)
    finish(result)


@command.command("stats")
@settings_options(stats.Settings)
@json_option
def _stats(settings: stats.Settings, as_json: bool) -> None:
    """Count files, hours and bytes, folder by folder, by format and rate."""
    result = stats.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("sample")
@settings_options(sample.Settings)
@json_option
def _sample(settings: sample.Settings, as_json: bool) -> None:
    """Pick some audio files of FOLDER at random."""
    result = sample.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("pack")
@settings_options(pack.Settings)
@json_option
def _pack(settings: pack.Settings, as_json: bool) -> None:
    """Pack FOLDER into ARCHIVE: .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst."""
    result = pack.run(settings, reporter())
    _show(result.report, as_json)
    finish(result)


@command.command("made-up")
@settings_options(made_up.Settings)
def _made_up(settings: made_up.Settings) -> None:
    """Make small folders of made-up speech and noise, for first tries."""
    finish(made_up.run(settings, reporter()))


@command.command("material")
@settings_options(material.Settings)
def _material(settings: material.Settings) -> None:
    """Make the audio that the shipped model is trained on: needs espeak-ng and Festival."""
    finish(material.run(settings, reporter()))


@command.command("fetch")
@settings_options(fetch.Settings)
@json_option
def _fetch(settings: fetch.Settings, as_json: bool) -> None:
    """Fetch recordings that package registries carry: human speech, recorded noise.

    NAME is human-speech, recorded-noise, or a single source. Packages are fetched with apt-get and unpacked, not
    installed; what is there is not fetched again. Each folder says its licence and whom to name.

    \b
    rnnoise-py dataset fetch human-speech recorded-noise -o corpora
    """  # noqa: D301 - click's mark
    result = fetch.run(settings, reporter())
    lines = [f"{name}: {licence}" for name, licence in result.licences.items()]
    _say([*lines, counted(result.files, "file")], result.as_json(), as_json=as_json)


@command.command("recorded")
@settings_options(recorded.Settings)
@json_option
def _recorded(settings: recorded.Settings, as_json: bool) -> None:
    """Make all_clean.raw and all_noise.raw of fetched recordings and made-up audio, to train on.

    \b
    rnnoise-py dataset recorded --corpora corpora -o material
    """  # noqa: D301 - click's mark
    result = recorded.run(settings, reporter())
    _say([str(result.clean), str(result.noise)], result.as_json(), as_json=as_json)
