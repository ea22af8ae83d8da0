"""The small file beside an unfinished output, from which a killed run goes on.

It holds what was asked for, how many rows are done, their digest, and the extractor's state behind the last
of them. It is replaced atomically, so whatever moment a run is killed at, one whole checkpoint is there.
"""

import io
import json
import os
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnoise_py.dsp.buffers import History
from rnnoise_py.errors import InputError
from rnnoise_py.rows.description import Description, from_dict
from rnnoise_py.rows.extractor import RowsState
from rnnoise_py.rows.mixer import MixerState
from rnnoise_py.runs.atomic import sync_to_disk

CHECKPOINT_SECONDS: Final = 1.0
_HEADER: Final = "header"


@dataclass(frozen=True)
class Checkpoint:
    """A run that got as far as ``rows`` rows."""

    description: Description
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

    Raises
    ------
    OSError
        When the disk is full; the one before is still there.
    """
    mixer, history = checkpoint.state.mixer, checkpoint.state.history
    header = {
        "description": checkpoint.description.as_dict(),
        "rows": checkpoint.rows,
        "row_sha256": checkpoint.row_sha256,
    }
    arrays: dict[str, Any] = {_HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8)}
    arrays |= {f"mixer_{field.name}": getattr(mixer, field.name) for field in fields(mixer)}
    arrays |= {f"history_{name}": value for name, value in history._asdict().items()}
    content = io.BytesIO()
    np.savez(content, **arrays)
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.write_bytes(content.getvalue())
        sync_to_disk(temporary)  # the rows are not: their digest tells whether those of a lost machine are there
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def load_checkpoint(path: Path) -> Checkpoint | None:
    """Read a checkpoint; None when there is none.

    Raises
    ------
    InputError
        When the file is not a checkpoint of this version's kind.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            header = json.loads(arrays[_HEADER].tobytes())
            mixer = {field.name: arrays[f"mixer_{field.name}"] for field in fields(MixerState)}
            history = History(**{name: arrays[f"history_{name}"] for name in History._fields})
        description = from_dict(header["description"])
        numbers = {name: value.item() if value.ndim == 0 else value for name, value in mixer.items()}
        state = RowsState(MixerState(**numbers), history)
        return Checkpoint(description, int(header["rows"]), str(header["row_sha256"]), state)
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(
            f"{path} is not a checkpoint that this version can read ({error}): start over without --resume"
        ) from error


def discard(out: Path) -> None:
    """Remove what an unfinished run left."""
    for path in (part_path(out), state_path(out), state_path(out).with_name(f"{state_path(out).name}.new")):
        path.unlink(missing_ok=True)
