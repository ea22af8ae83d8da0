"""``rnnoise-py train``: training rows → weights."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.options import PATH, force_option, verbosity
from rnnoise_py.errors import InputError
from rnnoise_py.training.v01 import LOSS_FORMS


def read_activations(pairs: Sequence[str]) -> dict[str, str]:
    """Read ``LAYER=NAME`` pairs."""
    chosen = {}
    for pair in pairs:
        layer, sign, activation = pair.partition("=")
        if not sign:
            raise InputError(f"--activation {pair}: write LAYER=NAME, e.g. noise_gru=tanh")
        chosen[layer] = activation
    return chosen


@click.command(name="train")
@click.argument("rows", type=PATH, nargs=-1)
@click.option("-o", "--output", type=PATH, help="Keras HDF5 to write.  [default: weights.hdf5]")
@click.option("--config", "config_file", type=PATH, help="TOML file with settings; options here override it.")
@click.option(
    "--run",
    "run_folder",
    type=PATH,
    help="Folder for checkpoints, logs and curves.  [default: OUTPUT with .run for its suffix]",
)
@click.option("--resume", is_flag=True, help="Go on with the run in the run folder.")
@click.option("--export", "export_folder", type=PATH, help="Write the C sources and models there at once.")
@click.option("--epochs", type=int, help="Passes over the training windows.  [default: 120]")
@click.option("--batch", type=int, help="Windows a step.  [default: 32]")
@click.option("--window", type=int, help="Rows a window.  [default: 2000]")
@click.option("--validation", type=float, help="Share of the windows, from the end.  [default: 0.1]")
@click.option("--seed", type=int, help="Seed of weights and shuffling.  [default: 1]")
@click.option("--lr", "learning_rate", type=float, help="Learning rate of Adam.  [default: 0.001]")
@click.option(
    "--schedule",
    type=click.Choice(["constant", "cosine", "exponential"]),
    help="Course of the learning rate.  [default: constant]",
)
@click.option(
    "--final-lr", "final_learning_rate", type=float, help="Learning rate at the end of a schedule.  [default: 1e-05]"
)
@click.option("--patience", type=int, help="Stop after this many epochs without a better validation loss.")
@click.option("--keep", type=click.Choice(["last", "best"]), help="Epoch whose weights are written.  [default: last]")
@click.option(
    "--loss",
    type=click.Choice(list(LOSS_FORMS)),
    help="Loss as in v0.1, whose cross-entropies have their arguments exchanged; corrected; or linear: of the gains "
    "themselves, not their roots, which suppresses less.  [default: v0.1]",
)
@click.option(
    "--quantize-share",
    type=float,
    help="Share of the epochs, from the end, trained through the rounding to int8.  [default: 0]",
)
@click.option(
    "--keras2-steps/--no-keras2-steps",
    default=None,
    help="Adam's bias correction with the step counter plus one, as Keras 2.3.1 does.",
)
@click.option("--init", "initial", type=PATH, help="Start from this model (any format).")
@click.option(
    "--activation",
    "activations",
    multiple=True,
    metavar="LAYER=NAME",
    help="Another activation: tanh, relu or sigmoid.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "numba", "tensorflow"]),
    help="What computes: numba on the CPU, TensorFlow on a GPU.  [default: auto]",
)
@click.option("--workers", type=int, help="Threads; the result is the same for any number.  [default: all cores]")
@click.option("--lanes", type=int, help="Windows a thread works on side by side: 8 or 4 use more cores.  [default: 16]")
@click.option("--tensorboard/--no-tensorboard", default=None, help="Write TensorBoard logs.  [default: yes]")
@force_option
@verbosity
def command(
    rows: tuple[Path, ...],
    config_file: Path | None,
    resume: bool,
    force: bool,
    export_folder: Path | None,
    activations: tuple[str, ...],
    **given: Any,
) -> None:
    """Train on ROWS (HDF5, .f32, or the .json of shards) and write Keras weights.

    Defaults are those of the v0.1 script. Progress is on stderr. A checkpoint is written after each epoch:
    what Ctrl-C or a crash cost is less than an epoch, --resume goes on. The run folder gets the
    configuration, history.csv, TensorBoard logs, curves, and the int8 model with its quantization report.
    """
    from rnnoise_py.runs.atomic import check_output_folder
    from rnnoise_py.training import TrainingConfig, load_config
    from rnnoise_py.training.config import CONFIG_NAME, run_folder_of

    settings = {name: value for name, value in given.items() if value is not None}
    if rows:
        settings["rows"] = rows
    if activations:
        settings["activations"] = read_activations(activations)
    if config_file is not None:
        config = load_config(config_file, **settings)
    elif rows:
        config = TrainingConfig(**settings)
    elif resume:
        folder = run_folder_of(settings)
        config = load_config(folder / CONFIG_NAME, **settings)
    else:
        raise InputError("no rows given: name an HDF5 or .f32 file that `rnnoise-py features` made, or --config")
    if export_folder is not None:
        check_output_folder(export_folder, force=force or resume)

    from rnnoise_py.training.run import train

    result = train(config, resume=resume, force=force)
    clipped = result.quantization["clipped"]
    if clipped:
        from rnnoise_py.runs.progress import warn

        warn(f"{clipped} weights were clipped to int8")
    if export_folder is not None:
        _export(result.weights, export_folder)
    click.echo(os.fsencode(result.weights))


def _export(weights: Path, folder: Path) -> None:
    from rnnoise_py.codegen.package import export_model
    from rnnoise_py.runs.progress import note, warn

    for remark in export_model(weights, folder, force=True).remarks:
        warn(remark)
    note(f"{folder}: next `rnnoise-py build {folder}`")
