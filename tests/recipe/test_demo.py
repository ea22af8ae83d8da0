"""The demo's runner on a road of quick stages, and the real road without a compiler and a synthesizer."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.recipe import demo, demo_stages
from rnnoise_py.recipe.demo_stages import Settings, Stage, stages
from rnnoise_py.synthetic import speech
from rnnoise_py.synthetic.tree import write_wav
from tests.command_line import environment, run_here
from tests.demo_road import tiny_road, write

#: a road that takes seconds: one epoch of a few windows
SMALL = {"files": 3, "hours": 0.02, "rows": 3000, "epochs": 1}


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch) -> list[Stage]:
    """Stages that the demo walks instead of its own; tests change the list."""
    found: list[Stage] = []

    def chosen(out: Path, settings: Settings) -> list[Stage]:
        if not found:
            found.extend(tiny_road(out, settings)[:2])
        return found

    monkeypatch.setattr(demo, "stages", chosen)
    return found


def test_second_run_reuses_everything(tmp_path: Path, road: list[Stage], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is made twice; each stage says that it is there."""
    demo.run_demo(tmp_path)
    said = capsys.readouterr().err
    assert "[1/2] first: a file" in said
    assert "    $ python -c" in said
    assert "    one\n" in said
    assert "s; look at" in said
    demo.run_demo(tmp_path)
    assert capsys.readouterr().err.count("there already") == 2
    assert (tmp_path / "first.txt").read_text() == "one"


def test_a_lost_product_is_made_again_with_what_follows(tmp_path: Path, road: list[Stage]) -> None:
    """A stage whose product was deleted is done anew, and so are the stages that use it."""
    demo.run_demo(tmp_path)
    (tmp_path / "first.txt").unlink()
    (tmp_path / "second.txt").write_text("old")
    demo.run_demo(tmp_path)
    assert [(tmp_path / f"{name}.txt").read_text() for name in ("first", "second")] == ["one", "two"]


def test_failed_stage_is_named_and_done_anew(tmp_path: Path, road: list[Stage]) -> None:
    """One line names the stage; the next run goes on there, and what was half made is gone."""
    good = tiny_road(tmp_path, Settings())[1]
    half = ("python", "-c", f"open({str(good.makes[0])!r}, 'w').write('half'); raise SystemExit(2)")
    road.extend([tiny_road(tmp_path, Settings())[0], replace(good, commands=(half,))])
    with pytest.raises(RNNoiseError, match=r"stage second failed \(exit code 2\)"):
        demo.run_demo(tmp_path)
    road[1] = good
    demo.run_demo(tmp_path)
    assert (tmp_path / "second.txt").read_text() == "two"
    assert (tmp_path / "first.txt").read_text() == "one"


