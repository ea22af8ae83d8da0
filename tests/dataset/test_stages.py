"""Each dataset command is a step in Python, and the names that the documents promise are what they say."""

import hashlib
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest
import soundfile

from rnnoise_py import dataset
from rnnoise_py.dataset.config_file import SECTION
from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.runs.settings import known_fields
from rnnoise_py.stages import balance, check, made_up, material, merge, pack, sample, stats, synthesize
from tests.conftest import REPOSITORY

STEPS = (synthesize, balance, merge, check, stats, sample, pack, material, made_up)


def test_every_name_of_the_package_is_one_thing() -> None:
    """Functions and a class, never a module, in whatever order modules are imported."""
    for name in dataset.__all__:
        program = (
            f"import rnnoise_py.dataset.synthesis, rnnoise_py.dataset.merging, rnnoise_py.dataset.doctor\n"
            f"from rnnoise_py.dataset import {name}\n"
            f"from types import ModuleType\n"
            f"assert callable({name}) and not isinstance({name}, ModuleType), {name}\n"
        )
        exec(program)
        assert getattr(dataset, name).__name__ == name
    modules = {path.stem for path in (REPOSITORY / "rnnoise_py/dataset").glob("*.py")}
    assert not modules & set(dataset.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dataset.nothing  # type: ignore[attr-defined]


def test_names_in_the_documents_are_there() -> None:
    """Every ``from rnnoise_py… import …`` and every dotted name of docs/*.md and README.md leads to something."""
    found = 0
    for path in [REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md")]:
        text = path.read_text()
        for module, names in re.findall(r"^from (rnnoise_py[\w.]*) import ([\w, ]+)$", text, re.MULTILINE):
            for name in names.split(","):
                thing = getattr(importlib.import_module(module), name.strip(), None)
                if thing is None:
                    thing = importlib.import_module(f"{module}.{name.strip()}")
                found += 1
    text = (REPOSITORY / "docs/dataset.md").read_text()
    promised = re.search(r"`rnnoise_py.dataset` has the functions below the steps: (.+?)\.\n", text, re.DOTALL)
    assert promised
    names = re.findall(r"`(\w+)`", promised[1])
    assert set(names) == set(dataset.__all__)
    assert all(isinstance(getattr(dataset, name), (FunctionType, type)) for name in names)
    assert found > 5


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step.__name__).rpartition(".")[2])
def test_a_step_has_its_four_parts(step: object) -> None:
    """Settings, Result, VERSION and run, as every step."""
    assert isinstance(step.VERSION, int)  # type: ignore[attr-defined]
    fields = known_fields(step.Settings)  # type: ignore[attr-defined]
    for name in ("output", "workers", "resume", "force", "strict"):
        if name in fields:
            assert not fields[name].option.decides
    signature = inspect.signature(step.run)  # type: ignore[attr-defined]
    assert list(signature.parameters)[:2] == ["settings", "progress"]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two seconds of hiss twice in each of two folders."""
    for seed, kind in enumerate(("clean", "noise")):
        (tmp_path / kind).mkdir()
        for index in range(2):
            hiss = 0.1 * np.random.default_rng([seed, index]).standard_normal(96_000)
            soundfile.write(tmp_path / kind / f"{kind}_{index}.wav", hiss, 48_000)
    return tmp_path / "clean", tmp_path / "noise"


def test_steps_return_data(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Paths, counts, digests; nothing on the terminal."""
    clean, noise = folders
    overrides = {"speech_dir": clean, "noise_dir": noise, "audio_length": 1, "total_hours": 2 / 3600}
    made = synthesize.run(
        synthesize.Settings(overrides={**overrides, "clean_activity_threshold": 0}, output=tmp_path / "out")
    )
    assert (made.report.clips, made.report.sources, made.incomplete) == (2, 4, False)
    assert sorted(path.name for path in made.clean.iterdir()) == ["clean_fileid_0.wav", "clean_fileid_1.wav"]
    joined = merge.run(merge.Settings(clean=(made.clean,), noise=(made.noise,), output=tmp_path / "merged"))
    assert joined.report.clean.seconds == 2
    assert joined.report.noise.sha256 == hashlib.sha256(joined.noise.read_bytes()).hexdigest()
    cut = balance.run(balance.Settings(root=tmp_path, speech=("clean, noise",), output=tmp_path / "balanced"))
    assert [language.kept_seconds for language in cut.report.languages] == [4, 4]
    assert stats.run(stats.Settings(paths=(clean, noise))).report.total.files == 4
    picked = sample.run(sample.Settings(folder=clean, count=1, output=tmp_path / "some"))
    assert picked.report.files[0].read_bytes() in {path.read_bytes() for path in clean.iterdir()}
    assert pack.run(pack.Settings(folder=clean, archive=tmp_path / "a.zip")).report.files == 2
    found = check.run(check.Settings(noise=(noise,)))
    assert found.report is not None
    assert not found.incomplete
    for result in (made, joined, cut, picked, found):
        content = json.loads(json.dumps(result.as_json()))
        assert content["incomplete"] is False
        assert isinstance(content["report"], dict)


