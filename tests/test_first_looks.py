"""What a command says or refuses before the long work, and what it leaves behind when it fails."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.constants import REDRAW_FRAMES
from rnnoise_py.dataset.pairing import sameness_notes
from tests.command_line import run_here

SAME, TWICE = "is both clean speech and noise", "is given twice"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A second of hiss in each of two folders."""
    for seed, kind in enumerate(("clean", "noise")):
        (tmp_path / kind).mkdir()
        hiss = 0.1 * np.random.default_rng(seed).standard_normal(48_000)
        soundfile.write(tmp_path / kind / f"{kind}.wav", hiss, 48_000)
    return tmp_path / "clean", tmp_path / "noise"


def test_the_same_input_twice_is_worth_a_line(folders: tuple[Path, Path], tmp_path: Path, capfdbinary: Any) -> None:
    """By any name, in features and in merge; not when all differ."""
    clean, noise = folders
    (tmp_path / "link").symlink_to(clean)
    assert not sameness_notes([clean], [noise])
    assert [SAME in line for line in sameness_notes([clean, noise], [tmp_path / "link"])] == [True]
    assert [TWICE in line for line in sameness_notes([clean], [noise, noise])] == [True]
    done = run_here(capfdbinary, "features", clean, tmp_path / "link", "-n", 50, "-o", tmp_path / "rows.h5")
    assert (done.code, done.err.count(SAME)) == (0, 1)
    done = run_here(
        capfdbinary, "dataset", "merge", "-c", clean, "-c", clean, "-n", noise, "-n", clean, "-o", tmp_path / "merged"
    )
    assert (done.code, done.err.count(SAME), done.err.count(TWICE)) == (0, 2, 1)


@pytest.mark.parametrize(
    ("count", "options", "warned"),
    [(REDRAW_FRAMES, (), True), (REDRAW_FRAMES + 1, (), False), (100, ("--spread",), False)],
)
def test_shards_that_are_copies_are_worth_a_line(
    count: int, options: tuple[str, ...], warned: bool, folders: tuple[Path, Path], tmp_path: Path, capfdbinary: Any
) -> None:
    """Below the first re-draw all seeds give the same rows; the warning is right and comes only then."""
    out = tmp_path / "rows.f32"
    done = run_here(capfdbinary, "features", *folders, "-n", count, "--shards", 2, *options, "-o", out)
    assert (done.code, "are all the same" in done.err) == (0, warned)
    one, two = ((tmp_path / f"rows.{k}-of-2.f32").read_bytes() for k in (1, 2))
    assert (one == two) == warned
