"""The step ``train`` as a function: settings in, data out."""

import json
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.model import open_model
from rnnoise_py.runs.progress import Reporter
from rnnoise_py.runs.settings import as_words, known_fields
from rnnoise_py.stages import train
from rnnoise_py.training import TrainingConfig
from tests.training_samples import random_rows, write_rows

TINY: dict[str, Any] = {"epochs": 2, "batch": 4, "window": 20, "workers": 2, "tensorboard": False, "engine": "numba"}


def test_the_step_returns_what_it_made(tmp_path: Path) -> None:
    """Paths that exist, the digest of the model in them, losses of the last epoch; silent, and plain as JSON."""
    rows = write_rows(tmp_path / "rows.h5", random_rows(12, 20))
    result = train.run(train.Settings(rows=(rows,), output=tmp_path / "w.hdf5", **TINY))
    assert {open_model(path).model.digest for path in (*result.models, result.weights)} == {result.digest}
    assert (result.epochs, result.kept_epoch, len(result.history)) == (2, 2, 2)
    assert result.losses == result.history[-1]
    assert result.losses["val_loss"] < result.history[0]["val_loss"]
    assert result.quantization["clipped"] == 0
    assert not result.incomplete
    assert json.loads(json.dumps(result.as_json()))["run_folder"] == str(tmp_path / "w.run")


def test_the_reporter_hears_of_epochs_and_warnings(tmp_path: Path) -> None:
    """Whoever calls the step hears what the command line would say."""

    class Heard(Reporter):
        def __init__(self) -> None:
            super().__init__()
            self.notes: list[str] = []

        def note(self, message: str) -> None:
            self.notes.append(message)

    heard = Heard()
    rows = write_rows(tmp_path / "rows.h5", random_rows(12, 20))
    train.run(train.Settings(rows=(rows,), output=tmp_path / "w.hdf5", **TINY), heard)
    assert any("10 training and 2 validation windows" in line for line in heard.notes)
    assert f"{tmp_path / 'w.hdf5'}: epoch 2" in heard.notes[-1]


def test_settings_are_the_configuration_and_the_options() -> None:
    """One description: the class of Python users, with the words of the command line."""
    assert train.Settings is TrainingConfig
    words = {one.word for one in known_fields(train.Settings).values()}
    assert {"lr", "final-lr", "init", "activation", "quantize-share", "run", "loss", "lanes"} <= words
    settings = train.Settings(
        rows=(Path("a.h5"),), learning_rate=0.5, activations={"noise_gru": "tanh"}, tensorboard=False
    )
    assert as_words(settings) == ["a.h5", "--lr", "0.5", "--activation", "noise_gru=tanh", "--no-tensorboard"]
    assert "output" not in settings.decisive()
    assert settings.decisive()["learning_rate"] == 0.5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lanes": 5}, "lanes 5: needed is one of 16, 8, 4"),
        ({"rows": ()}, "no rows given"),
        ({"activations": {"gru": "tanh"}}, "no layer 'gru'"),
        ({"activations": {"vad_output": "tanh"}}, "must stay a sigmoid"),
        ({"schedule": "exponential", "final_learning_rate": 0.0}, "above 0"),
        ({"workers": 0}, "workers 0: needed is whole number, 1 or more"),
        ({"keep": "first"}, "keep 'first': needed is last or best"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    """In one line: the field, the value, what is needed."""
    with pytest.raises(InputError, match=message):
        train.Settings(**{"rows": ("a.h5",), **wrong})
