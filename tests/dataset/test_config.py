"""The synthesis config: the original's file unchanged, our keys, every mistake named."""

import logging
from pathlib import Path

import pytest

from rnnoise_py.dataset import Config, read_config
from rnnoise_py.errors import InputError

# as users have it: colons, backslashes, comments, keys that do nothing
ORIGINAL = r"""
# Configuration for generating noisy speech
[noisy_speech]
sampling_rate: 16000
audioformat: *.wav
audio_length: 30
silence_length: 0.2
total_hours: 0.1
snr_lower: -5
snr_upper: 20
randomize_snr: True
target_level_lower: -35
target_level_upper: -15
total_snrlevels: 21
clean_activity_threshold: 0.6
noise_activity_threshold: 0.0
fileindex_start: None
fileindex_end: None
is_test_set: False
base: datasets
noise_dir: ${base}\noise
speech_dir: datasets\clean\read_speech
noise_types_excluded: None
noisy_destination: training_set\noisy
clean_destination: training_set\clean
noise_destination: training_set\noise
log_dir: logs
use_singing_data: 0
clean_singing: datasets\clean\singing_voice
singing_choice: 3
rir_choice: 3
lower_t60: 0.3
upper_t60: 1.3
rir_table_csv: datasets\acoustic_params\RIR_table_simple.csv
clean_speech_t60_csv: datasets\acoustic_params\cleanspeech_table_t60_c50.csv
speech_csv: None
noise_csv: None
[other]
sampling_rate = 48000
"""


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "noisyspeech_synthesizer.cfg"
    path.write_text(ORIGINAL)
    return path


def test_original_is_read_unchanged(original: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Backslashes, colons, interpolation, None; 16 kHz is obeyed with one warning; dead keys at debug."""
    with caplog.at_level(logging.DEBUG, "rnnoise_py.dataset"):
        config, warnings = read_config(original)
    assert config.noise_dir == (Path("datasets/noise"),)
    assert config.speech_dir == (Path("datasets/clean/read_speech"),)
    assert config.noisy_destination == Path("training_set/noisy")
    assert config.speech_csv is None
    assert config.fileindex_start is None
    assert not config.use_singing_data
    assert config.sampling_rate == 16_000
    rate_warnings = [line for line in warnings if "16000" in line]
    assert len(rate_warnings) == 1
    assert [line for line in warnings if line not in rate_warnings] == [f"{original}: unknown key base is ignored"]
    assert "total_snrlevels has no effect" in caplog.text
    assert "clean_speech_t60_csv has no effect" in caplog.text


def test_corrected_and_compatible_differ_in_the_keys_of_the_corrections(original: Path) -> None:
    """Compatible mode sets every correction back; one key sets one back."""
    corrected, _ = read_config(original)
    compatible, warnings = read_config(original, compatible=True)
    assert corrected.exact_snr
    assert not compatible.exact_snr
    assert (corrected.rir_probability, compatible.rir_probability) == (0.0, 1.0)
    assert len(corrected.clip_ids) == 12
    assert len(compatible.clip_ids) == 13
    assert not any("16000" in line for line in warnings)
    single, _ = read_config(original, overrides={"exact_snr": "False"})
    assert not single.exact_snr
    assert single.scaled_windows


def test_ids(original: Path) -> None:
    """First and last id are both written; alone, either bounds the run."""
    both, _ = read_config(original, overrides={"fileindex_start": "5", "fileindex_end": "9"})
    assert list(both.clip_ids) == [5, 6, 7, 8, 9]
    start, _ = read_config(original, overrides={"fileindex_start": "5"})
    assert (start.clip_ids[0], len(start.clip_ids)) == (5, 12)


def test_section_and_overrides(original: Path) -> None:
    """Another section can be chosen; the rate defaults to 48 kHz there without a warning."""
    config, warnings = read_config(original, section="other", overrides={"speech_dir": r"a\b, c"})
    assert config.sampling_rate == 48_000
    assert config.speech_dir == (Path("a/b"), Path("c"))
    assert warnings == []
    assert Config().sampling_rate == 48_000


def test_unknown_key_names_the_nearest(original: Path) -> None:
    """A slip of the pen is pointed out."""
    original.write_text(original.read_text().replace("snr_upper", "snr_uper"))
    _, warnings = read_config(original)
    assert any("unknown key snr_uper is ignored: did you mean snr_upper?" in line for line in warnings)
    with pytest.raises(InputError, match="unknown key snr_uper: did you mean snr_upper"):
        read_config(original, overrides={"snr_uper": "3"})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sampling_rate", "fast", "'fast': needed is whole number from 4000 to 192000"),
        ("audio_length", "0", "needed is number.*above 0"),
        ("total_hours", "nan", "needed is number"),
        ("total_hours", "0", "no clip"),
        ("total_hours", "1e308", "from 0 to 1e\\+12"),
        ("audio_length", "1e308", "1e\\+12 or less"),
        ("randomize_snr", "maybe", "true or false"),
        ("snr_lower", "30", "snr_lower"),
        ("snr_lower", "1.5", "whole number"),
        ("rir_choice", "7", "rir_choice 7: needed is whole number from 1 to 3"),
        ("clean_activity_threshold", "1", "0 or more, below 1"),
        ("speech_dir", "${nowhere}", "nowhere"),
    ],
)
def test_bad_values(original: Path, key: str, value: str, message: str) -> None:
    """Key, value and rule are in the one line of the error."""
    text = original.read_text()
    if "${" in value:
        original.write_text(text.replace(r"speech_dir: datasets\clean\read_speech", f"{key}: {value}"))
        overrides = {}
    else:
        overrides = {key: value}
    with pytest.raises(InputError, match=message) as caught:
        read_config(original, overrides=overrides)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no section\n", "no ini file"),
        (b"[a]\nx: 1\n", "found: a"),
        (b"\xff\xfe\x00\x01", "no UTF-8"),
        (b"[noisy_speech]\nsnr: 1\nsnr: 2\n", "no ini file"),
    ],
)
def test_bad_files(tmp_path: Path, content: bytes, message: str) -> None:
    """What is no config is refused in one line."""
    path = tmp_path / "a.cfg"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_config(path)
    with pytest.raises(InputError, match="No such file"):
        read_config(tmp_path / "gone.cfg")
