"""Files that state another length than they have: read to their end, and said where audio is missing."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset import balance, merge, stats
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.excerpt import read_excerpt
from rnnoise_py.dataset.synthesis import synthesize, with_output
from rnnoise_py.runs.progress import reporting
from tests.command_line import run_here

#: cases, and the seconds that the files hold, as other decoders have them
CASES = {
    "mp3_vbr_without_xing/a.mp3": 3.02,
    "chained_and_concatenated/chained.ogg": 2.0,
    "chained_and_concatenated/chained.opus": 2.0,
    "chained_and_concatenated/twice.flac": 2.0,
    "chained_and_concatenated/twice.mp3": 2.0,
    "wav_data_size_zero/a.wav": 1.0,
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_windows_of_files_whose_header_lies(shared: Path, name: str) -> None:
    """The whole length counts, and a window holds what the whole holds there, also at the end."""
    path = shared / "cases" / name
    if not path.exists():
        pytest.skip(f"not here: no {name}")
    whole, _ = read_excerpt(path, 48_000, None, 0.5)
    assert len(whole) / 48_000 == pytest.approx(CASES[name], abs=0.01)
    assert stats([path]).total.seconds == pytest.approx(CASES[name], abs=0.01)
    for position in (0.0, 0.3, 0.999):
        part, offset = read_excerpt(path, 48_000, 12_000, position)
        start = round(offset * 48_000)
        np.testing.assert_array_equal(part, whole[start : start + 12_000])


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    """Speech of two files, one of them half of what its header promises; noise."""
    rng = np.random.default_rng(1)
    for name in ("clean/a.wav", "clean/b.wav", "noise/n.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, 0.1 * rng.standard_normal(48_000), 48_000)
    whole = (tmp_path / "clean" / "a.wav").read_bytes()
    (tmp_path / "clean" / "a.wav").write_bytes(whole[: 44 + 48_000])
    return tmp_path


def test_what_is_missing_is_said(cut: Path, capfdbinary: Any) -> None:
    """By every command, with the name and the seconds; what is there is used, and it is no failure."""
    words = f"{cut / 'clean' / 'a.wav'} is cut short: 0.5 s are missing"
    with reporting(None) as reporter:
        report, _ = merge([cut / "clean"], [cut / "noise"], cut / "merged")
    assert (report.truncated, report.samples) == (1, 72_000)
    assert [line.startswith(words) for line in reporter.warnings] == [True]
    with (cut / "merged" / "files.csv").open(newline="") as stream:
        assert [bool(row["shortfall"]) for row in csv.DictReader(stream)] == [True, False, False]
    with reporting(None) as reporter:
        balance(cut, ["clean", "noise"], cut / "balanced")
    assert [line.startswith(words) for line in reporter.warnings] == [True]
    total = stats([cut / "clean"]).total
    assert (len(total.cut_short), total.seconds, total.unreadable) == (1, 1.5, [])
    done = run_here(capfdbinary, "dataset", "stats", cut / "clean")
    assert done.code == 0
    assert words in done.out.decode()
    seconds = {"audio_length": 1, "total_hours": 2 / 3600, "clean_activity_threshold": 0}
    config = Config(**seconds, speech_dir=(cut / "clean",), noise_dir=(cut / "noise",))  # type: ignore[arg-type]
    with reporting(None) as reporter:
        summary = synthesize(with_output(config, cut / "out"))
    assert [line.startswith(words) for line in reporter.warnings] == [True]
    assert (summary.clips, summary.unreadable, summary.passed) == (2, 0, {"cut short or damaged": 1})
    assert "1 source cut short or damaged" in summary.lines()
    assert json.loads((cut / "out/logs/manifest.json").read_text())["passed_over"] == {"cut short or damaged": 1}
