"""The compare command: pairs, mixes, scores, baseline, files, exit codes and bad input."""

import csv
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.denoiser import denoise
from rnnoise_py.denoiser.models import default_model_path
from rnnoise_py.model import read_model, write_model
from rnnoise_py.report import comparison as comparing
from rnnoise_py.report.baseline import Change, falls, parse_rule
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import speech
from tests.command_line import command, environment
from tests.report.test_metrics import NO_PESQ
from tests.report_samples import Compare, Load, compare, pair, write_other_model, write_pairs, write_sound

__all__ = ["compare"]  # a fixture
DEFAULT = ("--model", "default")
TOP_BANDS = slice(18, 22)  # of 22: those whose middle is above 9 kHz
#: measures of what a second or two of speech may not have: pauses, hiss
NOT_IN_EVERY_RECORDING = {
    "bursts",
    "loss_sibilants",
    "loss_top",
    "loss_onsets",
    "residual_noise",
    "vad_auc",
    "vad_false_alarm",
}


@pytest.fixture(scope="module")
def folder(golden: Load, golden_pcm: Load, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``pairs/`` with two recordings and their originals, ``other.rnnn``."""
    path = tmp_path_factory.mktemp("material")
    write_pairs(golden_pcm, path / "pairs")
    write_other_model(golden, path / "other.rnnn")
    return path


def _read(report: Path) -> dict[str, Any]:
    content = json.loads((report / "report.json").read_text())
    assert isinstance(content, dict)
    return content


def test_two_models_with_clean_originals(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """Every measure of input and both models, means that are those of the recordings, the CSV the same values."""
    report = tmp_path / "report"
    models = [*DEFAULT, "--model", f"other={folder / 'other.rnnn'}"]
    done = compare(folder / "pairs", "--clean", folder / "pairs", *models, "-o", report, "--json")
    assert done.code == 0, done.err
    content = _read(report)
    assert json.loads(done.out) == content
    assert [one["name"] for one in content["recordings"]] == ["0_noisy", "1_noisy"]
    assert [one["name"] for one in content["models"]] == ["default", "other"]
    missing = set(content["not_installed"])
    for recording in content["recordings"]:
        assert Path(recording["clean"]).name == recording["name"].replace("noisy", "clean") + ".flac"
        values = recording["values"]
        for model in ("default", "other"):
            absent = {name for name, value in values[model].items() if value is None}
            of_missing = {name + end for name in missing for end in ("", "_gain", "_worse")}
            assert absent <= of_missing | NOT_IN_EVERY_RECORDING
            assert set(content["measures"]) - of_missing <= set(values[model])
            for name in ("stoi", "si_sdr", "segmental_snr"):
                gain = values[model][name] - values["input"][name]
                assert values[model][f"{name}_gain"] == pytest.approx(gain, abs=2e-5)
    for name in ("stoi", "attenuation"):
        values = [one["values"]["default"][name] for one in content["recordings"]]
        summary = content["summary"]["default"][name]
        assert summary["mean"] == pytest.approx(np.mean(values), abs=1e-5)
        assert summary["sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-5)
        assert (summary["min"], summary["max"], summary["count"]) == (min(values), max(values), 2)
    rows = list(csv.DictReader((report / "report.csv").open()))
    assert [(row["recording"], row["model"]) for row in rows] == [
        (f"{number}_noisy", name) for number in (0, 1) for name in ("input", "default", "other")
    ]
    assert float(rows[1]["stoi"]) == content["recordings"][0]["values"]["default"]["stoi"]
    assert rows[0]["attenuation"] == ""


def test_lossless_copy_is_what_denoise_gives(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """The FLAC beside the page holds what ``denoise`` gives; the page links to it; the next report removes it."""
    recording = folder / "pairs" / "0_noisy.flac"
    done = compare(recording, *DEFAULT, "--lossless", "-o", tmp_path)
    assert done.code == 0, done.err
    noisy, _ = soundfile.read(recording, dtype="int16")
    written, rate = soundfile.read(tmp_path / "audio" / "001-1.flac", dtype="int16")
    expected = denoise(noisy, SAMPLE_RATE)
    assert rate == SAMPLE_RATE
    np.testing.assert_array_equal(written, expected)
    assert 'href="audio/001-1.flac"' in (tmp_path / "index.html").read_text()
    mine = {"2024-01-05.flac", "0123abc-take.flac", "001-1.wav"}
    for name in mine:
        (tmp_path / "audio" / name).touch()
    assert compare(recording, *DEFAULT, "--force", "-o", tmp_path).code == 0
    assert {path.name for path in (tmp_path / "audio").iterdir()} == mine


def test_text_marks_the_best_and_names_pesq(
    compare: Compare, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the package the row of PESQ says "not installed", on the page too; the exit code is 0."""
    monkeypatch.setattr(comparing, "pesq_installed", lambda: False)
    models = [*DEFAULT, "--model", folder / "other.rnnn"]
    done = compare(folder / "pairs", "--clean", folder / "pairs", *models, "-o", tmp_path)
    assert done.code == 0, done.err
    lines = done.out.decode().splitlines()
    assert any(line.startswith("PESQ") and line.count("not installed") == 3 for line in lines)
    assert any(line.startswith("STOI ") and line.count("*") == 1 for line in lines)
    assert _read(tmp_path)["not_installed"][0] == "pesq"
    assert "not installed" in (tmp_path / "index.html").read_text()


def test_same_scores_for_any_number_of_workers(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """All but the times is equal with two processes."""
    contents = []
    for workers in (1, 2):
        report = tmp_path / str(workers)
        arguments = [folder / "pairs", "--clean", folder / "pairs", *DEFAULT, "--workers", workers, "-o", report]
        assert compare(*arguments, "-q").code == 0
        content = _read(report)
        for recording in content["recordings"]:
            for values in recording["values"].values():
                values.pop("rtf", None), values.pop("rtf_buffer", None)
        contents.append(content["recordings"])
    assert contents[0] == contents[1]


def test_rules_hold_at_their_limit_or_beyond() -> None:
    """``<`` and ``>`` do not hold at the limit, ``<=`` and ``>=`` do."""
    for text, holds in (
        ("pesq<-0.05", {-0.06: True, -0.05: False, -0.04: False}),
        ("pesq<=-0.05", {-0.06: True, -0.05: True, -0.04: False}),
        ("pesq > 0.05", {0.06: True, 0.05: False, 0.04: False}),
        ("pesq>=.05", {0.06: True, 0.05: True, 0.04: False}),
        ("bursts>1e-1", {0.2: True, 0.1: False}),
    ):
        rule = parse_rule(text)
        assert {change: rule.holds(change) for change in holds} == holds, text
    for text, fails in (("pesq<=-0.1", True), ("pesq<-0.1", False), ("pesq>=-0.1", True), ("pesq>-0.1", False)):
        change = Change("m", "pesq", 0.4, 0.3, 5)  # 0.3 − 0.4 is a little more than −0.1 in floats
        assert bool(falls([parse_rule(text)], [change])) == fails, text
        assert Change("m", "pesq", 0.4, 0.3, 5).change != -0.1


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        ("a.wav", "a.wav"),
        ("a_noisy.wav", "a_clean.wav"),
        ("noisy_a.wav", "clean_a.wav"),
        ("a.noisy.wav", "a.wav"),
        ("book_fan_snr5_tl-25_fileid_7.wav", "clean_fileid_7.wav"),
        ("deep/a.wav", "deep/a.flac"),
    ],
)
def test_pairs_are_found_by_name(compare: Compare, golden_pcm: Load, tmp_path: Path, noisy: str, clean: str) -> None:
    """Equal names, equal but for noisy and clean, the same fileid; the SNR that a name tells."""
    sounds = pair(golden_pcm, 0)
    for number, (name, sound) in enumerate(zip((clean, noisy), sounds, strict=True)):
        write_sound(tmp_path / str(number) / name, sound)
    write_sound(tmp_path / "0" / "another_fileid_8.wav", sounds[0])
    done = compare(tmp_path / "1", "--clean", tmp_path / "0", *DEFAULT, "-o", tmp_path / "report")
    assert done.code == 0, done.err
    (recording,) = _read(tmp_path / "report")["recordings"]
    assert recording["clean"] == str(tmp_path / "0" / clean)
    assert recording["snr_db"] == (5 if "snr5" in noisy else None)
    assert recording["values"]["default"]["stoi"] is not None


