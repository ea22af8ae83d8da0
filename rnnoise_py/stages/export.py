"""A model of any format → C sources that build librnnoise, text, packed and Keras models."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.runs.progress import Reporter, note, reporting, warn
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option
from rnnoise_py.spec.model_formats import C_SOURCES, EXPORT_FORMATS
from rnnoise_py.stages.result import Result as BaseResult

if TYPE_CHECKING:
    from rnnoise_py.model import QuantizationReport

VERSION: Final = 1  #: changes when the same settings give other files


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """Which model to write, in which formats.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    weights: Path = option(help="Model file of any format.", positional=True, recipe=False)
    output: Path = option(help="Folder to write into.", short="-o", metavar="DIR", decides=False, recipe=False)
    formats: tuple[str, ...] = option(
        (),
        "What to write (repeat for several): c is rnn_data.c/.h with all sources and a Makefile.",
        flag="format",
        choices=EXPORT_FORMATS,
        multiple=True,
        default_text="all",
    )
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was written."""

    folder: Path
    source: Path  #: the model file
    format: str  #: of ``source``, see :class:`rnnoise_py.model.OpenedModel`
    formats: tuple[str, ...]  #: that were written
    digest: str  #: of the model: SHA-256 of its packed form
    summary: dict[str, Any]  #: layers, sizes, counts
    quantization: "QuantizationReport | None" = None  #: what rounding floats did

    def as_json(self) -> dict[str, Any]:
        """Return the result as JSON can hold it, the model's layers and counts beside the rest."""
        found = {"folder": str(self.folder), "source": str(self.source), "format": self.format, **self.summary}
        if self.quantization is not None:
            found["quantization"] = self.quantization.summary()
        return found


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Write the model.

    Parameters
    ----------
    settings
        What to write.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When the weights are no model.
    OutputError
        When the folder is not empty (without ``force``) or cannot be written.
    DependencyError
        When the C sources are not installed.
    """
    from rnnoise_py.codegen.package import export_model

    with reporting(progress) as reporter:
        done = export_model(settings.weights, settings.output, formats=settings.formats, force=settings.force)
        for remark in done.remarks:
            warn(remark)
        model, quantization = done.opened.model, done.opened.quantization
        for line in quantization.layers if quantization is not None else ():
            note(str(line))
        note(f"{settings.output}: model {model.digest[:16]}…, {model.parameter_count:,} parameters")
        if C_SOURCES in done.formats:
            note(f"next: rnnoise-py build {settings.output}")
        return Result(
            folder=settings.output,
            source=settings.weights,
            format=done.opened.format,
            formats=done.formats,
            digest=model.digest,
            summary=model.summary(),
            quantization=quantization,
            warnings=tuple(reporter.warnings),
        )
