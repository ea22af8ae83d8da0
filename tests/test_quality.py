"""The command that judges models: tables of pairs and recordings, int8 beside float, bad folders."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import heldout, quality
from rnnoise_py.synthetic.espeak import RESERVED_VOICES, find_espeak
from tests.report_samples import write_other_model, write_pairs, write_sound
from tests.test_report_metrics import NO_PESQ


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
        ["--model", str(keras_model), "--heldout", "0", "--pairs", str(pairs), "--recordings", str(recording.parent),
         "--reference", str(keras_model), "--json", str(results)]
    )
    content = json.loads(results.read_text())
    scores = content[str(pairs)]
    assert list(scores) == ["unprocessed", "weights.hdf5 int8", "weights.hdf5 float"]
    assert scores["weights.hdf5 int8"] == scores["weights.hdf5 float"] != scores["unprocessed"]
    levels = content[str(recording.parent)]
    assert levels["weights.hdf5 int8"][0] < levels["unprocessed"][0]
    out = capsys.readouterr().out
    assert all(line in out for line in ("## ", "| unprocessed | ", "| weights.hdf5 float | ", "| one.wav | "))


def test_bad_folders_are_one_line(tmp_path: Path) -> None:
    """No pairs; a noisy file alone."""
    with pytest.raises(SystemExit, match="error: no pairs in"):
        quality.main(["--heldout", "0", "--pairs", str(tmp_path)])
    (tmp_path / "a_noisy.wav").touch()
    with pytest.raises(SystemExit, match=r"has no a_clean\.wav beside it"):
        quality.main(["--heldout", "0", "--pairs", str(tmp_path)])


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
