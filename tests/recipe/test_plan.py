"""Keys of artefacts: a changed line redoes what follows from it, and nothing else."""

import os
from pathlib import Path

import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.model import write_model
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.stages import synthesize, train
from tests.model_samples import synthetic
from tests.recipe_files import TINY, plan_of, write_folders

SYNTHESIS = "[data.synthesize]\ntotal_hours = 0.01\naudio_length = 6\n"
#: (line that is in the recipe, line that replaces it, kinds of stages that are made anew)
CHANGES = {
    "hours": ("total_hours = 0.01", "total_hours = 0.02", {"synthesize", "features", "train", "finetune", "export"}),
    "rows": ("count = 1200", "count = 1300", {"features", "train", "finetune", "export"}),
    "epochs": ("epochs = 1 # first", "epochs = 2", {"train", "finetune", "export"}),
    "fine-tuning": ("lr = 1e-4", "lr = 1e-5", {"finetune", "export"}),
    "format": ('format = ["text"]', 'format = ["text", "packed"]', {"export"}),
    "no logs": ("tensorboard = false", "tensorboard = true", set()),
    "first frames": ("count = 1200", "count = 1200\nstart = [0, 3]", {"features", "train", "finetune", "export"}),
    "default written down": ("count = 1200", "count = 1_200\nseed = 1\nshards = 1\nstart = [0, 0]", set()),
    "other spelling": ("total_hours = 0.01", "total-hours = 1e-2", set()),
    "comment": ("[export]", "# a comment\n[export]", set()),
    "name": ("[export]", '[result]\nname = "other"\n[export]', set()),
    "dither of the data seed": (
        "audio_length = 6",
        "audio_length = 6\nseed = 2",
        {"synthesize", "features", "train", "finetune", "export"},
    ),
}


def _text(folders: dict[str, str]) -> str:
    tiny = TINY.format(**folders).replace("epochs = 1", "epochs = 1 # first")
    return f"{tiny}\n{SYNTHESIS}\n[finetune]\nepochs = 1 # second\nwindow = 100\nlr = 1e-4\n"


def _names(plan: Plan) -> dict[str, str]:
    return {stage.kind: stage.name for stage in plan.artefacts.values()}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_line_redoes_what_follows(tmp_path: Path, change: str) -> None:
    """Stages before the change keep their names, stages after it get others."""
    before, after, expected = CHANGES[change]
    text = _text(write_folders(tmp_path))
    assert before in text
    first, second = _names(plan_of(tmp_path, text)), _names(plan_of(tmp_path, text.replace(before, after)))
    assert set(first) == set(second) == {"synthesize", "features", "train", "finetune", "export"}
    assert {kind for kind in first if first[kind] != second[kind]} == expected


