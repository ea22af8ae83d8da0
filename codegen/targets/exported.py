"""The model of a folder that ``export`` wrote, in whichever format it is there."""

from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.model import Int8Model, read_model
from rnnoise_py.names import printable
from rnnoise_py.spec.model_formats import FILE_NAMES

_NAMES: Final = ("rnn_data.c", *FILE_NAMES.values())


def exported_model(folder: Path) -> Int8Model:
    """Read the model of an exported folder.

    Raises
    ------
    InputError
        When the folder holds none.
    """
    found = next((folder / name for name in _NAMES if (folder / name).is_file()), None)
    if found is None:
        raise InputError(
            f"{printable(folder)} holds no model ({', '.join(_NAMES)}): give a folder that "
            "`rnnoise-py export WEIGHTS -o DIR` wrote"
        )
    return read_model(found)
