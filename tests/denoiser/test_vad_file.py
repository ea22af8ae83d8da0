"""Files of speech probabilities: to the last digit, far into a long recording."""

import json
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.denoiser import Controls, speech_segments
from rnnoise_py.denoiser.vad_file import write_vad
from rnnoise_py.errors import OutputError

LATE = 100_000  # frames before the speech: 1000 s


def late_speech() -> np.ndarray:
    """Silence, then three frames of speech, a pause of 25, two of speech, one of 0.25."""
    vad = np.zeros(LATE + 31, np.float32)
    vad[[LATE, LATE + 1, LATE + 2, LATE + 28, LATE + 29]] = 0.5
    vad[-1] = 0.25
    return vad


def test_csv_numbers_each_frame_of_a_segment(tmp_path: Path) -> None:
    """Exactly the frames between its start and its end."""
    write_vad(tmp_path / "v.csv", late_speech())
    lines = (tmp_path / "v.csv").read_text().splitlines()
    assert lines[0] == "start,end,vad,segment"
    assert lines[1] == "0.00,0.01,0,0"
    numbers = np.array([int(line.rsplit(",", 1)[1]) for line in lines[1:]])
    expected = np.zeros(LATE + 31, int)
    expected[LATE : LATE + 3], expected[LATE + 28 : LATE + 30] = 1, 2
    np.testing.assert_array_equal(numbers, expected)
    assert lines[-1] == "1000.30,1000.31,0.25,0"


def test_json_has_the_settings_and_pairs_of_seconds(tmp_path: Path) -> None:
    """Those of the controls; 0.5 without a threshold."""
    write_vad(tmp_path / "v.json", late_speech())
    content = json.loads((tmp_path / "v.json").read_text())
    assert content["segments"] == [[1000.0, 1000.03], [1000.28, 1000.3]]
    assert (content["frame_seconds"], content["threshold"], content["hang_over_seconds"]) == (0.01, 0.5, 0.2)
    write_vad(tmp_path / "v.json", late_speech(), Controls(vad_threshold=0.25, hang_over=0.26))
    content = json.loads((tmp_path / "v.json").read_text())
    assert content["segments"] == [[1000.0, 1000.31]]
    assert (content["threshold"], content["hang_over_seconds"]) == (0.25, 0.26)


def test_channels(tmp_path: Path) -> None:
    """A column for each; the highest counts for the segments."""
    vad = np.array([[0.0, 0.9], [0.6, 0.0], [0.1, 0.2]], np.float32)
    write_vad(tmp_path / "v.csv", vad)
    assert (tmp_path / "v.csv").read_text().splitlines() == [
        "start,end,vad_0,vad_1,segment",
        "0.00,0.01,0,0.9,1",
        "0.01,0.02,0.6,0,1",
        "0.02,0.03,0.1,0.2,0",
    ]
    write_vad(tmp_path / "v.json", vad)
    assert json.loads((tmp_path / "v.json").read_text())["vad"] == [[0.0, 0.9], [0.6, 0.0], [0.1, 0.2]]


@pytest.mark.parametrize(("pause", "segments"), [(1, 1), (20, 1), (21, 2)])
def test_the_hang_over_bridges_pauses(pause: int, segments: int) -> None:
    """Of 0.2 s: 19 silent frames lie between frames that are 20 apart."""
    vad = np.zeros(60, np.float32)
    vad[[10, 10 + pause]] = 1
    assert len(speech_segments(vad)) == segments


def test_without_a_hang_over_every_pause_ends_a_segment() -> None:
    """Neighbours still belong together."""
    vad = np.array([1, 1, 0, 1], np.float32)
    assert speech_segments(vad, hang_over=0) == [(0.0, 0.02), (0.03, 0.04)]
    assert speech_segments(np.zeros(5, np.float32)) == []


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    """In a line."""
    with pytest.raises(OutputError, match=r"neither \.csv nor \.json"):
        write_vad(tmp_path / "v.txt", late_speech())
