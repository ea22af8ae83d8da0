"""Whole runs: outputs, resuming after a kill, NaN, fine-tuning, options, the command."""

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.model import open_model, read_float_model, write_model
from rnnoise_py.runs.lock import locked_folder
from rnnoise_py.runs.progress import Progress, Reporter, reporting
from rnnoise_py.spec.layout import FEATURES
from rnnoise_py.training import TrainingConfig, TrainingStopped, load_config, train
from rnnoise_py.training import checkpoint as checkpoints
from rnnoise_py.training.architecture import FloatArray, flatten
from rnnoise_py.training.cpu.adam import Adam
from rnnoise_py.training.history import COLUMNS
from tests.training_samples import random_rows, saved_state, write_rows

FRAMES, WINDOWS = 20, 12


@pytest.fixture
def rows_file(tmp_path: Path) -> Path:
    """Twelve windows of twenty rows."""
    return write_rows(tmp_path / "rows.h5", random_rows(WINDOWS, FRAMES))


def _config(rows_file: Path, name: str = "weights.hdf5", **changes: Any) -> TrainingConfig:
    settings: dict[str, Any] = {"epochs": 2, "batch": 4, "window": FRAMES, "workers": 2, "tensorboard": False}
    return TrainingConfig(rows=(rows_file,), output=rows_file.parent / name, **(settings | changes))


def _weights(path: Path) -> FloatArray:
    return flatten(read_float_model(path).weights)


