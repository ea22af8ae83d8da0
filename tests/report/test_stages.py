"""Comparing and drawing from Python: the same checks and messages as on the command line, results as data."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py import report
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.stages import compare, plot
from tests.report_samples import Load, write_pairs

FOLDER = Path("folder")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "needs inputs"),
        ({"snr": "0"}, "mixing on the fly takes clean, noise and snr"),
        ({"noise": FOLDER, "clean": FOLDER}, "mixing on the fly takes clean, noise and snr"),
        ({"noise": FOLDER, "clean": FOLDER, "snr": "0", "inputs": [FOLDER]}, "and no inputs"),
        ({"noise": FOLDER, "clean": FOLDER, "snr": "0,loud"}, "is no list of SNRs"),
        ({"noise": FOLDER, "clean": FOLDER, "snr": "0,101"}, "is no list of SNRs"),
        ({"inputs": [FOLDER], "rules": ["pesq"]}, "is no rule"),
        ({"inputs": [FOLDER], "rules": ["beauty<0"]}, "there is no measure 'beauty'"),
        ({"inputs": [FOLDER], "rules": ["pesq<0"]}, "fail-if needs something to compare with"),
        ({"inputs": [FOLDER], "seed": -1}, "seed -1"),
    ],
)
def test_settings_know_what_belongs_together(given: dict[str, Any], reason: str) -> None:
    """Before anything is read."""
    with pytest.raises(InputError, match=reason):
        compare.Settings(output=Path("out"), models=("default",), **given)


def test_a_report_is_made_from_python(golden_pcm: Load, tmp_path: Path) -> None:
    """Paths and means as data; nothing is said."""
    pairs = write_pairs(golden_pcm, tmp_path / "pairs", 1)
    settings = compare.Settings(inputs=(pairs,), clean=pairs, models=("default",), output=tmp_path / "out")
    result = compare.run(settings)
    assert all(path.is_file() for path in (result.page, result.json, result.csv))
    assert result.recordings == 1
    assert not result.incomplete
    assert result.means["default"]["si_sdr"] > result.means["input"]["si_sdr"]
    assert result.as_json()["page"] == str(result.page)
    with pytest.raises(OutputError, match="is not empty"):
        compare.run(settings)


def test_a_picture_is_drawn_from_python(tmp_path: Path) -> None:
    """An existing one stays without force."""
    pytest.importorskip("matplotlib", reason="no matplotlib: pip install rnnoise-py[report]")
    rows = tmp_path / "rows.f32"
    np.zeros((20, 87), "<f4").tofile(rows)
    settings = plot.Settings(file=rows, output=tmp_path / "rows.png")
    assert plot.run(settings).picture.is_file()
    with pytest.raises(OutputError, match="--force"):
        plot.run(settings)


def test_every_exported_name_is_there() -> None:
    """What the package promises can be had, and is no module."""
    for name in report.__all__:
        assert not hasattr(getattr(report, name), "__path__"), name
        assert type(getattr(report, name)).__name__ != "module", name
