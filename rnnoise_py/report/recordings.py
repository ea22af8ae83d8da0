"""The recordings to compare with: files and folders, with clean originals beside them, or mixed on the fly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnoise_py.audio import list_audio_files, printable
from rnnoise_py.errors import InputError
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
    conditions = read_conditions(dict.fromkeys(path.parent for path, _ in found))
    if clean is None:
        return _named([(path, name, None) for path, name in found], conditions), []
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
    remarks = []
    if missing:
        remarks.append(
            f"{len(missing)} of {len(pairs)} recordings have no clean original in {printable(clean)}, "
            f"so no scores: {', '.join(missing[:3])}{' …' if len(missing) > 3 else ''}"
        )
    conditions = {**read_conditions([clean]), **conditions}
    return _named(pairs, conditions), remarks


def mixed_recordings(clean: Path, noise: Path, snrs: Sequence[float], seed: int) -> list[Recording]:
    """Pair each clean file with a noise at each SNR.

    Noises are taken in turn, in an order drawn from the seed; the noise type is the name of the folder inside
    ``noise``, or of the file. The same arguments give the same mixes.

    Raises
    ------
    InputError
        When one of the two has no audio files, there is no SNR, or the seed is negative.
    """
    if seed < 0:
        raise InputError(f"seed is {seed}: 0 or more")
    speech, noises = _listed(clean), _listed(noise)
    if not speech or not noises or not snrs:
        raise InputError("nothing to mix: give --clean, --noise and --snr, each with at least one of them")
    order = np.random.default_rng(seed).permutation(len(noises))
    mixes = []
    for index, (path, name) in enumerate(speech):
        for turn, snr in enumerate(snrs):
            number = index * len(snrs) + turn
            source, noise_name = noises[order[number % len(noises)]]
            kind = noise_name.rsplit("/", 1)[0] if "/" in noise_name else Path(noise_name).stem
            mixes.append(Recording(f"{name} + {kind} {snr:g} dB", path, path, source, snr, kind, seed + number))
    return _unique(mixes)


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