def test_a_run_leaves_everything_it_promises(rows_file: Path) -> None:
    """Weights, checkpoint, configuration, record, CSV, TensorBoard, curves, int8 models and their report."""
    config = _config(rows_file, tensorboard=True)
    result = train(config)
    assert result.epochs == result.kept_epoch == 2
    folder = result.run_folder
    names = {path.name for path in folder.iterdir()}
    assert names >= {
        "checkpoint.npz",
        "config.toml",
        "run.json",
        "history.csv",
        "tensorboard",
        "model.rnnn",
        "model.rnn",
        "quantization.json",
        "model_card.md",
    }
    assert load_config(folder / "config.toml") == config
    record = json.loads((folder / "run.json").read_text())
    assert record["data"]["windows"] == WINDOWS
    assert record["versions"]["tensorflow"]
    with (folder / "history.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert [line["epoch"] for line in lines] == ["1", "2"]
    assert tuple(lines[0]) == COLUMNS
    assert float(lines[1]["loss"]) < float(lines[0]["loss"])
    assert any((folder / "tensorboard").iterdir())
    int8 = open_model(folder / "model.rnnn").model
    assert int8.digest in (folder / "model_card.md").read_text()
    assert int8 == open_model(result.weights).model == open_model(folder / "model.rnn").model
    assert json.loads((folder / "quantization.json").read_text())["clipped"] == 0
    pytest.importorskip("matplotlib", reason="curves need matplotlib")
    assert names >= {"curves.png", "curves.svg"}


def test_the_card_reports_losses_and_metrics_of_the_kept_epoch(rows_file: Path) -> None:
    """Training and validation figures side by side, of the epoch whose weights were written."""
    result = train(_config(rows_file, epochs=3, keep="best"))
    card = (result.run_folder / "model_card.md").read_text()
    kept = result.history[result.kept_epoch - 1]
    assert f"## Figures of epoch {result.kept_epoch}\n" in card
    for name in ("loss", "gain_loss", "vad_loss", "msse", "vad_accuracy"):
        assert f"| {name} | {kept[name]:.4f} | {kept[f'val_{name}']:.4f} |" in card


def test_training_is_repeatable_and_seeds_matter(rows_file: Path) -> None:
    """The same seed gives the same bits, one thread or two; another seed gives others."""
    found = [
        _weights(train(_config(rows_file, f"{name}.hdf5", seed=seed, workers=workers, epochs=1)).weights)
        for name, seed, workers in (("a", 1, 1), ("b", 1, 2), ("c", 2, 2))
    ]
    assert np.array_equal(found[0].view(np.uint32), found[1].view(np.uint32))
    assert not np.array_equal(found[0], found[2])


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_resumed_run_ends_at_the_same_bits(rows_file: Path, monkeypatch: pytest.MonkeyPatch, schedule: str) -> None:
    """Interrupted in the third epoch, resumed: weights, optimizer and losses equal those of one run."""
    from rnnoise_py.training import epoch, loop

    whole = train(_config(rows_file, "whole.hdf5", epochs=4, schedule=schedule))
    broken = _config(rows_file, "broken.hdf5", epochs=4, schedule=schedule)
    original, calls = epoch.evaluate, iter(range(99))

    def interrupt(*arguments: Any) -> dict[str, float]:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(loop, "evaluate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(broken)
    assert not broken.output.exists()
    assert saved_state(broken.folder).epoch == 2
    resumed = train(replace(broken, resume=True))
    for one, other in zip(whole.history, resumed.history, strict=True):
        same = [name for name in one if name not in {"seconds", "rows_per_second"}]
        assert all(one[name] == other[name] for name in same)
    states = [saved_state(result.run_folder) for result in (whole, resumed)]
    for arrays in ([s.theta for s in states], [s.adam.mean for s in states], [s.adam.square for s in states]):
        assert np.array_equal(arrays[0].view(np.uint32), arrays[1].view(np.uint32))
    assert np.array_equal(_weights(whole.weights), _weights(resumed.weights))


def test_resuming_asks_for_the_same_run(rows_file: Path) -> None:
    """Other settings, other rows, no run, a damaged checkpoint; a run is not overwritten by chance."""
    config = _config(rows_file, epochs=1)
    with pytest.raises(InputError, match="nothing to resume"):
        train(replace(config, resume=True))
    train(config)
    with pytest.raises(InputError, match=r"--resume or replace it with --force"):
        train(config)
    with pytest.raises(InputError, match="its batch was 4, now it is 2; call it as before"):
        train(replace(config, batch=2, seed=9, resume=True))
    other = write_rows(rows_file.parent / "other.h5", random_rows(WINDOWS, FRAMES, seed=5))
    with pytest.raises(InputError, match="was made from other rows"):
        train(replace(config, rows=(other,), resume=True))
    (config.folder / checkpoints.FILE_NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="is not a checkpoint"):
        train(replace(config, resume=True))
    assert train(replace(config, force=True)).epochs == 1


def test_weights_that_exist_are_replaced_only_with_force(rows_file: Path) -> None:
    """As every output file: nothing is read, made or changed."""
    config = _config(rows_file, epochs=1)
    config.output.write_text("mine")
    with pytest.raises(OutputError, match=r"weights\.hdf5 exists: add --force"):
        train(config)
    assert config.output.read_text() == "mine"
    assert not config.folder.exists()
    train(replace(config, force=True))
    assert _weights(config.output).any()


def test_training_stops_at_nan_and_names_epoch_and_window(tmp_path: Path) -> None:
    """Two enormous, finite features in one window overflow; the message says which."""
    rows = random_rows(WINDOWS, FRAMES)
    rows[7, 3, FEATURES] = 3e38
    config = _config(write_rows(tmp_path / "rows.h5", rows))
    with pytest.raises(TrainingStopped, match=r"epoch 1: the loss of window 7 \(rows 140–159 of .*rows\.h5\)"):
        train(config)
    assert not config.output.exists()


def test_a_run_that_stopped_at_nan_goes_on_with_a_lower_rate(rows_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the message says works, in the first epoch and in a later one; the rate is recorded."""
    from rnnoise_py.training import engine

    original = engine.NumbaEngine.gradients
    for bad_step, epoch, way_out in ((1, 1, "begins again"), (4, 2, "goes on after epoch 1")):
        calls = iter(range(99))

        def spoil(*arguments: Any, calls: Any = calls, bad_step: int = bad_step) -> Any:
            sums, gradient = original(*arguments)
            return sums, gradient * (np.nan if next(calls) == bad_step else 1)

        monkeypatch.setattr(engine.NumbaEngine, "gradients", spoil)
        config = _config(rows_file, f"{epoch}.hdf5", engine="numba")
        with pytest.raises(TrainingStopped, match=f"epoch {epoch}: .* --resume with a lower --lr {way_out}"):
            train(config)
        monkeypatch.setattr(engine.NumbaEngine, "gradients", original)
        result = train(replace(config, resume=True, learning_rate=1e-4))
        assert [record["learning_rate"] for record in result.history] == [1e-3] * (epoch - 1) + [1e-4] * (3 - epoch)


@pytest.mark.parametrize("lost", [False, True], ids=["with a checkpoint", "before it"])
def test_a_run_killed_in_its_first_epoch_is_no_dead_end(
    rows_file: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    """It can be resumed, and where even the first checkpoint is missing, started."""
    from rnnoise_py.training import loop

    whole = train(_config(rows_file, "whole.hdf5", epochs=1))
    config = _config(rows_file, "killed.hdf5", epochs=1)

    def killed(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_epoch", killed)
        with pytest.raises(KeyboardInterrupt):
            train(config)
    if lost:
        (config.folder / checkpoints.FILE_NAME).unlink()
        (config.folder / ".config.toml.12.part").touch()
        with pytest.raises(InputError, match="leave --resume out"):
            train(replace(config, resume=True))
        again = train(config)
    else:
        with pytest.raises(InputError, match="continue it with --resume"):
            train(config)
        again = train(replace(config, resume=True))
    assert np.array_equal(_weights(again.weights).view(np.uint32), _weights(whole.weights).view(np.uint32))


def test_two_runs_in_one_folder_are_refused(rows_file: Path) -> None:
    """The second says so and leaves the first alone."""
    config = _config(rows_file, epochs=1)
    train(config)
    before = (config.folder / checkpoints.FILE_NAME).read_bytes()
    with locked_folder(config.folder), pytest.raises(OutputError, match="is being written by another run"):
        train(replace(config, force=True))
    assert (config.folder / checkpoints.FILE_NAME).read_bytes() == before


def test_the_bar_has_room_in_100_columns(rows_file: Path) -> None:
    """A long run of a large file: rows, time left, rate, epoch and loss in full, and at least ten columns of bar."""
    from tqdm import tqdm

    class Heard(Reporter):
        detail = ""

        def advance(self, progress: Progress, units: int) -> None:
            self.detail = progress.detail

    with reporting(Heard()) as heard:
        train(_config(rows_file, epochs=1))
    assert isinstance(heard, Heard)
    assert heard.detail.startswith("epoch 1/1, loss ")
    detail = heard.detail.replace("1/1", "100/120")
    line = tqdm.format_meter(
        54_321_000, 60_000_000, 36_000, ncols=100, prefix="training", unit=" row", unit_scale=True, postfix=detail
    )
    assert len(line) <= 100
    assert line.endswith(f", {detail}]")
    assert len(line.split("|")[1]) >= 10


def test_nan_in_the_rows_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    """Named by row and column."""
    rows = random_rows(WINDOWS, FRAMES)
    rows[2, 4, 1] = np.inf
    config = _config(write_rows(tmp_path / "rows.h5", rows))
    with pytest.raises(InputError, match=r"row 44, column 1 \(cepstrum_1\) is inf"):
        train(config)


def test_fine_tuning_starts_from_a_model_of_any_format(rows_file: Path) -> None:
    """Zero learning steps away from the int8 text model of another run; activations must agree."""
    first = train(_config(rows_file, "first.hdf5", epochs=1))
    text = first.run_folder / "model.rnnn"
    second = train(_config(rows_file, "second.hdf5", epochs=1, initial=text, learning_rate=1e-12))
    assert np.abs(_weights(second.weights) - _weights(text)).max() <= 1e-9
    packed = rows_file.parent / "copy.rnn"
    write_model(open_model(text).model, packed)
    with pytest.raises(InputError, match=r"--activation noise_gru=relu"):
        train(_config(rows_file, "third.hdf5", initial=packed, activations={"noise_gru": "tanh"}))


def test_early_stopping_and_keeping_the_best(rows_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two epochs without a better validation loss end the run; ``keep="best"`` writes the best weights."""
    from rnnoise_py.training import epoch, loop

    losses = iter([3.0, 1.0, 2.0, 2.0, 2.0, 0.1])
    original = epoch.evaluate
    monkeypatch.setattr(loop, "evaluate", lambda *a: original(*a) | {"val_loss": next(losses)})
    result = train(_config(rows_file, epochs=9, patience=2, keep="best"))
    assert (result.epochs, result.kept_epoch) == (4, 2)
    state = saved_state(result.run_folder)
    assert state.best_theta is not None
    assert np.array_equal(_weights(result.weights), state.best_theta)
    assert not np.array_equal(state.best_theta, state.theta)


def test_of_equal_epochs_the_first_is_the_best(rows_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that is the same is no better: patience counts on, and the earlier weights are kept."""
    from rnnoise_py.training import epoch, loop

    losses = iter([2.0, 1.0, 1.0, 1.0, 9.0])
    original = epoch.evaluate
    monkeypatch.setattr(loop, "evaluate", lambda *a: original(*a) | {"val_loss": next(losses)})
    result = train(_config(rows_file, epochs=9, patience=2, keep="best"))
    assert (result.epochs, result.kept_epoch) == (4, 2)
    assert saved_state(result.run_folder).best_epoch == 2


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "constant"])
def test_every_step_has_the_rate_of_its_schedule(
    rows_file: Path, monkeypatch: pytest.MonkeyPatch, schedule: str
) -> None:
    """The first step has the first rate; step k of n has that of the share k/n, whether the run was resumed or not."""
    rates: list[float] = []
    original = Adam.update

    def update(adam: Adam, theta: FloatArray, gradient: FloatArray, rate: float) -> None:
        rates.append(rate)
        original(adam, theta, gradient, rate)

    monkeypatch.setattr(Adam, "update", update)
    config = _config(rows_file, epochs=2, schedule=schedule, learning_rate=1e-2, final_learning_rate=1e-4)
    result = train(config)
    assert len(rates) == 6
    share = np.arange(6) / 6
    wanted = {
        "constant": np.full(6, 1e-2),
        "cosine": 1e-4 + (1e-2 - 1e-4) * (1 + np.cos(np.pi * share)) / 2,
        "exponential": 1e-2 * 1e-2**share,
    }[schedule]
    assert rates == pytest.approx(wanted)
    assert [record["learning_rate"] for record in result.history] == [rates[2], rates[5]]
    train(replace(config, epochs=3, resume=True))
    if schedule == "cosine":
        assert rates[6] == pytest.approx(1e-4 + (1e-2 - 1e-4) * (1 + np.cos(np.pi * 6 / 9)) / 2)


def test_checkpoints_and_settings_are_on_the_disk_before_their_names(
    rows_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each epoch and at the start: a loss of power leaves the old file or the new one, whole."""
    events: list[tuple[str, str]] = []
    sync, rename = os.fsync, os.replace

    def fsync(handle: int) -> None:
        events.append(("sync", Path(f"/proc/self/fd/{handle}").resolve().name))
        sync(handle)

    def moved(source: Any, target: Any) -> None:
        events.append(("name", Path(target).name))
        if Path(target).name in {checkpoints.FILE_NAME, "config.toml"}:
            assert events[-2] == ("sync", Path(source).name)
        rename(source, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("not here: no /proc")
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", moved)
    train(_config(rows_file, epochs=2))
    assert events.count(("name", checkpoints.FILE_NAME)) == 3
    assert ("name", "config.toml") in events


def test_other_activations_travel_with_the_weights(rows_file: Path) -> None:
    """``noise_gru=tanh`` in the run is tanh in the Keras file and in the int8 model."""
    result = train(_config(rows_file, epochs=1, activations={"noise_gru": "tanh"}))
    assert read_float_model(result.weights).activations["noise_gru"].label == "tanh"
    layers = {layer.name: layer for layer in open_model(result.run_folder / "model.rnnn").model.layers}
    assert layers["noise_gru"].activation.label == "tanh"


@pytest.mark.slow
def test_tensorflow_engine_trains_the_same_model(rows_file: Path) -> None:
    """One epoch with either engine: the weights differ by rounding only."""
    found = [
        _weights(train(_config(rows_file, f"{engine}.hdf5", engine=engine, epochs=1)).weights)
        for engine in ("numba", "tensorflow")
    ]
    assert np.abs(found[0] - found[1]).max() <= 1e-4  # Adam moves a weight 1e-3 a step whatever its gradient


def test_bad_rows_leave_an_earlier_run_alone(rows_file: Path) -> None:
    """``--force`` with rows that are refused takes nothing away; no run folder is made for them either."""
    config = _config(rows_file, epochs=1)
    train(config)
    bad = random_rows(WINDOWS, FRAMES)
    bad[0, 0, 0] = np.nan
    broken = write_rows(rows_file.parent / "bad.h5", bad)
    with pytest.raises(InputError, match="is nan"):
        train(replace(config, rows=(broken,), force=True))
    assert saved_state(config.folder).epoch == 1
    other = _config(broken, "other.hdf5")
    with pytest.raises(InputError, match="is nan"):
        train(other)
    assert not other.folder.exists()
