"""The data doctor on whole corpora: what nearly all files share, swapped folders, verdicts, human speech."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr

from rnnoise_py.audio import to_int16
from rnnoise_py.dataset.check_report import CheckReport, FileReport
from rnnoise_py.dataset.doctor import check
from rnnoise_py.dataset.finding_kinds import CODES
from rnnoise_py.dataset.findings import Finding, finding
from rnnoise_py.dataset.meter import Measures
from rnnoise_py.dataset.moving import quarantine, undo_quarantine
from rnnoise_py.dataset.pairing import judge_snr
from rnnoise_py.errors import InputError
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.synthetic import noise, speech
from tests.command_line import run_here

GOOD = Measures(3.0, -26.0, -24.0, -80.0, -6.0, 0.0, 0, 0.1, 0.01)


def _report(*files: tuple[str, str, int], **options: Any) -> CheckReport:
    """Files of a kind with one finding each (none: ``""``), as many as said."""
    reports = []
    for kind, code, count in files:
        for number in range(count):
            found = [finding(code, f"{code} {number}", f"{number} dB", number)] if code else []
            measures = None if code == "unreadable" else GOOD
            reports.append(FileReport(Path(f"{kind}/{code}{number}.wav"), kind, measures, 0.0, "", found))
    report = CheckReport(reports)
    report.group(**{"ignore": (), "strict": False, **options})
    return report


def _offenders(report: CheckReport) -> int:
    return len(report.offenders)


def test_one_line_a_finding_with_its_count_and_the_worst() -> None:
    """Not one line a file."""
    report = _report(("clean", "noisy", 40), ("clean", "", 80), ("noise", "", 3))
    lines = [line for line in report.lines() if "noisy" in line]
    assert lines == [
        "✗ clean noisy: 40 of 120 files, noise floor close to the speech: clean/noisy39.wav (39 dB), "
        "clean/noisy38.wav (38 dB), clean/noisy37.wav (37 dB), …"
    ]
    assert report.lines()[-1] == "40 of 123 files would spoil a training"
    assert report.as_json()["groups"][0] == {
        "code": "noisy",
        "kind": "clean",
        "files": 40,
        "of": 120,
        "spoils": True,
        "shared": False,
        "worst": [f"clean/noisy{number}.wav" for number in (39, 38, 37)],
    }


def test_the_whole_report_as_text() -> None:
    """Kinds, what spoils, what is worth knowing, SNRs with their verdict, the rest, the sum."""
    report = _report(("clean", "loud", 1), ("clean", "clipped", 1), ("clean", "", 8), ("noise", "", 1))
    report.files[0].speech = report.files[1].speech = 1.0
    report.files[-1].speech = 0.5
    assert (report.speech("clean"), report.speech("noise"), report.seconds("noise")) == (0.2, 0.5, 3.0)
    report.findings += [Finding("pairing", False, "pairs repeat"), Finding("swapped", True, "swapped?")]
    report.snr = {5: 1.0}
    assert report.lines() == [
        "clean: 10 files, 0.008 h, levels -24 … -24 dBFS, 20 % looks like speech",
        "noise: 1 file, 0.001 h, levels -24 … -24 dBFS, 50 % looks like speech",
        "✗ swapped: swapped?",
        "✗ clean clipped: 1 of 10 files, clipped: clean/clipped0.wav (0 dB)",
        "· clean loud: 1 of 10 files, very loud: clean/loud0.wav (0 dB)",
        "SNRs of the training mixer: median 5 dB, 5 … 95 %: 5 … 5 dB: fine",
        "   5 dB  100.0 %  ########################################",
        "· pairing: pairs repeat",
        "1 of 11 files would spoil a training",
    ]
    assert report.as_json()["mixer_snr"] == {"5": 1.0}
    assert CheckReport([]).speech("clean") == 0


@pytest.mark.parametrize("code", ["quiet", "loud", "dc", "narrow", "truncated"])
def test_what_most_files_share_is_a_remark(code: str) -> None:
    """116 of 120: no offender, exit code 0."""
    report = _report(("clean", code, 116), ("clean", "", 4))
    assert (_offenders(report), report.spoils) == (0, False)
    assert "116 of 120 files" in report.lines()[1]
    assert "property of the recordings" in report.lines()[1]


@pytest.mark.parametrize("code", ["noisy", "clipped", "silent"])
def test_a_fault_of_most_files_is_said_and_none_is_moved(code: str) -> None:
    """It would spoil a training, but no single file is to blame."""
    report = _report(("clean", code, 116), ("clean", "", 4))
    assert (_offenders(report), report.spoils) == (0, True)
    assert report.lines()[-1].endswith("no single file is to blame")


def test_few_files_are_judged_on_their_own() -> None:
    """Of two files both may be offenders; the share is that of their kind."""
    assert _offenders(_report(("clean", "quiet", 2))) == 2
    assert _offenders(_report(("clean", "quiet", 60), ("clean", "", 60), ("noise", "", 500))) == 60
    assert _offenders(_report(("clean", "quiet", 61), ("clean", "", 60), ("noise", "", 500))) == 0


def test_ignored_findings_are_not_there() -> None:
    """Neither lines nor offenders; others stay."""
    files = (("clean", "quiet", 2), ("clean", "clipped", 1), ("clean", "", 9))
    report = _report(*files, ignore=("quiet",))
    assert (_offenders(report), [group.code for group in report.groups]) == (1, ["clipped"])
    assert not _report(*files, ignore=("quiet", "clipped")).spoils


def test_one_unreadable_file_in_a_hundred_is_no_failure() -> None:
    """It is listed and moved all the same; more, or --strict, is exit code 1."""
    few, many = (("noise", "unreadable", 1), ("noise", "", 99)), (("noise", "unreadable", 2), ("noise", "", 98))
    assert (_report(*few).spoils, _offenders(_report(*few))) == (False, 1)
    assert _report(*few).lines()[-1] == "1 of 100 files cannot be used"
    assert _report(*many).spoils
    assert _report(*few, strict=True).spoils


def test_a_verdict_on_the_snrs() -> None:
    """Fine, worth a word, far off, with what to do: the levels are 5 dB apart from where they should be."""
    assert judge_snr({5: 1.0}).text == "median 5 dB, 5 … 95 %: 5 … 5 dB: fine"
    assert not judge_snr({30: 1.0}).spoils
    assert (
        "little noise to learn from; to bring both to one level, make the noise 25 dB louder" in judge_snr({30: 1}).text
    )
    assert "make the speech 15 dB louder" in judge_snr({-10: 1}).text
    assert [judge_snr({snr: 1}).spoils for snr in (-21, -20, 50, 51)] == [True, False, False, True]


def _write(path: Path, signal: npt.NDArray[np.floating[Any]], rate: int = 48_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, to_int16(signal)[0], rate)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Speech at 16 kHz, one of them clipped, one no audio; noise at 48 kHz."""
    root = tmp_path_factory.mktemp("corpus")
    for index in range(6):
        voice = soxr.resample(speech(4, index), 48_000, 16_000)
        _write(root / "clean" / f"{index}.wav", voice if index else np.clip(20 * voice, -1, 1), 16_000)
    (root / "clean" / "bad.wav").write_bytes(b"text")
    for index, kind in enumerate(("fan", "rain", "traffic")):
        _write(root / "noise" / f"{kind}.wav", noise(kind, 5 + 0.13 * index, index))
    return root


