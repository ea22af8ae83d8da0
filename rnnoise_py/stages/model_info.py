"""A model file → what it holds: format, layers, counts, digest."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Reporter, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import option
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.model import QuantizationReport

VERSION: Final = 1  #: changes when the same file gives another result


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which file to look into.

    Raises
    ------
    InputError
        When the value cannot be used.
    """

    file: Path = option(help="Model file of any format.", positional=True, recipe=False)


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What the file holds."""

    file: Path
    format: str  #: see :class:`rnnoise_py.model.OpenedModel`
    layers: dict[str, dict[str, Any]]  #: kind, inputs, neurons, activation, weights and biases by layer
    weights: int  #: biases not counted
    biases: int
    parameters: int
    digest: str  #: SHA-256 of the packed model: equal digests mean equal models, whatever the format
    quantization: "QuantizationReport | None" = None  #: what rounding floats to int8 does
    activations_in_file: bool | None = None  #: False where those of the training script are assumed; None: no floats

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON can hold it, without what does not apply."""
        found: dict[str, Any] = {"file": str(self.file), "format": self.format, "layers": self.layers}
        found |= {"weights": self.weights, "biases": self.biases, "parameters": self.parameters, "digest": self.digest}
        if self.quantization is not None:
            found["quantization"] = self.quantization.summary()
        if self.activations_in_file is not None:
            found["activations_in_file"] = self.activations_in_file
        return found


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Read the file.

    Parameters
    ----------
    settings
        The file.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When it is no model; the message says what it is instead, where that can be told.
    """
    from rnnoise_py.model import open_model

    with reporting(progress) as reporter:
        opened = open_model(settings.file)
        for line in opened.notes:
            warn(f"{printable(settings.file)}: {line}")
        return Result(
            file=settings.file,
            format=opened.format,
            quantization=opened.quantization,
            activations_in_file=None if opened.trained is None else opened.trained.activations_known,
            warnings=tuple(reporter.warnings),
            **opened.model.summary(),
        )
