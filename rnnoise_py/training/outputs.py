"""What a finished run leaves: Keras weights, the int8 model in two formats, the quantization report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import ModelError
from rnnoise_py.model import quantize, write_model
from rnnoise_py.runs.progress import note
from rnnoise_py.runs.provenance import write_manifest
from rnnoise_py.training.architecture import FloatArray
from rnnoise_py.training.weights_file import save_weights, trained_model

TEXT_MODEL: Final = "model.rnnn"
PACKED_MODEL: Final = "model.rnn"
REPORT: Final = "quantization.json"


def write_outputs(
    folder: Path,
    output: Path,
    weights: Mapping[str, Mapping[str, FloatArray]],
    activations: Mapping[str, str],
    losses: Mapping[str, float],
) -> dict[str, Any]:
    """Write ``output`` (Keras HDF5) and the int8 model with its report into ``folder``; return the report.

    A model too large for the packed format is written as text alone.

    ``losses`` are what is known of the int8 model besides what rounding did.
    """
    save_weights(output, weights, activations)
    model, report = quantize(trained_model(weights, activations))
    write_model(model, folder / TEXT_MODEL)
    (folder / PACKED_MODEL).unlink(missing_ok=True)
    try:
        write_model(model, folder / PACKED_MODEL)
    except ModelError as error:
        note(f"{PACKED_MODEL} was left out: {error}")
    summary = {**report.summary(), "model_digest": model.digest, **losses}
    write_manifest(folder / REPORT, summary)
    return summary
