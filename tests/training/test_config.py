"""The typed configuration: TOML in, TOML out, refusals."""

import re
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.training import TrainingConfig, load_config
from rnnoise_py.training.epoch import learning_rate


def test_defaults_are_those_of_the_v01_script() -> None:
    """120 epochs, batches of 32 windows of 2000 rows, last tenth for validation, Adam 1e-3."""
    config = TrainingConfig(rows=(Path("training.h5"),))
    assert (config.epochs, config.batch, config.window, config.validation) == (120, 32, 2000, 0.1)
    assert (config.learning_rate, config.schedule, config.loss, config.keras2_steps) == (
        1e-3,
        "constant",
        "v0.1",
        False,
    )
    assert config.patience == 0
    assert config.folder == Path("weights.run")


def test_toml_out_and_in_again_is_the_same(tmp_path: Path) -> None:
    """What a run records can be given to another run."""
    config = TrainingConfig(
        rows=(Path("a b.h5"), Path('q"uote.f32')),
        output=Path("out.hdf5"),
        epochs=3,
        learning_rate=2.5e-4,
        activations={"noise_gru": "tanh"},
        initial=Path("old.rnnn"),
        workers=2,
        keras2_steps=True,
    )
    path = tmp_path / "config.toml"
    path.write_text(config.to_toml())
    assert load_config(path) == config
    assert load_config(path, epochs=5).epochs == 5


def test_settings_may_be_called_by_their_options(tmp_path: Path) -> None:
    """``lr``, ``final_lr``, ``init``, ``run`` as on the command line; what is of one call is no setting."""
    path = tmp_path / "config.toml"
    path.write_text('rows = ["a.h5"]\nlr = 0.5\nfinal-lr = 0.25\ninit = "m.rnnn"\nrun = "r"\n')
    config = load_config(path)
    assert (config.learning_rate, config.final_learning_rate) == (0.5, 0.25)
    assert (config.initial, config.folder) == (Path("m.rnnn"), Path("r"))
    path.write_text('rows = ["a.h5"]\nresume = true\n')
    with pytest.raises(InputError, match="no setting 'resume'"):
        load_config(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch = 3", "no setting 'epoch': the nearest is epochs"),
        ('epochs = "3"', "epochs = '3': needed is whole number"),
        ("batch = true", "batch = true: needed is whole number"),
        ("quantise_share = 0.2", "no setting 'quantise_share': the nearest is quantize_share"),
        ("lr = 0.1\nlearning_rate = 0.1", "learning_rate is given twice"),
        ("activations = { noise_gru = 3 }", "names no rows"),
        ('rows = ["a.h5"]\nactivations = { noise_gru = "elu" }', "choose among"),
        ('rows = "a.h5"', "needed is path, or several"),
        ("a = " + 2000 * "[", "is not TOML"),
        ("learning_rate = 1", "names no rows"),
        ("rows = [1]", "needed is path, or several"),
        ("rows = [", "is not TOML"),
        ('rows = ["a.h5"]\nbatch = 0', "batch = 0: needed is whole number, 1 or more"),
        ('rows = ["a.h5"]\nvalidation = 1.0', "needed is number, above 0, below 1"),
        ('rows = ["a.h5"]\nlearning_rate = nan', "learning_rate = nan: needed is number, above 0"),
        ('rows = ["a.h5"]\nfinal_learning_rate = -1.0', "final_learning_rate = -1.0: needed is number, 0 or more"),
        ('rows = ["a.h5"]\nloss = "mse"', "loss = 'mse': needed is one of v0.1, corrected, linear, quiet"),
        ('rows = ["a.h5"]\nlr = -1.0', "lr = -1.0: needed is number, above 0"),
        ('rows = ["a.h5"]\nschedule = "exponential"\nfinal_learning_rate = 0.0', "above 0"),
        ("rows = []", "names no rows"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str, words: str) -> None:
    """Unknown names, wrong types and impossible values, each in one line."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        load_config(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("schedule", "values"),
    [("constant", (1e-2, 1e-2, 1e-2)), ("cosine", (1e-2, 5.05e-3, 1e-4)), ("exponential", (1e-2, 1e-3, 1e-4))],
)
def test_schedules_go_from_the_first_to_the_final_rate(schedule: str, values: tuple[float, ...]) -> None:
    """At the start, half-way, at the end."""
    settings: dict[str, Any] = {"rows": (Path("a.h5"),), "learning_rate": 1e-2, "final_learning_rate": 1e-4}
    config = TrainingConfig(**settings, schedule=schedule)
    assert [learning_rate(config, done) for done in (0.0, 0.5, 1.0)] == pytest.approx(values)
