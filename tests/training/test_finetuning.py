"""Going on from a model: better on rows held out, after rounding, or a warning."""

import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.cli.train import command
from rnnoise_py.model import open_model, read_float_model
from rnnoise_py.runs.progress import Reporter
from rnnoise_py.stages import train
from rnnoise_py.training.architecture import flatten
from rnnoise_py.training.engine import NumbaEngine
from rnnoise_py.training.epoch import Totals
from rnnoise_py.training.rounding import rounded
from rnnoise_py.training.windows import RowFiles
from tests.conftest import REPOSITORY
from tests.training_samples import random_rows, write_rows

TINY: dict[str, Any] = {"batch": 4, "window": 20, "workers": 1, "tensorboard": False, "engine": "numba"}


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """Thirty windows of twenty rows."""
    return write_rows(tmp_path / "rows.h5", random_rows(30, 20))


@pytest.fixture
def model(rows_file: Path, tmp_path: Path) -> Path:
    """A model that has learnt a little."""
    settings = train.Settings(rows=(rows_file,), output=tmp_path / "first.hdf5", epochs=1, **TINY)
    return train.run(settings).models[0]


def test_a_run_that_changes_no_rounded_weight_is_warned_of(rows_file: Path, tmp_path: Path, model: Path) -> None:
    """The model that comes out is the one that went in; the warning says what to do."""
    settings = train.Settings(
        rows=(rows_file,), output=tmp_path / "w.hdf5", initial=model, epochs=2, learning_rate=1e-5, **TINY
    )
    result = train.run(settings)
    assert result.digest == open_model(model).model.digest
    (said,) = [line for line in result.warnings if "--init" in line]
    assert "--quantize-share 1" in said
    assert result.quantization["int8_val_loss"] == result.quantization["initial_val_loss"]


@pytest.mark.parametrize("resumed", [False, True])
def test_training_through_the_rounding_betters_the_int8_model(
    rows_file: Path, tmp_path: Path, model: Path, resumed: bool
) -> None:
    """Lower loss on the windows held out, as int8, than before; what a resumed run says is what a whole one says."""
    options: dict[str, Any] = {"initial": model, "quantize_share": 1, "keep": "best", **TINY}
    output = tmp_path / "w.hdf5"
    result = train.run(train.Settings(rows=(rows_file,), output=output, epochs=6, **options))
    if resumed:
        model.write_text("gone")
        result = train.run(train.Settings(rows=(rows_file,), output=output, epochs=8, resume=True, **options))
    before, after = (result.quantization[name] for name in ("initial_val_loss", "int8_val_loss"))
    assert after < before
    assert not [line for line in result.warnings if "--init" in line]
    if result.kept_epoch == result.epochs:
        assert after == pytest.approx(result.losses["val_loss"], rel=1e-6)
    card = (result.run_folder / "model_card.md").read_text()
    assert f"int8 model {after:.4f}, of the one that training started from {before:.4f}" in card
    theta = rounded(flatten(read_float_model(result.weights).weights))
    assert after == pytest.approx(_loss(theta, rows_file, 20, slice(27, 30)), rel=1e-6)


def test_a_model_that_became_worse_is_warned_of(rows_file: Path, tmp_path: Path, model: Path) -> None:
    """With the losses before and after."""
    settings = train.Settings(
        rows=(rows_file,), output=tmp_path / "w.hdf5", initial=model, epochs=1, learning_rate=0.2, **TINY
    )
    result = train.run(settings, Reporter())
    assert any("is worse than that of --init on the validation windows" in line for line in result.warnings)


def _loss(theta: Any, rows: Path, window: int, part: slice) -> float:
    """Total loss of some windows, with the penalty."""
    from rnnoise_py.training.architecture import DEFAULT_ACTIVATIONS
    from rnnoise_py.training.cpu.adam import penalty

    files, totals = RowFiles([rows], window), Totals(window)
    engine = NumbaEngine(window, DEFAULT_ACTIVATIONS, workers=1)
    for number in range(files.windows)[part]:
        totals.add(engine.evaluate(theta, files.read(np.array([number]))))
    return totals.means(penalty(theta))["loss"]


def documented_options() -> list[str]:
    """The options of the command in docs/faq.md."""
    text = (REPOSITORY / "docs" / "faq.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("rnnoise-py train training.h5 --init model.rnnn")]
    words = shlex.split(line)
    return words[words.index("tuned.hdf5") + 1 :]


@pytest.mark.slow
def test_the_documented_command_makes_the_shipped_model_better(tmp_path: Path) -> None:
    """On speech and noise that it was not trained on, after rounding: material made from another seed."""
    from click.testing import CliRunner

    from rnnoise_py.stages import features, made_up

    rows = {}
    for name, seed, count in (("training", 5, 60_000), ("other", 77, 20_000)):
        folder = tmp_path / name
        made_up.run(made_up.Settings(output=folder, speech_files=12, noise_files=8, seconds=15.0, seed=seed))
        rows[name] = tmp_path / f"{name}.h5"
        features.run(features.Settings(clean=folder / "speech", noise=folder / "noise", count=count, output=rows[name]))
    shipped = REPOSITORY / "rnnoise_py" / "data" / "default.rnnn"
    output = tmp_path / "tuned.hdf5"
    arguments = [str(rows["training"]), "--init", str(shipped), "-o", str(output), *documented_options(), "-q"]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    before, after = (
        _loss(rounded(flatten(read_float_model(path).weights)), rows["other"], 2000, slice(None))
        for path in (shipped, output)
    )
    print(f"loss on other material: {before:.3f} before, {after:.3f} after")
    assert after < 0.95 * before
