"""Make what is missing, go on where a killed run was."""

import contextlib
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rnnoise_py.errors import DependencyError, InputError, OutputError, RNNoiseError
from rnnoise_py.names import printable
from rnnoise_py.recipe.estimate import Estimates
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.stage import BEGUN, DONE, KEY_DIGITS, Stage
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.lock import locked
from rnnoise_py.runs.progress import note, warn
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.runs.space import duration, size

WORK_NAME: Final = "work.json"
WORK_FORMAT: Final = "rnnoise-py recipe work 1"
LOCK_NAME: Final = ".lock"
DIFFERS: Final = 1  # exit code of a command that is done but left inputs out

_ARTEFACT: Final = re.compile(rf"[a-z]+-[0-9a-f]{{{KEY_DIGITS}}}")

#: runs a command of ours by its words in this process; returns its exit code
Invoke = Callable[[Sequence[str]], int]


@dataclass
class Outcome:
    """How the stages of a plan went."""

    failed: dict[str, str] = field(default_factory=dict)  #: reason by name of the stage
    remarks: list[str] = field(default_factory=list)  #: names of stages that left inputs out
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
    """Runs the stages of a plan.

    Parameters
    ----------
    plan
        What to make.
    invoke
        Runs one command.
    workers
        Cores for each stage.
    estimates
        How long stages take.
    """

    def __init__(self, plan: Plan, invoke: Invoke, workers: int, estimates: Estimates) -> None:
        self.plan, self.invoke, self.workers, self.estimates = plan, invoke, workers, estimates
        self.outcome = Outcome()

    @property
    def stages(self) -> list[Stage]:
        """All of them, the comparison last."""
        return [*self.plan.stages.values(), *([self.plan.comparison] if self.plan.comparison else [])]

    def run(self) -> Outcome:
        """Make every model; one that cannot be made does not stop the others.

        Raises
        ------
        RNNoiseError
            When no model can be made; with a single model, the reason.
        """
        stages = list(self.plan.stages.values())
        for number, stage in enumerate(stages, 1):
            self._step(stage, f"[{number}/{len(stages)}]")
        if all(model.training[-1].name in self.outcome.failed for model in self.plan.models):
            raise RNNoiseError(next(iter(self.outcome.failed.values())))
        return self.outcome

    def compare(self) -> None:
        """Compare the models that could be made; without the packages for it, say so and go on."""
        made = [model for model in self.plan.models if model.training[-1].name not in self.outcome.failed]
        if len(made) < len(self.plan.models):
            self.plan.comparison = self.plan.compare(made)
        stage = self.plan.comparison
        if stage is None:
            return
        try:
            self._make_or_reuse(stage, "[comparison]")
        except DependencyError as error:
            warn(f"no comparison: {error}")

    def _step(self, stage: Stage, number: str) -> None:
        before = [one.name for one in stage.upstream if one.name in self.outcome.failed]
        if before:
            self.outcome.failed[stage.name] = f"{before[0]} failed"
            return
        try:
            self._make_or_reuse(stage, number)
        except RNNoiseError as error:
            if len(self.plan.models) == 1:
                raise
            self.outcome.failed[stage.name] = str(error)
            warn(f"{stage.name}: {error}")

    def _make_or_reuse(self, stage: Stage, number: str) -> None:
        manifest = stage.manifest
        if manifest is None:
            code = self._make(stage, number)
            self.outcome.made += 1
        else:
            code = int(manifest["exit_code"])
            self.outcome.reused += 1
            note(f"{number} {stage.name}: there already")
        if code == DIFFERS:
            self.outcome.remarks.append(stage.name)

    def _make(self, stage: Stage, number: str) -> int:
        state = stage.state
        words = stage.command(state, self.workers)
        shown = f"{stage.program} {shlex.join(words)}"
        expected = self.estimates.seconds(stage)
        about = f", about {duration(expected)}" if expected else ""
        goes_on = state == BEGUN and stage.resumable
        note(f"{number} {stage.name}: {'going on' if goes_on else 'making it'}{about}\n  $ {shown}")
        if stage.folder.exists() and not goes_on:
            shutil.rmtree(stage.folder)  # what a killed run left
        stage.folder.mkdir(exist_ok=True)
        for name, text in stage.files:
            write_text(stage.folder / name, text)
        start = time.monotonic()
        try:
            code = self.invoke(words)
        except InputError as error:
            if goes_on:
                raise InputError(f"{error} (to begin this stage anew, delete {stage.folder})") from error
            raise
        if code not in {0, DIFFERS}:
            raise RNNoiseError(f"`{shown}` failed (exit code {code}), see above")
        seconds = time.monotonic() - start
        changed = self.plan.sources.changed(stage.sources)
        if changed is not None:
            shutil.rmtree(stage.folder)  # made of who knows what
            raise InputError(f"{printable(changed)} changed while {stage.name} was made of it: run again")
        stage.finish(shown, seconds, code, resumed=goes_on)
        note(f"  {stage.name}: {seconds:.1f} s")
        return code

    def prune(self, work: Path) -> None:
        """Delete artefacts in ``work`` that the plan does not use."""
        used = {stage.name for stage in self.stages}
        for path in sorted(work.glob("*-*")):
            if path.is_dir() and path.name not in used and _ARTEFACT.fullmatch(path.name):
                note(f"deleting {path.name}")
                shutil.rmtree(path)


@dataclass(frozen=True)
class Forecast:
    """What a run would do with a stage."""

    stage: str
    state: str
    command: str
    seconds: float | None  #: expected; None when nobody knows, 0 when it is done
    bytes: float | None


def forecast(stages: Sequence[Stage], estimates: Estimates, workers: int) -> list[Forecast]:
    """Say what a run would do, stage by stage."""
    found = []
    for stage in stages:
        state = stage.state
        command = f"{stage.program} {shlex.join(stage.command(state, workers))}"
        seconds, size_ = (0.0, 0.0) if state == DONE else (estimates.seconds(stage), stage.size)
        found.append(Forecast(stage.name, state, command, seconds, size_))
    return found


def forecast_lines(stages: Sequence[Forecast]) -> list[str]:
    """Return a forecast for a terminal."""
    words = {DONE: "reuse", BEGUN: "go on"}
    lines = []
    for stage in stages:
        time_ = "" if stage.state == DONE else "?" if stage.seconds is None else "~" + duration(stage.seconds)
        disk = size(stage.bytes) if stage.bytes else ""
        lines.append(f"{words.get(stage.state, 'make'):6} {stage.stage:32} {time_:>14} {disk:>10}".rstrip())
    missing = [stage for stage in stages if stage.state != DONE]
    total = f"{len(missing)} stages to make, {len(stages) - len(missing)} to reuse"
    seconds, disk_ = sum(stage.seconds or 0 for stage in missing), sum(stage.bytes or 0 for stage in missing)
    if seconds:
        total += f"; about {duration(seconds)} and {size(disk_)}"
        unknown = sum(stage.seconds is None for stage in missing)
        total += f", and {unknown} of which nobody knows" if unknown else ""
    return [*lines, total]
