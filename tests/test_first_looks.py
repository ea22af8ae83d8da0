"""What a command says or refuses before the long work, and what it leaves behind when it fails."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset.pairing import sameness_notes
from rnnoise_py.spec.constants import REDRAW_FRAMES
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


def test_a_merge_that_fails_leaves_no_folder(folders: tuple[Path, Path], tmp_path: Path, capfdbinary: Any) -> None:
    """Folders that it made go, those that were there stay."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "text.wav").write_bytes(b"no sound")
    command = ["dataset", "merge", "-c", folders[0], "-n", tmp_path / "bad", "-o"]
    assert run_here(capfdbinary, *command, tmp_path / "new" / "merged").code == 2
    assert not (tmp_path / "new").exists()
    (tmp_path / "there").mkdir()
    assert run_here(capfdbinary, *command, tmp_path / "there").code == 2
    assert not list((tmp_path / "there").iterdir())


def test_a_check_without_offenders_makes_no_quarantine(tmp_path: Path, capfdbinary: Any) -> None:
    """The folder is made for the files that are moved; one in use is refused before the files are read."""
    (tmp_path / "noise").mkdir()
    hiss = 0.1 * np.random.default_rng(1).standard_normal(96_000)
    soundfile.write(tmp_path / "noise" / "hiss.wav", hiss, 48_000)
    command = ["dataset", "check", "--noise", tmp_path / "noise", "--quarantine"]
    assert run_here(capfdbinary, *command, tmp_path / "away").code == 0
    assert not (tmp_path / "away").exists()
    done = run_here(capfdbinary, *command, tmp_path / "noise")
    assert (done.code, "is not empty" in done.err) == (2, True)
    (tmp_path / "noise" / "bad.wav").write_bytes(b"no sound")
    assert run_here(capfdbinary, *command, tmp_path / "away").code == 1
    assert (tmp_path / "away" / "undo.json").is_file()


def _must_not_run(*arguments: Any, **options: Any) -> None:
    raise AssertionError("the long work began")


def test_balance_looks_at_its_output_first(folders: tuple[Path, Path], tmp_path: Path, monkeypatch: Any) -> None:
    """A folder in use, of another command, or inside a source is refused before any file is read."""
    from rnnoise_py.dataset import balancing as module
    from rnnoise_py.errors import RNNoiseError

    monkeypatch.setattr(module, "read_headers", _must_not_run)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "manifest.json").write_text('{"stage": "merge"}')
    for output, force, reason in (
        (tmp_path / "used", False, "is not empty"),
        (tmp_path / "used", True, "of another command"),
        (folders[0] / "out", False, "lies inside"),
    ):
        with pytest.raises(RNNoiseError, match=reason):
            module.balance(tmp_path, ["clean", "noise"], output, force=force)
    assert not (folders[0] / "out").exists()


def test_training_looks_at_its_model_first(tmp_path: Path, monkeypatch: Any) -> None:
    """A model that cannot be used is refused before the rows are read."""
    from rnnoise_py.errors import InputError
    from rnnoise_py.training import TrainingConfig
    from rnnoise_py.training.run import train
    from rnnoise_py.training.windows import RowFiles
    from tests.training_samples import random_rows, write_rows

    monkeypatch.setattr(RowFiles, "check", _must_not_run)
    rows = write_rows(tmp_path / "rows.h5", random_rows(4, 20))
    (tmp_path / "model").write_bytes(b"no model")
    with pytest.raises(InputError, match="model"):
        train(TrainingConfig(rows=(rows,), output=tmp_path / "w.hdf5", window=20, initial=tmp_path / "model"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "rows.h5"]


def test_compare_looks_at_its_rules_first(folders: tuple[Path, Path], tmp_path: Path, monkeypatch: Any) -> None:
    """A rule whose measure will have no value is refused before anything is computed."""
    for package in ("jinja2", "PIL", "pystoi"):
        pytest.importorskip(package, reason=f"no {package}: pip install rnnoise-py[report]")
    from rnnoise_py.errors import InputError
    from rnnoise_py.report import comparison as module
    from rnnoise_py.report.baseline import parse_rule
    from rnnoise_py.report.contenders import open_contenders
    from rnnoise_py.report.recordings import Recording

    monkeypatch.setattr(module, "_measure_all", _must_not_run)
    monkeypatch.setattr(module, "pesq_installed", lambda: False)
    monkeypatch.setattr(module, "read_values", lambda path: {"a": {"default": {"level": -20.0, "stoi": None}}})
    sound = folders[0] / "clean.wav"
    for rule, clean, reason in (
        ("stoi<-0.1", None, "give --clean"),
        ("pesq<-0.1", sound, "pesq is not installed"),
        ("stoi<-0.1", sound, "the baseline has no value"),
        ("attenuation<-1", None, "the baseline has no value"),
    ):
        with pytest.raises(InputError, match=f"is not in both reports: .*{reason}"):
            module.compare(
                [Recording("a", sound, clean)],
                open_contenders(("default",)),
                tmp_path / "out",
                baseline=tmp_path / "report.json",
                rules=[parse_rule(rule)],
            )
    assert not (tmp_path / "out").exists()
    with pytest.raises(AssertionError, match="the long work"):
        module.compare(
            [Recording("a", sound)],
            open_contenders(("default",)),
            tmp_path / "out",
            baseline=tmp_path / "report.json",
            rules=[parse_rule("level<-1")],
        )
