"""The command that judges models: tables of pairs and recordings, int8 beside float, bad folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import heldout, judge, quality
from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.model.shipped import SHIPPED
from rnnoise_py.synthetic.espeak import RESERVED_VOICES, find_espeak
from tests.report.test_metrics import NO_PESQ
from tests.report_samples import write_other_model, write_pairs, write_sound


@pytest.fixture
def keras_model(golden: Any, tmp_path: Path) -> Path:
    """A recorded model as Keras weights: whole steps of an int8."""
    return write_other_model(golden, tmp_path / "weights.hdf5")


def test_pairs_and_recordings(
    keras_model: Path, golden_pcm: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table for each set, with a line for the input, one for int8, one for float, which are equal here."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    pairs = write_pairs(golden_pcm, tmp_path / "pairs", count=1)
    recording = write_sound(tmp_path / "recordings" / "one.wav", golden_pcm("noisy")[:96_000])
    results = tmp_path / "results.json"
    quality.main(
        [
            "--model",
            str(keras_model),
            "--heldout",
            "0",
            "--pairs",
            str(pairs),
            "--recordings",
            str(recording.parent),
            "--reference",
            str(keras_model),
            "--json",
            str(results),
        ]
    )
    content = json.loads(results.read_text())
    scores, levels = content[str(pairs)], content[str(recording.parent)]
    int8, unrounded = f"{keras_model} int8", f"{keras_model} float"
    assert list(scores) == ["unprocessed", int8, unrounded]
    assert scores[int8] == scores[unrounded] != scores["unprocessed"]
    assert list(levels) == [*scores, f"reference {keras_model}"]
    assert levels[int8][0] < levels["unprocessed"][0]
    out = capsys.readouterr().out
    assert all(line in out for line in ("## ", "| unprocessed | ", f"| {unrounded} | ", "| one.wav | "))
    assert f"against {int8}" in out
    assert "0 of 1, 1 |" in out  # float and int8 are equal here


def test_figures_of_people(shared: Path) -> None:
    """The judge's figures, clip by clip and over all frames, from its own clips; two of them for the frames."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    folder = shared / "quality_human"
    if not folder.is_dir():
        pytest.skip("no quality_human in the shared material")
    figures = json.loads((folder / "figures.json").read_text())
    pairs = quality.read_pairs(folder)
    assert len(pairs) == 18
    assert {pair.family for pair in pairs} > {"waterfall", "tavern"}
    shipped = judge.Contender(SHIPPED["synthetic"].path, "int8")  # what was shipped when they were recorded
    for number in (2, 7):
        clip = pairs[number].noisy.name.removesuffix("_noisy.flac")
        _, found = judge.score(None, (0, pairs[number], shipped))
        recorded = figures["noisy_in"]["shipped"][clip]
        for name, key, near in (
            ("PESQ", "PESQ", 0.004),  # another resampler
            ("STOI", "STOI", 2e-4),
            ("SI-SDR", "SISDR", 0.02),
            ("level", "speech", 0.01),
            ("noise in pauses", "pause", 0.05),
        ):
            assert found.figures[name] == pytest.approx(recorded[key], abs=near), (clip, name)
        clean = figures["clean_in"]["shipped"][clip]
        assert found.figures["clean in: PESQ"] == pytest.approx(clean["PESQ"], abs=0.02)
        assert found.figures["clean in: level"] == pytest.approx(clean["speech"], abs=0.01)


def test_bad_input_is_one_line(keras_model: Path, golden_pcm: Any, tmp_path: Path) -> None:
    """No pairs; a noisy file alone; a manifest of something else; no recordings; nowhere to write."""
    empty, pairs = tmp_path / "empty", write_pairs(golden_pcm, tmp_path / "pairs", count=1)
    empty.mkdir()
    for arguments, message in (
        (["--pairs", str(empty)], "no pairs in"),
        (["--recordings", str(empty), "--reference", str(keras_model)], "no recordings in"),
        (["--recordings", str(empty / "no"), "--reference", str(keras_model)], "empty/no"),
        (["--json", str(empty / "no" / "results.json")], "no"),
    ):
        with pytest.raises(RNNoiseError, match=message):
            quality.main(["--heldout", "0", *arguments])
    for content in ('{"pairs": [{"id": 1}]}', "[" * 100_000, "{}", '{"a": [[]]}'):
        (pairs / "manifest.json").write_text(content)
        with pytest.raises(InputError, match="has no id and noise"):
            quality.read_pairs(pairs)
    (empty / "a_noisy.wav").touch()
    with pytest.raises(InputError, match=r"has no a_clean\.wav beside it"):
        quality.read_pairs(empty)


@pytest.mark.skipif(find_espeak() is None, reason="espeak-ng is not installed")
def test_held_out_pairs_are_made_again_and_have_their_ratio() -> None:
    """A reserved voice; the same twice; noise below speech by the SNR, over what is not silent."""
    noisy, clean, facts = heldout.pair(12)
    assert facts["voice"] in RESERVED_VOICES
    again, _, _ = heldout.pair(12)
    np.testing.assert_array_equal(noisy, again)
    noise = (noisy - clean).astype(np.float64)
    heard = clean[np.abs(clean) > 1e-3 * np.abs(clean).max()].astype(np.float64)
    ratio = 10 * np.log10(np.mean(heard**2) / np.mean(noise**2))
    assert ratio == pytest.approx(facts["snr"], abs=1)
