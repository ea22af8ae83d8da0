"""Checkpoints: one file with a header and arrays, replaced whole, from which a killed run goes on."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.runs.atomic import write_bytes

HEADER: Final = "header"  #: the array that holds the JSON header


def save_arrays(path: Path, header: Mapping[str, Any], arrays: Mapping[str, npt.ArrayLike]) -> None:
    """Write a checkpoint durably; the one before stays whole until this one is.

    Parameters
    ----------
    path
        An ``.npz`` file, whatever its name.
    header
        What JSON can hold.
    arrays
        Any, by name; none is called ``header``.

    Raises
    ------
    OutputError
        When the disk is full; the one before is still there.
    """
    content = io.BytesIO()
    named: dict[str, Any] = {HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays}
    np.savez(content, **named)
    write_bytes(path, content.getvalue(), durable=True)


def load_arrays(path: Path) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]] | None:
    """Read what :func:`save_arrays` wrote: header and arrays; None when there is no file.

    Raises
    ------
    InputError
        When the file is something else.
    """
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
        header = json.loads(arrays.pop(HEADER).tobytes())
        if not isinstance(header, dict):
            raise TypeError("its header is no object")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise unreadable(path, error) from error
    return header, arrays


def unreadable(path: Path, reason: object) -> InputError:
    """Return the error of a checkpoint that is damaged or of another version."""
    return InputError(f"{path} is not a checkpoint that this version can read ({reason}): start over without --resume")
