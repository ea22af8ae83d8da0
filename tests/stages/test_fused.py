"""Clips that become rows without a file between: the same rows as through files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.dataset import clip_stream
from rnnoise_py.dataset.clip_stream import open_clips
from rnnoise_py.dataset.config_file import read_config
from rnnoise_py.errors import InputError
from rnnoise_py.rows.hdf5 import read_attributes
from rnnoise_py.stages import features, synthesize
from tests.command_line import run_here
from tests.dataset_tree import write_config, write_tree
from tests.killed import contents

COUNT = 6000  # beyond two draws of the mixer, and more than one pass
SEED = 3


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven clips of two seconds."""
    folder = tmp_path_factory.mktemp("fused")
    return write_config(folder / "a.cfg", write_tree(folder / "tree"), folder / "unused")


@pytest.fixture(scope="module")
def through_files(config: Path) -> tuple[str, ...]:
    """Digests of the rows of two shards, made of files of clips."""
    folder = config.parent
    synthesize.run(synthesize.Settings(config=config, output=folder / "clips", seed=SEED, workers=1))
    made = features.run(
        features.Settings(
            clean=folder / "clips" / "clean",
            noise=folder / "clips" / "noise",
            output=folder / "rows.h5",
            count=COUNT,
            shards=2,
            spread=True,
        )
    )
    return made.digests


def _settings(config: Path, folder: Path, **more: Any) -> features.Settings:
    given = {"count": COUNT, "shards": 2, "spread": True, "clips_seed": SEED, **more}
    return features.Settings(config=config, output=folder / "rows.h5", **given)


@pytest.mark.parametrize("kept", [clip_stream.KEPT_CLIPS, 3])
def test_the_same_rows_as_through_files(
    config: Path, through_files: tuple[str, ...], tmp_path: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few clips are kept; and nothing else is written."""
    monkeypatch.setattr(clip_stream, "KEPT_CLIPS", kept)
    made = features.run(_settings(config, tmp_path, workers=2))
    assert made.digests == through_files
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.1-of-2.h5", "rows.2-of-2.h5", "rows.json"]
    assert "a.cfg: 7 clips" in read_attributes(made.outputs[0])["sources"]


def test_the_same_by_workers_and_one_by_one(config: Path, through_files: tuple[str, ...], tmp_path: Path) -> None:
    """On an executor, and as tasks of an array job."""
    for name in ("executor", "array"):
        (tmp_path / name).mkdir()
    with ThreadPoolExecutor(1) as pool:
        assert features.run(_settings(config, tmp_path / "executor"), executor=pool).digests == through_files
    for number in (1, 2):
        features.run(_settings(config, tmp_path / "array", shard=f"{number}/2"))
    features.run(_settings(config, tmp_path / "array", gather=True))
    assert contents(tmp_path / "array") == contents(tmp_path / "executor")


def test_another_seed_of_the_clips_is_another_run(config: Path, tmp_path: Path) -> None:
    """It is not gone on with."""
    features.run(_settings(config, tmp_path, count=100))
    with pytest.raises(InputError, match="cannot be resumed"):
        features.run(_settings(config, tmp_path, count=100, clips_seed=4, resume=True))


def test_any_part_can_be_read(config: Path) -> None:
    """Across clips."""
    read, _ = read_config(config)
    with open_clips(read, SEED, config) as inputs:
        whole = inputs.noise.read(0, inputs.noise.samples)
        assert len(whole) == 7 * 2 * 48_000
        for start, count in ((0, 1), (95_999, 2), (100_000, 300_000), (len(whole) - 5, 5)):
            assert (inputs.noise.read(start, count) == whole[start : start + count]).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["CONFIG", "CONFIG", "--from", "CONFIG"], "made of CLEAN and NOISE, or with --from"),
        ([], "made of CLEAN and NOISE, or with --from"),
        (["CONFIG"], "made of CLEAN and NOISE, or with --from"),
        (["CONFIG", "CONFIG", "--set", "a=b"], "it needs --from CONFIG"),
        (["--from", "CONFIG", "--set", "sampling_rate=16000"], "clips of 16000 Hz: add --set sampling_rate=48000"),
        (["--from", "CONFIG", "--set", "is_test_set=1"], "a test set"),
        (["--from", "none.cfg"], "none.cfg"),
        (["--from", "CONFIG", "--set", "speech_dir=nowhere"], "nowhere"),
    ],
)
def test_unusable(config: Path, tmp_path: Path, words: list[str], said: str, capfdbinary: Any) -> None:
    """One line, exit 2, nothing written."""
    given = [str(config) if word == "CONFIG" else word for word in words]
    done = run_here(capfdbinary, "features", *given, "-n", 100, "-o", tmp_path / "rows.h5")
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert said in done.error_lines[0]
    assert list(tmp_path.iterdir()) == []
