"""Rows that are never stored: new ones each epoch, the same for any number of threads, resumed for nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.rows import fly
from rnnoise_py.rows.fly import HELD_OUT, POOL_WINDOWS, FlyPools, Span, split_frames
from rnnoise_py.rows.inputs import Inputs
from rnnoise_py.rows.values import check_rows
from rnnoise_py.stages import train
from rnnoise_py.training import loop as loops
from rnnoise_py.training.epoch import train_epoch
from rnnoise_py.training.sources import VALIDATION_NAME, FlyRows
from tests.bits import assert_bit_identical
from tests.command_line import run_here
from tests.training_samples import saved_state

WINDOW = 100


def _pools(data: Path, epoch: int, windows: int, *, workers: int = 1, seed: int = 1, span: int = 0) -> list[Any]:
    with Inputs(data / "clean.flac", data / "noise.flac") as inputs:
        spans = split_frames((inputs.clean_rows, inputs.noise_rows), 0.1)
        pools = FlyPools(inputs.clean, inputs.noise, spans[span], window=WINDOW, seed=seed, workers=workers)
        return list(pools.pools(epoch, windows))


def test_pools_have_the_asked_windows(data: Path) -> None:
    """All full but the last; a short epoch is the beginning of a long one."""
    long = _pools(data, 0, 2 * POOL_WINDOWS + 5)
    assert [len(pool) for pool in long] == [POOL_WINDOWS, POOL_WINDOWS, 5]
    (short,) = _pools(data, 0, 7)
    assert_bit_identical(short, long[0][:7])


@pytest.mark.parametrize("workers", [2, 3])
def test_the_same_rows_for_any_number_of_threads(data: Path, workers: int) -> None:
    """Bit for bit."""
    for one, other in zip(_pools(data, 3, 100), _pools(data, 3, 100, workers=workers), strict=True):
        assert_bit_identical(other, one)


def test_every_epoch_is_new(data: Path) -> None:
    """And every seed; what is held out is none of them."""
    drawn = [
        _pools(data, 0, 16)[0],
        _pools(data, 1, 16)[0],
        _pools(data, 0, 16, seed=2)[0],
        _pools(data, HELD_OUT, 16)[0],
    ]
    assert len({pool.tobytes() for pool in drawn}) == 4


def test_rows_are_good_and_mixed_from_the_start(tmp_path: Path, data: Path) -> None:
    """What ``train`` asks of rows; the streams do not begin alike, as shards do before their first draw."""
    pool = _pools(data, 0, POOL_WINDOWS)[0]
    pool.reshape(-1, pool.shape[-1]).tofile(tmp_path / "rows.f32")
    from rnnoise_py.rows.reader import RowReader

    check_rows(RowReader(tmp_path / "rows.f32"), lambda rows: None)
    firsts = {window[0].tobytes() for window in pool[:: fly.STREAM_WINDOWS]}
    assert len(firsts) == fly.POOL_STREAMS


def test_a_part_is_held_out() -> None:
    """The end of both; neither part is ever empty."""
    assert split_frames((1000, 50), 0.1) == (Span((0, 900), (0, 45)), Span((900, 100), (45, 5)))
    assert split_frames((2, 2), 0.99) == (Span((0, 1), (0, 1)), Span((1, 1), (1, 1)))
    with pytest.raises(InputError, match="single frame"):
        split_frames((1, 100), 0.1)


def _settings(data: Path, folder: Path, **more: Any) -> train.Settings:
    given: dict[str, Any] = {
        "fly": (data / "clean.flac", data / "noise.flac"),
        "epoch_rows": 7000,
        "window": WINDOW,
        "batch": 8,
        "epochs": 2,
        "workers": 1,
        "lanes": 4,
        "tensorboard": False,
        "engine": "numba",
        **more,
    }
    return train.Settings(output=folder / "weights.hdf5", **given)


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> train.Result:
    """An undisturbed run."""
    return train.run(_settings(data, tmp_path_factory.mktemp("trained")))


def test_the_same_model_for_two_workers(trained: train.Result, tmp_path: Path, data: Path) -> None:
    """And nothing of the rows is left but those held out."""
    again = train.run(_settings(data, tmp_path, workers=2))
    assert again.digest == trained.digest
    assert again.losses["val_loss"] == trained.losses["val_loss"]
    assert (again.run_folder / VALIDATION_NAME).stat().st_size == 7 * WINDOW * 348
    assert "made on the fly of `clean.flac` and `noise.flac`" in (again.run_folder / "model_card.md").read_text()
    assert not list(tmp_path.rglob("*.h5"))


def test_interrupted_and_resumed(
    trained: train.Result, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Equal to an undisturbed run; the audio is not read for its digests again."""
    plain = train_epoch

    def interrupted(config: Any, engine: Any, source: Any, order: Any, state: Any, progress: Any) -> Any:
        if state.epoch == 1:
            raise KeyboardInterrupt
        return plain(config, engine, source, order, state, progress)

    monkeypatch.setattr(loops, "train_epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train.run(_settings(data, tmp_path))
    monkeypatch.setattr(loops, "train_epoch", plain)
    assert saved_state(tmp_path / "weights.run").epoch == 1

    def unread(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr("rnnoise_py.audio.stream.describe_source", unread)
    again = train.run(_settings(data, tmp_path, resume=True))
    assert again.digest == trained.digest


@pytest.mark.slow
@pytest.mark.parametrize("change", [{"epoch_rows": 8000}, {"validation": 0.2}, {"noise": "clean.flac"}])
def test_another_run_is_not_gone_on_with(
    tmp_path: Path, data: Path, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other audio, another length of the epoch."""
    train.run(_settings(data, tmp_path, epochs=1))
    given = dict(change)
    if "noise" in given:
        given = {"fly": (data / "clean.flac", data / given.pop("noise"))}
    with pytest.raises(InputError, match=r"other rows|its validation was"):
        train.run(_settings(data, tmp_path, resume=True, **given))


@pytest.mark.slow
def test_the_command(tmp_path: Path, data: Path, capfdbinary: Any) -> None:
    """``--fly CLEAN NOISE``; ``--resume`` alone finds both again."""
    out = tmp_path / "w.hdf5"
    words = ["--epoch-rows", 3000, "--window", WINDOW, "--epochs", 1, "--engine", "numba", "-q", "-o", out]
    done = run_here(capfdbinary, "train", "--fly", data / "clean.flac", data / "noise.flac", *words)
    assert (done.code, done.out.decode().strip()) == (0, str(out)), done.err
    done = run_here(capfdbinary, "train", "--resume", "-o", out, "--epochs", 2, "-q")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rows.h5", "--fly", "a", "b"], "not both"),
        (["rows.h5", "--epoch-rows", "5"], "it needs --fly"),
        (["--fly", "none.wav", "CLEAN"], "none.wav"),
        (["--fly", "CLEAN", "CLEAN", "--epoch-rows", "99", "--window", "100"], "99 rows an epoch are no whole window"),
    ],
)
def test_unusable(tmp_path: Path, data: Path, words: list[str], said: str, capfdbinary: Any) -> None:
    """One line, exit 2, nothing written."""
    given = [str(data / "clean.flac") if word == "CLEAN" else word for word in words]
    done = run_here(capfdbinary, "train", *given, "-o", tmp_path / "w.hdf5")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert said in done.error_lines[0]
    assert list(tmp_path.iterdir()) == []


def test_order_stays_within_pools(data: Path, tmp_path: Path) -> None:
    """Every window once."""
    source = FlyRows(_settings(data, tmp_path, epoch_rows=15_000))
    order = source.order(1, 0)
    source.close()
    assert sorted(order) == list(range(150))
    assert np.all(np.diff(order // POOL_WINDOWS) >= 0)
    assert not np.array_equal(order, np.sort(order))
