"""Reader of Keras 3 ``.keras`` archives: a zip of ``config.json`` and ``model.weights.h5``."""

import io
import zipfile
from pathlib import Path

from rnnoise_py.errors import ModelError
from rnnoise_py.model.float_model import FloatModel
from rnnoise_py.model.keras_hdf5 import read_keras_stream

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_LARGEST_MEMBER = 1 << 28  # bytes


def read_keras_archive(path: Path) -> FloatModel:
    """Read the weights and activations of a ``.keras`` archive.

    Raises
    ------
    ModelError
        When it is another kind of archive or damaged, and on weights that the C library cannot use.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename: info.file_size for info in archive.infolist()}
            if _WEIGHTS not in sizes or _CONFIG not in sizes:
                shown = ", ".join(sorted(sizes)[:4]) or "nothing"
                raise ModelError(
                    f"{path} is a zip archive of {shown}; needed are {_CONFIG} and {_WEIGHTS}: give "
                    "what Keras's model.save('NAME.keras') wrote"
                )
            if max(sizes[_WEIGHTS], sizes[_CONFIG]) > _LARGEST_MEMBER:
                raise ModelError(f"{path} unpacks to far more than a model: give a model of the v0.1 network")
            config, weights = archive.read(_CONFIG), archive.read(_WEIGHTS)
    except ModelError:
        raise
    except Exception as error:  # damage shows as BadZipFile, zlib.error, OSError, struct.error and many more
        raise ModelError(f"{path} is a damaged or truncated archive ({error}): copy or save it again") from error
    return read_keras_stream(io.BytesIO(weights), str(path), config)
