"""Recipes whose steps run their tasks elsewhere: the models of a plain run."""

import os
import random
import signal
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.recipe import Ended, open_recipe
from rnnoise_py.recipe.side_by_side import Task, take_step
from rnnoise_py.stages import train
from tests.command_line import command, environment, run_apart
from tests.dask_processes import workers_of
from tests.recipe_files import TINY

PATIENCE = 300.0  # seconds, on a machine that does other things too


class Counting(ThreadPoolExecutor):
    """Counts what it is given."""

    given = 0
    trainings = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        self.given += 1
        self.trainings += sum(isinstance(task, Task) for task in arguments[0].tasks)
        return super().submit(function, *arguments, **named)


def _recipe(folder: Path, data: Path) -> Path:
    path = folder / "tiny.toml"
    path.write_text(TINY.format(clean=data / "clean.flac", noise=data / "noise.flac"))
    return path


def test_the_same_model_on_an_executor(tmp_path: Path, data: Path) -> None:
    """Steps that have tasks give them to it, others are as they were; the artefacts have the same names."""
    recipe = _recipe(tmp_path, data)
    plain = open_recipe(recipe, tmp_path / "plain").run()
    with Counting(1) as pool:
        spread = open_recipe(recipe, tmp_path / "spread", executor=pool).run()
    assert pool.given > 0
    assert spread.content["models"][0]["sha256"] == plain.content["models"][0]["sha256"]
    names = [sorted(path.name for path in (tmp_path / work).glob("*-*")) for work in ("plain", "spread")]
    assert names[0] == names[1]


SWEEP = (
    TINY.replace("epochs = 1", "epochs = {epochs}")
    + """
[sweep]
"train.seed" = [1, 2, 3]
"""
)


def _sweep(folder: Path, data: Path, epochs: int) -> Path:
    path = folder / "sweep.toml"
    path.write_text(SWEEP.format(clean=data / "clean.flac", noise=data / "noise.flac", epochs=epochs))
    return path


def _digests(ended: Ended) -> list[str]:
    return [model["sha256"] for model in ended.content["models"]]


def test_models_of_a_sweep_side_by_side(tmp_path: Path, data: Path) -> None:
    """The three trainings are tasks: the models of one after the other; one that cannot be made stops no other."""
    recipe = _sweep(tmp_path, data, 1)
    plain = open_recipe(recipe, tmp_path / "plain").run()
    with Counting(3) as pool:
        opened = open_recipe(recipe, tmp_path / "spread", executor=pool)
        (features,) = [one for one in opened.plan.artefacts.values() if one.kind == "features"]
        trainings = [one for one in opened.plan.artefacts.values() if one.kind == "train"]
        spread = opened.run()
        assert [one.state for one in (features, *trainings)] == ["done"] * 4
        assert _digests(spread) == _digests(plain)
        assert len(set(_digests(plain))) == 3
        assert pool.trainings == 3
    assert open_recipe(recipe, tmp_path / "spread").run().outcome.made == 0


def test_one_training_that_fails(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side as alone: the other models are made, and the reason is said."""
    recipe = _sweep(tmp_path, data, 1)
    original = train.run

    def fail(settings: train.Settings, *others: Any) -> train.Result:
        if settings.seed == 2:
            raise InputError("no luck")
        return original(settings, *others)

    monkeypatch.setattr(train, "run", fail)
    with Counting(2) as pool:
        ended = open_recipe(recipe, tmp_path / "spread", executor=pool).run()
    assert [bool(digest) for digest in _digests(ended)] == [True, False, True]
    assert "no luck" in ended.outcome.failed.values()


def test_a_begun_training_goes_on(tmp_path: Path) -> None:
    """A task finds what a dead worker left, and resumes it."""
    seen: list[tuple[bool, bool]] = []

    def run(settings: train.Settings) -> train.Result:
        seen.append((settings.resume, settings.force))
        raise InputError("seen")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "run", run)
        settings = train.Settings(rows=(tmp_path / "rows.h5",), output=tmp_path / "weights.hdf5")
        for begun in (tmp_path / "run/checkpoint.npz", tmp_path / "checkpoint.npz", tmp_path):
            done = take_step(None, Task(4, "train", settings, begun))
            assert (done.number, str(done.error), done.result) == (4, "seen", None)
    assert seen == [(False, False), (False, True), (True, False)]


@pytest.mark.slow
def test_a_sweep_with_kills(tmp_path: Path, data: Path) -> None:
    """Two worker processes, killed three times while they train: the models of one machine."""
    pytest.importorskip("distributed")
    recipe = _sweep(tmp_path, data, 200)
    plain = open_recipe(recipe, tmp_path / "plain").run()
    work = tmp_path / "spread"
    words = command("run", recipe, "-o", work, "-q", "--cluster", "local:2")
    moments, killed, end = random.Random(4), 0, time.monotonic() + PATIENCE
    with subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE) as driver:
        while killed < 3 and driver.poll() is None and time.monotonic() < end:
            time.sleep(moments.uniform(0.3, 1))
            workers = workers_of(driver.pid)
            if workers and any(work.glob("train-*/*/checkpoint.npz")):
                os.kill(moments.choice(workers), signal.SIGKILL)
                killed += 1
        _, said = driver.communicate(timeout=2 * PATIENCE)
    assert (driver.returncode, said, killed) == (0, b"", 3)
    assert _digests(open_recipe(recipe, work).run()) == _digests(plain)


@pytest.mark.slow
def test_the_command(tmp_path: Path, data: Path) -> None:
    """``run --cluster``; a word that it does not know is one line, and nothing is made."""
    pytest.importorskip("distributed")
    recipe = _recipe(tmp_path, data)
    done = run_apart("run", recipe, "-q", "--cluster", "nowhere")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert not (tmp_path / "tiny.work").exists()
    done = run_apart("run", recipe, "-q", "--cluster", "local:1")
    assert (done.code, done.err) == (0, "")
