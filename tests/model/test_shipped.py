"""The models that travel with the package: names that stand for files, and what they have heard."""

import json
from pathlib import Path

import pytest
from numpy.random import default_rng

from rnnoise_py.corpora.catalogue import catalogue
from rnnoise_py.denoiser import denoise
from rnnoise_py.model import read_model, write_model
from rnnoise_py.model.shipped import SHIPPED, model_path
from rnnoise_py.runs.toml import parse_toml
from tests.command_line import run_here
from tests.conftest import REPOSITORY
from tests.model_samples import synthetic


@pytest.mark.parametrize("name", SHIPPED)
def test_its_recipe_ends_with_its_digest(name: str) -> None:
    shipped = SHIPPED[name]
    _, recipe = parse_toml(REPOSITORY / shipped.recipe)
    assert recipe["result"]["expect"] == read_model(name).digest
    assert ("recorded" in recipe["data"]) == bool(shipped.groups)


def test_they_are_different() -> None:
    assert len({read_model(name).digest for name in SHIPPED}) == len(SHIPPED)


def test_a_file_of_that_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_path("synthetic") == SHIPPED["synthetic"].path
    (tmp_path / "synthetic").write_bytes(SHIPPED["default"].path.read_bytes())
    assert read_model("synthetic") == read_model(SHIPPED["default"].path)


def test_every_place_takes_the_name(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    noise = default_rng(1).normal(0, 0.1, 9600).astype("float32")
    assert (denoise(noise, model="synthetic") == denoise(noise, model=SHIPPED["synthetic"].path)).all()
    done = run_here(capfdbinary, "export", "synthetic", "-o", tmp_path / "out", "-q")
    assert done.code == 0, done.err
    assert read_model(tmp_path / "out" / "model.rnnn") == read_model("synthetic")


def test_provenance_names_every_source(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    found = json.loads(run_here(capfdbinary, "model", "provenance", "--json").out)
    assert {one["name"] for one in found["sources"]} == {one.name for one in catalogue()}
    assert all(one["licence"] and one["by"] and one["package"] for one in found["sources"])
    assert json.loads(run_here(capfdbinary, "model", "provenance", "synthetic", "--json").out)["sources"] == []
    copy = tmp_path / "mine.rnn"
    write_model(read_model("synthetic"), copy)
    done = run_here(capfdbinary, "model", "provenance", copy)
    assert done.code == 0, "the content decides"
    assert done.out.startswith(b"synthetic: ")


def test_provenance_of_another_model(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_model(synthetic("synthetic_a"), tmp_path / "other.rnnn")
    done = run_here(capfdbinary, "model", "provenance", tmp_path / "other.rnnn")
    assert done.code == 2
    assert "none of the shipped models (default, synthetic)" in done.err