def test_a_16_khz_corpus(corpus: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """Only the bad ones are offenders and moved; ignored findings let it pass."""
    both = ("--clean", corpus / "clean", "--noise", corpus / "noise", "--workers", 1)
    done = run_here(capfdbinary, "dataset", "check", *both, "--list", tmp_path / "list.tsv")
    assert done.code == 1, done.err
    again = run_here(capfdbinary, "dataset", "check", *both, "--list", tmp_path / "list.tsv")
    assert (again.code, "add --force to replace it" in again.err) == (2, True)
    lines = done.out.decode().splitlines()
    assert sum("narrow" in line for line in lines) == 1
    assert any(line.startswith("· clean narrow: 5 of 7 files") for line in lines)
    listed = {Path(line.split("\t")[0]).name for line in (tmp_path / "list.tsv").read_text().splitlines()}
    assert listed == {"0.wav", "bad.wav"}
    content = json.loads(run_here(capfdbinary, "dataset", "check", *both, "--json", "--ignore", "clipped").out)
    assert [group["code"] for group in content["groups"] if group["spoils"]] == ["unreadable"]
    done = run_here(capfdbinary, "dataset", "check", *both, *(f"--ignore={code}" for code in ("clipped", "unreadable")))
    assert done.code == 0, done.out.decode()
    done = run_here(capfdbinary, "dataset", "check", *both, "--ignore", "nothing")
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert all(code in run_here(capfdbinary, "dataset", "check", "--help").out.decode() for code in CODES)


def test_swapped_folders_are_suspected_aloud(corpus: Path) -> None:
    """The first ✗ line says so, and nothing is to be moved for it; the right way round it does not."""
    report = check([corpus / "noise"], [corpus / "clean"])
    assert "swapped" in [finding.code for finding in report.findings]
    assert next(line for line in report.lines() if line.startswith("✗")).endswith("are the two swapped?")
    assert {file.path.name for file in report.offenders} <= {"bad.wav", "0.wav"}
    right = check([corpus / "clean"], [corpus / "noise"])
    assert "swapped" not in [finding.code for finding in right.findings]


@pytest.mark.parametrize("rate", [48_000, 16_000, 8_000])
def test_human_speech_is_healthy_at_any_rate(shared: Path, tmp_path: Path, rate: int) -> None:
    """18 clips of six people and the noises that were added: no offender; swapped they are recognized."""
    clips = sorted((shared / "quality_human").glob("*_clean.flac"))
    if not clips:
        pytest.skip("not here: no quality_human")
    for path in clips:
        voice, _ = soundfile.read(path)
        mixed, _ = soundfile.read(str(path).replace("_clean", "_noisy"))
        for kind, signal in (("clean", voice), ("noise", mixed[: len(voice)] - voice[: len(mixed)])):
            _write(tmp_path / kind / f"{path.stem}.wav", soxr.resample(signal, 48_000, rate), rate)
    report = check([tmp_path / "clean"], [tmp_path / "noise"])
    assert (len(report.offenders), report.spoils) == (0, False)
    assert {group.code for group in report.groups} == {"narrow"}
    assert report.speech("clean") > 0.7
    assert report.speech("noise") < 0.05
    swapped = check([tmp_path / "noise"], [tmp_path / "clean"])
    assert "swapped" in [finding.code for finding in swapped.findings]
    assert len(swapped.offenders) <= 2


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A quarantine of one file of a folder and one that was named on its own."""
    for path in (tmp_path / "corpus" / "a" / "x.wav", tmp_path / "single.wav"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("sound")
    files = [tmp_path / "corpus" / "a" / "x.wav", tmp_path / "single.wav"]
    return quarantine(files, tmp_path / "away", within=[tmp_path / "corpus", tmp_path / "single.wav"])


def test_undo_moves_what_the_quarantine_moved(moved: Path, tmp_path: Path) -> None:
    """Both files come back."""
    assert read_manifest(moved)["folders"] == [str(tmp_path / "corpus"), str(tmp_path)]
    assert undo_quarantine(moved) == 2
    assert (tmp_path / "corpus" / "a" / "x.wav").read_text() == "sound"
    assert (tmp_path / "single.wav").read_text() == "sound"


@pytest.mark.parametrize(
    "case", ["victim", "elsewhere", "outside", "dots", "link", "hidden", "folder", "no folders", "relative", "zero"]
)
def test_undo_moves_nothing_else(moved: Path, tmp_path: Path, case: str) -> None:
    """Whatever a manifest names: nothing is moved, one line says why."""
    content = read_manifest(moved)
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    away = moved.parent
    entry = dict(content["moves"][0])
    if case == "victim":  # a file outside of the quarantine would be taken
        entry = {"from": str(tmp_path / "corpus" / "taken.wav"), "to": str(victim)}
    elif case == "elsewhere":  # another file of the quarantine
        (away / "other.wav").write_text("other")
        entry["to"] = str(away / "other.wav")
    elif case == "outside":  # to a place that was never checked
        target = tmp_path.parent / "planted.wav"
        source = away.joinpath(*target.parts[1:])
        source.write_text("planted")
        entry = {"from": str(target), "to": str(source)}
    elif case == "dots":
        entry["from"] = str(tmp_path / "corpus" / ".." / "planted.wav")
    elif case == "link":  # a folder on the way is a link now
        (tmp_path / "corpus" / "a").rmdir()
        (tmp_path / "corpus" / "a").symlink_to(tmp_path)
    elif case == "hidden":
        target = tmp_path / "corpus" / ".config" / "x.wav"
        source = away.joinpath(*target.parts[1:])
        source.parent.mkdir(parents=True)
        source.write_text("planted")
        entry = {"from": str(target), "to": str(source)}
    elif case == "folder":
        target = tmp_path / "corpus" / "b"
        source = away.joinpath(*target.parts[1:])
        source.mkdir(parents=True)
        entry = {"from": str(target), "to": str(source)}
    elif case == "no folders":
        del content["folders"]
    elif case == "relative":
        entry["from"] = "x.wav"
    else:
        entry["from"] += "\0"
    content["moves"] = [*content["moves"][1:], entry]
    write_manifest(moved, content)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with pytest.raises(InputError) as caught:
        undo_quarantine(moved)
    assert "\n" not in str(caught.value)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert victim.read_text() == "mine"


def test_a_quarantine_inside_of_what_is_checked_is_refused(corpus: Path, capfdbinary: Any) -> None:
    """The next check would find the files again; it is said before anything is read."""
    done = run_here(
        capfdbinary, "dataset", "check", "--clean", corpus / "clean", "--quarantine", corpus / "clean" / "away"
    )
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "lies inside the checked" in done.error_lines[0]
    assert not (corpus / "clean" / "away").exists()


def test_of_many_clean_files_some_are_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to tell a swap; every noise file is."""
    monkeypatch.setattr("rnnoise_py.dataset.doctor.LISTENED", 2)
    for index in range(5):
        _write(tmp_path / "clean" / f"{index}.wav", speech(2, index))
        _write(tmp_path / "noise" / f"{index}.wav", noise("fan", 2, index))
    report = check([tmp_path / "clean"], [tmp_path / "noise"])
    listened = [file.speech is not None for file in report.files]
    assert listened == [True, False, True, False, True, True, True, True, True, True]
    assert report.files[1].as_json()["speech"] is None