def test_another_version_of_a_step_redoes_what_it_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It and what follows are remade."""
    text = _text(write_folders(tmp_path))
    first = _names(plan_of(tmp_path, text))
    monkeypatch.setattr(train, "VERSION", train.VERSION + 1)
    second = _names(plan_of(tmp_path, text))
    assert {kind for kind in first if first[kind] != second[kind]} == {"train", "finetune", "export"}


def test_changed_audio_redoes_everything(tmp_path: Path) -> None:
    """One byte, another name, a file more; the same content at another time or place does not."""
    folders = write_folders(tmp_path / "audio")
    text = _text(folders)
    first = _names(plan_of(tmp_path, text))
    file = tmp_path / "audio" / "clean" / "clean_0.wav"
    content = file.read_bytes()
    os.utime(file, ns=(1, 1))
    assert _names(plan_of(tmp_path, text)) == first
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert not set(_names(plan_of(tmp_path, text)).values()) & set(first.values())
    file.write_bytes(content)
    assert _names(plan_of(tmp_path, text)) == first
    file.rename(file.with_name("clean_7.wav"))
    assert not set(_names(plan_of(tmp_path, text)).values()) & set(first.values())
    file.with_name("clean_7.wav").rename(file)
    (tmp_path / "audio").rename(tmp_path / "moved")
    assert _names(plan_of(tmp_path, text.replace("/audio/", "/moved/"))) == first


def test_combinations_share_what_they_have_in_common(tmp_path: Path) -> None:
    """Four models of a sweep over rows and seeds: one synthesis, two sets of rows."""
    text = _text(write_folders(tmp_path)) + "[sweep]\nfeatures.count = [1200, 1300]\ntrain.seed = [1, 2]\n"
    kinds = [stage.kind for stage in plan_of(tmp_path, text).artefacts.values()]
    assert [kinds.count(kind) for kind in ("synthesize", "features", "train", "export")] == [1, 2, 4, 4]


def test_sweep_finds_what_single_runs_made(tmp_path: Path) -> None:
    """A combination has the stages that the same recipe without a sweep has."""
    text = _text(write_folders(tmp_path))
    alone = plan_of(tmp_path, text.replace("count = 1200", "count = 1300"))
    swept = plan_of(tmp_path, text + "[sweep]\nfeatures.count = [1200, 1300]\n")
    assert set(alone.artefacts) <= set(swept.artefacts)


def test_several_folders_are_merged(tmp_path: Path) -> None:
    """In the order of the recipe, which is part of what they are."""
    folders = write_folders(tmp_path)
    text = TINY.format(**folders)
    two = text.replace(f'clean = "{folders["clean"]}"', f'clean = ["{folders["clean"]}", "{folders["noise"]}"]')
    other = text.replace(f'clean = "{folders["clean"]}"', f'clean = ["{folders["noise"]}", "{folders["clean"]}"]')
    assert "merge" in _names(plan_of(tmp_path, two))
    assert _names(plan_of(tmp_path, two))["merge"] != _names(plan_of(tmp_path, other))["merge"]
    assert "merge" not in _names(plan_of(tmp_path, text))


def test_balance_comes_first(tmp_path: Path) -> None:
    """Balance reads the user's folder, synthesize what balance made."""
    write_folders(tmp_path / "audio")
    text = TINY.format(clean=tmp_path / "audio", noise=tmp_path / "audio" / "noise") + SYNTHESIS
    text += '[data.balance]\nspeech = "clean,noise"\n'
    stages = list(plan_of(tmp_path, text).artefacts.values())
    assert [stage.kind for stage in stages] == ["balance", "synthesize", "features", "train", "export"]
    settings = stages[1].settings(stages[1].folder)
    assert isinstance(settings, synthesize.Settings)
    assert str(stages[0].folder / "speech") in str(settings)


def test_config_of_the_user_is_read(tmp_path: Path) -> None:
    """Folders of the config are sources like others; what the recipe adds replaces its keys."""
    folders = write_folders(tmp_path)
    config = tmp_path / "my.cfg"
    config.write_text("[noisy_speech]\nspeech_dir: clean\nnoise_dir: noise\ntotal_hours: 3\naudio_length: 6\n")
    text = TINY.format(**folders)
    text = text[text.index("[features]") :] + '[data.synthesize]\nconfig = "my.cfg"\ntotal_hours = 0.01\n'
    first = _names(plan_of(tmp_path, text))
    given = plan_of(tmp_path, _text(folders).replace("[finetune]\nepochs = 1 # second\nwindow = 100\nlr = 1e-4\n", ""))
    assert next(iter(given.artefacts.values())).amount == 36
    config.write_text(config.read_text().replace("total_hours: 3", "total_hours: 4"))
    assert _names(plan_of(tmp_path, text))["synthesize"] == first["synthesize"]  # the recipe replaces it
    config.write_text(config.read_text().replace("audio_length: 6", "audio_length: 7"))
    assert _names(plan_of(tmp_path, text))["synthesize"] != first["synthesize"]  # its keys count
    (tmp_path / "clean" / "clean_0.wav").unlink()
    assert _names(plan_of(tmp_path, text))["synthesize"] != first["synthesize"]


