"""The lists that a synthesis run draws from: speech, noise categories, room impulse responses."""

import csv
import fnmatch
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.audio.files import AUDIO_SUFFIXES, check_folder, list_audio_files, natural_key
from rnnoise_py.dataset.config import ALL, BOTH, MALE, REAL, Config
from rnnoise_py.dataset.journal import list_digest
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

_WAV_ONLY: Final = frozenset({".wav"})


@dataclass(frozen=True)
class ImpulseResponse:
    """One channel of a file that holds a room's impulse response."""

    path: Path
    channel: int  # from 0


@dataclass(frozen=True)
class SourceLists:
    """Everything a run draws from, in the run's shuffled order."""

    speech: tuple[Path, ...]
    noise: tuple[tuple[str, tuple[Path, ...]], ...]  #: (category, files)
    responses: tuple[ImpulseResponse, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over paths, sizes and dates: whether a resumed run still sees the same files."""
        files = [*self.speech, *(path for _, paths in self.noise for path in paths)]
        return list_digest([*files, *(response.path for response in self.responses)])


def build_lists(config: Config, seed: int) -> SourceLists:
    """Find and shuffle all sources of a run.

    Raises
    ------
    InputError
        When a folder or table is missing, or a list is empty.
    """
    rng = random.Random(f"rnnoise-py lists {seed}")
    groups = _speech_groups(config)
    for group in groups:
        rng.shuffle(group)
    speech = [path for group in groups for path in group]
    if config.mixed_groups:
        rng.shuffle(speech)
    noise = _noise_categories(config)
    for _, paths in noise:
        rng.shuffle(paths)
    responses = _impulse_responses(config) if config.rir_probability > 0 else []
    rng.shuffle(responses)
    return SourceLists(tuple(speech), tuple((category, tuple(paths)) for category, paths in noise), tuple(responses))


def _listed(config: Config, path: Path, key: str, suffixes: frozenset[str]) -> list[Path]:
    folder = config.find(path)
    check_folder(folder, f"{key}: ", f"fix the config or --set {key}=FOLDER")
    return sorted(list_audio_files(folder, suffixes), key=natural_key)


def _speech_groups(config: Config) -> list[list[Path]]:
    suffixes = AUDIO_SUFFIXES if config.all_formats else _WAV_ONLY
    if config.speech_csv:
        groups = [_from_csv(config, config.speech_csv, "speech_csv")]
    else:
        groups = [[path for folder in config.speech_dir for path in _listed(config, folder, "speech_dir", suffixes)]]
    extra = (
        (config.use_singing_data, config.clean_singing, "clean_singing"),
        (config.use_emotion_data, config.clean_emotion, "clean_emotion"),
        (config.use_mandarin_data, config.clean_mandarin, "clean_mandarin"),
    )
    for used, folder, key in extra:
        if not used or not folder:
            continue
        switch = key.replace("clean_", "use_") + "_data"
        check_folder(config.find(folder), f"{key}: ", f"fix the config or --set {switch}=0")
        paths = _listed(config, folder, key, suffixes)
        if key == "clean_singing":
            paths = [path for path in paths if _is_chosen_voice(path, config.singing_choice)]
        groups.append(paths)
    if not any(groups):
        where = [config.speech_csv] if config.speech_csv else config.speech_dir
        raise InputError(
            f"no speech files in {', '.join(map(printable, where))}: give a folder of audio files (speech_dir)"
        )
    return groups


def _is_chosen_voice(path: Path, choice: int) -> bool:
    text = str(path).lower()
    if choice == MALE:
        return "male" in text and "female" not in text
    return choice == ALL or "female" in text


def _noise_categories(config: Config) -> list[tuple[str, list[Path]]]:
    if config.noise_csv:
        return [("", _from_csv(config, config.noise_csv, "noise_csv"))]
    any_format = config.all_formats and config.audioformat.lower() in {"*.wav", "*"}
    categories: dict[str, list[Path]] = {}
    for folder in config.noise_dir:
        root = config.find(folder)
        paths = [
            path
            for path in _listed(config, folder, "noise_dir", AUDIO_SUFFIXES)
            if any_format or fnmatch.fnmatch(path.name.lower(), config.audioformat.lower())
        ]
        direct = [path for path in paths if path.parent == root]
        if direct:
            categories.setdefault("", []).extend(direct)
            continue
        for path in paths:
            categories.setdefault(path.relative_to(root).parts[0], []).append(path)
    _exclude(config, categories)
    found = [(category, paths) for category, paths in sorted(categories.items()) if paths]
    if not found:
        what = "" if any_format else f" ({config.audioformat})"
        raise InputError(
            f"no noise files{what} in {', '.join(map(printable, config.noise_dir))}: give a folder of audio files "
            f"(noise_dir)"
        )
    return found


def _exclude(config: Config, categories: dict[str, list[Path]]) -> None:
    """Take out the excluded categories: by name or path of the sub-folder; files without one by beginnings of names."""
    for excluded in config.noise_types_excluded:
        name = Path(excluded.replace("\\", "/")).name
        if name and categories.pop(name, None) is not None:
            continue
        without = categories.get("", [])
        kept = [path for path in without if not (name and path.name.startswith(name))]
        if len(kept) == len(without):
            raise InputError(
                f"noise_types_excluded: there is no sub-folder {excluded!r} in noise_dir: name those that are there, "
                f"{', '.join(sorted(filter(None, categories))) or 'none'}"
            )
        categories[""] = kept


def _from_csv(config: Config, path: Path, key: str) -> list[Path]:
    table = config.find(path)
    rows = _read_csv(table, key)
    if not rows or "filename" not in rows[0]:
        raise InputError(f"{key}: {printable(table)} has no column `filename` with file names in it")
    files = [row["filename"].strip().replace("\\", "/") for row in rows if (row["filename"] or "").strip()]
    if not files:
        raise InputError(f"{key}: {printable(table)} lists no files")
    if any("\0" in file for file in files):
        raise InputError(f"{key}: {printable(table)} holds names with a zero byte")
    return [_beside(table, config, Path(file)) for file in files]


def _beside(table: Path, config: Config, path: Path) -> Path:
    found = config.find(path)
    return table.parent / path if not found.exists() and (table.parent / path).exists() else found


def _read_csv(table: Path, key: str) -> list[dict[str, str]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise InputError(f"{key}: cannot read {printable(table)}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{key}: {printable(table)} is no CSV text: {error}") from error


def _impulse_responses(config: Config) -> list[ImpulseResponse]:
    if not config.rir_table_csv:
        raise InputError("rir_probability is above 0, but there is no rir_table_csv: name one or set it to 0")
    table = config.find(config.rir_table_csv)
    found = []
    for number, row in enumerate(_read_csv(table, "rir_table_csv"), 2):
        values = list(row.values())
        try:  # by position, as the header's spelling varies: file, channel, T60, C50, isReal
            name, channel, t60 = values[0].strip(), int(float(values[1])), float(values[2])
            real = values[4].strip().lower() in {"1", "1.0", "true"}
        except (IndexError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise InputError(
                f"rir_table_csv: line {number} of {table} is not: file, channel, T60, C50, isReal"
            ) from error
        chosen = config.rir_choice == BOTH or real == (config.rir_choice == REAL)
        if chosen and config.lower_t60 <= t60 <= config.upper_t60:
            path = _beside(table, config, Path(name.replace("\\", "/")))
            found.append(ImpulseResponse(path, max(0, channel - 1)))
    if not found:
        raise InputError(
            f"rir_table_csv: no room of {table} has rir_choice {config.rir_choice} and a T60 of "
            f"{config.lower_t60} … {config.upper_t60} s"
        )
    return found
