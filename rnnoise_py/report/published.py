"""Published test sets, as their archives are laid out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rnnoise_py.audio import list_audio_files
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

#: name of a set → folders of noisy and of clean recordings (the same names in both), any of these pairs
LAYOUTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "voicebank": (
        ("noisy_testset_wav/noisy_testset_wav", "clean_testset_wav/clean_testset_wav"),  # unpacked into folders
        ("noisy_testset_wav", "clean_testset_wav"),
        ("noisy", "clean"),
    )
}


def find_set(name: str, folder: str | Path) -> tuple[Path, Path]:
    """Return the folders of noisy recordings and of their clean originals of a published set.

    Raises
    ------
    InputError
        When the set is not known, or the folder has neither of its layouts.
    """
    if name not in LAYOUTS:
        raise InputError(f"there is no set {printable(name)!r}, but {', '.join(LAYOUTS)}")
    for noisy, clean in LAYOUTS[name]:
        pair = Path(folder) / noisy, Path(folder) / clean
        if all(path.is_dir() and list_audio_files(path) for path in pair):
            return pair
    first, last = LAYOUTS[name][-2:]
    raise InputError(
        f"{printable(folder)} is not {name} as it is published: needed are folders with audio files, "
        f"{first[0]} and {first[1]}, or {last[0]} and {last[1]}"
    )
