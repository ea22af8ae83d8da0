"""Pick some files of a folder at random."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnoise_py.audio.files import list_audio_files, natural_key
from rnnoise_py.dataset.placing import Placement, check_place, flat_names
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.words import counted


@dataclass(frozen=True)
class SampleReport:
    """The files that were picked."""

    files: list[Path]  #: in the output folder

    def lines(self) -> list[str]:
        """Return the names of the files."""
        return [printable(path) for path in self.files]

    def as_json(self) -> dict[str, Any]:
        """Return the names for JSON."""
        return {"files": self.lines()}


def sample(
    folder: Path,
    count: int,
    output: Path,
    *,
    seed: int = 1,
    link: str = "copy",
    resume: bool = False,
    force: bool = False,
) -> list[Path]:
    """Put ``count`` audio files of ``folder``, drawn at random, into a flat folder.

    Parameters
    ----------
    folder
        Where from, sub-folders included.
    count
        How many.
    output
        Where to; a name that occurs twice gets its folder as prefix.
    seed
        Draws the files.
    link
        ``"copy"``, ``"hard"`` or ``"symbolic"``.
    resume
        Add what is missing after a run that was killed or interrupted.
    force
        Replace what an earlier run put there.

    Returns
    -------
    The new files.

    Raises
    ------
    InputError
        When there are fewer files than that, or what is to be resumed is another run.
    OutputError
        When the output folder is in use or cannot be written.
    """
    check_place(output, [folder], resume=resume, force=force)
    paths = sorted(list_audio_files(folder), key=natural_key)
    if not 1 <= count <= len(paths):
        raise InputError(f"cannot draw {count} of the {counted(len(paths), 'audio file')} in {printable(folder)}")
    chosen = sorted(random.Random(f"rnnoise-py sample {seed}").sample(range(len(paths)), count))
    files = [paths[index] for index in chosen]
    names = flat_names([(path.parent.name, path) for path in files])
    entries = [{"name": name, "source": printable(path)} for name, path in zip(names, files, strict=True)]
    Placement("sample", output, files, names, link, seed, entries, {}).run(resume=resume, force=force)
    return [output / name for name in names]
