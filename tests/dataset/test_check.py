"""The data doctor: each illness is found where it is, and nothing where there is none."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from rnnoise_py.audio import to_int16
from rnnoise_py.dataset.check_report import CheckReport
from rnnoise_py.dataset.doctor import check
from rnnoise_py.dataset.moving import quarantine, undo_quarantine
from rnnoise_py.dataset.pairing import mixer_snr, pairing_note, pairing_period, percentile
from rnnoise_py.dataset.speechlike import SpeechMeter
from rnnoise_py.dsp.rand import new_rand
from rnnoise_py.errors import InputError
from rnnoise_py.rows.draws import first_draw, next_draw
from rnnoise_py.synthetic import NOISE_KINDS, noise, speech

REPOSITORY = Path(__file__).parents[2]
Float32 = npt.NDArray[np.float32]
#: total variation between about 3200 draws and their distribution over 50 values: 0.05 is usual
DRAWN_DIFFERENCE = 0.08


def _write(path: Path, signal: Float32, rate: int = 48_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, to_int16(signal)[0], rate)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Healthy files beside one with each illness."""
    root = tmp_path_factory.mktemp("ward")
    voice = speech(6, 3)
    _write(root / "clean" / "healthy.wav", voice)
    _write(root / "clean" / "healthy too.wav", speech(5, 4))
    _write(root / "clean" / "clipped.wav", np.clip(20 * voice, -1, 1))
    _write(root / "clean" / "offset.wav", voice + np.float32(0.05))
    _write(root / "clean" / "silent.wav", np.concatenate([voice[:48_000], np.zeros(400_000, np.float32)]))
    narrow = soxr.resample(soxr.resample(voice, 48_000, 15_000), 15_000, 48_000, quality="VHQ")
    _write(root / "clean" / "narrow.wav", narrow)
    _write(root / "clean" / "quiet.wav", 0.05 * voice)
    _write(root / "clean" / "noisy.wav", voice + 0.3 * noise("pink", 6, 1))
    (root / "clean" / "unreadable.wav").write_bytes(b"text")
    whole = (root / "clean" / "healthy too.wav").read_bytes()
    (root / "clean" / "cut.wav").write_bytes(whole[: -2 * 48_000])
    _write(root / "noise" / "healthy.wav", noise("fan", 7, 1))
    _write(root / "noise" / "talk.wav", speech(8, 9) + 0.05 * noise("pink", 8, 2))
    _write(root / "noise" / "twin a.wav", noise("rain", 3, 1))
    _write(root / "noise" / "twin b.flac", noise("rain", 3, 1))
    return root


@pytest.fixture(scope="module")
def report(ward: Path) -> CheckReport:
    return check([ward / "clean"], [ward / "noise"])


def test_each_illness_is_found(report: CheckReport) -> None:
    """One file, one finding; the healthy have none."""
    found = {f"{file.kind}/{file.path.name}": {finding.code for finding in file.findings} for file in report.files}
    expected = {
        "clean/healthy.wav": set(),
        "clean/healthy too.wav": set(),
        "clean/offset.wav": {"dc"},
        "clean/silent.wav": {"silent"},
        "clean/narrow.wav": {"narrow"},
        "clean/quiet.wav": {"quiet"},
        "clean/noisy.wav": {"noisy"},
        "clean/cut.wav": {"truncated"},
        "clean/unreadable.wav": {"unreadable"},
        "noise/healthy.wav": set(),
        "noise/talk.wav": {"speech"},
        "noise/twin a.wav": set(),
        "noise/twin b.flac": {"duplicate"},
    }
    assert "clipped" in found.pop("clean/clipped.wav")
    assert found == expected
    assert report.spoils
    assert any("looks like speech" in line for line in report.lines())


def test_report_is_the_same_for_two_workers(ward: Path, report: CheckReport) -> None:
    """Processes change nothing."""
    assert check([ward / "clean"], [ward / "noise"], workers=2).as_json() == report.as_json()


def test_healthy_data_passes(ward: Path) -> None:
    """No finding, exit code 0."""
    healthy = check([ward / "clean" / "healthy.wav"], [ward / "noise" / "healthy.wav"])
    assert not healthy.spoils
    assert healthy.period == np.lcm(600, 700)


@pytest.mark.parametrize("kind", NOISE_KINDS)
def test_no_noise_is_taken_for_speech(kind: str) -> None:
    """None of the noise families looks like one person speaking, not even babble or music."""
    meter = SpeechMeter()
    meter.add(to_int16(noise(kind, 9, 21))[0])
    assert meter.share < 0.2


@pytest.mark.parametrize("seed", range(4))
def test_speech_is_taken_for_speech(seed: int) -> None:
    """Voices of all heights, whatever the blocks."""
    pcm = to_int16(speech(9, seed))[0]
    shares = []
    for size in (len(pcm), 4_801):
        meter = SpeechMeter()
        for start in range(0, len(pcm), size):
            meter.add(pcm[start : start + size])
        shares.append(meter.share)
    assert min(shares) > 0.3
    assert shares[0] == shares[1]


