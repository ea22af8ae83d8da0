"""A recipe that could be run: read, checked, planned; run it, or say what it would do."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rnnoise_py.errors import RNNoiseError
from rnnoise_py.recipe.artefact import DONE
from rnnoise_py.recipe.document import read_recipe
from rnnoise_py.recipe.estimate import Estimates, check_space
from rnnoise_py.recipe.figures import Table, check_best, collect, mark_best
from rnnoise_py.recipe.plan import Plan, make_plan
from rnnoise_py.recipe.result import table_lines, write_result
from rnnoise_py.recipe.runner import (
    Forecast,
    Outcome,
    Runner,
    check_work,
    forecast,
    forecast_lines,
    opened_work,
    run_step,
)
from rnnoise_py.recipe.sections import all_sections
from rnnoise_py.recipe.sources import MEMORY_NAME, Sources
from rnnoise_py.runs.progress import note, warn
from rnnoise_py.runs.space import duration


@dataclass(frozen=True)
class Ended:
    """How a run of a recipe ended."""

    content: dict[str, Any]  #: of ``result/table.json``
    lines: tuple[str, ...]  #: the table for a terminal
    outcome: Outcome
    unexpected: tuple[str, ...]  #: models with another digest than the recipe expects
    failure: RNNoiseError | None  #: of the comparison or the table; the models are there

    @property
    def differs(self) -> bool:
        """Whether something was left out or is not as expected: exit code 1."""
        return bool(self.unexpected or self.outcome.failed or self.outcome.remarks)


@dataclass
class OpenedRecipe:
    """A recipe with its plan."""

    path: Path
    work: Path
    plan: Plan
    runner: Runner

    def forecast(self) -> list[Forecast]:
        """Say what a run would do, artefact by artefact."""
        return forecast(self.runner.artefacts, self.runner.estimates, self.runner.workers)

    def run(self, *, prune: bool = False) -> Ended:
        """Make what is missing.

        Parameters
        ----------
        prune
            At the end delete artefacts that this recipe does not use.

        Raises
        ------
        RNNoiseError
            When no model can be made.
        """
        check_space(self.work, self.runner.artefacts)
        self._check_engine()
        models = len(self.plan.models)
        ahead = forecast_lines(self.forecast())[-1]
        note(f"{self.path}: {models} model{'s'[: models > 1]} in {self.work}, {ahead}")
        start = time.monotonic()
        with opened_work(self.work):
            self.plan.sources.save()
            outcome = self.runner.run()
            failure = _error_of(self.runner.compare)
            table = collect(self.plan, outcome.failed)
            failure = _error_of(lambda: mark_best(table, self.plan.recipe.best)) or failure
            content = write_result(self.work, self.plan, table)
            if prune:
                self.runner.prune(self.work)
        note(f"{outcome.made} made, {outcome.reused} reused, {duration(time.monotonic() - start)}")
        unexpected = self._unexpected(table)
        for name in outcome.remarks:
            warn(f"{name}: inputs were left out, or a check failed (its command is in its stage.json)")
        return Ended(content, tuple(table_lines(table)), outcome, unexpected, failure)

    def _check_engine(self) -> None:
        """Refuse now what would be refused after hours."""
        from rnnoise_py.training.keras.tensorflow_import import require_tensorflow

        if any(one.state != DONE and one.decides.get("engine") == "tensorflow" for one in self.runner.artefacts):
            require_tensorflow()

    def _unexpected(self, table: Table) -> tuple[str, ...]:
        expect = self.plan.recipe.expect
        other = [row for row in table.rows if row.digest and expect.get(row.name, row.digest) != row.digest]
        for row in other:
            warn(f"{row.name}: model sha256 {row.digest}, but the recipe expects {expect[row.name]}")
        return tuple(row.name for row in other)


def open_recipe(
    path: Path,
    work: Path | None = None,
    workers: int | None = None,
    data: Mapping[str, Any] | None = None,
    executor: Executor | None = None,
) -> OpenedRecipe:
    """Read, check and plan a recipe; nothing is made.

    Parameters
    ----------
    path
        A TOML file.
    work
        Folder of all artefacts; by default the recipe's name with ``.work``.
    workers
        Cores; None is all.
    data
        Values of ``[data]`` that replace the recipe's.
    executor
        Runs the tasks of the steps that have some, e.g. on a cluster, and trains the models of a sweep side by side.

    Raises
    ------
    InputError
        For the first thing that cannot be run.
    OutputError
        When the work folder holds other things.
    """
    recipe = read_recipe(path, all_sections(), data)
    work = work or path.with_suffix(".work")
    check_work(work)
    plan = make_plan(recipe, work, Sources(work / MEMORY_NAME))
    check_best(recipe.best, compared=plan.comparison is not None)
    run = partial(run_step, executor=executor)
    return OpenedRecipe(path, work, plan, Runner(plan, workers, Estimates(work, workers), run, executor))


def _error_of(work: Callable[[], None]) -> RNNoiseError | None:
    """Return what goes wrong; it is said after the table, for the models are there."""
    try:
        work()
    except RNNoiseError as error:
        return error
    return None
