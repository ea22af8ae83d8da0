"""Every key of the DNS-Challenge configurations has the original's meaning, or an error that says so."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset import read_config
from rnnoise_py.dataset.config import KEYS, ORIGINAL, WITHOUT_EFFECT, Config
from rnnoise_py.dataset.finding_kinds import CODES
from rnnoise_py.dataset.sources import build_lists
from rnnoise_py.errors import InputError
from rnnoise_py.runs.settings import Known
from tests.command_line import run_here
from tests.conftest import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "dataset.md"


def _write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["[noisy_speech]", *lines, ""]))
    return path


def _read(folder: Path, *lines: str, **options: Any) -> Config:
    config, _ = read_config(_write(folder / "a.cfg", *lines), **options)
    return config


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``datasets/`` as the DNS-Challenge has it, and a current folder elsewhere."""
    for name in ("clean/read_speech/en", "clean/german_speech/de", "noise/fan/n", "noise/rain/n"):
        for index in range(2):
            path = tmp_path / "datasets" / f"{name}{index}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.zeros(480), 48_000)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return tmp_path


def _names(paths: Any) -> set[str]:
    return {path.stem for path in paths}


def test_speech_dir_none_is_all_of_datasets_clean(datasets: Path) -> None:
    """Not read_speech alone; without the key it is read_speech, as in the original's config."""
    lists = build_lists(_read(datasets, "speech_dir: None", "noise_dir: None"), 1)
    assert _names(lists.speech) == {"en0", "en1", "de0", "de1"}
    assert {category for category, _ in lists.noise} == {"fan", "rain"}
    assert _names(build_lists(_read(datasets), 1).speech) == {"en0", "en1"}
    overridden = _read(datasets, r"speech_dir: datasets\clean\read_speech", overrides={"speech_dir": "None"})
    assert _names(build_lists(overridden, 1).speech) == {"en0", "en1", "de0", "de1"}


def test_the_case_of_a_published_config(shared: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """The config with a None reads both folders of ``datasets/clean``."""
    case = shared / "cases" / "speech_dir_none"
    if not case.is_dir():
        pytest.skip("not here: no case speech_dir_none")
    shutil.copy(case / "a.cfg", tmp_path / "a.cfg")
    rng = np.random.default_rng(0)
    for name in ("clean/read_speech/en", "clean/german_speech/de", "noise/n"):
        for index in range(3):
            path = tmp_path / "datasets" / f"{name}{index}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, 0.1 * rng.normal(size=96_000), 48_000)
    more = ("--set", "total_hours=0.01", "-o", tmp_path / "out", "-q")
    done = run_here(capfdbinary, "dataset", "synthesize", tmp_path / "a.cfg", *more)
    assert done.code == 0, done.err
    table = (tmp_path / "out" / "logs" / "clips.csv").read_text()
    assert "german_speech" in table
    assert "read_speech" in table


@pytest.mark.parametrize("name", sorted(KEYS))
def test_none_has_a_meaning_or_is_an_error(name: str, tmp_path: Path) -> None:
    """Paths and lists: not given, or all; numbers, switches and patterns: an error that names the key."""
    known = KEYS[name]
    if known.optional or known.kind is Path or name == "noise_types_excluded":
        value = getattr(_read(tmp_path, f"{name}: None"), name)
        assert value == {"speech_dir": (Path("datasets/clean"),)}.get(name, known.default)
    else:
        with pytest.raises(InputError, match=f"{name} is None: needed is"):
            _read(tmp_path, f"{name}: None")


@pytest.mark.parametrize("name", sorted(KEYS))
def test_an_empty_value_is_no_value_or_an_error(name: str, tmp_path: Path) -> None:
    """Never the current folder, never a silent default for a folder of sources."""
    known = KEYS[name]
    if known.optional or name == "noise_types_excluded" or not known.option.decides:
        assert getattr(_read(tmp_path, f"{name}:"), name) == known.default
    else:
        with pytest.raises(InputError, match=f"{name} is empty: needed is"):
            _read(tmp_path, f"{name}:")


SWITCHES = sorted(name for name, known in KEYS.items() if known.kind is bool)


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, True) for text in ("True", "true", "TRUE", "t", "T", "yes", "1")),
        *((text, False) for text in ("False", "f", "no", "n", "0", "off", "OFF")),
    ],
)
def test_switches_are_what_the_original_takes_them_for(name: str, text: str, value: bool, tmp_path: Path) -> None:
    """``t`` is true."""
    assert getattr(_read(tmp_path, f"{name}: {text}"), name) is value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *((text, "means false to the original: write True or False") for text in ("on", "y", "Y", "enabled")),
        *((text, "needed is true or false") for text in ("2", "maybe")),
    ],
)
def test_switches_that_the_original_takes_for_false_are_an_error(text: str, words: str, tmp_path: Path) -> None:
    """Rather than one of two opposite meanings."""
    with pytest.raises(InputError, match=f"randomize_snr .*{words}"):
        _read(tmp_path, f"randomize_snr: {text}")


