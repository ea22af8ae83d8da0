"""``rnnoise-py dataset``: synthesize, balance, check, merge, stats, sample, pack."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, force_option, json_option, seed_option, verbosity, workers_option
from rnnoise_py.errors import InputError


@click.group()
def command() -> None:
    """From folders of audio to two long streams: synthesize → balance → check → merge."""


def _show(lines: Iterable[str], content: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(content, indent=1, sort_keys=True))
    else:
        for line in lines:
            click.echo(line)


def _exit_if(something: bool) -> None:
    if something:
        raise click.exceptions.Exit(EXIT_DIFFERS)


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
@click.option("-o", "--output", type=PATH, help="Folder for noisy/, clean/, noise/, logs/.")
@click.option("--compatible", is_flag=True, help="Do what the original does, its mistakes included.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run.")
@force_option
@seed_option
@workers_option
@json_option
@verbosity
def synthesize(
    config: Path,
    settings: tuple[str, ...],
    section: str,
    output: Path | None,
    compatible: bool,
    resume: bool,
    force: bool,
    seed: int,
    workers: int,
    as_json: bool,
) -> None:
    """Make noisy, clean and noise clips as a DNS-Challenge CONFIG says.

    The config is read unchanged, backslashes and all; --set replaces single keys.

    \b
    rnnoise-py dataset synthesize noisyspeech_synthesizer.cfg -o synthetic \\
        --set total_hours=5 --set sampling_rate=48000 --workers 2
    """  # noqa: D301 - click's mark
    from rnnoise_py.dataset.config import read_config
    from rnnoise_py.dataset.synthesize import synthesize as run
    from rnnoise_py.dataset.synthesize import with_output
    from rnnoise_py.runs.progress import warn

    chosen, warnings = read_config(config, section=section, overrides=_pairs(settings), compatible=compatible)
    for line in warnings:
        warn(line)
    if output is not None:
        chosen = with_output(chosen, output)
    summary = run(chosen, seed=seed, workers=workers, resume=resume, force=force)
    _show(summary.lines(), summary.as_json(), as_json=as_json)
    _exit_if(bool(summary.unreadable))


@command.command()
@click.option("--clean", "-c", multiple=True, required=True, type=PATH, help="Folder of speech; repeatable.")
@click.option("--noise", "-n", multiple=True, required=True, type=PATH, help="Folder of noise; repeatable.")
@click.option("-o", "--output", required=True, type=PATH, help="Folder for the streams and the manifest.")
@force_option
@workers_option
@json_option
@verbosity
def merge(
    clean: tuple[Path, ...], noise: tuple[Path, ...], output: Path, force: bool, workers: int, as_json: bool
) -> None:
    """Join folders of audio into all_clean.raw and all_noise.raw (48 kHz, mono, 16-bit).

    \b
    rnnoise-py dataset merge --clean synthetic/clean --noise synthetic/noise -o merged
    """  # noqa: D301 - click's mark
    from rnnoise_py.dataset.merge import merge as run

    reports = run(clean, noise, output, workers=workers, force=force)
    content = dict(zip(("clean", "noise"), (report.as_json() for report in reports), strict=True))
    _show((line for report in reports for line in report.lines()), content, as_json=as_json)
    _exit_if(any(report.skipped for report in reports))


@command.command()
@click.argument("root", type=PATH)
@click.option("--speech", required=True, metavar="A,B,C", help="Speech folders below ROOT, one a language.")
@click.option("-o", "--output", required=True, type=PATH, help="The flat folder for what is kept.")
@click.option(
    "--link",
    type=click.Choice(["copy", "hard", "symbolic"]),
    default="copy",
    show_default=True,
    help="Copy the files or link to them.",
)
@force_option
@seed_option
@json_option
@verbosity
def balance(root: Path, speech: str, output: Path, link: str, force: bool, seed: int, as_json: bool) -> None:
    """Cut speech folders (languages) to the hours of the shortest, into one flat folder.

    \b
    rnnoise-py dataset balance datasets/clean --speech english,russian -o balanced --link hard
    """  # noqa: D301 - click's mark
    from rnnoise_py.dataset.balance import balance as run

    names = [name.strip() for name in speech.split(",") if name.strip()]
    report = run(root, names, output, seed=seed, link=link, force=force)
    _show(report.lines(), report.as_json(), as_json=as_json)
    _exit_if(bool(report.skipped))


@command.command()
@click.option("--clean", "-c", multiple=True, type=PATH, help="Folder or file of clean speech; repeatable.")
@click.option("--noise", "-n", multiple=True, type=PATH, help="Folder or file of noise; repeatable.")
@click.option("--rows", multiple=True, type=PATH, help="Training rows, .h5 or .f32: labels and SNRs; repeatable.")
@click.option("--list", "listing", type=PATH, help="Write the offenders to a file: path, tab, findings.")
@click.option("--quarantine", type=PATH, help="Move the offenders to this folder, with an undo.json.")
@click.option("--undo", type=PATH, help="Move files back, as this undo.json says; nothing else is done.")
@workers_option
@json_option
@verbosity
def check(
    clean: tuple[Path, ...],
    noise: tuple[Path, ...],
    rows: tuple[Path, ...],
    listing: Path | None,
    quarantine: Path | None,
    undo: Path | None,
    workers: int,
    as_json: bool,
) -> None:
    """Look for what would spoil a training: the data doctor.

    Exit code 1 when something would. Lines with ✗ spoil a training, lines with · are worth knowing.

    \b
    rnnoise-py dataset check --clean speech --noise noise --list offenders.tsv
    rnnoise-py dataset check --rows training.h5
    """  # noqa: D301 - click's mark
    from rnnoise_py.audio.files import printable
    from rnnoise_py.dataset.check import CheckReport, files_to_check
    from rnnoise_py.dataset.check import check as run
    from rnnoise_py.dataset.quarantine import quarantine as move_away
    from rnnoise_py.dataset.quarantine import undo_quarantine
    from rnnoise_py.dataset.row_summary import summarize_rows
    from rnnoise_py.runs.atomic import check_not_an_input, check_output_folder, check_writable, write_text
    from rnnoise_py.runs.progress import note

    if undo is not None:
        if clean or noise or rows or listing or quarantine:
            raise InputError("--undo is used alone: check again afterwards")
        click.echo(f"{undo_quarantine(undo)} files moved back")
        return
    if listing is not None:
        check_writable(listing)
        check_not_an_input(listing, *files_to_check(clean, noise), *rows)
    if quarantine is not None:
        check_output_folder(quarantine, force=False, make=False)
    report = CheckReport([])
    lines: list[str] = []
    content: dict[str, Any] = {}
    if clean or noise or not rows:
        report = run(clean, noise, workers=workers)
        lines, content = report.lines(), report.as_json()
    summaries = [summarize_rows(path) for path in rows]
    if summaries:
        lines += [line for summary in summaries for line in summary.lines()]
        content["rows"] = [summary.as_json() for summary in summaries]
    _show(lines, content, as_json=as_json)
    if listing is not None:
        offenders = (
            f"{printable(file.path)}\t{'; '.join(found.text for found in file.findings if found.spoils)}"
            for file in report.offenders
        )
        write_text(listing, "".join(f"{line}\n" for line in offenders))
    if quarantine is not None and report.offenders:
        manifest = move_away([file.path for file in report.offenders], quarantine)
        note(f"{len(report.offenders)} files moved; to move them back: dataset check --undo {manifest}")
    _exit_if(report.spoils or any(summary.findings for summary in summaries))


@command.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@json_option
@verbosity
def stats(paths: tuple[Path, ...], as_json: bool) -> None:
    """Count files, hours and bytes, folder by folder, by format and rate."""
    from rnnoise_py.dataset.stats import stats as run

    result = run(paths)
    _show(result.lines(), result.as_json(), as_json=as_json)
    _exit_if(bool(result.total.unreadable))


@command.command()
@click.argument("folder", type=PATH)
@click.option("-n", "count", required=True, type=click.IntRange(min=1), help="How many files.")
@click.option("-o", "--output", required=True, type=PATH, help="Folder for the chosen files.")
@click.option(
    "--link",
    type=click.Choice(["copy", "hard", "symbolic"]),
    default="copy",
    show_default=True,
    help="Copy the files or link to them.",
)
@force_option
@seed_option
@verbosity
def sample(folder: Path, count: int, output: Path, link: str, force: bool, seed: int) -> None:
    """Pick some audio files of FOLDER at random."""
    from rnnoise_py.audio.files import printable
    from rnnoise_py.dataset.sample import sample as run

    for path in run(folder, count, output, seed=seed, link=link, force=force):
        click.echo(printable(path))


@command.command()
@click.argument("folder", type=PATH)
@click.argument("archive", type=PATH)
@force_option
@verbosity
def pack(folder: Path, archive: Path, force: bool) -> None:
    """Pack FOLDER into ARCHIVE: .zip, .tar, .tar.gz, .tar.bz2, .tar.xz or .tar.zst."""
    from rnnoise_py.audio.files import printable
    from rnnoise_py.dataset.pack import pack as run

    files = run(folder, archive, force=force)
    click.echo(f"{printable(archive)}: {files} files, {archive.stat().st_size:,} bytes")
