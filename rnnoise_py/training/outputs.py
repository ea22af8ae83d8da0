"""What a finished run leaves: Keras weights, the int8 model in two formats, the quantisation report."""

from pathlib import Path
from typing import Any, Final

from rnnoise_py.model import FloatModel, float_model, quantise, write_model
from rnnoise_py.model.topology import Activation
from rnnoise_py.provenance import write_manifest
from rnnoise_py.training.architecture import FloatArray, views

TEXT_MODEL: Final = "model.rnnn"
PACKED_MODEL: Final = "model.rnn"
REPORT: Final = "quantisation.json"


def trained_model(theta: FloatArray, activations: dict[str, str]) -> FloatModel:
    """Make of the flat weights as a checked model with its activations."""
    labels = {name: Activation.from_label(label, name) for name, label in activations.items()}
    return float_model(views(theta.copy()), labels)


def write_outputs(
    folder: Path, output: Path, theta: FloatArray, activations: dict[str, str]
) -> dict[str, Any]:
    """Write ``output`` (Keras HDF5) and the int8 model with its report into ``folder``; return the report."""
    from rnnoise_py.training.model import save_weights

    save_weights(output, views(theta), activations)
    model, report = quantise(trained_model(theta, activations))
    write_model(model, folder / TEXT_MODEL)
    write_model(model, folder / PACKED_MODEL)
    summary = {**report.summary(), "model_digest": model.digest}
    write_manifest(folder / REPORT, summary)
    return summary
