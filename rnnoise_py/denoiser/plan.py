"""Which file becomes which."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rnnoise_py.audio import list_audio_files
from rnnoise_py.denoiser.vad_file import SUFFIXES, check_vad_path
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.names import printable


@dataclass(frozen=True)
class Job:
    """One file to denoise."""

    source: Path
    target: Path
    vad: Path | None  #: where its speech probabilities go

    @property
    def outputs(self) -> list[Path]:
        """The files that will be made."""
        return [self.target] if self.vad is None else [self.target, self.vad]


def plan_file(inputs: tuple[Path, ...], output: Path, vad: Path | None) -> Job:
    """Plan one file into one file.

    Raises
    ------
    InputError
        When there is not exactly one input, or it is a folder.
    OutputError
        When the suffix of ``vad`` is no format of probabilities.
    """
    if len(inputs) != 1:
        raise InputError(f"{len(inputs)} inputs and one output file: give inputs and -o FOLDER")
    if inputs[0].is_dir():
        raise InputError(f"{printable(inputs[0])} is a folder: give -o FOLDER for its denoised files")
    if vad is not None:
        check_vad_path(vad)
    return Job(inputs[0], output, vad)


def plan_folder(inputs: Iterable[Path], folder: Path, vad: Path | None) -> list[Job]:
    """Plan files, and the audio files of folders, into a folder, under their own names.

    ``vad`` is ``csv`` or ``json``: the speech probabilities of ``a.wav`` go to ``a.wav.csv``.

    Raises
    ------
    InputError
        When a folder holds no audio, or two inputs would become one file.
    OutputError
        When ``vad`` is anything else.
    """
    suffix = ""
    if vad is not None:
        suffix = (vad.suffix or f".{vad.name}").lower()
        if suffix not in SUFFIXES:
            raise OutputError(f"--vad {vad}: with -o say csv or json")
    pairs = []
    for path in inputs:
        if path.is_dir():
            found = list_audio_files(path)
            if not found:
                raise InputError(f"folder {printable(path)} holds no audio files (WAV, FLAC, .raw …)")
            pairs += [(file, folder / file.relative_to(path)) for file in found]
        else:
            pairs.append((path, folder / path.name))
    sources: dict[Path, Path] = {}
    for source, target in pairs:
        if target in sources:
            raise InputError(
                f"{printable(sources[target])} and {printable(source)} would both become {printable(target)}: "
                "rename one of them"
            )
        sources[target] = source
    return [Job(s, t, t.with_name(t.name + suffix) if suffix else None) for s, t in pairs]


def missing_folders(jobs: list[Job]) -> list[Path]:
    """Return the folders of the outputs that are still to be made, the deepest first."""
    folders = {folder for job in jobs for folder in job.target.parents if not folder.exists()}
    return sorted(folders, key=lambda folder: len(folder.parts), reverse=True)