def test_late_original_is_aligned(compare: Compare, golden_pcm: Load, tmp_path: Path) -> None:
    """A clean original that is 10 ms late scores as one that is not."""
    clean, noisy = pair(golden_pcm, 0)
    scores = []
    for lag in (0, 480):
        place = tmp_path / str(lag)
        write_sound(place / "n" / "a.wav", noisy)
        write_sound(place / "c" / "a.wav", np.concatenate([np.zeros(lag, np.int16), clean]))
        assert compare(place / "n", "--clean", place / "c", *DEFAULT, "-o", place / "report").code == 0
        (recording,) = _read(place / "report")["recordings"]
        assert recording["clean_lag_seconds"] == lag / SAMPLE_RATE
        scores.append(recording["values"]["default"]["si_sdr"])
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)


def test_manifest_tells_snr_and_noise(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """Means by SNR and by noise type come from a manifest beside the recordings."""
    shutil.copytree(folder / "pairs", tmp_path / "pairs")
    entries = [{"id": "0", "snr": 0, "noise": "fan"}, {"id": "1", "snr": 12, "noise": "rain"}]
    (tmp_path / "pairs" / "manifest.json").write_text(json.dumps(entries))
    report = tmp_path / "report"
    done = compare(tmp_path / "pairs", "--clean", tmp_path / "pairs", *DEFAULT, "-o", report)
    assert done.code == 0, done.err
    content = _read(report)
    assert list(content["groups"]["snr"]) == ["0 dB", "12 dB"]
    assert list(content["groups"]["noise"]) == ["fan", "rain"]
    values = content["recordings"][1]["values"]["default"]
    assert content["groups"]["noise"]["rain"]["default"]["stoi"]["mean"] == values["stoi"]
    assert b"by noise type" in done.out


def test_mixes_on_the_fly(compare: Compare, golden_pcm: Load, tmp_path: Path) -> None:
    """Clean × noise × SNR recordings, the same for the same seed; the input's SI-SDR rises with the SNR."""
    clean, _ = pair(golden_pcm, 0)
    write_sound(tmp_path / "clean" / "voice.wav", clean)
    for number, kind in enumerate(("fan", "rain")):
        write_sound(tmp_path / "noise" / kind / "one.wav", golden_pcm("noise")[number * 48_000 : 96_000])
    found = []
    for name in ("a", "b"):
        report = tmp_path / name
        where = ["--clean", tmp_path / "clean", "--noise", tmp_path / "noise", "--snr", "0,20", "--seed", 3]
        done = compare(*where, *DEFAULT, "-o", report)
        assert done.code == 0, done.err
        content = _read(report)
        assert content["settings"] == {"seed": 3, "mixes": None}
        assert "4 mixes: 1 clean × 2 noise files × 2 SNRs" in done.err
        found.append([(r["snr_db"], r["noise_type"], r["values"]["input"]["si_sdr"]) for r in content["recordings"]])
    assert found[0] == found[1]
    assert sorted(one[:2] for one in found[0]) == [(0, "fan"), (0, "rain"), (20, "fan"), (20, "rain")]
    ratio = {(snr, noise): value for snr, noise, value in found[0]}
    for noise in ("fan", "rain"):
        assert ratio[20, noise] > ratio[0, noise] + 10
    groups = content["groups"]
    for values in ([ratio[0, "fan"], ratio[0, "rain"]], [ratio[0, "fan"], ratio[20, "fan"]]):
        means = [one["input"]["si_sdr"]["mean"] for kind in groups.values() for one in kind.values()]
        assert min(abs(mean - sum(values) / 2) for mean in means) < 1e-4


def test_unreadable_recordings_are_skipped(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """They are listed with their reason everywhere, the others are done, the exit code is 1."""
    shutil.copytree(folder / "pairs", tmp_path / "in")
    (tmp_path / "in" / "broken.wav").write_bytes(b"RIFF no audio")
    write_sound(tmp_path / "in" / "short.wav", np.zeros(100, np.int16))
    done = compare(tmp_path / "in", *DEFAULT, "-o", tmp_path / "report")
    assert done.code == 1
    content = _read(tmp_path / "report")
    assert [Path(one["path"]).name for one in content["skipped"]] == ["broken.wav", "short.wav"]
    assert len(content["recordings"]) == 4
    page = (tmp_path / "report" / "index.html").read_text()
    for text in (done.err, page):
        assert "broken.wav" in text
        assert "short.wav" in text
    assert str(tmp_path) not in page  # it is shared with others


def test_fall_against_the_baseline(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """The same again is no fall; a worse model under the same name is one line a rule, and exit code 1."""
    common = [folder / "pairs", "--clean", folder / "pairs"]
    assert compare(*common, "--model", "m=default", "-o", tmp_path / "before").code == 0
    baseline = ["--baseline", tmp_path / "before" / "report.json"]
    rules = ["--fail-if", "si_sdr<-0.05", "--fail-if", "si_sdr_gain < -1"]
    again = compare(*common, "--model", "m=default", *baseline, *rules, "-o", tmp_path / "same")
    assert again.code == 0, again.err
    worse = compare(*common, "--model", f"m={folder / 'other.rnnn'}", *baseline, *rules, "-o", tmp_path / "worse")
    assert worse.code == 1
    lines = [line for line in worse.err.splitlines() if "fails" in line]
    assert len(lines) == 2
    assert "SI-SDR" in lines[0]
    falls = _read(tmp_path / "worse")["baseline"]["falls"]
    assert [line.split("warning: ")[1] for line in lines] == falls
    assert "against the baseline" in worse.out.decode()
    assert "Fell against the baseline" in (tmp_path / "worse" / "index.html").read_text()


def _without_top(folder: Path) -> Path:
    """Plant a model that takes away half of what is above 9 kHz, and is the shipped one below."""
    model = read_model(default_model_path())
    output = model.denoise_output
    weights, bias = output.weights.copy(), output.bias.copy()
    weights[:, TOP_BANDS], bias[TOP_BANDS] = 0, -128
    planted = replace(model, denoise_output=replace(output, weights=weights, bias=bias))
    write_model(planted, folder / "planted.rnnn")
    return folder / "planted.rnnn"


def test_a_model_that_takes_speech_is_caught_though_pesq_sees_nothing(compare: Compare, tmp_path: Path) -> None:
    """PESQ hears nothing above 8 kHz: its rule passes where those of the losses fail."""
    pytest.importorskip("pesq", reason=NO_PESQ)
    clean = np.asarray(speech(4, 4, level=-26), np.float64)
    noise = np.random.default_rng(1).standard_normal(len(clean)) * 10 ** (-60 / 20)
    for kind, signal in (("clean", clean), ("noisy", clean + noise)):
        write_sound(tmp_path / "pairs" / f"a_{kind}.wav", np.rint(signal * 32767).clip(-32768, 32767).astype(np.int16))
    common = [tmp_path / "pairs", "--clean", tmp_path / "pairs", "--no-dnsmos"]
    assert compare(*common, "--model", "m=default", "-o", tmp_path / "before").code == 0
    planted = ["--model", f"m={_without_top(tmp_path)}", "--baseline", tmp_path / "before" / "report.json"]
    passed = compare(
        *common, *planted, "--fail-if", "pesq<-0.01", "--fail-if", "stoi<-0.001", "-o", tmp_path / "passed"
    )
    assert passed.code == 0, passed.err
    rules = ["loss_top>1", "loss_sibilants>1", "speech_loss>=0.01", "si_sdr_worse>=1"]
    words = [word for rule in rules for word in ("--fail-if", rule)]
    caught = compare(*common, *planted, *words, "-o", tmp_path / "caught")
    assert caught.code == 1
    fallen = [line.rpartition("fails ")[2] for line in caught.err.splitlines() if "fails" in line]
    assert fallen == rules[:3]
    assert "above 8 kHz (much)" in caught.out.decode()


def test_existing_folder_is_kept_without_force(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """A folder that is not empty is an error; with --force it is written."""
    (tmp_path / "mine.txt").write_text("mine")
    arguments = [folder / "pairs" / "0_noisy.flac", *DEFAULT, "-o", tmp_path]
    refused = compare(*arguments)
    assert refused.code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert compare(*arguments, "--force").code == 0
    assert (tmp_path / "index.html").is_file()
    assert (tmp_path / "mine.txt").read_text() == "mine"


BAD = {
    "no models": ["{pairs}"],
    "no inputs": [*DEFAULT],
    "empty folder": ["{empty}", *DEFAULT],
    "missing input": ["{empty}/none.wav", *DEFAULT],
    "missing model": ["{pairs}", "--model", "a={empty}/none.rnnn"],
    "audio as model": ["{pairs}", "--model", "a={pairs}/0_noisy.flac"],
    "same name twice": ["{pairs}", "--model", "a=default", "--model", "a=default"],
    "model called input": ["{pairs}", "--model", "input=default"],
    "model without file": ["{pairs}", "--model", "a="],
    "no original": ["{pairs}", *DEFAULT, "--clean", "{empty}"],
    "rule without baseline": ["{pairs}", *DEFAULT, "--fail-if", "pesq<-0.1"],
    "no rule": ["{pairs}", *DEFAULT, "--baseline", "{report}", "--fail-if", "pesq"],
    "rule without end": ["{pairs}", *DEFAULT, "--baseline", "{report}", "--fail-if", f"pesq<{'9' * 5_000}"],
    "nested baseline": ["{pairs}", *DEFAULT, "--baseline", "{nested}"],
    "digits in the baseline": ["{pairs}", *DEFAULT, "--baseline", "{digits}"],
    "no such measure": ["{pairs}", *DEFAULT, "--baseline", "{report}", "--fail-if", "beauty<-1"],
    "no baseline": ["{pairs}", *DEFAULT, "--baseline", "{empty}/report.json"],
    "other json": ["{pairs}", *DEFAULT, "--baseline", "{report}"],
    "baseline of others": ["{pairs}", *DEFAULT, "--baseline", "{others}"],
    "snr without noise": [*DEFAULT, "--clean", "{pairs}", "--snr", "5"],
    "no snr": [*DEFAULT, "--clean", "{pairs}", "--noise", "{pairs}", "--snr", "loud"],
    "inputs and mixes": ["{pairs}", *DEFAULT, "--clean", "{pairs}", "--noise", "{pairs}", "--snr", "5"],
    "nothing readable": ["{broken}", *DEFAULT],
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line(compare: Compare, folder: Path, tmp_path: Path, case: str) -> None:
    """Exit code 2, one line that says what to do, no report."""
    places = {name: tmp_path / name for name in ("empty", "broken", "report", "others", "nested", "digits")}
    places["empty"].mkdir()
    places["broken"].mkdir()
    (places["broken"] / "a.wav").write_bytes(b"no audio at all")
    places["report"].write_text('{"format": 99}')
    places["others"].write_text('{"format": 1, "recordings": [{"name": "other", "values": {}}]}')
    places["nested"].write_text('{"format": 1, "recordings": ' + "[" * 100_000 + "]" * 100_000 + "}")
    places["digits"].write_text('{"format": 1, "recordings": [{"name": ' + "7" * 5_000 + "}]}")
    arguments = [text.format(pairs=folder / "pairs", **places) for text in BAD[case]]
    done = compare(*arguments, "-o", tmp_path / "out")
    assert done.code == 2, done.err
    assert len(done.error_lines) == 1, done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "out").exists()
    assert done.out == b""


def test_missing_package_is_named(
    compare: Compare, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra: exit code 2 and how to install it."""
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name, *rest: None if name == "jinja2" else found(name, *rest))
    done = compare(folder / "pairs", *DEFAULT, "-o", tmp_path)
    assert done.code == 2
    assert "pip install jinja2" in done.error_lines[0]


def test_models_of_other_formats(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """Without a name the file's is taken; the format is told by the content."""
    copy = tmp_path / "shipped.model"
    shutil.copy(default_model_path(), copy)
    done = compare(folder / "pairs" / "0_noisy.flac", "--model", copy, *DEFAULT, "-o", tmp_path / "report")
    assert done.code == 0, done.err
    first, second = _read(tmp_path / "report")["models"]
    assert first["name"] == "shipped"
    assert first["digest"] == second["digest"]
    (recording,) = _read(tmp_path / "report")["recordings"]
    assert recording["values"]["shipped"]["level"] == recording["values"]["default"]["level"]


def test_hostile_names_on_the_terminal(compare: Compare, golden_pcm: Load, tmp_path: Path) -> None:
    """Names that drive a terminal or turn text round are escaped in the tables, in notes and in warnings."""
    hostile = "r\u202ec\x1b[31m"
    clean, noisy = pair(golden_pcm, 0)
    for kind, sound in (("clean", clean), ("noisy", noisy)):
        write_sound(tmp_path / "in" / f"{hostile}_{kind}.wav", sound[:48_000])
    (tmp_path / "in" / f"{hostile}\nbroken.wav").write_bytes(b"RIFF no audio")
    entries = [{"id": f"{hostile}_noisy", "snr": 0, "noise": hostile}]
    (tmp_path / "in" / "manifest.json").write_text(json.dumps(entries))
    out = tmp_path / hostile
    done = compare(tmp_path / "in", "--clean", tmp_path / "in", *DEFAULT, "--title", hostile, "-o", out, "--no-dnsmos")
    assert done.code == 1
    for text in (done.out.decode(), done.err, (out / "index.html").read_text(), (out / "report.csv").read_text()):
        assert "\u202e" not in text
        assert "\x1b" not in text
    assert "r\\u202ec\\x1b[31m" in done.err


@pytest.mark.slow
def test_built_library_is_its_model(compare: Compare, folder: Path, tmp_path: Path) -> None:
    """A librnnoise, its ``rnn_data.c`` and its model score the same; a library can be sent to workers."""
    if not shutil.which("make") or not any(map(shutil.which, ("gcc", "cc", "clang"))):
        pytest.skip("no make or no C compiler")
    exported, library = tmp_path / "exported", tmp_path / "librnnoise_other.so"
    steps: list[list[object]] = [["export", folder / "other.rnnn", "-o", exported]]
    steps.append(["build", exported, "--copy-to", library])
    for step in steps:
        subprocess.run(command(*step), env=environment(), check=True, capture_output=True)
    models = [f"library={library}", f"source={exported / 'rnn_data.c'}", f"packed={folder / 'other.rnnn'}"]
    options = [word for model in models for word in ("--model", model)]
    done = compare(folder / "pairs", *options, "--workers", 2, "-o", tmp_path / "report")
    assert done.code == 0, done.err
    content = _read(tmp_path / "report")
    assert content["models"][0]["format"] == "library"
    for recording in content["recordings"]:
        values = [recording["values"][name] for name in ("library", "source", "packed")]
        for one in values:
            del one["rtf"], one["rtf_buffer"]
        assert values[0] == values[1] == values[2]
