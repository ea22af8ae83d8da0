"""Make what is missing, go on where a killed run was."""

import contextlib
import inspect
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rnnoise_py.errors import DependencyError, InputError, OutputError, RNNoiseError
from rnnoise_py.names import printable
from rnnoise_py.recipe.artefact import BEGUN, DONE, KEY_DIGITS, Artefact
from rnnoise_py.recipe.estimate import Estimates
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.side_by_side import STEPS, levels, take_steps
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.lock import locked
from rnnoise_py.runs.progress import Reporter, note, reporter, warn
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.runs.settings import Settings
from rnnoise_py.runs.space import duration, size
from rnnoise_py.stages.result import Result

WORK_NAME: Final = "work.json"
WORK_FORMAT: Final = "rnnoise-py recipe work 1"
LOCK_NAME: Final = ".lock"

_ARTEFACT: Final = re.compile(rf"[a-z_]+-[0-9a-f]{{{KEY_DIGITS}}}")

#: runs the step of an artefact
Run = Callable[[Artefact, Settings, Reporter], Result]


def run_step(artefact: Artefact, settings: Settings, to: Reporter, executor: Executor | None = None) -> Result:
    """Run the step of an artefact; its tasks on ``executor``, where it has some."""
    takes_one = executor is not None and "executor" in inspect.signature(artefact.module.run).parameters
    result = artefact.module.run(settings, to, executor) if takes_one else artefact.module.run(settings, to)
    assert isinstance(result, Result)
    return result


@dataclass
class Outcome:
    """How the artefacts of a plan went."""

    failed: dict[str, str] = field(default_factory=dict)  #: reason by name of the artefact
    left_out: dict[str, str] = field(default_factory=dict)  #: what this machine lacks, by kind of the leaf
    remarks: list[str] = field(default_factory=list)  #: names of artefacts that left inputs out
    made: int = 0
    reused: int = 0


def check_work(work: Path) -> None:
    """Raise :class:`OutputError` unless ``work`` is missing, empty, or the work folder of recipes."""
    if work.is_file():
        raise OutputError(f"work folder {work} is a file: give a folder with -o")
    if not work.is_dir() or not any(path.name != LOCK_NAME for path in work.iterdir()):
        return
    with contextlib.suppress(RNNoiseError):
        if read_manifest(work / WORK_NAME).get("format") == WORK_FORMAT:
            return
    raise OutputError(f"work folder {work} holds other things: give an empty or a new folder with -o")


@contextlib.contextmanager
def opened_work(work: Path) -> Iterator[None]:
    """Make the work folder and hold its lock."""
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"work folder {work} cannot be made: {error.strerror}") from error
    with locked(work / LOCK_NAME, work):
        if not (work / WORK_NAME).exists():
            write_manifest(work / WORK_NAME, {"format": WORK_FORMAT, "what": "artefacts of `rnnoise-py run`"})
        yield


