"""How long and how large, before it is done."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.recipe.artefact import DONE, MANIFEST_NAME, Artefact
from rnnoise_py.rows.needs import allocated_bytes
from rnnoise_py.runs.provenance import read_manifest
from rnnoise_py.runs.space import size
from rnnoise_py.runs.workers import available_cores, cores

#: (units of work a second on one core, what of it more cores speed up)
RATES: Final = {
    "material": (6.0, 0.9),  # clips
    "synthesize": (330.0, 0.7),  # seconds of audio
    "recorded": (4.0, 0.9),  # clips
    "made_up": (2.0, 0.0),  # files
    "verify": (15_000.0, 0.0),  # rows
    "features": (50_000.0, 0.8),  # rows
    "train": (180_000.0, 0.9),  # rows × epochs
}
RATES_OF: Final = {"finetune": "train", "evaluation": "synthesize"}
BRIEF_KINDS: Final = frozenset({"export", "balance", "check"})
BRIEF: Final = 2.0  # seconds that a stage takes at least
LONG: Final = 120.0  # seconds of a stage from which its rate can be told; shorter ones may have compiled kernels


class Estimates:
    """Seconds and bytes of stages, by what earlier ones in the same folder took, else by typical rates.

    Parameters
    ----------
    work
        The folder of all artefacts.
    workers
        Cores that will be used.
    """

    def __init__(self, work: Path, workers: int | None) -> None:
        self._workers = min(cores(workers), available_cores())
        self._seen: dict[str, list[float]] = {}  # kind → units, seconds
        for manifest in sorted(work.glob(f"*/{MANIFEST_NAME}")):
            self._learn(manifest)

    def _learn(self, path: Path) -> None:
        try:
            found = read_manifest(path)
            kind, amount, seconds = str(found["stage"]), float(found["amount"] or 0), float(found["seconds"])
        except (InputError, KeyError, TypeError, ValueError):
            return
        if amount and seconds > LONG and not found.get("resumed"):
            seen = self._seen.setdefault(RATES_OF.get(kind, kind), [0.0, 0.0])
            seen[0] += amount
            seen[1] += seconds

    def seconds(self, artefact: Artefact) -> float | None:
        """Expected time of a stage that begins; None when it is not known."""
        kind = RATES_OF.get(artefact.kind, artefact.kind)
        if kind in BRIEF_KINDS:
            return BRIEF
        if artefact.amount is None:
            return None
        if kind in self._seen:
            units, seconds = self._seen[kind]
            return artefact.amount * seconds / units
        if kind not in RATES:
            return None
        rate, share = RATES[kind]
        return BRIEF + artefact.amount / rate / (1 + share * (self._workers - 1))


def check_space(work: Path, stages: Iterable[Artefact]) -> None:
    """Raise :class:`OutputError` unless what is missing fits on the disk."""
    needed = sum(
        max(0.0, artefact.size - _there(artefact.folder))
        for artefact in stages
        if artefact.size and artefact.state != DONE
    )
    folder = next(place for place in (work, *work.absolute().parents) if place.is_dir())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"no space in {work}: the recipe needs {size(needed)} more, {size(free)} are free; "
            f"give fewer rows or another folder (-o)"
        )


def _there(folder: Path) -> int:
    return sum(allocated_bytes(path) for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
