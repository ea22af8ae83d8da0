"""Trainings of a recipe that need nothing of each other, side by side on the workers of an executor.

Each is a task. Another worker goes on with that of a dead one from its last checkpoint: behind the last whole epoch.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import OutputError, RNNoiseError
from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.runs.settings import Settings
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.stages.result import Result

STEPS: Final = frozenset({"train"})  #: that have no tasks of their own, take long, and know resume and force


@dataclass(frozen=True)
class Task:
    """One step, to be taken on whatever machine."""

    number: int
    step: str
    settings: Settings
    begun: Path  #: is there when an earlier attempt left something to go on with


@dataclass(frozen=True)
class Done:
    """What came of it."""

    number: int
    result: Result | None
    error: RNNoiseError | None
    seconds: float


def take_step(state: None, task: Task) -> Done:
    """Take a step, or the rest of it; in a worker.

    Raises
    ------
    OutputError
        When its folder cannot be written, or a worker that was thought to be dead still writes there.
    """
    module: Any = import_module(f"rnnoise_py.stages.{task.step}")
    settings = task.settings
    if task.begun.exists():
        settings = replace(settings, resume=True)  # type: ignore[call-arg]
    elif task.begun.parent.exists():  # an attempt died before there was anything to go on with
        settings = replace(settings, force=True)  # type: ignore[call-arg]
    start = time.monotonic()
    try:
        return Done(task.number, module.run(settings), None, time.monotonic() - start)
    except OutputError:  # another try may go well
        raise
    except RNNoiseError as error:
        return Done(task.number, None, error, time.monotonic() - start)


def take_steps(executor: Executor, prepared: Sequence[tuple[Artefact, Settings]]) -> Iterator[Done]:
    """Let workers take the steps of some artefacts; yields what came of each, in any order."""
    tasks = [
        Task(number, artefact.step, settings, artefact.folder / artefact.begun)
        for number, (artefact, settings) in enumerate(prepared)
    ]
    yield from run_tasks(take_step, None, tasks, 1, executor)


def levels(artefacts: Sequence[Artefact]) -> list[list[Artefact]]:
    """Sort artefacts into lists, none of which holds two of which one needs the other; each needs only earlier ones."""
    depth: dict[str, int] = {}
    for artefact in artefacts:  # in the order of the data
        depth[artefact.name] = 1 + max((depth.get(one.name, -1) for one in artefact.upstream), default=-1)
    found: dict[int, list[Artefact]] = {}
    for artefact in artefacts:
        found.setdefault(depth[artefact.name], []).append(artefact)
    return [found[number] for number in sorted(found)]
