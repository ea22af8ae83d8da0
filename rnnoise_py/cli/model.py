"""``rnnoise-py model info FILE``: what a model file holds."""

import json
from pathlib import Path

import click

from rnnoise_py.cli.options import PATH, json_option, verbosity


@click.group(name="model")
def command() -> None:
    """Show what a model file holds (any format; the content decides)."""


@command.command()
@click.argument("file", type=PATH)
@json_option
@verbosity
def info(file: Path, as_json: bool) -> None:
    """Show sizes, activations, parameter count, digest and format of FILE.

    FILE is Keras HDF5 or .keras weights, rnn_data.c, a text model (rnnoise-nu) or a packed model (.rnn).
    The digest is the SHA-256 of the packed model: equal digests mean equal models, whatever the format.
    """
    from rnnoise_py.model import open_model

    opened = open_model(file)
    summary = {"file": str(file), "format": opened.format, **opened.model.summary()}
    if opened.quantization is not None:
        summary["quantization"] = opened.quantization.summary()
    if opened.trained is not None:
        summary["activations_in_file"] = opened.trained.activations_known
    if as_json:
        click.echo(json.dumps(summary, indent=1))
        return
    click.echo(f"{file}: {opened.format}")
    click.echo(f"{'layer':15} {'kind':6} {'inputs':>6} {'neurons':>7} {'weights':>7} {'biases':>6}  activation")
    for layer in opened.model.layers:
        click.echo(
            f"{layer.name:15} {'GRU' if layer.is_gru else 'dense':6} {layer.inputs:6} {layer.neurons:7} "
            f"{layer.weight_count:7,} {layer.bias.size:6}  {layer.activation.label}"
        )
    model = opened.model
    click.echo(f"parameters: {model.parameter_count:,} ({model.weight_count:,} weights, {model.bias_count:,} biases)")
    click.echo(f"digest: {model.digest}")
    if opened.trained is not None and not opened.trained.activations_known:
        click.echo("activations: not in the file, those of the training script are assumed")
    if opened.quantization is not None:
        report = opened.quantization
        click.echo(f"quantization: {report.clipped} weights clipped, largest error {report.largest_error:.6f}")
        for line in report.layers:
            click.echo(f"  {line}")
