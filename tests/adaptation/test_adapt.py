"""Adapting a model to a noise: what is held out, how far to go, when it is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.adaptation import judging
from rnnoise_py.adaptation.blending import blend
from rnnoise_py.adaptation.judging import Quality, is_better, make_pairs
from rnnoise_py.adaptation.sounds import cut_sounds
from rnnoise_py.errors import InputError
from rnnoise_py.model import read_float_model, read_model
from rnnoise_py.stages import adapt
from tests.command_line import run_here

RATE = 48_000


def _hum(seconds: float, seed: int = 1) -> Any:
    """A noise that no family has: a hum whose pitch wobbles, with hiss in bursts."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(90 + 20 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    hum = sum(np.sin(k * phase) / k for k in range(1, 30))
    return (0.05 * hum + 0.1 * rng.standard_normal(len(time)) * (np.sin(2 * np.pi * 3 * time) > 0.6)).astype(np.float32)


def test_the_last_quarter_of_each_recording_is_held_out(tmp_path: Path) -> None:
    for number in range(2):
        ramp = np.linspace(0.1, 0.9, 40 * RATE) * (1 if number else -1)
        soundfile.write(tmp_path / f"{number}.wav", ramp, RATE, subtype="FLOAT")
    sounds = cut_sounds([tmp_path / "0.wav", tmp_path / "1.wav"], "noise", tmp_path / "pieces")
    assert sounds.seconds == pytest.approx(80)
    assert len(sounds.held_out) == 20 * RATE
    assert np.abs(sounds.held_out).min() == pytest.approx(0.7, abs=1e-3)
    trained = np.concatenate([soundfile.read(piece)[0] for piece in sounds.training])
    assert len(trained) == 60 * RATE
    assert np.abs(trained).max() == pytest.approx(0.7, abs=1e-3)


@pytest.mark.parametrize(
    ("seconds", "silent_from", "words"), [(19, 1.0, "too little"), (30, 0.7, "last quarter of the noise is silent")]
)
def test_too_little_to_judge_by(seconds: float, silent_from: float, words: str, tmp_path: Path) -> None:
    sound = _hum(seconds)
    sound[round(len(sound) * silent_from) :] = 0
    soundfile.write(tmp_path / "noise.wav", sound, RATE)
    with pytest.raises(InputError, match=words):
        cut_sounds([tmp_path / "noise.wav"], "noise", tmp_path / "pieces")


def test_nothing_to_read(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    done = run_here(capfdbinary, "adapt", tmp_path / "none.wav", "-o", tmp_path / "out.rnnn")
    assert done.code == 2
    assert not (tmp_path / "out.rnnn").exists()
    soundfile.write(tmp_path / "noise.wav", _hum(21), RATE)
    done = run_here(capfdbinary, "adapt", tmp_path / "noise.wav", "-o", tmp_path / "out.wav")
    assert done.code == 2, "before minutes of training"
    assert "name that ends in .rnnn" in done.err
    (tmp_path / "folder").mkdir()
    done = run_here(capfdbinary, "adapt", tmp_path / "folder", "-o", tmp_path / "out.rnnn")
    assert done.code == 2


def test_a_blend_lies_between() -> None:
    before, after = read_float_model("default"), read_float_model("synthetic")
    assert blend(before, after, 0.0) == read_model("default")
    assert blend(before, after, 1.0) == read_model("synthetic")
    weights = [
        model.layers[2].weights.astype(int)
        for model in (blend(before, after, 0.5), *map(read_model, ("default", "synthetic")))
    ]
    assert np.abs(2 * weights[0] - weights[1] - weights[2]).max() <= 1


@pytest.mark.parametrize(
    ("here", "elsewhere", "better"), [(1.6, 2.0, True), (1.59, 2.0, False), (1.8, 1.98, True), (1.8, 1.97, False)]
)
def test_when_a_model_may_take_anothers_place(here: float, elsewhere: float, better: bool) -> None:
    assert is_better(Quality(1.5, 2.0), Quality(here + 1e-9, elsewhere + 1e-9)) == better


def test_pairs_use_what_was_held_out(tmp_path: Path) -> None:
    """Here: the recording's end; elsewhere: never; the same voices in both."""
    sound = np.where(np.arange(40 * RATE) < 30 * RATE, 0.5, -0.5)  # the sign tells the place
    soundfile.write(tmp_path / "noise.wav", sound, RATE)
    pairs = make_pairs(cut_sounds([tmp_path / "noise.wav"], "noise", tmp_path / "pieces"), None, 1)
    for (clean, noisy), (other, elsewhere) in zip(pairs.here, pairs.elsewhere, strict=True):
        assert (noisy.astype(int) - clean <= 0).all()
        assert np.array_equal(clean, other)
        assert not np.array_equal(noisy, elsewhere)
    assert len(pairs.here) == judging.CLIPS


@pytest.mark.parametrize("gain", [0.3, 0.05])
def test_only_a_better_model_is_written(
    gain: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """With too little of everything to learn from, and a judge that says what it is told to."""
    first = read_model("default")
    monkeypatch.setattr(judging, "judge", lambda model, pairs: Quality(1.5 if model == first else 1.5 + gain, 2.0))
    monkeypatch.setattr("rnnoise_py.report.metrics.pesq_installed", lambda: True)
    monkeypatch.setattr("rnnoise_py.adaptation.material.CLIPS", 2)
    soundfile.write(tmp_path / "noise.wav", _hum(21), RATE)
    output = tmp_path / "out.rnnn"
    done = run_here(
        capfdbinary,
        "adapt",
        tmp_path / "noise.wav",
        "-o",
        output,
        "-n",
        25_000,
        "--epochs",
        1,
        "--workers",
        1,
        "--json",
    )
    told = json.loads(done.out)
    assert done.code == (0 if gain > 0.1 else 1), done.err
    assert output.exists() == (gain > 0.1)
    assert told["here"] == pytest.approx([1.5, 1.5 + gain])
    assert ("refused: PESQ 1.500 → 1.550" in done.err) == (gain < 0.1)
    if gain > 0.1:
        assert read_model(output).digest == told["digest"] != first.digest


@pytest.mark.slow
def test_a_noise_it_never_heard(tmp_path: Path) -> None:
    """A minute and a half of it, the defaults otherwise: better there by a tenth of PESQ."""
    pytest.importorskip("pesq", reason="not here: PESQ")
    soundfile.write(tmp_path / "noise.wav", _hum(90), RATE)
    result = adapt.run(adapt.Settings(noise=(tmp_path / "noise.wav",), output=tmp_path / "out.rnnn"))
    assert result.model is not None, result
    assert result.here[1] - result.here[0] >= 0.1
    assert result.elsewhere[0] - result.elsewhere[1] <= 0.02
