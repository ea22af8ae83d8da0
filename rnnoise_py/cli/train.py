"""``rnnoise-py train``: training rows → weights."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.options import PATH, finish, settings_options
from rnnoise_py.errors import InputError
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import train

_CONFIG = click.option("--config", "config_file", type=PATH, help="TOML file with settings; options here override it.")
_EXPORT = click.option("--export", "export_folder", type=PATH, help="Write the C sources and models there at once.")


@click.command(name="train")
@click.argument("rows", type=PATH, nargs=-1)
@_CONFIG
@settings_options(train.Settings, without=("rows",))
@_EXPORT
def command(
    rows: tuple[Path, ...], config_file: Path | None, export_folder: Path | None, settings: Mapping[str, Any]
) -> None:
    """Train on ROWS (HDF5, .f32, or the .json of shards) and write Keras weights.

    Defaults are those of the v0.1 script. Progress is on stderr. A checkpoint is written after each epoch:
    what Ctrl-C or a crash cost is less than an epoch, --resume goes on. The run folder gets the
    configuration, history.csv, TensorBoard logs, curves, and the int8 model with its quantization report.
    """
    from rnnoise_py.runs.atomic import check_output_folder

    chosen = _chosen({**settings, **({"rows": rows} if rows else {})}, config_file)
    if export_folder is not None:
        check_output_folder(export_folder, force=chosen.force or chosen.resume, make=False)
    result = train.run(chosen, reporter())
    if export_folder is not None:
        _export(result.weights, export_folder)
    click.echo(os.fsencode(result.weights))
    finish(result)


def _chosen(given: dict[str, Any], config_file: Path | None) -> train.Settings:
    """Return the settings: of a file and the options, the options alone, or those of the run to be resumed."""
    from rnnoise_py.training.config import CONFIG_NAME, load_config, run_folder_of

    if config_file is not None:
        return load_config(config_file, **given)
    if "rows" in given or "fly" in given:
        return train.Settings(**given)
    if not given.get("resume"):
        raise InputError("no rows given: name an HDF5 or .f32 file that `rnnoise-py features` made, or --config")
    recorded = run_folder_of(given) / CONFIG_NAME
    if not recorded.is_file():
        raise InputError(f"nothing to resume in {recorded.parent}: leave --resume out, and name rows, to start")
    return load_config(recorded, **given)


def _export(weights: Path, folder: Path) -> None:
    from rnnoise_py.codegen.package import export_model
    from rnnoise_py.runs.progress import note, warn

    for remark in export_model(weights, folder, force=True).remarks:
        warn(remark)
    note(f"{folder}: next `rnnoise-py build {folder}`")
