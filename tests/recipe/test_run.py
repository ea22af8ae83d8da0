"""Recipes run for real, small: ended, killed and gone on with, expected and unexpected digests."""

import csv
import json
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from rnnoise_py.model import read_model
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.synthetic import write_tree
from rnnoise_py.synthetic.festival import missing_voices
from rnnoise_py.training.keras import tensorflow_import
from tests.command_line import REPOSITORY, command, environment, run_apart, run_here
from tests.recipe_files import TINY

SWEEP = "[sweep]\nfeatures.count = [1200, 1400]\ntrain.seed = [1, 2]\n"


def _write(folder: Path, data: Path, more: str = "") -> Path:
    path = folder / "tiny.toml"
    path.write_text(TINY.format(clean=data / "clean.flac", noise=data / "noise.flac") + more)
    return path


def test_sweep_of_four(tmp_path: Path, data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Four models from two sets of rows; the table says which is best; a second run and one of its own are reuse."""
    recipe = _write(tmp_path, data, SWEEP)
    done = run_here(capfdbinary, "run", recipe, "--workers", 2)
    assert done.code == 0, done.err
    said = done.out.decode().splitlines()
    assert sum(line.startswith("*  ") for line in said) == 1
    assert "* best by val_loss" in said
    work = tmp_path / "tiny.work"
    rows = list(csv.DictReader((work / "result" / "table.csv").open()))
    assert len({row["sha256"] for row in rows}) == 4
    for row in rows:
        assert f"model sha256 {row['sha256']} {row['model']}" in said
        assert file_sha256(work / "result" / "models" / f"{row['model']}.rnn") == row["sha256"]
        assert read_model(work / "result" / "exports" / row["model"] / "model.rnnn").digest == row["sha256"]
        assert float(row["rows"]) == float(row["features.count"])
    assert len(list(work.glob("features-*"))) == 2
    again = run_here(capfdbinary, "run", recipe, "--json")
    assert again.err.count("there already") == 10
    assert [model["sha256"] for model in json.loads(again.out)["models"]] == [row["sha256"] for row in rows]

    alone = _write(tmp_path, data, f'[result]\nexpect = "{rows[0]["sha256"]}"\n')
    done = run_here(capfdbinary, "run", alone, "-q")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode().endswith(f"model sha256 {rows[0]['sha256']}\n")
    unexpected = _write(tmp_path, data, f'[result]\nexpect = "{rows[1]["sha256"]}"\n')
    done = run_here(capfdbinary, "run", unexpected, "-q")
    assert done.code == 1
    assert f"model sha256 {rows[0]['sha256']}, but the recipe expects {rows[1]['sha256']}" in done.err


def test_damaged_rows_are_made_again(tmp_path: Path, data: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A file that was cut after it was finished is made from nothing; the model is the same."""
    recipe = _write(tmp_path, data)
    first = run_here(capfdbinary, "run", recipe, "--json", "-q")
    (rows,) = (tmp_path / "tiny.work").glob("features-*/rows.h5")
    rows.write_bytes(rows.read_bytes()[:-1000])
    again = run_here(capfdbinary, "run", recipe, "--json", "-q")
    assert (again.code, again.err) == (0, "")
    assert json.loads(again.out)["models"][0]["sha256"] == json.loads(first.out)["models"][0]["sha256"]


#: what in the work folder shows that a stage has begun
BEGUN = ("features-*/*", "train-*/run/checkpoint.npz", "export-*")


def _kill_and_finish(folder: Path, recipe: Path, moments: Sequence[str | float]) -> dict[str, str]:
    """Kill a run after so many seconds, or when a file is there; let the last one end; return its models' digests."""
    work = folder / "killed"
    for moment in moments:
        process = subprocess.Popen(
            command("run", recipe, "-o", work, "-q"), env=environment(), stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + (60 if isinstance(moment, str) else moment)
        while time.monotonic() < deadline and process.poll() is None:
            if isinstance(moment, str) and any(work.glob(moment)):
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = run_apart("run", recipe, "-o", work, "-q", "--json")
    assert (done.code, done.err) == (0, "")
    return {model["name"]: model["sha256"] for model in json.loads(done.out)["models"]}


def _whole(folder: Path, recipe: Path) -> dict[str, str]:
    done = run_apart("run", recipe, "-o", folder / "whole", "-q", "--json")
    assert (done.code, done.err) == (0, "")
    return {model["name"]: model["sha256"] for model in json.loads(done.out)["models"]}


def test_killed_runs_end_with_the_same_models(tmp_path: Path, data: Path) -> None:
    """SIGKILL when rows are made, when an epoch is done, when C is written; then the same command again."""
    recipe = _write(tmp_path, data)
    recipe.write_text(recipe.read_text().replace("epochs = 1", "epochs = 30"))
    assert _kill_and_finish(tmp_path, recipe, BEGUN) == _whole(tmp_path, recipe)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(5))
def test_killed_sweeps_end_with_the_same_models(tmp_path: Path, data: Path, number: int) -> None:
    """A sweep of four with longer trainings, killed five times."""
    recipe = _write(tmp_path, data, SWEEP)
    recipe.write_text(recipe.read_text().replace("epochs = 1", "epochs = 8").replace("count = 1200", "count = 12_000"))
    draw = random.Random(number)
    moments = [draw.uniform(0.5, 8) for _ in range(5)]
    assert _kill_and_finish(tmp_path, recipe, moments) == _whole(tmp_path, recipe)


@pytest.mark.parametrize("workers", [1, 3])
def test_model_does_not_depend_on_workers(
    tmp_path: Path, data: Path, workers: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Rows and weights have the bits of a run on two cores."""
    recipe = _write(tmp_path, data, "[finetune]\nepochs = 1\nwindow = 50\nbatch = 24\nengine = 'numba'\n")
    digests = set()
    for number in (2, workers):
        done = run_here(capfdbinary, "run", recipe, "--workers", number, "-o", tmp_path / str(number), "--json", "-q")
        digests.add(json.loads(done.out)["models"][0]["sha256"])
    assert len(digests) == 1


def test_training_by_numba_does_without_tensorflow(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """As ``train`` does."""
    monkeypatch.setattr(tensorflow_import, "tensorflow_installed", lambda: False)
    done = run_here(capfdbinary, "run", _write(tmp_path, data), "--workers", 2, "-o", tmp_path / "work", "-q")
    assert done.code == 0, done.err


@pytest.mark.slow
def test_quick_recipe(tmp_path: Path) -> None:
    """The recipe of the repository ends, from nothing, with a model that can be read."""
    if shutil.which("espeak-ng") is None or missing_voices():
        pytest.skip("no espeak-ng, or not all voices of Festival")
    done = run_apart("run", REPOSITORY / "recipes" / "quick.toml", "-o", tmp_path / "work", "-q", "--json")
    assert (done.code, done.err) == (0, "")
    (model,) = json.loads(done.out)["models"]
    assert read_model(tmp_path / "work" / "result" / "models" / "quick.rnnn").digest == model["sha256"]


@pytest.mark.slow
def test_from_folders_to_the_report(tmp_path: Path) -> None:
    """Synthesis, rows, training, fine-tuning, four models, comparison on other recordings."""
    pytest.importorskip("jinja2")
    write_tree(tmp_path, speech_files=4, noise_files=4, seconds=10)
    write_tree(tmp_path / "held_out", seed=2, speech_files=2, noise_files=2, seconds=5)
    text = (
        TINY.format(clean="speech", noise="noise")
        + """
[data.synthesize]
total_hours = 0.02
audio_length = 6

[finetune]
epochs = 1
window = 100
engine = "numba"
tensorboard = false

[compare]
clean = "held_out/speech"
noise = "held_out/noise"
snr = "0,10"
model = "default"
"""
    )
    (tmp_path / "whole.toml").write_text(text + SWEEP)
    done = run_apart("run", tmp_path / "whole.toml", "--workers", 2)
    assert done.code == 0, done.err
    result = tmp_path / "whole.work" / "result"
    content = json.loads((result / "table.json").read_text())
    assert len(content["models"]) == 4
    assert sum(model["best"] for model in content["models"]) == 1
    assert {row["name"] for row in content["references"]} == {"default", "input"}
    assert all("si_sdr" in model["figures"] for model in content["models"])
    assert (result / "report" / "index.html").is_file()
