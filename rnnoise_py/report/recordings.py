"""The recordings to compare with: files and folders, with clean originals beside them, or mixed on the fly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnoise_py.audio import list_audio_files
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.report.conditions import Condition, condition_of, match_keys, read_conditions, role_of


@dataclass(frozen=True)
class Recording:
    """One recording, not read yet."""

    name: str  #: unique in a report
    path: Path  #: noisy recording; where it is mixed on the fly, the clean one
    clean: Path | None = None
    noise: Path | None = None  #: to be mixed with ``clean``
    snr: float | None = None  #: dB, when known; of a mix, wanted
    noise_type: str | None = None
    seed: int = 0  #: of the place in the noise from which a mix takes it


def find_recordings(inputs: Sequence[Path], clean: Path | None) -> tuple[list[Recording], list[str]]:
    """List the recordings of files and folders, and find their clean originals.

    The clean file of a recording is what a manifest says, else the one with the same name, the same name but for
    ``noisy`` / ``clean`` before or after it, or the same ``fileid_N``. Clean files among the inputs are left out.

    Returns
    -------
    Recordings in the order of the inputs, and remarks.

    Raises
    ------
    InputError
        When there are none, a path is missing, or ``clean`` has none of the originals.
    """
    found = [pair for path in inputs for pair in _listed(path)]
    if not found:
        raise InputError("no recordings: give audio files, folders of them, or --clean, --noise and --snr")
    conditions, remarks = read_conditions(dict.fromkeys(path.parent for path, _ in found))
    if clean is None:
        return _named([(path, name, None) for path, name in found], conditions), remarks
    originals = _Originals(clean)
    pairs = [(path, name, originals.of(path, name, condition_of(path.stem, conditions))) for path, name in found]
    used = {original.resolve() for path, _, original in pairs if original is not None and role_of(path.stem) != "clean"}
    pairs = [pair for pair in pairs if pair[0].resolve() not in used]
    missing = [printable(path) for path, _, original in pairs if original is None]
    if len(missing) == len(pairs):
        raise InputError(
            f"{printable(clean)} has no clean original of any recording (of {missing[0] if missing else 'none'}, for "
            "example): names must be equal, or equal but for noisy and clean"
        )
    if missing:
        remarks.append(
            f"{len(missing)} of {len(pairs)} recordings have no clean original in {printable(clean)}, "
            f"so no scores: {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}"
        )
    of_originals, more = read_conditions([clean])
    return _named(pairs, {**of_originals, **conditions}), list(dict.fromkeys([*remarks, *more]))


def mixed_recordings(
    clean: Path, noise: Path, snrs: Sequence[float], seed: int, most: int | None = None
) -> tuple[list[Recording], str]:
    """Mix each clean file with each noise at each SNR.

    So means by SNR and means by noise do not depend on each other. Of more mixes than ``most`` an even part is taken:
    every noise equally often (but for one), each with as many clean files as possible, each such pair at every SNR.
    The noise type is the name of the folder inside ``noise``, or of the file.

    Parameters
    ----------
    clean, noise
        Folders, or files.
    snrs
        dB.
    seed
        Of the order in which noises are taken, and of the places in them where mixes begin. The same arguments give
        the same mixes; a pair of clean file and noise begins at the same place at every SNR.
    most
        Mixes at most.

    Returns
    -------
    The mixes, ordered by clean file, noise and SNR; and how many there are, in words.

    Raises
    ------
    InputError
        When one of the two has no audio files, there is no SNR, the seed is negative, or ``most`` is less than the
        number of SNRs.
    """
    if seed < 0:
        raise InputError(f"seed is {seed}: 0 or more")
    speech, noises = _listed(clean), _listed(noise)
    if not speech or not noises or not snrs:
        raise InputError("nothing to mix: give --clean, --noise and --snr, each with at least one of them")
    if most is not None and most < len(snrs):
        raise InputError(f"mixes {most} is less than the number of SNRs: needed is {len(snrs)} or more")
    every = len(speech) * len(noises)
    count = every if most is None else min(every, most // len(snrs))
    order = np.random.default_rng(seed).permutation(len(noises)).tolist()
    pairs = sorted(_even_pair(number, len(speech), order) for number in range(count))
    mixes = []
    for voice, disturbance in pairs:
        path, name = speech[voice]
        source, noise_name = noises[disturbance]
        kind = noise_name.rsplit("/", 1)[0] if "/" in noise_name else Path(noise_name).stem
        place = seed + voice * len(noises) + disturbance
        mixes += [Recording(f"{name} + {kind} {snr:g} dB", path, path, source, snr, kind, place) for snr in snrs]
    if count == every:
        words = f"{len(mixes):,} mixes: {len(speech):,} clean × {len(noises):,} noise files × {len(snrs)} SNRs"
    else:
        spoken, heard = ({one[side] for one in pairs} for side in (0, 1))
        words = (
            f"{len(mixes):,} of {every * len(snrs):,} mixes: {len(heard):,} of {len(noises):,} noise files, "
            f"{len(spoken):,} of {len(speech):,} clean files, each pair at {len(snrs)} SNRs"
        )
    return _unique(mixes), words


def _even_pair(number: int, speech: int, order: Sequence[int]) -> tuple[int, int]:
    """Pair ``number`` of clean file and noise: all noises in turn, each time with the clean files one further."""
    turn, place = divmod(number, len(order))
    return (place + turn) % speech, order[place]


def _listed(path: Path) -> list[tuple[Path, str]]:
    """Audio files of a file or folder, each with its name: the path below the folder, without suffix."""
    if path.is_dir():
        files = list_audio_files(path)
        return [(file, printable(file.relative_to(path).with_suffix("").as_posix())) for file in files]
    if not path.exists():
        raise InputError(f"{printable(path)} does not exist: give a recording or a folder of recordings")
    return [(path, printable(path.stem))]


class _Originals:
    """The clean files, by the names under which they may be asked for."""

    def __init__(self, clean: Path) -> None:
        self._by_key: dict[str, list[Path]] = {}
        for path, name in _listed(clean):
            if role_of(path.stem) == "noisy":
                continue
            for key in dict.fromkeys([name, *match_keys(path.stem)]):
                self._by_key.setdefault(key, []).append(path)
        if not self._by_key:
            raise InputError(f"folder {printable(clean)} holds no audio files: give the clean originals")

    def of(self, path: Path, name: str, condition: Condition) -> Path | None:
        """Find the only clean file under the best name that has any."""
        asked: Iterable[str] = [name, *match_keys(path.stem)]
        if condition.clean is not None:
            asked = [condition.clean, *asked]
        for key in asked:
            others = [found for found in self._by_key.get(key, ()) if found.resolve() != path.resolve()]
            if len(others) == 1:
                return others[0]
        return None


def _named(pairs: list[tuple[Path, str, Path | None]], conditions: dict[str, Condition]) -> list[Recording]:
    recordings = []
    for path, name, clean in pairs:
        known = condition_of(path.stem, conditions)
        recordings.append(Recording(name, path, clean, None, known.snr, known.noise))
    return _unique(recordings)


def _unique(recordings: list[Recording]) -> list[Recording]:
    """Number names that occur twice."""
    from dataclasses import replace

    taken: set[str] = set()
    result = []
    for recording in recordings:
        name, number = recording.name, 1
        while name in taken:
            number += 1
            name = f"{recording.name} ({number})"
        taken.add(name)
        result.append(replace(recording, name=name))
    return result
