"""Write a model as text, packed or Keras HDF5; each file is read back and compared before it is renamed."""

from collections.abc import Callable
from pathlib import Path

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.model.packed import format_packed
from rnnoise_py.model.reader import open_model
from rnnoise_py.model.text import format_text
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.spec.model_formats import ENDINGS, FILE_NAMES


def write_model(model: Int8Model, path: str | Path, model_format: str | None = None) -> None:
    """Write a model to one file, atomically.

    Parameters
    ----------
    model
        The model.
    path
        Where to; an existing file is replaced.
    model_format
        ``text``, ``packed`` or ``keras``; by default what the suffix says (.rnnn, .rnn, .hdf5).

    Raises
    ------
    ModelError
        On an unknown format, and when what was written does not read back equal.
    OutputError
        When the file cannot be written.
    """
    path = Path(path)
    kind = format_of(path, model_format)
    if kind == "keras":
        from rnnoise_py.model.keras_writer import write_keras_hdf5

        write_verified(model, path, lambda temporary: write_keras_hdf5(model, temporary))
        return
    content = format_text(model).encode() if kind == "text" else format_packed(model)
    write_verified(model, path, lambda temporary: temporary.write_bytes(content))


def format_of(path: Path, model_format: str | None = None) -> str:
    """Return the format that :func:`write_model` writes a file in; raise :class:`ModelError` when it knows none."""
    kind = model_format or ENDINGS.get(path.suffix.lower())
    if kind not in FILE_NAMES:
        raise ModelError(
            f"no model format for {model_format or path.name!r}: choose {', '.join(FILE_NAMES)}, or a "
            "name that ends in .rnnn, .rnn or .hdf5"
        )
    return kind


def write_verified(model: Int8Model, path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make a temporary file, read it back, compare, and only then rename it to ``path``."""
    with atomic_path(path) as temporary:
        write(temporary)
        if open_model(temporary).model != model:
            raise ModelError(f"{path} did not read back as the model that was written: report this as a bug")
