"""Files as they are met, through every command that reads audio: no second is lost without a word."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.spec.layout import ROW_SIZE
from tests.command_line import run_here

#: case: its samples at 48 kHz, and how many seconds are missing of it
CASES: dict[str, tuple[int, float]] = {
    "mp3_vbr_without_xing/a.mp3": (145_152, 0),
    "chained_and_concatenated/chained.ogg": (96_000, 0),
    "chained_and_concatenated/chained.opus": (96_000, 0),
    "chained_and_concatenated/twice.flac": (96_000, 0),
    "chained_and_concatenated/twice.mp3": (96_000, 0),
    "wav_data_size_zero/a.wav": (48_000, 0),
    "truncated_other_containers/a.aiff": (23_986, 0.5),
    "truncated_other_containers/a.au": (23_994, 0.5),
    "truncated_other_containers/a.w64": (23_974, 0.501),
    "truncated_other_containers/a.wav": (23_989, 0.5),
    "truncated_other_containers/a_rf64.wav": (23_974, 0.501),
}


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Noise for rows, a folder of one file."""
    folder = tmp_path / "noise"
    folder.mkdir()
    soundfile.write(folder / "noise.wav", 0.1 * np.random.default_rng(1).standard_normal(48_000), 48_000)
    return folder


@pytest.mark.parametrize("case", CASES)
def test_all_of_it_or_a_word(case: str, shared: Path, noise: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """``denoise``, ``features``, ``dataset merge`` and ``stats`` take all samples, and tell what is missing."""
    samples, missing = CASES[case]
    folder = tmp_path / "clean"
    folder.mkdir()
    source = folder / Path(case).name
    shutil.copy(shared / "cases" / case, source)
    told = f"{source} is cut short: {missing:g} s are missing; what is there is taken"

    done = run_here(capfdbinary, "denoise", source, tmp_path / "out.flac", "-q", "--workers", 1)
    assert (done.code, told in done.err) == (0, bool(missing)), done.err
    assert soundfile.info(tmp_path / "out.flac").frames == samples

    done = run_here(capfdbinary, "features", source, noise, "-q", "-o", "-")
    assert (done.code, told in done.err) == (0, bool(missing)), done.err
    assert len(done.out) == samples // 480 * ROW_SIZE * 4

    done = run_here(capfdbinary, "dataset", "merge", "--clean", folder, "--noise", noise, "-o", tmp_path / "merged")
    assert done.code == 0, done.err
    assert (tmp_path / "merged" / "all_clean.raw").stat().st_size == 2 * samples
    assert (b"1 file cut short or damaged" in done.out + done.err.encode()) == bool(missing)

    done = run_here(capfdbinary, "dataset", "stats", "--json", folder)
    total = json.loads(done.out)["total"]
    assert (done.code, total["seconds"]) == (0, round(samples / 48_000, 3))
    assert total["cut_short"] == ([told] if missing else [])
