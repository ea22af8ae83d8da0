"""The small file beside an unfinished output, from which a killed run goes on.

It holds what was asked for, how many rows are done, their digest, and the extractor's state behind the last
of them. It is replaced atomically, so whatever moment a run is killed at, one whole checkpoint is there. Its size does
not depend on the number of input files: of those it holds a digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from rnnoise_py.dsp.buffers import History
from rnnoise_py.rows.extractor import RowsState
from rnnoise_py.rows.mixer import MixerState
from rnnoise_py.runs.checkpoint import load_arrays, save_arrays, unreadable

CHECKPOINT_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Checkpoint:
    """A run that got as far as ``rows`` rows."""

    identity: Mapping[str, Any]  #: of the run, see :attr:`rnnoise_py.rows.description.Description.identity`
    rows: int
    row_sha256: str  #: of the rows so far
    state: RowsState


def part_path(out: Path) -> Path:
    """Return where rows are gathered until all are there."""
    return out.with_name(f".{out.name}.part")


def state_path(out: Path) -> Path:
    """Return where the checkpoint of an unfinished output is."""
    return out.with_name(f".{out.name}.state")


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the one before stays whole until this one is.

    The rows themselves are not waited for: their digest tells whether those of a lost machine are there.

    Raises
    ------
    OutputError
        When the disk is full; the one before is still there.
    """
    mixer, history = checkpoint.state.mixer, checkpoint.state.history
    header = {"run": dict(checkpoint.identity), "rows": checkpoint.rows, "row_sha256": checkpoint.row_sha256}
    arrays: dict[str, Any] = {f"mixer_{field.name}": getattr(mixer, field.name) for field in fields(mixer)}
    arrays |= {f"history_{name}": value for name, value in history._asdict().items()}
    save_arrays(path, header, arrays)


def load_checkpoint(path: Path) -> Checkpoint | None:
    """Read a checkpoint; None when there is none.

    Raises
    ------
    InputError
        When the file is not a checkpoint of this version's kind.
    """
    found = load_arrays(path)
    if found is None:
        return None
    header, arrays = found
    try:
        mixer = {field.name: arrays[f"mixer_{field.name}"] for field in fields(MixerState)}
        history = History(**{name: arrays[f"history_{name}"] for name in History._fields})
        numbers: dict[str, Any] = {name: value.item() if value.ndim == 0 else value for name, value in mixer.items()}
        state = RowsState(MixerState(**numbers), history)
        return Checkpoint(dict(header["run"]), int(header["rows"]), str(header["row_sha256"]), state)
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(path, error) from error


def discard(out: Path) -> None:
    """Remove what an unfinished run left."""
    for path in (part_path(out), state_path(out)):
        path.unlink(missing_ok=True)
