"""Pick some files of a folder at random."""

import random
from pathlib import Path

from rnnoise_py.audio.files import list_audio_files, natural_key, printable
from rnnoise_py.dataset.placing import MANIFEST, check_link, flat_names, place_files, prepare_folder
from rnnoise_py.errors import InputError
from rnnoise_py.runs.provenance import write_manifest


def sample(
    folder: Path, count: int, output: Path, *, seed: int = 1, link: str = "copy", force: bool = False
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
    force
        Replace what an earlier run put there.

    Returns
    -------
    The new files.

    Raises
    ------
    InputError
        When there are fewer files than that.
    OutputError
        When the output folder is in use or cannot be written.
    """
    check_link(link)
    paths = sorted(list_audio_files(folder), key=natural_key)
    if not 1 <= count <= len(paths):
        raise InputError(f"cannot draw {count} of the {len(paths)} audio files in {printable(folder)}")
    chosen = sorted(random.Random(f"rnnoise-py sample {seed}").sample(range(len(paths)), count))
    files = [paths[index] for index in chosen]
    names = flat_names([(path.parent.name, path) for path in files])
    prepare_folder(output, [folder], force=force)
    place_files(files, names, output, link=link, label="sample")
    placed = [{"name": printable(name), "source": printable(path)} for name, path in zip(names, files, strict=True)]
    write_manifest(output / MANIFEST, {"stage": "sample", "seed": seed, "link": link, "files": placed})
    return [output / name for name in names]
