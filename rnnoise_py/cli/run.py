"""``rnnoise-py run RECIPE``: the whole pipeline as a TOML file says, sweeps included."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnnoise_py.cli import app
from rnnoise_py.cli.exit_codes import EXIT_DIFFERS
from rnnoise_py.cli.options import PATH, json_option, verbosity
from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.runs.progress import note, warn

if TYPE_CHECKING:
    from rnnoise_py.recipe.figures import Table


@click.command()
@click.argument("recipe", type=PATH)
@click.option("-o", "--output", "work", type=PATH, help="Folder of all artefacts (WORK).  [default: RECIPE.work]")
@click.option("--dry-run", is_flag=True, help="Only say what would be made and what is there, with time and disk.")
@click.option("--prune", is_flag=True, help="At the end delete artefacts in WORK that this recipe does not use.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="CPU cores to use; the result is the same for any number.  [default: all]",
)
@json_option
@verbosity
def command(recipe: Path, work: Path | None, dry_run: bool, prune: bool, workers: int | None, as_json: bool) -> None:
    """Run the TOML file RECIPE: audio, rows, models, exports, comparison (docs/recipes.md lists all keys).

    Each artefact lies in WORK under a digest of everything that it depends on. A second run makes what is not
    there: what was interrupted or killed, and what follows from a changed line. WORK/result has models and tables.
    Exit codes: 0 done; 1 done, but a model has another digest than expected, a model of a sweep could not be made,
    or inputs were left out; 2 unusable recipe or input; 130 interrupted.
    """
    from rnnoise_py.cli.recipe_sections import recipe_sections
    from rnnoise_py.recipe.document import read_recipe
    from rnnoise_py.recipe.estimate import Estimates, check_space
    from rnnoise_py.recipe.figures import check_best, collect, mark_best
    from rnnoise_py.recipe.plan import make_plan
    from rnnoise_py.recipe.result import write_result
    from rnnoise_py.recipe.runner import Runner, check_work, forecast, forecast_lines, opened_work
    from rnnoise_py.recipe.sources import MEMORY_NAME, Sources
    from rnnoise_py.recipe.stage import DONE
    from rnnoise_py.runs.space import duration
    from rnnoise_py.runs.workers import available_cores
    from rnnoise_py.training.keras.tensorflow_import import require_tensorflow

    workers = workers or available_cores()
    read = read_recipe(recipe, recipe_sections())
    work = work or recipe.with_suffix(".work")
    check_work(work)
    sources = Sources(work / MEMORY_NAME)
    plan = make_plan(read, work, sources)
    check_best(read.best, compared=plan.comparison is not None)
    estimates = Estimates(work, workers)
    runner = Runner(plan, _invoker(quiet=click.get_current_context().params["quiet"]), workers, estimates)
    stages = forecast(runner.stages, estimates, workers)
    if dry_run:
        lines = [json.dumps({"stages": list(map(asdict, stages))}, indent=1)] if as_json else forecast_lines(stages)
        click.echo("\n".join(lines))
        return
    check_space(work, runner.stages)
    if any(stage.state != DONE and stage.decides.get("engine") == "tensorflow" for stage in runner.stages):
        require_tensorflow()
    note(f"{recipe}: {len(plan.models)} model{'s'[: len(plan.models) > 1]} in {work}, {forecast_lines(stages)[-1]}")
    start = time.monotonic()
    with opened_work(work):
        sources.save()
        outcome = runner.run()
        failure = _error_of(runner.compare)
        table = collect(plan, outcome.failed)
        failure = _error_of(lambda: mark_best(table, read.best)) or failure
        content = write_result(work, plan, table)
        if prune:
            runner.prune(work)
    note(f"{outcome.made} stages made, {outcome.reused} reused, {duration(time.monotonic() - start)}")
    click.echo(json.dumps(content, indent=1) if as_json else _text(content, table))
    if failure is not None:
        raise failure
    unexpected = [row for row in table.rows if row.digest and read.expect.get(row.name, row.digest) != row.digest]
    for row in unexpected:
        warn(f"{row.name}: model sha256 {row.digest}, but the recipe expects {read.expect[row.name]}")
    for name in outcome.remarks:
        warn(f"{name} ended with 1: inputs were left out, or a check failed (its command is in its stage.json)")
    if unexpected or outcome.failed or outcome.remarks:
        raise click.exceptions.Exit(EXIT_DIFFERS)


def _error_of(work: Callable[[], None]) -> RNNoiseError | None:
    """Return what goes wrong; it is said after the table, for the models are there."""
    try:
        work()
    except RNNoiseError as error:
        return error
    return None


def _text(content: dict[str, Any], table: "Table") -> str:
    from rnnoise_py.recipe.result import table_lines

    lines = [*table_lines(table), f"result {content['result']}"]
    if content["report"]:
        lines.append(f"report {content['report']}")
    alone = len(table.rows) == 1
    lines += [f"model sha256 {row.digest}{'' if alone else f' {row.name}'}" for row in table.rows if row.digest]
    return "\n".join(lines)


def _invoker(*, quiet: bool) -> Callable[[Sequence[str]], int]:
    """Return what runs one of our commands in this process; what it prints is not this command's result."""

    def invoke(words: Sequence[str]) -> int:
        from rnnoise_py.cli.recipe_sections import material_command
        from rnnoise_py.recipe.audio_stages import MATERIAL_MODULE

        command, words = (material_command(), words[1:]) if words[0] == MATERIAL_MODULE else (app, words)
        more = ["-q"] if quiet and command is app else []
        try:
            with (
                open(os.devnull, "w", encoding="utf-8", errors="backslashreplace") as nowhere,
                contextlib.redirect_stdout(nowhere if quiet else sys.stderr),
            ):
                code = command.main([*words, *more], prog_name="rnnoise-py", standalone_mode=False)
        except SystemExit as stop:
            code = stop.code
        except click.ClickException as error:
            raise InputError(error.format_message()) from error
        return code if isinstance(code, int) else 0

    return invoke