def test_folders_that_a_config_names_count(tmp_path: Path) -> None:
    """By their content, as those of the recipe."""
    folders = write_folders(tmp_path)
    (tmp_path / "own.cfg").write_text("[noisy_speech]\nclean_singing: clean\ntotal_hours: 0.01\naudio_length: 6\n")
    text = _text(folders).replace(SYNTHESIS, "[data.synthesize]\nconfig = 'own.cfg'\n")
    text = text.replace(f'clean = "{folders["clean"]}"', f'clean = "{folders["noise"]}"')
    first = _names(plan_of(tmp_path, text))
    (tmp_path / "clean" / "clean_0.wav").unlink()
    assert _names(plan_of(tmp_path, text))["synthesize"] != first["synthesize"]


def test_names_of_recordings_count(tmp_path: Path) -> None:
    """Originals are found by them, and the report shows them."""
    text = TINY.format(**write_folders(tmp_path)) + "[compare]\ninputs = 'noise/*.wav'\n"
    keys = []
    for name in ("noise_0", "noise_7"):
        (tmp_path / "noise" / "noise_0.wav").rename(tmp_path / "noise" / f"{name}.wav")
        comparison = plan_of(tmp_path, text).comparison
        assert comparison is not None
        keys.append(comparison.key)
    assert keys[0] != keys[1]


def test_a_folder_inside_the_work_folder_is_the_users(tmp_path: Path) -> None:
    """Unless a stage of the recipe makes it."""
    folders = write_folders(tmp_path)
    text = TINY.format(**{**folders, "clean": str(tmp_path / "work" / "mine")})
    with pytest.raises(InputError, match=r"\[data\] clean: .* does not exist"):
        plan_of(tmp_path, text)
    (tmp_path / "work").mkdir()
    (tmp_path / "clean").rename(tmp_path / "work" / "mine")
    first = _names(plan_of(tmp_path, text))
    (tmp_path / "work" / "mine" / "clean_0.wav").unlink()
    assert _names(plan_of(tmp_path, text))["features"] != first["features"]


def test_initial_model_counts_by_content(tmp_path: Path) -> None:
    """``init`` redoes the training when the file changes, not when it moves."""
    text = TINY.format(**write_folders(tmp_path))
    for name, tag in zip("abc", ("synthetic_a", "synthetic_a", "synthetic_b"), strict=True):
        write_model(synthetic(tag), tmp_path / f"{name}.rnnn", "text")
    keys = [
        _names(plan_of(tmp_path, text.replace("[train]", f"[train]\ninit = '{name}.rnnn'")))["train"] for name in "abc"
    ]
    assert keys[0] == keys[1] != keys[2]


def test_digests_are_remembered(tmp_path: Path) -> None:
    """A file is read again only when its size or time changed; a damaged memory is no harm."""
    write_folders(tmp_path)
    memory, file = tmp_path / "digests.json", tmp_path / "clean" / "clean_0.wav"
    sources = Sources(memory)
    first = sources.describe(tmp_path / "clean", "here")
    sources.save()
    stamp = file.stat().st_mtime_ns
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(file, ns=(stamp, stamp))
    assert Sources(memory).describe(tmp_path / "clean", "here") == first  # not read: size and time are as they were
    os.utime(file, ns=(stamp + 1, stamp + 1))
    assert Sources(memory).describe(tmp_path / "clean", "here") != first
    for damaged in ("{}", '{"files": {"a": 1}}', '{"files": [1]}'):
        memory.write_text(damaged)
        assert Sources(memory).describe(tmp_path / "clean", "here") != first


def test_rows_that_no_c_tool_makes_are_not_verified(tmp_path: Path) -> None:
    """``[verify]`` beside ``mixer = "modern"`` would compare other rows than the recipe's."""
    text = _text(write_folders(tmp_path)) + "\n[verify]\ncount = 100\n"
    assert "features" in _names(plan_of(tmp_path, text))
    assert "mixer" not in text
    with pytest.raises(InputError, match="no C tool makes the rows of mixer 'modern'"):
        plan_of(tmp_path, text.replace("count = 1200", 'count = 1200\nmixer = "modern"'))
