"""``rnnoise-py run RECIPE``: the whole pipeline as a TOML file says, sweeps included."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, json_option, verbosity, workers_option


@click.command()
@click.argument("recipe", type=PATH)
@click.option("-o", "--output", "work", type=PATH, help="Folder of all artefacts (WORK).  [default: RECIPE.work]")
@click.option("--dry-run", is_flag=True, help="Only say what would be made and what is there, with time and disk.")
@click.option("--prune", is_flag=True, help="At the end delete artefacts in WORK that this recipe does not use.")
@workers_option
@click.option(
    "--cluster",
    metavar="WHERE",
    help="Run on a cluster: local[:N], tcp://HOST:PORT of a Dask scheduler, or slurm[:profile.toml].",
)
@json_option
@verbosity
def command(
    recipe: Path, work: Path | None, dry_run: bool, prune: bool, workers: int | None, cluster: str | None, as_json: bool
) -> None:
    """Run the TOML file RECIPE: audio, rows, models, exports, comparison (docs/recipes.md lists all keys).

    Each artefact lies in WORK under a digest of everything that it depends on. A second run makes what is not
    there: what was interrupted or killed, and what follows from a changed line. WORK/result has models and tables.
    Exit codes: 0 done; 1 done, but a model has another digest than expected, a model of a sweep could not be made,
    or inputs were left out; 2 unusable recipe or input; 130 interrupted.
    """
    from rnnoise_py.recipe import open_recipe
    from rnnoise_py.recipe.runner import forecast_lines
    from rnnoise_py.runs.cluster import opened_cluster

    if dry_run:
        opened = open_recipe(recipe, work, workers)
        stages = opened.forecast()
        lines = [json.dumps({"stages": list(map(asdict, stages))}, indent=1)] if as_json else forecast_lines(stages)
        click.echo("\n".join(lines))
        return
    with opened_cluster(cluster) as executor:
        ended = open_recipe(recipe, work, workers, executor=executor).run(prune=prune)
    click.echo(json.dumps(ended.content, indent=1) if as_json else _text(ended.content, ended.lines))
    if ended.failure is not None:
        raise ended.failure
    if ended.differs:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def _text(content: dict[str, Any], table: tuple[str, ...]) -> str:
    lines = [*table, f"result {content['result']}"]
    if content["report"]:
        lines.append(f"report {content['report']}")
    models = content["models"]
    lines += [
        f"model sha256 {model['sha256']}{'' if len(models) == 1 else ' ' + model['name']}"
        for model in models
        if model["sha256"]
    ]
    return "\n".join(lines)
