"""``rnnoise-py install --pipewire``: two files below the home folder, and away with them."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from rnnoise_py import denoise
from rnnoise_py.cli import app
from rnnoise_py.codegen.package import export_model
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.model import write_model
from rnnoise_py.spec.constants import SAMPLE_RATE
from tests.bits import assert_bit_identical
from tests.c_build import require
from tests.codegen.targets.ladspa_host import Plugin
from tests.model_samples import synthetic

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PipeWire is of Linux")
CONFIGURATION = "pipewire/filter-chain.conf.d/rnnoise-py.conf"
PLUGIN = "rnnoise-py/librnnoise_ladspa.so"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, with a model in it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    write_model(synthetic("synthetic_b"), tmp_path / "model.rnnn")
    export_model(tmp_path / "model.rnnn", tmp_path / "my model")
    return tmp_path


def _install(*arguments: object, fails: bool = False) -> Result:
    done = CliRunner().invoke(app, ["install", *map(str, arguments)], catch_exceptions=fails)
    assert (done.exit_code != 0) == fails
    return done


def _files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for root in ("config", "data") for path in (home / root).rglob("*.*o*")} - {
        "config/pipewire/filter-chain.conf.d"
    }


def test_installed_and_taken_away(home: Path) -> None:
    """The plugin named by the configuration gives denoise's samples; afterwards nothing is left."""
    require("make", "gcc")
    paths = [home / "data" / PLUGIN, home / "config" / CONFIGURATION]
    said = _install(home / "my model", "--pipewire", "--dry-run")
    assert said.stdout.split("\n")[:-1] == list(map(str, paths))
    assert not _files(home)
    for _ in range(2):  # the same again changes nothing
        assert _install(home / "my model", "--pipewire").stdout == said.stdout
    text = paths[1].read_text()
    assert f'plugin = "{paths[0]}"' in text
    assert "label = noise_suppressor_mono" in text
    assert os.access(paths[0], os.X_OK)
    noise = np.random.default_rng(1).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    (out,), latency = Plugin(paths[0], "noise_suppressor_mono").run([noise], 480)
    expected = denoise(noise, SAMPLE_RATE, model=synthetic("synthetic_b"), backend="numba")
    assert_bit_identical(out[int(latency) :], expected[: -int(latency)])
    assert len(_install("--pipewire", "--undo", "--dry-run").stdout.splitlines()) == 2
    assert len(_files(home)) == 2
    _install("--pipewire", "--undo")
    assert not _files(home)


def test_what_is_refused(home: Path) -> None:
    """Without --pipewire or a model; a configuration of somebody else; nothing to undo."""
    written = home / "config" / CONFIGURATION
    folder = str(home / "my model")
    cases: list[tuple[list[str], type[Exception], str]] = [
        ([folder], InputError, "--pipewire"),
        (["--pipewire"], InputError, "which model"),
        (["--pipewire", str(home)], InputError, "export"),
        (["--pipewire", "--undo"], InputError, "nothing is installed"),
        (["--pipewire", "--undo", folder], InputError, "takes no folder"),
    ]
    for arguments, error, words in cases:
        done = _install(*arguments, fails=True)
        assert isinstance(done.exception, error)
        assert words in str(done.exception)
    written.parent.mkdir(parents=True)
    written.write_text("# my own\n")
    done = _install("--pipewire", folder, fails=True)
    assert isinstance(done.exception, OutputError)
    done = _install("--pipewire", "--undo", fails=True)
    assert "not of rnnoise-py" in str(done.exception)
    assert written.read_text() == "# my own\n"
