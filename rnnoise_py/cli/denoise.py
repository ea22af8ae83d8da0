"""``rnnoise-py denoise``: files, folders, and raw PCM in a pipe."""

import contextlib
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, force_option, verbosity, workers_option
from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.runs.progress import Progress, note, warn

if TYPE_CHECKING:
    from rnnoise_py.denoiser.file import FileResult, Settings

_PIPE = Path("-")


@click.command()
@click.argument("paths", type=PATH, nargs=-1, required=True, metavar="IN OUT | IN… -o DIR | - -")
@click.option("-o", "--output", type=PATH, help="Folder for the denoised files, under their own names.")
@click.option("--model", type=PATH, help="Model file of any format.")
@click.option(
    "--backend",
    type=click.Choice(["auto", "numba", "native"]),
    default="auto",
    show_default=True,
    help="auto: native where a library is found.",
)
@click.option("--library", type=PATH, help="A librnnoise; else $RNNOISE_LIBRARY, else one beside the model.")
@click.option("--mix", type=float, default=1.0, show_default=True, help="0 (the input) … 1 (denoised).")
@click.option("--max-attenuation", type=float, metavar="DB", help="Make no sound quieter than by this.")
@click.option(
    "--vad", "vad_path", type=PATH, metavar="FILE", help="Speech probabilities, .csv or .json; with -o: csv or json."
)
@click.option(
    "--vad-threshold", type=float, metavar="P", help="Mute where no frame reaches this probability of speech."
)
@click.option(
    "--hang-over", type=float, default=0.2, show_default=True, metavar="S", help="Stay open this long after speech."
)
@click.option("--cut", is_flag=True, help="Delete what --vad-threshold would mute.")
@click.option("--raw-latency", is_flag=True, help="Leave the output 10 ms late, as the C library gives it.")
@click.option("--rate", type=int, default=48_000, show_default=True, help="Hz, of raw PCM in a pipe.")
@click.option("--channels", type=click.IntRange(min=1), default=1, show_default=True, help="Of raw PCM in a pipe.")
@workers_option
@force_option
@verbosity
def command(
    paths: tuple[Path, ...],
    output: Path | None,
    model: Path | None,
    backend: str,
    library: Path | None,
    mix: float,
    max_attenuation: float | None,
    vad_path: Path | None,
    vad_threshold: float | None,
    hang_over: float,
    cut: bool,
    raw_latency: bool,
    rate: int,
    channels: int,
    workers: int,
    force: bool,
) -> None:
    r"""Remove noise from speech: noisy audio in, denoised audio out, sample for sample.

    Rate, channels and coding of a file are kept. A pipe carries raw 16-bit little-endian PCM in real time:

    \b
    arecord -q -t raw -f S16_LE -r 48000 -c 1 | rnnoise-py denoise - - |
    aplay -q -t raw -f S16_LE -r 48000 -c 1
    """
    from rnnoise_py.denoiser import Controls, find_model
    from rnnoise_py.denoiser.file import Settings
    from rnnoise_py.spec.constants import SAMPLE_RATE

    warnings.showwarning = _show_warning
    controls = Controls(mix, max_attenuation, vad_threshold, hang_over, cut, raw_latency)
    if _PIPE in paths:
        if paths != (_PIPE, _PIPE) or output is not None or vad_path is not None:
            raise InputError("a pipe has neither files nor a VAD output: write rnnoise-py denoise - -")
        _pipe(Settings(model, backend, library, controls, workers), rate, channels)
        return
    if output is None and len(paths) != 2:
        raise InputError(f"{len(paths)} paths: give an input and an output file, or inputs and -o FOLDER")
    found, origin = find_model(model)  # read once, and before anything is made
    native = model if origin is None else origin  # a library is looked for beside the file
    settings = Settings(found if backend == "numba" else native, backend, library, controls, workers)
    with settings.denoiser(SAMPLE_RATE, 1) as denoiser:  # library and backend are usable
        _note_compiling(denoiser.backend)
    if output is not None:
        _folder(paths, output, settings, vad_path, workers, force=force)
    else:
        _file(paths[0], paths[1], settings, vad_path)


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    warn(str(message))


def _note_compiling(backend: str) -> None:
    from rnnoise_py.rows.needs import first_run

    if backend == "numba" and first_run("denoise_chunk"):
        note("compiling the kernels, once: about a minute")


def _pipe(settings: "Settings", rate: int, channels: int) -> None:
    from rnnoise_py.cli.streams import binary_stdin, binary_stdout
    from rnnoise_py.denoiser.pipe import denoise_pipe

    source, target = binary_stdin("raw 16-bit PCM"), binary_stdout("the denoised PCM")
    with settings.denoiser(rate, channels) as denoiser:
        _note_compiling(denoiser.backend)
        started = time.process_time()
        samples = denoise_pipe(source, target, denoiser)
        spent = max(time.process_time() - started, 1e-9)
        note(
            f"{samples / rate:.1f} s of audio, {spent:.2f} s of processor time: {samples / rate / spent:.0f} × real "
            f"time ({denoiser.backend}{_clipped(denoiser.clipped)})"
        )


def _clipped(count: int) -> str:
    return f", {count} samples clipped" if count else ""


