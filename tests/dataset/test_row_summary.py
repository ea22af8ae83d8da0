"""What rows say about themselves: labels, masks, the SNR that was mixed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.dataset.row_summary import RowSummary, mixed_energies, noisy_energies
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.spec.constants import REDRAW_FRAMES
from rnnoise_py.spec.layout import GAIN, VAD
from tests.command_line import run_here
from tests.training_samples import write_rows

COUNT = 2_000  #: rows before the first re-draw: both sources pass as they are
#: dB by which the median over single frames of 22 bands may be off the ratio of the levels
SNR_ERROR = 0.5


def white(level: float, seed: int) -> npt.NDArray[np.int16]:
    """Twenty seconds of white noise at a level in dBFS."""
    samples = np.random.default_rng(seed).standard_normal(480 * COUNT) * 32768 * 10 ** (level / 20)
    return np.clip(np.rint(samples), -32768, 32767).astype(np.int16)


def summary_of(rows: npt.NDArray[np.float32]) -> RowSummary:
    """Summarize rows in blocks."""
    summary = RowSummary(Path("rows.h5"))
    for first in range(0, len(rows), 777):
        summary.add(rows[first : first + 777])
    return summary


@pytest.mark.parametrize("snr", [-10, 0, 10, 25])
def test_snr_of_rows_is_the_one_that_was_mixed(snr: int) -> None:
    """Loud white "speech" over white noise: the SNR of the levels, at any SNR."""
    assert COUNT < REDRAW_FRAMES
    rows = training_rows(white(-30, 1), white(-30 - snr, 2), COUNT)
    speech, noise = mixed_energies(rows[10:])
    assert abs(np.median(10 * np.log10(speech / noise)) - snr) < SNR_ERROR
    summary = summary_of(rows)
    assert summary.rows == COUNT
    assert summary.share(1) > 0.9
    assert summary.snr.total() > 0.9 * COUNT
    assert not summary.findings


def test_noisy_energies_are_those_of_speech_and_noise() -> None:
    """Turned back from the cepstrum: speech and noise add up, and the gains are the roots of their ratio."""
    rows = training_rows(white(-25, 3), white(-31, 4), COUNT)[10:]
    speech, noise = mixed_energies(rows)
    total = noisy_energies(rows).sum(axis=1)
    trained = (rows[:, GAIN.columns] >= 0).all(axis=1)
    assert trained.mean() > 0.9
    ratio = (speech + noise)[trained] / total[trained]
    assert abs(np.median(ratio) - 1) < 0.05


def test_quiet_speech_and_muted_noise_are_told() -> None:
    """Speech below the energies of the label spoils; silence for noise has no SNR."""
    quiet = summary_of(training_rows(white(-50, 5), white(-60, 6), COUNT))
    assert "too quiet" in quiet.findings[0]
    alone = summary_of(training_rows(white(-20, 7), np.zeros(480 * COUNT, np.int16), COUNT))
    assert not alone.snr
    assert alone.without_noise > 0.9 * COUNT
    far = summary_of(training_rows(white(-10, 8), white(-80, 9), COUNT))
    assert "median SNR" in far.findings[0]


def test_the_command_reads_both_formats(tmp_path: Path, capfdbinary: Any) -> None:
    """Lines for people, JSON for machines, exit code 1 where a training would be spoilt."""
    rows = training_rows(white(-30, 1), white(-40, 2), COUNT)
    for name in ("rows.h5", "rows.f32"):
        path = write_rows(tmp_path / name, rows)
        done = run_here(capfdbinary, "dataset", "check", "--rows", path)
        assert done.code == 0
        assert "median 10 dB" in done.out.decode()
    spoilt = rows.copy()
    spoilt[:, VAD.start] = 0
    write_rows(tmp_path / "rows.h5", spoilt)
    done = run_here(capfdbinary, "dataset", "check", "--rows", tmp_path / "rows.h5", "--json", "-q")
    assert done.code == 1
    (content,) = json.loads(done.out)["rows"]
    assert content["labels"] == {"0.0": COUNT}
    assert content["snr"] == {}
    bad = run_here(capfdbinary, "dataset", "check", "--rows", tmp_path / "none.h5")
    assert (bad.code, len(bad.error_lines)) == (2, 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_found(value: float, tmp_path: Path, capfdbinary: Any) -> None:
    """One value is enough, in whichever column; the other rows are summarized as without it."""
    rows = training_rows(white(-30, 1), white(-40, 2), COUNT)
    without = summary_of(np.delete(rows, [50, 60, 70], axis=0))
    for row, column in ((50, 0), (60, GAIN.start), (70, VAD.start)):
        rows[row, column] = value
    summary = summary_of(rows)
    assert (summary.rows, summary.not_finite) == (COUNT, 3)
    assert summary.findings == ["3 rows hold NaN or infinity: make the file again from sound audio"]
    assert (summary.labels, summary.snr) == (without.labels, without.snr)
    done = run_here(capfdbinary, "dataset", "check", "--json", "--rows", write_rows(tmp_path / "rows.h5", rows))
    assert done.code == 1
    assert json.loads(done.out)["rows"][0]["not_finite_rows"] == 3
    nothing = summary_of(np.full((10, 87), value, np.float32))
    assert nothing.not_finite == 10
    assert "10 rows hold NaN" in "\n".join(nothing.lines())