def test_values_of_their_types_are_taken(tmp_path: Path) -> None:
    """From Python: lists, paths with commas, numbers, switches, None."""
    folder = Path("with, comma")
    overrides = {
        "speech_dir": [folder],
        "noise_types_excluded": ["a", "b"],
        "total_hours": 2,
        "randomize_snr": False,
        "use_singing_data": 0,
        "clean_emotion": folder,
        "noise_dir": None,
    }
    config, _ = read_config(None, overrides=overrides)
    assert (config.speech_dir, config.noise_types_excluded, config.total_hours) == ((folder,), ("a", "b"), 2.0)
    assert (config.randomize_snr, config.use_singing_data, config.clean_emotion) == (False, False, folder)
    assert config.noise_dir == (Path("datasets/noise"),)
    for key, value in (("total_hours", "x"), ("total_hours", [1]), ("randomize_snr", 2), ("speech_dir", 3.5)):
        with pytest.raises(InputError, match=key):
            read_config(None, overrides={key: value})


def test_home_and_variables_and_backslashes(datasets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~``, ``$HOME``, ``$NAME``, backslashes and keys of the config, all beside the config."""
    monkeypatch.setenv("HOME", str(datasets))
    monkeypatch.setenv("CORPUS", str(datasets / "datasets"))
    for text in (
        "$HOME/datasets/clean/german_speech",
        r"$HOME\datasets\clean\german_speech",
        "~/datasets/clean/german_speech",
        r"$CORPUS\clean\german_speech",
        r"datasets\clean\german_speech",
        r".\datasets\clean\german_speech",
        r"${base}\clean\german_speech",
        r"datasets\clean\..\clean\german_speech",
    ):
        config = _read(datasets, "base: datasets", f"speech_dir: {text}")
        assert _names(build_lists(config, 1).speech) == {"de0", "de1"}, text
    with pytest.raises(InputError, match="no environment variable NOWHERE"):
        _read(datasets, "speech_dir: $NOWHERE/clean")
    assert _read(datasets, "speech_dir: a$$b").speech_dir == (Path("a$b"),)
    assert _read(datasets, "; costs $5", "speech_dir: a").speech_dir == (Path("a"),)


def test_lists_of_folders(datasets: Path) -> None:
    """Commas and lines separate; a folder whose name has a comma is one folder, beside the config too."""
    (datasets / "with, comma").mkdir()
    assert _read(datasets, "speech_dir: with, comma").speech_dir == (Path("with, comma"),)
    assert _read(datasets, "speech_dir: a, b").speech_dir == (Path("a"), Path("b"))
    assert _read(datasets, "speech_dir: a,", "  b").speech_dir == (Path("a"), Path("b"))


def test_excluded_noise(datasets: Path) -> None:
    """By name or by path, as in the original; what excludes nothing is an error; without categories by beginnings."""
    for text in ("fan", r"datasets\noise\fan", "datasets/noise/fan/"):
        lists = build_lists(_read(datasets, "noise_dir: datasets/noise", f"noise_types_excluded: {text}"), 1)
        assert [category for category, _ in lists.noise] == ["rain"], text
    with pytest.raises(InputError, match="no sub-folder 'wind' in noise_dir: name those that are there, fan, rain"):
        build_lists(_read(datasets, "noise_dir: datasets/noise", "noise_types_excluded: wind"), 1)
    shutil.copy(datasets / "datasets/noise/fan/n0.wav", datasets / "datasets/noise/fan/hum.wav")
    flat = build_lists(_read(datasets, "noise_dir: datasets/noise/fan", "noise_types_excluded: n"), 1)
    assert [_names(paths) for _, paths in flat.noise] == [{"hum"}]


def test_tables_beside_the_config(datasets: Path) -> None:
    """Backslashes in names; names with a zero byte are refused."""
    (datasets / "s.csv").write_text("filename\n" + r"datasets\clean\german_speech\de0.wav" + "\n")
    config = _read(datasets, "speech_csv: s.csv", "noise_dir: datasets/noise")
    assert _names(build_lists(config, 1).speech) == {"de0"}
    (datasets / "s.csv").write_bytes(b"filename\na\0b.wav\n")
    with pytest.raises(InputError, match=r"s\.csv"):
        build_lists(config, 1)


def test_a_fixed_snr_is_whole_to_the_original(tmp_path: Path) -> None:
    """The mean of −5 and 20 dB: 7.5, in the original 7."""
    assert _read(tmp_path, "randomize_snr: False").fixed_snr == 7.5
    assert _read(tmp_path, "randomize_snr: False", compatible=True).fixed_snr == 7
    assert _read(tmp_path, "randomize_snr: False", "snr: 4.0").fixed_snr == 4


def test_a_key_without_effect_is_worth_a_line(tmp_path: Path) -> None:
    """``snr`` while SNRs are drawn; unknown keys are named in a file and refused in --set."""
    _, warnings = read_config(_write(tmp_path / "a.cfg", "snr: 5"))
    assert warnings == [f"{tmp_path / 'a.cfg'}: snr has no effect while SNRs are drawn: --set randomize_snr=False"]
    _, warnings = read_config(_write(tmp_path / "a.cfg", "snr: 5", "randomize_snr: False"))
    assert warnings == []
    for key in WITHOUT_EFFECT:
        assert read_config(_write(tmp_path / "a.cfg", f"{key}: 5"))[1] == []


@pytest.mark.parametrize("text", ["9" * 5_000, "1e5000", "nan", "-inf", "0x10"])
@pytest.mark.parametrize("name", ["fileindex_start", "total_hours", "snr_lower"])
def test_strange_numbers_are_one_line(name: str, text: str, tmp_path: Path) -> None:
    """However long."""
    with pytest.raises(InputError, match=f"{name} '?{re.escape(text[:20])}|{name} .*: needed is") as caught:
        _read(tmp_path, f"{name}: {text}")
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def _cell(known: Known) -> str:
    """Return the default of a key as the document has it."""
    value = known.default
    if known.option.default_text:
        return known.option.default_text
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    if isinstance(value, (str, Path)):
        return f"`{value}`"
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_the_table_of_the_document_is_that_of_the_code() -> None:
    """Every key in order, with its default and meaning; the corrections with what --compatible makes of them."""
    text = DOCUMENT.read_text()
    found = []
    for mark in ("config keys", "correction keys"):
        table = re.search(rf"<!-- {mark}.*?-->\n(.*?)<!-- end of {mark} -->", text, re.DOTALL)
        assert table
        rows = [line.strip("| ").split(" | ") for line in table[1].splitlines() if line.startswith("| `")]
        found += [[cell.strip() for cell in row] for row in rows]
    assert [row[:3] for row in found] == [[f"`{name}`", _cell(one), one.option.help] for name, one in KEYS.items()]
    for row in found:
        name = row[0].strip("`")
        if name in ORIGINAL and name != "sampling_rate":
            value = ORIGINAL[name]
            assert row[3] == f"`--compatible`: {value:g}" if isinstance(value, float) else f"`--compatible`: {value}"
    for name in WITHOUT_EFFECT - {name for name in WITHOUT_EFFECT if "test" in name}:
        assert f"`{name}`" in text


def test_the_findings_of_the_document_are_those_of_the_code() -> None:
    """Every code that --ignore takes."""
    found = re.search(r"leaves a finding out: (.*?)\.\n", DOCUMENT.read_text(), re.DOTALL)
    assert found
    assert set(re.findall(r"`(\w+)`", found[1])) == set(CODES)