def _seconds(path: Path) -> float:
    from rnnoise_py.audio import open_audio

    with open_audio(path) as audio:
        return audio.frames / audio.rate


def _file(source: Path, target: Path, settings: "Settings", vad_path: Path | None) -> None:
    from rnnoise_py.denoiser.file import denoise_file
    from rnnoise_py.denoiser.vad_file import check_vad_path
    from rnnoise_py.runs.atomic import check_writable

    if vad_path is not None:
        check_vad_path(vad_path)
        check_writable(vad_path)
    started = time.monotonic()
    with Progress(round(_seconds(source)), "second", "denoise") as progress:
        result = denoise_file(source, target, settings, _WholeSeconds(progress))
    _write_vad(vad_path, result, settings)
    _warn_truncated([source] if result.truncated else [])
    _summary(result.seconds, time.monotonic() - started, result.backend, result.clipped)


class _WholeSeconds:
    """A progress of seconds that counts whole ones."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._seconds = 0.0

    def update(self, seconds: float) -> None:
        """Count some more."""
        before, self._seconds = self._seconds, self._seconds + seconds
        self._progress.update(int(self._seconds) - int(before))


def _write_vad(path: Path | None, result: "FileResult", settings: "Settings") -> None:
    from rnnoise_py.denoiser.vad_file import write_vad

    if path is not None:
        threshold = settings.controls.vad_threshold
        write_vad(path, result.vad, 0.5 if threshold is None else threshold, settings.controls.hang_over)


def _summary(seconds: float, spent: float, backend: str, clipped: int, files: int = 1) -> None:
    what = f"{files} files, " if files > 1 else ""
    note(
        f"denoised {what}{seconds:.1f} s of audio in {spent:.2f} s: {seconds / max(spent, 1e-9):.0f} × real time "
        f"({backend}{_clipped(clipped)})"
    )


def _warn_truncated(paths: list[Path]) -> None:
    from rnnoise_py.audio.open_file import cut_short

    if paths:
        warn(cut_short(paths))


def _jobs(paths: tuple[Path, ...], output: Path) -> list[tuple[Path, Path]]:
    from rnnoise_py.audio import list_audio_files

    jobs = []
    for path in paths:
        if path.is_dir():
            found = list_audio_files(path)
            if not found:
                raise InputError(f"folder {path} holds no audio files (WAV, FLAC, .raw …)")
            jobs += [(file, output / file.relative_to(path)) for file in found]
        else:
            jobs.append((path, output / path.name))
    targets: dict[Path, Path] = {}
    for source, target in jobs:
        if target in targets:
            raise InputError(f"{targets[target]} and {source} would both become {target}: rename one of them")
        targets[target] = source
    return jobs


def _missing_folders(jobs: list[tuple[Path, Path]]) -> list[Path]:
    """Folders of the outputs that are still to be made, the deepest first."""
    folders = {folder for _, target in jobs for folder in target.parents if not folder.exists()}
    return sorted(folders, key=lambda folder: len(folder.parts), reverse=True)


def _folder(
    paths: tuple[Path, ...], output: Path, settings: "Settings", vad_path: Path | None, workers: int, *, force: bool
) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import replace

    from rnnoise_py.denoiser.file import denoise_file
    from rnnoise_py.runs.atomic import check_output_folder

    kind = None
    if vad_path is not None:
        kind = (vad_path.suffix or f".{vad_path.name}").lower()
        if kind not in (".csv", ".json"):
            raise OutputError(f"--vad {vad_path}: with -o say csv or json")
    jobs = _jobs(paths, output)
    missing = _missing_folders(jobs)
    check_output_folder(output, force=force)
    alone = replace(settings, workers=1)
    started = time.monotonic()

    def run(source: Path, target: Path) -> "FileResult":
        target.parent.mkdir(parents=True, exist_ok=True)
        result = denoise_file(source, target, alone)
        _write_vad(None if kind is None else target.with_name(target.name + kind), result, settings)
        return result

    results, failed, truncated = [], [], []
    with Progress(len(jobs), "file", "denoise") as progress, ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(run, source, target) for source, target in jobs]
        try:
            for (source, _), future in zip(jobs, futures, strict=True):
                try:
                    results.append(future.result())
                    if results[-1].truncated:
                        truncated.append(source)
                except (RNNoiseError, OSError) as error:
                    reason = " ".join(str(error).split())
                    failed.append(reason if str(source) in reason else f"{source}: {reason}")
                progress.update(1)
        finally:
            for future in futures:
                future.cancel()
            pool.shutdown()
            for folder in missing:
                with contextlib.suppress(OSError):  # there is something in it
                    folder.rmdir()
    _warn_truncated(truncated)
    if results:
        _summary(
            sum(result.seconds for result in results),
            time.monotonic() - started,
            results[0].backend,
            sum(result.clipped for result in results),
            len(results),
        )
    if failed:
        if len(jobs) == 1:
            raise InputError(failed[0])
        for line in failed:
            warn(line)
        if not results:
            raise InputError(f"none of the {len(jobs)} files can be denoised: the reasons stand above")
        warn(f"{len(failed)} of {len(jobs)} files failed")
        raise click.exceptions.Exit(EXIT_DIFFERS)