def test_what_decides_a_synthesis_is_known_without_running(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Every key with its default, inputs where they lie, the seed; not where results go."""
    (tmp_path / "a.cfg").write_text("[noisy_speech]\nspeech_dir: clean\nnoise_dir: noise\n")
    settings = synthesize.Settings(config=tmp_path / "a.cfg", seed=7, overrides={"audio_length": 2})
    decided = settings.decisive()
    assert decided["speech_dir"] == [str(tmp_path / "clean")]
    assert decided["noise_dir"] == [str(tmp_path / "noise")]
    assert (decided["seed"], decided["audio_length"], decided["total_hours"]) == (7, 2.0, 500.0)
    options = synthesize.config_options()
    places = {name for name, known in options.items() if not known.option.decides}
    assert places == {"noisy_destination", "clean_destination", "noise_destination", "log_dir"}
    assert decided.keys() == (options.keys() - places) | {"seed"}
    json.dumps(decided)
    compatible = synthesize.Settings(config=tmp_path / "a.cfg", compatible=True, output=tmp_path / "x").decisive()
    assert (compatible["sampling_rate"], compatible["exact_snr"]) == (16_000, False)
    assert settings.section == SECTION
    with pytest.raises(InputError, match="nothing says where to write"):
        synthesize.Settings(overrides={"audio_length": 2})
    with pytest.raises(InputError, match="audio_length"):
        synthesize.Settings(overrides={"audio_length": -2}, output=tmp_path / "x").decisive()


def test_lists_are_values_of_a_config(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """Python and recipes give lists, numbers and switches."""
    overrides = {"speech_dir": [folders[0], folders[1]], "use_singing_data": False, "noise_types_excluded": ["a", "b"]}
    settings = synthesize.Settings(overrides=overrides, output=tmp_path / "x")
    config, _ = synthesize.read_settings(settings)
    assert config.speech_dir == folders
    assert config.use_singing_data is False
    assert config.noise_types_excluded == ("a", "b")


def test_made_up_folders(tmp_path: Path) -> None:
    """The same files for the same seed; what is there is replaced only with force."""
    digests = []
    for name in ("a", "b"):
        settings = made_up.Settings(output=tmp_path / name, speech_files=1, noise_files=2, seconds=0.5, seed=4)
        result = made_up.run(settings)
        files = sorted(path for path in (tmp_path / name).rglob("*.wav"))
        assert len(files) == 3
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in files])
    assert digests[0] == digests[1]
    assert settings.decisive()["synthesizer"] == result.synthesizer
    with pytest.raises(OutputError, match="not empty"):
        made_up.run(settings)


def test_material_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs and voices by their packages, before anything is made; else their versions decide too."""
    monkeypatch.setattr(material, "program_versions", lambda: {"espeak-ng": "absent", "festival": "2.5"})
    monkeypatch.setattr(material, "missing_voices", lambda: ("festvox-ru",))
    settings = material.Settings(output=tmp_path / "out", speech_clips=1, noise_clips=0)
    for action in (settings.decisive, lambda: material.run(settings)):
        with pytest.raises(ImportError, match="apt-get install --no-install-recommends espeak-ng festvox-ru"):
            action()
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(material, "program_versions", lambda: {"espeak-ng": "1.51", "festival": "2.5"})
    monkeypatch.setattr(material, "missing_voices", lambda: ())
    expected = {"speech_clips": 1, "noise_clips": 0, "seed": 1, "programs": {"espeak-ng": "1.51", "festival": "2.5"}}
    assert settings.decisive() == expected


def test_help_shows_no_marks() -> None:
    """Click's mark for paragraphs that stay as they are is for click."""
    import click

    from rnnoise_py.cli.dataset import command

    for name, found in command.commands.items():
        text = found.get_help(click.Context(found, info_name=name))
        assert "\b" not in text
        assert "\\b" not in text


def test_help_is_quick_to_import() -> None:
    """Neither numpy nor any engine is imported for the options."""
    program = "import sys, rnnoise_py.cli.dataset; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True)
