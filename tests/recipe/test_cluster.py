"""Recipes whose steps run their tasks elsewhere: the models of a plain run."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.recipe import open_recipe
from tests.command_line import run_apart
from tests.recipe_files import TINY


class Counting(ThreadPoolExecutor):
    """Counts what it is given."""

    given = 0

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> "Future[Any]":
        self.given += 1
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