def test_what_is_missing_is_said_and_made_when_it_comes(
    tmp_path: Path, road: list[Stage], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stage without its compiler and those after it are left out; later only they are done."""
    first, second = tiny_road(tmp_path, Settings())[:2]
    third = Stage("third", "more", (tmp_path / "3",), (write(tmp_path / "3", "three"),), tmp_path, after=("second",))
    road.extend([first, replace(second, needs="compiler"), third])
    monkeypatch.setenv("PATH", str(tmp_path))
    demo.run_demo(tmp_path)
    said = capsys.readouterr().err
    assert "not done    second: a C compiler and make are missing (apt-get install gcc make)" in said
    assert "not done    third: it follows `second`" in said
    monkeypatch.setitem(demo_stages.NEEDS, "compiler", (lambda: True, ""))
    demo.run_demo(tmp_path)
    assert "[1/3] first: a file\n    there already" in capsys.readouterr().err
    assert (tmp_path / "3").read_text() == "three"


def test_other_settings_are_refused_and_forced(tmp_path: Path, road: list[Stage]) -> None:
    """The settings lie in the folder: others are refused in one line, --force starts over."""
    demo.run_demo(tmp_path)
    with pytest.raises(InputError, match=r"is a demo with another epochs: .*--force to start over"):
        demo.run_demo(tmp_path, Settings(epochs=7))
    (tmp_path / "mine.txt").write_text("kept")
    demo.run_demo(tmp_path, Settings(epochs=7), force=True)
    assert json.loads((tmp_path / demo.RECORD).read_text())["settings"]["epochs"] == 7
    assert (tmp_path / "first.txt").read_text() == "one", "made anew, not added to"
    assert (tmp_path / "mine.txt").read_text() == "kept"


def test_folders_of_others_are_not_touched(tmp_path: Path, road: list[Stage]) -> None:
    """A folder with files in it that is no demo's is refused, with --force too."""
    (tmp_path / "clips").mkdir()
    for force in (False, True):
        with pytest.raises(OutputError, match="not empty and no demo's"):
            demo.run_demo(tmp_path, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["clips"]


def test_no_space_is_said_first(tmp_path: Path, road: list[Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    """What the demo needs is known before it starts."""
    monkeypatch.setattr(demo, "DISK_BYTES", 1e18)
    with pytest.raises(OutputError, match="no space for the demo"):
        demo.run_demo(tmp_path)
    assert not (tmp_path / "first.txt").exists()


def _start(out: Path) -> "subprocess.Popen[str]":
    """Start the tiny road in a process group of its own; return when its third stage is at work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.demo_road", str(out)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (out / "third.state").exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.02)
    return process


def test_killed_demo_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGKILL of everything in the third stage: two stages are kept, the third is resumed."""
    process = _start(tmp_path)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    monkeypatch.setattr(demo, "stages", tiny_road)
    before = (tmp_path / "first.txt").stat().st_mtime_ns
    demo.run_demo(tmp_path)
    assert (tmp_path / "third.txt").read_text() == "begun and resumed"
    assert (tmp_path / "first.txt").stat().st_mtime_ns == before


def test_two_demos_do_not_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused while one is at work, also when only its last command is left of it."""
    monkeypatch.setattr(demo, "stages", tiny_road)
    process = _start(tmp_path)
    try:
        with pytest.raises(OutputError, match="being written by another run"):
            demo.run_demo(tmp_path)
        process.kill()
        process.wait()
        with pytest.raises(OutputError, match="being written by another run"):
            demo.run_demo(tmp_path)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_own_recordings_are_used(tmp_path: Path) -> None:
    """--speech and --noise: no audio is made, the clips come from there; with one of them the other is made."""
    mine = Settings(tmp_path / "my speech", tmp_path / "my noise")
    both = stages(tmp_path, mine)
    assert "audio" not in {stage.name for stage in both}
    assert f"speech_dir: {mine.speech}\n" in demo_stages.config_text(tmp_path, mine)
    audio = stages(tmp_path, replace(mine, noise=None))[0]
    assert all("--speech-files 0" in " ".join(line) for line in audio.commands)
    evaluation = next(stage for stage in both if stage.name == "evaluation")
    assert f"noise_dir={mine.noise}" in evaluation.commands[0]


def test_stages_are_in_order_and_name_what_they_follow(tmp_path: Path) -> None:
    """Each stage follows earlier ones, has its own products, and looks at something that is made."""
    before: set[str] = set()
    made: list[Path] = []
    for stage in stages(tmp_path, Settings()):
        assert set(stage.after) <= before
        assert not set(stage.makes) & set(made)
        made.extend(stage.makes)
        assert any(stage.look.is_relative_to(path) for path in made)
        before.add(stage.name)
    assert before >= {"audio", "synthesize", "check", "merge", "features", "train", "export", "build", "denoise"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--speech", "nowhere"), "folder nowhere does not exist"),
        (("--noise", "empty"), "holds no audio files"),
        (("-o", "file.txt"), "is a file"),
    ],
)
def test_unusable_arguments(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    """One line, exit code 2, nothing made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("")
    outcome = run_here(capfdbinary, "demo", *arguments)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert said in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file.txt"]


@pytest.mark.slow
def test_the_road_without_compiler_and_synthesizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Everything but the library and the C tool is made, from the project's own generator, and it is said."""
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.setattr(demo_stages, "EVALUATION_HOURS", 0.006)
    out = tmp_path / "demo"
    demo.run_demo(out, Settings(**SMALL))  # type: ignore[arg-type]
    said = capfd.readouterr().err
    assert "speech: the project's own generator\n" in said
    done = json.loads((out / demo.RECORD).read_text())["done"]
    assert set(done) >= {
        "audio",
        "synthesize",
        "evaluation",
        "check",
        "merge",
        "features",
        "train",
        "export",
        "denoise",
    }
    for name in ("verify", "build"):
        assert f"not done    {name}: a C compiler and make are missing (apt-get install gcc make)" in said
    assert "not done    native: it follows `build`" in said
    clips = sorted(path.name for path in (out / "evaluation" / "noisy").iterdir())
    assert clips == sorted(path.name for path in (out / "denoised").iterdir())
    assert (out / "model" / "rnn_data.c").is_file()


@pytest.mark.slow
def test_own_recordings_in_folders_with_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces, commas, semicolons and percent signs in folder names go through the settings file."""
    speech_folder, noise_folder = tmp_path / "my speech, 100 %; new", tmp_path / "noise #1: street"
    for folder in (speech_folder, noise_folder):
        folder.mkdir()
    rng = np.random.default_rng(1)
    for k in range(3):
        write_wav(speech_folder / f"s{k}.wav", speech(12, k))
        write_wav(noise_folder / f"n{k}.wav", (0.02 * rng.standard_normal(12 * 48_000)).astype(np.float32))
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.setattr(demo_stages, "EVALUATION_HOURS", 0.006)
    out = tmp_path / "demo"
    demo.run_demo(out, Settings(speech_folder, noise_folder, **SMALL))  # type: ignore[arg-type]
    assert set(json.loads((out / demo.RECORD).read_text())["done"]) >= {"features", "train", "export", "denoise"}
