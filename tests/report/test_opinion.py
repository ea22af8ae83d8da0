"""DNSMOS against recorded figures of the authors' own way; without the package one line."""

import json
import sys
from importlib import util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.audio import decode_int16
from rnnoise_py.errors import DependencyError
from rnnoise_py.report.opinion import MEL_BANDS, RATE, dnsmos, dnsmos_installed, mel_matrix, mel_picture
from tests.conftest import NOT_HERE

NO_DNSMOS = f"{NOT_HERE}no DNSMOS: pip install rnnoise-py[dnsmos]"
FIGURE_DIGITS = 4


def test_picture_of_a_tone() -> None:
    """The loudest band is where the tone is; the range is ±1; silence is flat."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    picture = mel_picture(tone)
    assert picture.shape == (RATE // 160, MEL_BANDS)
    centres = mel_matrix().T @ np.fft.rfftfreq(321, 1 / RATE) / mel_matrix().sum(axis=0)
    assert abs(centres[picture[50].argmax()] - 1000) < 60
    assert (picture.max(), picture.min()) == (1, -1)
    assert np.ptp(mel_picture(np.zeros(RATE, np.float32))) == 0


def test_weights_have_the_same_area() -> None:
    """Each triangle of Slaney's scale has an area of one, but for what bins can hold of narrow ones."""
    areas = mel_matrix().sum(axis=0) * RATE / 321
    assert areas[60:] == pytest.approx(np.ones(60), abs=0.1)
    assert areas.mean() == pytest.approx(1, abs=0.02)


def test_recorded_figures_of_people(shared: Path) -> None:
    """SIG, BAK and OVRL of clips of people, to the printed digits."""
    if not dnsmos_installed():
        pytest.skip(NO_DNSMOS)
    folder = shared / "quality_human"
    if not folder.is_dir():
        pytest.skip("no quality_human in the shared material")
    figures = json.loads((folder / "figures.json").read_text())["noisy_in"]["unprocessed"]
    for clip, scores in list(figures.items())[::4]:
        found = dnsmos(decode_int16(folder / f"{clip}_noisy.flac"))
        assert [round(one, FIGURE_DIGITS) for one in found[:3]] == pytest.approx(
            [scores[name] for name in ("SIG", "BAK", "OVRL")], abs=1.1e-4
        ), clip
        assert 1 < found.p808 < 5


def test_length_and_rate(data: Path) -> None:
    """Less than nine seconds is repeated; any rate; silence has no score."""
    if not dnsmos_installed():
        pytest.skip(NO_DNSMOS)
    noisy = decode_int16(data / "noisy.flac")[: 2 * 48_000]
    short = noisy[::3]
    assert dnsmos(short, RATE) == dnsmos(np.tile(short, 8), RATE)
    assert np.isfinite(dnsmos(noisy[:4_410], 44_100)).all()
    assert np.isnan(dnsmos(np.zeros(48_000))).all()


@pytest.mark.parametrize("package", ["speechmos", "onnxruntime"])
def test_missing_package(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with what to install."""
    from rnnoise_py.report import opinion

    opinion._networks.cache_clear()
    found = util.find_spec

    def find(name: str, *rest: Any) -> Any:
        return None if name == package else found(name, *rest)

    monkeypatch.setattr(opinion, "find_spec", find)
    monkeypatch.setitem(sys.modules, package, None)
    assert not dnsmos_installed()
    with pytest.raises(DependencyError, match="pip install speechmos onnxruntime"):
        dnsmos(np.ones(480, np.int16))