def test_pairing_by_hand() -> None:
    """Equal lengths repeat at once, lengths without a common divisor never within reach."""
    assert pairing_period(600, 700) == 4_200
    assert "1 pass " in str(pairing_note(600, 600))
    assert "2 passes" in str(pairing_note(600, 400))
    assert pairing_note(601, 700) is None


def test_mixer_snr_by_hand() -> None:
    """Speech and noise at one level: −19 … 30 dB, all alike; 10 dB louder speech shifts it all."""
    equal = mixer_snr({-26: 5.0}, {-26: 1.0})
    assert sorted(equal) == list(range(-19, 31))
    assert all(share == pytest.approx(1 / 50) for share in equal.values())
    assert percentile(equal, 0.5) == 5
    louder = mixer_snr({-16: 5.0}, {-26: 1.0})
    assert min(louder) == -9
    two = mixer_snr({-26: 1.0}, {-26: 1.0, -36: 1.0})
    assert (min(two), max(two)) == (-19, 40)
    assert two[-19] == pytest.approx(1 / 100)
    assert mixer_snr({}, {-3: 1.0}) == {}


def test_announced_snrs_are_those_that_the_mixer_draws() -> None:
    """4000 re-draws of the training mixer, muted ones left out, fall as the report says (10 dB apart here)."""
    rand, draw, drawn = new_rand(1), first_draw(), []
    for _ in range(4_000):
        draw = next_draw(rand, draw)
        if draw.speech_gain and draw.noise_gain:
            drawn.append(round(10 + 20 * np.log10(draw.speech_gain / draw.noise_gain)))
    announced = mixer_snr({-26: 1.0}, {-36: 1.0})
    values, counts = np.unique(drawn, return_counts=True)
    assert values.tolist() == sorted(announced)
    shares = np.array([announced[value] for value in values])
    assert np.abs(counts / len(drawn) - shares).sum() / 2 < DRAWN_DIFFERENCE


def test_levels_far_apart_spoil(ward: Path, tmp_path: Path) -> None:
    """Noise 70 dB below the speech: the median SNR is out of range."""
    _write(tmp_path / "n" / "faint.wav", 0.002 * noise("fan", 5, 1))
    result = check([ward / "clean" / "healthy.wav"], [tmp_path / "n"])
    assert "snr" in {finding.code for finding in result.findings}


def test_same_file_in_clean_and_noise_spoils(ward: Path, tmp_path: Path) -> None:
    """Speech that is listed as noise as well is a fault."""
    _write(tmp_path / "n" / "copy.wav", speech(6, 3))
    result = check([ward / "clean" / "healthy.wav"], [tmp_path / "n"])
    assert {finding.code for finding in result.offenders[0].findings} == {"speech", "duplicate"}


def test_quarantine_and_undo(tmp_path: Path) -> None:
    """Files go away under their full paths and come back; nothing in the way is replaced."""
    files = [tmp_path / "a" / "x.wav", tmp_path / "b" / "x.wav"]
    for index, path in enumerate(files):
        path.parent.mkdir()
        path.write_text(str(index))
    manifest = quarantine(files, tmp_path / "q")
    assert not any(path.exists() for path in files)
    files[0].write_text("new")
    with pytest.raises(InputError, match="there again"):
        undo_quarantine(manifest)
    files[0].unlink()
    assert undo_quarantine(manifest) == 2
    assert [path.read_text() for path in files] == ["0", "1"]
    assert not (tmp_path / "q").exists()
    for content in ("{}", '{"stage": "quarantine", "moves": [1]}', '{"stage": "quarantine", "moves": null}'):
        (tmp_path / "other.json").write_text(content)
        with pytest.raises(InputError, match="no undo manifest"):
            undo_quarantine(tmp_path / "other.json")


def test_command_line(ward: Path, tmp_path: Path) -> None:
    """Exit 1 with offenders, JSON on stdout, a list, a quarantine that can be undone, then exit 0."""

    def run(*options: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "rnnoise_py", "dataset", "check", *map(str, options)]
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    for name in ("clean", "noise"):
        (tmp_path / name).mkdir()
        for path in (ward / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    both = ("--clean", tmp_path / "clean", "--noise", tmp_path / "noise")
    first = run(*both, "--json", "--list", tmp_path / "list.tsv", "--quarantine", tmp_path / "q")
    assert first.returncode == 1, first.stderr
    content = json.loads(first.stdout)
    assert content["spoils"]
    assert len((tmp_path / "list.tsv").read_text().splitlines()) == 6
    second = run(*both)
    assert second.returncode == 0, second.stdout
    assert run("--undo", tmp_path / "q" / "undo.json").returncode == 0
    assert run(*both, "-q").returncode == 1
    nothing = run()
    assert nothing.returncode == 2
    assert "nothing to check" in nothing.stderr
