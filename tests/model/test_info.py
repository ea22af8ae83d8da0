"""``rnnoise-py model info`` says what a file holds."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rnnoise_py.cli import app
from tests import keras_samples
from tests.model_samples import FORMATS, synthetic, write_any


def _info(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, ["model", "info", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("kind", list(FORMATS))
def test_json(kind: str, tmp_path: Path) -> None:
    """Format, sizes, activations, counts and digest; the digest is the same in every format."""
    model = synthetic("synthetic_c")
    summary = json.loads(_info(write_any(model, kind, tmp_path), "--json"))
    assert summary["format"] == {"keras": "keras-hdf5"}.get(kind, kind)
    assert (summary["weights"], summary["biases"], summary["parameters"]) == (86_952, 551, 87_503)
    assert summary["digest"] == model.digest
    assert summary["layers"]["noise_gru"] == {
        "kind": "gru",
        "inputs": 90,
        "neurons": 48,
        "activation": "tanh",
        "weights": 19_872,
        "biases": 144,
    }
    assert ("quantization" in summary) == (kind == "keras")


def test_table(tmp_path: Path) -> None:
    """The same for people, one line a layer."""
    text = _info(write_any(synthetic("synthetic_c"), "packed", tmp_path))
    assert "packed" in text.splitlines()[0]
    assert "noise_gru       GRU        90      48  19,872    144  tanh" in text
    assert "87,503" in text
    assert synthetic("synthetic_c").digest in text


def test_assumed_activations_are_said(tmp_path: Path) -> None:
    """Weights that carry no activations."""
    weights = keras_samples.writable(synthetic("synthetic_a"))
    keras_samples.keras3_weights(tmp_path / "w.h5", weights, named=True)
    assert "activations: not in the file" in _info(tmp_path / "w.h5")