class Runner:
    """Makes the artefacts of a plan.

    Parameters
    ----------
    plan
        What to make.
    workers
        Cores for each step; None is all.
    estimates
        How long steps take.
    run
        Runs one step.
    executor
        Trains the models of a sweep side by side, instead of one after the other.
    """

    def __init__(
        self,
        plan: Plan,
        workers: int | None,
        estimates: Estimates,
        run: Run = run_step,
        executor: Executor | None = None,
    ) -> None:
        self.plan, self.workers, self.estimates, self._run = plan, workers, estimates, run
        self._executor = executor
        self.outcome = Outcome()

    @property
    def artefacts(self) -> list[Artefact]:
        """All of them, the comparison last."""
        last = [self.plan.comparison] if self.plan.comparison else []
        return [*self.plan.artefacts.values(), *self.plan.leaves.values(), *last]

    def run(self) -> Outcome:
        """Make every model and what follows from it; one that cannot be made does not stop the others.

        Raises
        ------
        RNNoiseError
            When no model can be made; with a single model, the reason.
        """
        everything = [*self.plan.artefacts.values(), *self.plan.leaves.values()]
        if self._executor is not None:
            self._run_levels(levels(everything), self._executor, len(everything))
        else:
            for number, artefact in enumerate(everything, 1):
                self._step(artefact, f"[{number}/{len(everything)}]")
        if all(model.training[-1].name in self.outcome.failed for model in self.plan.models):
            raise RNNoiseError(next(iter(self.outcome.failed.values())))
        return self.outcome

    def _run_levels(self, groups: Sequence[Sequence[Artefact]], executor: Executor, total: int) -> None:
        """Make artefact after artefact, but long steps without tasks of their own side by side."""
        number = 0
        for group in groups:
            several = [one for one in group if one.step in STEPS and one.manifest is None and not self._lacks(one)]
            prepared = []
            for artefact in group:
                number += 1
                if len(several) > 1 and artefact in several:
                    prepared.append((artefact, *self._begin(artefact, f"[{number}/{total}]")))
                else:
                    self._step(artefact, f"[{number}/{total}]")
            for done in take_steps(executor, [(artefact, settings) for artefact, settings, _ in prepared]):
                artefact, _, goes_on = prepared[done.number]
                if done.error is None:
                    assert done.result is not None
                    self._end(artefact, done.result, done.seconds, goes_on=goes_on)
                    self.outcome.made += 1
                else:
                    self._fail(artefact, done.error)

    def _lacks(self, artefact: Artefact) -> bool:
        return any(one.name in self.outcome.failed for one in artefact.upstream)

    def _fail(self, artefact: Artefact, error: RNNoiseError) -> None:
        if len(self.plan.models) == 1:
            raise error
        self.outcome.failed[artefact.name] = str(error)
        warn(f"{artefact.name}: {error}")

    def compare(self) -> None:
        """Compare the models that could be made; without the packages for it, say so and go on."""
        made = [model for model in self.plan.models if model.training[-1].name not in self.outcome.failed]
        if len(made) < len(self.plan.models):
            self.plan.comparison = self.plan.compare(made)
        if self.plan.comparison is not None:
            self._leaf(self.plan.comparison, "[comparison]")

    def _step(self, artefact: Artefact, number: str) -> None:
        before = [one.name for one in artefact.upstream if one.name in self.outcome.failed]
        if before:
            self.outcome.failed[artefact.name] = f"{before[0]} failed"
            return
        try:
            if artefact.name in self.plan.leaves:
                self._leaf(artefact, number)
            else:
                self._make_or_reuse(artefact, number)
        except RNNoiseError as error:
            self._fail(artefact, error)

    def _leaf(self, artefact: Artefact, number: str) -> None:
        """Make what nothing follows from; where the machine lacks something for it, leave it out."""
        try:
            self._make_or_reuse(artefact, number)
        except DependencyError as error:
            self.outcome.left_out[artefact.kind] = str(error)
            warn(f"{artefact.kind} is left out: {error}")
            shutil.rmtree(artefact.folder, ignore_errors=True)

    def _make_or_reuse(self, artefact: Artefact, number: str) -> None:
        manifest = artefact.manifest
        if manifest is None:
            incomplete = self._make(artefact, number)
            self.outcome.made += 1
        else:
            incomplete = manifest["incomplete"]
            self.outcome.reused += 1
            note(f"{number} {artefact.name}: there already")
        if incomplete:
            self.outcome.remarks.append(artefact.name)

    def _make(self, artefact: Artefact, number: str) -> bool:
        settings, goes_on = self._begin(artefact, number)
        start = time.monotonic()
        try:
            result = self._run(artefact, settings, reporter())
        except InputError as error:
            if goes_on:
                raise InputError(f"{error} (to start this step over, delete {artefact.folder})") from error
            raise
        return self._end(artefact, result, time.monotonic() - start, goes_on=goes_on)

    def _begin(self, artefact: Artefact, number: str) -> tuple[Settings, bool]:
        """Prepare the folder of an artefact; return the settings of its step and whether it goes on."""
        goes_on = artefact.state == BEGUN and artefact.resumable
        command = artefact.command(self.workers, resume=goes_on)
        expected = self.estimates.seconds(artefact)
        about = f", about {duration(expected)}" if expected else ""
        title = f" ({artefact.title})" if artefact.title else ""
        note(f"{number} {artefact.kind}{title}: {'going on' if goes_on else 'making it'}{about}\n  $ {command}")
        if artefact.folder.exists() and not goes_on:
            shutil.rmtree(artefact.folder)  # what a killed run left
        artefact.folder.mkdir(exist_ok=True)
        for name, text in artefact.files:
            write_text(artefact.folder / name, text)
        return artefact.prepared(self.workers, resume=goes_on), goes_on

    def _end(self, artefact: Artefact, result: Result, seconds: float, *, goes_on: bool) -> bool:
        """Look whether all is well and write down what was made; whether inputs were left out."""
        changed = self.plan.sources.changed(artefact.sources)
        if changed is not None:
            shutil.rmtree(artefact.folder)  # nobody can say what it was made of
            raise InputError(f"{printable(changed)} changed while {artefact.name} was made of it: run again")
        artefact.finish(seconds, incomplete=result.incomplete, resumed=goes_on, workers=self.workers)
        note(f"  {artefact.name}: {seconds:.1f} s")
        return result.incomplete

    def prune(self, work: Path) -> None:
        """Delete artefacts in ``work`` that the plan does not use."""
        used = {artefact.name for artefact in self.artefacts}
        for path in sorted(work.glob("*-*")):
            if path.is_dir() and path.name not in used and _ARTEFACT.fullmatch(path.name):
                note(f"deleting {path.name}")
                shutil.rmtree(path)


@dataclass(frozen=True)
class Forecast:
    """What a run would do with an artefact."""

    stage: str
    what: str  #: one line for people
    state: str
    command: str
    seconds: float | None  #: expected; None when it is not known, 0 when it is done
    bytes: float | None


def forecast(artefacts: Sequence[Artefact], estimates: Estimates, workers: int | None) -> list[Forecast]:
    """Say what a run would do, artefact by artefact."""
    found = []
    for artefact in artefacts:
        state = artefact.state
        command = artefact.command(workers, resume=state == BEGUN and artefact.resumable)
        seconds, size_ = (0.0, 0.0) if state == DONE else (estimates.seconds(artefact), artefact.size)
        found.append(Forecast(artefact.name, artefact.title, state, command, seconds, size_))
    return found


def forecast_lines(stages: Sequence[Forecast]) -> list[str]:
    """Return a forecast for a terminal."""
    words = {DONE: "reuse", BEGUN: "go on"}
    lines = []
    for stage in stages:
        time_ = "" if stage.state == DONE else "?" if stage.seconds is None else "~" + duration(stage.seconds)
        disk = size(stage.bytes) if stage.bytes else ""
        line = f"{words.get(stage.state, 'make'):6} {stage.stage:32} {time_:>14} {disk:>10}  {stage.what}"
        lines.append(line.rstrip())
    missing = [stage for stage in stages if stage.state != DONE]
    total = f"{len(missing)} to make, {len(stages) - len(missing)} to reuse"
    seconds, disk_ = sum(stage.seconds or 0 for stage in missing), sum(stage.bytes or 0 for stage in missing)
    if seconds:
        total += f"; about {duration(seconds)} and {size(disk_)}"
        unknown = sum(stage.seconds is None for stage in missing)
        total += f", and {unknown} whose time is not known" if unknown else ""
    return [*lines, total]
