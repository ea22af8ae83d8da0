"""A self-contained folder: the model in every format, and all it takes to build librnnoise from it."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rnnoise_py.codegen import manifest
from rnnoise_py.codegen.sources import library_sources, source_folder
from rnnoise_py.codegen.whole_folder import whole_folder
from rnnoise_py.errors import InputError, ModelError, OutputError
from rnnoise_py.model import Int8Model, OpenedModel, open_model, write_model
from rnnoise_py.model.c_writer import write_rnn_data
from rnnoise_py.model.packed import format_packed
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import check_not_an_input, check_output_folder, write_text
from rnnoise_py.spec.model_formats import C_SOURCES, EXPORT_FORMATS, FILE_NAMES

_GENERATED = ("rnn_data.c", "rnn_data.h", "README.txt")
_BUILT_IN = "rnn_data.c"  # the shipped model among the sources: left out


class Exported(NamedTuple):
    """A model that was written into a folder."""

    opened: OpenedModel
    remarks: list[str]  #: one line each
    formats: tuple[str, ...]  #: that were written


def export_model(weights: Path, folder: Path, *, formats: Iterable[str] = (), force: bool = False) -> Exported:
    """Read a model of any format and write it into ``folder`` in the chosen formats.

    Parameters
    ----------
    weights
        The model file.
    folder
        Made when missing; must be empty unless ``force``.
    formats
        Of :data:`~rnnoise_py.spec.model_formats.EXPORT_FORMATS`; none means all that can hold the model.
    force
        Write into a folder that is not empty, replacing files of the same names, and removing what an earlier export
        wrote there of another model.

    Returns
    -------
    Exported
        The model as it was read, what was written, and remarks worth showing.

    Raises
    ------
    InputError
        When ``weights`` is no usable model.
    OutputError
        When ``folder`` is not empty or not writable, or holds ``weights`` itself under a name to replace.
    DependencyError
        When the C sources are not installed.
    """
    opened = open_model(weights)
    remarks = _remarks(weights, opened)
    chosen = list(dict.fromkeys(formats))
    for name in chosen:
        if name not in EXPORT_FORMATS:
            raise ModelError(f"there is no format {name!r}: choose of {', '.join(EXPORT_FORMATS)}")
    if not chosen:
        chosen = list(EXPORT_FORMATS)
        try:
            format_packed(opened.model)
        except ModelError as error:
            chosen.remove("packed")
            remarks.append(f"{FILE_NAMES['packed']} was left out: {error}")
    elif "packed" in chosen:
        format_packed(opened.model)
    sources = source_folder() if C_SOURCES in chosen else None
    copied = [] if sources is None else [p for p in library_sources(sources) if p.name != _BUILT_IN]
    _check_folder(folder, weights, sources, [*copied, *_GENERATED, *FILE_NAMES.values()], force=force)
    with whole_folder(folder, first=manifest.NAME, dropped=_of_another_model(folder, opened.model, chosen)) as place:
        for name in chosen:
            if name != C_SOURCES:
                write_model(opened.model, place / FILE_NAMES[name], name)
        if sources is not None:
            for relative in copied:
                (place / relative).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(sources / relative, place / relative)
            write_rnn_data(opened.model, place)
            write_text(place / "README.txt", readme_text(opened.model, chosen))
            write_text(place / manifest.NAME, manifest.manifest_text(place))
    return Exported(opened, remarks, tuple(chosen))


def _of_another_model(folder: Path, model: Int8Model, chosen: Iterable[str]) -> list[str]:
    """List what an earlier export left in the folder, unchanged since, that is not ``model`` and not written now."""
    try:
        unchanged = set(manifest.read_manifest(folder)) - set(manifest.differing_files(folder))
    except InputError:  # damaged
        unchanged = set()
    models = {**FILE_NAMES, C_SOURCES: _BUILT_IN}
    found = []
    for name, file in models.items():
        if name in chosen or file not in unchanged:
            continue
        try:
            if open_model(folder / file).model == model:
                continue
        except InputError:
            pass
        found += [file] if name != C_SOURCES else [*sorted(unchanged - set(FILE_NAMES.values())), manifest.NAME]
    return found


def exported_files(folder: Path) -> list[Path]:
    """Files of an exported folder that nothing may replace: all but what make builds and what was put beside them."""
    names = [*map(str, library_sources(folder)), *_GENERATED, *FILE_NAMES.values(), manifest.NAME]
    return [folder / name for name in names]


def check_exported(folder: Path) -> None:
    """Raise :class:`InputError` unless ``folder`` is one that ``export`` wrote, whole and of one model."""
    for name in ("Makefile", _BUILT_IN):
        if not (folder / name).is_file():
            raise InputError(f"{folder} has no {name}: give a folder that `rnnoise-py export WEIGHTS -o DIR` wrote")
    manifest.check_manifest(folder, optional=FILE_NAMES.values())


def readme_text(model: Int8Model, formats: Iterable[str]) -> str:
    """Text of ``README.txt``: what lies in the folder and what to type."""
    others = {
        "text": "model.rnnn      text model (rnnoise-nu): ffmpeg -af arnndn=m=model.rnnn, rnnoise_model_from_filename",
        "packed": "model.rnn       packed model, for nnnoiseless",
        "keras": "weights.hdf5    the same weights for Keras, to go on training",
    }
    listed = "\n".join(text for name, text in others.items() if name in formats)
    return (
        "librnnoise with its own model, written by rnnoise-py (rnnoise-py export WEIGHTS -o DIR)\n\n"
        f"model: {model.parameter_count:,} parameters, digest {model.digest}\n\n"
        "make                          librnnoise and its example, into build/\n"
        "make lib                      librnnoise alone\n"
        "make check                    a short self-test\n"
        "make install PREFIX=/usr      library, header, rnnoise.pc\n"
        "make CC=aarch64-linux-gnu-gcc another compiler or machine\n"
        f"sha256sum -c {manifest.NAME}  are the files those that were exported?\n\n"
        "rnn_data.c/.h   the model as C, also for an unmodified RNNoise v0.1 tree (copy both into its src/)\n"
        "include, src    the library: C99, needs nothing but make, a C compiler and libm\n"
        f"{listed}\n"
    )


def _remarks(weights: Path, opened: OpenedModel) -> list[str]:
    remarks = [f"{printable(weights)}: {note}" for note in opened.notes]
    if opened.trained is not None and not opened.trained.activations_known:
        remarks.append(f"{weights} names no activations: those of the training script are assumed")
    report = opened.quantization
    if report is not None and report.clipped:
        remarks.append(f"{report.clipped} weights outside ±0.502 were clipped: train with weights clipped to ±0.499")
    return remarks


def _check_folder(
    folder: Path, weights: Path, sources: Path | None, names: Iterable[str | Path], *, force: bool
) -> None:
    if sources is not None and folder.resolve().is_relative_to(sources.resolve()):
        raise OutputError(f"output folder {folder} lies inside the C sources: choose another")
    for name in names:
        check_not_an_input(folder / name, weights)
    check_output_folder(folder, force=force, make=False)
