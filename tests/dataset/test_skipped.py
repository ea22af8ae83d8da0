"""One unreadable file among many is named and counted and no failure; many are, or any with --strict."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.runs.progress import MOST_WARNINGS, Reporter, reporting
from rnnoise_py.runs.skipped import Skipped, too_many_skipped
from rnnoise_py.runs.words import counted
from tests.command_line import run_here


@pytest.mark.parametrize(
    ("skipped", "total", "strict", "too_many"),
    [
        (0, 10, True, False),
        (0, 0, True, False),
        (1, 100_000, True, True),
        (1, 99, False, True),
        (1, 100, False, False),
        (2, 100, False, True),
        (100, 10_000, False, False),
        (101, 10_000, False, True),
        (1, 1, False, True),
    ],
)
def test_more_than_one_in_a_hundred_is_too_many(skipped: int, total: int, strict: bool, too_many: bool) -> None:
    """Exactly one in a hundred is not."""
    assert too_many_skipped(skipped, total, strict=strict) == too_many


def test_the_first_are_named_the_others_counted() -> None:
    """Twenty lines and one."""
    with reporting(None) as reporter:
        skipped = Skipped("manifest.json")
        for number in range(MOST_WARNINGS + 3):
            skipped.add(Path(f"{number}.wav"), f"{number}.wav is bad")
        skipped.finish()
    assert isinstance(reporter, Reporter)
    assert len(reporter.warnings) == MOST_WARNINGS + 1
    assert reporter.warnings[-1] == "and 3 more files skipped: see manifest.json"
    assert len(skipped.items) == MOST_WARNINGS + 3


def test_one_file_is_no_files() -> None:
    """Counts have their noun."""
    assert [counted(count, "file") for count in (0, 1, 2, 1_200)] == ["0 files", "1 file", "2 files", "1,200 files"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 short files of speech and of noise, one of each no audio."""
    root = tmp_path_factory.mktemp("corpus")
    rng = np.random.default_rng(1)
    for kind in ("clean", "noise"):
        (root / kind).mkdir()
        for index in range(119):
            soundfile.write(root / kind / f"{kind}_{index}.wav", 0.1 * rng.standard_normal(4_800), 48_000)
        (root / kind / f"{kind}_119.wav").write_bytes(b"no sound")
    return root


def _commands(root: Path, out: Path) -> dict[str, tuple[object, ...]]:
    config = out / "a.cfg"
    config.write_text(f"[noisy_speech]\nspeech_dir: {root / 'clean'}\nnoise_dir: {root / 'noise'}\n")
    # about 2 × 120 sources: all are tried
    sets = {"audio_length": 1.3, "total_hours": 13 / 3600, "clean_activity_threshold": 0, "silence_length": 0}
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    both = ("--clean", root / "clean", "--noise", root / "noise")
    return {
        "merge": ("merge", *both, "-o", out / "merged"),
        "balance": ("balance", root, "--speech", "clean,noise", "-o", out / "balanced"),
        "stats": ("stats", root),
        "check": ("check", *both, "--ignore", "noisy", "--ignore", "pairing"),
        "synthesize": ("synthesize", config, *words, "-o", out / "synthetic"),
    }


@pytest.mark.parametrize("name", ["merge", "balance", "stats", "check", "synthesize"])
def test_one_bad_file_in_a_hundred_ends_no_script(corpus: Path, tmp_path: Path, name: str, capfdbinary: Any) -> None:
    """Exit code 0, the file is named all the same; with --strict 1."""
    command = ("dataset", *_commands(corpus, tmp_path)[name])
    done = run_here(capfdbinary, *command)
    assert done.code == 0, done.err + done.out.decode()
    assert "119.wav" in done.err + done.out.decode()
    again = [] if name in {"stats", "check"} else ["--force"]
    assert run_here(capfdbinary, *command, "--strict", *again).code == 1
