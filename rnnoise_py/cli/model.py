"""``rnnoise-py model info`` and ``model provenance``: what a model file holds, what a shipped model has heard."""

import json

import click

from rnnoise_py.cli.options import finish, json_option, settings_options
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import reporter
from rnnoise_py.stages import model_info, model_provenance


@click.group(name="model")
def command() -> None:
    """Show what a model file holds (any format; the content decides)."""


@command.command()
@settings_options(model_info.Settings)
@json_option
def info(settings: model_info.Settings, as_json: bool) -> None:
    """Show sizes, activations, parameter count, digest and format of FILE.

    FILE is Keras HDF5 or .keras weights, rnn_data.c, a text model (rnnoise-nu) or a packed model (.rnn).
    The digest is the SHA-256 of the packed model: equal digests mean equal models, whatever the format.
    """
    result = model_info.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    else:
        _print_table(result)
    finish(result)


@command.command()
@settings_options(model_provenance.Settings)
@json_option
def provenance(settings: model_provenance.Settings, as_json: bool) -> None:
    """Show everything that a shipped model was trained on: packages, versions, licences, whom to name."""
    result = model_provenance.run(settings, reporter())
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=1))
    else:
        _print_sources(result)
    finish(result)


def _print_sources(result: model_provenance.Result) -> None:
    click.echo(f"{result.name}: {result.about}")
    click.echo(f"digest {result.digest}, made by {result.recipe}")
    for source in result.sources:
        click.echo(f"{source.group:15} {source.name:20} {source.registry}:{source.package} {source.version}")
        click.echo(f"{'':15} {source.licence}; {source.by}")
    for name, licence in result.programs:
        click.echo(f"{'synthesizer':15} {name}: {licence}")


def _print_table(result: model_info.Result) -> None:
    click.echo(f"{printable(result.file)}: {result.format}")
    click.echo(f"{'layer':15} {'kind':6} {'inputs':>6} {'neurons':>7} {'weights':>7} {'biases':>6}  activation")
    for name, layer in result.layers.items():
        kind = "GRU" if layer["kind"] == "gru" else layer["kind"]
        click.echo(
            f"{name:15} {kind:6} {layer['inputs']:6} {layer['neurons']:7} "
            f"{layer['weights']:7,} {layer['biases']:6}  {layer['activation']}"
        )
    click.echo(f"parameters: {result.parameters:,} ({result.weights:,} weights, {result.biases:,} biases)")
    click.echo(f"digest: {result.digest}")
    if result.activations_in_file is False:
        click.echo("activations: not in the file, those of the training script are assumed")
    report = result.quantization
    if report is not None:
        click.echo(f"quantization: {report.clipped} weights clipped, largest error {report.largest_error:.6f}")
        for line in report.layers:
            click.echo(f"  {line}")
