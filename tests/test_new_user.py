"""A new user's walk: the README's minute, then the tutorial with an hour of speech, and what real folders have in them.

The corpus is narrow-band (16 kHz) and has a broken file; the config is as DNS-Challenge gives it, with a ``None`` where
it means every folder of clean speech. Figures of the walk are printed (``-s``).
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.model import read_model
from rnnoise_py.synthetic import noise, speech
from tests.command_line import command, environment
from tests.docs_sandbox import CONFIG

HOURS, CLIP_SECONDS = 1.0, 15
FOLDERS = ("read_speech", "german_speech", "russian_speech")
NOISES = ("fan", "rain", "keyboard", "traffic", "wind", "engine")


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Run a command as on a fresh machine: no kernels, no library, no settings of this user."""
    home = tmp_path_factory.mktemp("walk")
    fresh = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "NUMBA_CACHE_DIR": str(home / "kernels")}
    clean = {name: value for name, value in environment(**fresh).items() if not name.startswith("RNNOISE_")}

    def run(*arguments: object, code: int = 0) -> Any:
        start, before = time.perf_counter(), os.times()
        told: dict[str, Any] = {"cwd": home, "env": clean, "capture_output": True, "text": True, "timeout": 1800}
        done = subprocess.run(command(*arguments), check=False, **told)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        print(f"{time.perf_counter() - start:7.1f} s, {cpu:7.1f} s of CPU: rnnoise-py", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    run.home = home  # type: ignore[attr-defined]
    return run


def _corpus(home: Path) -> None:
    count = round(HOURS * 3600 / CLIP_SECONDS)
    for index in range(count):
        folder = home / "datasets" / "clean" / FOLDERS[index % len(FOLDERS)]
        folder.mkdir(parents=True, exist_ok=True)
        # Every third sample of speech that ends at 8 kHz anyway: a corpus at 16 kHz.
        soundfile.write(folder / f"book_{index}_reader_{index % 7}.wav", speech(CLIP_SECONDS, index)[::3], 16_000)
    (home / "datasets" / "clean" / "read_speech" / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
    (home / "datasets" / "noise").mkdir()
    for index in range(40):
        sound = noise(NOISES[index % len(NOISES)], CLIP_SECONDS, index)
        soundfile.write(home / "datasets" / "noise" / f"{NOISES[index % len(NOISES)]}_{index}.wav", sound, 48_000)
    config = CONFIG.replace(r"speech_dir: datasets\clean\read_speech", "speech_dir: None")
    (home / "noisyspeech_synthesizer.cfg").write_text(config)


@pytest.mark.slow
def test_the_walk(walk: Any) -> None:
    home = walk.home
    voice = speech(6, 500)
    soundfile.write(home / "noisy.wav", voice + 0.2 * noise("rain", 6, 501)[: len(voice)], 48_000)
    walk("denoise", "noisy.wav", "denoised.wav")
    walk("doctor")
    _corpus(home)

    found = walk("dataset", "stats", "datasets")  # one unreadable file in hundreds is told, and ends nothing
    assert "broken.wav cannot be read" in found.stdout
    options = ("-o", "synthetic", "--set", "noise_dir=datasets/noise", "--set", "total_hours=0.5")
    done = walk("dataset", "synthesize", "noisyspeech_synthesizer.cfg", *options, "--set", "sampling_rate=48000")
    assert "broken.wav" in done.stderr
    log = next((home / "synthetic" / "logs").glob("*.csv")).read_text()
    assert all(folder in log for folder in FOLDERS), "None means every folder of clean speech"

    checked = walk("dataset", "check", "--clean", "synthetic/clean", "--noise", "synthetic/noise", "--json", code=1)
    found = [finding for one in json.loads(checked.stdout)["files"] for finding in one["findings"]]
    assert {one["code"] for one in found if one["spoils"]} == {"silent"}, "keys that are struck rarely"
    assert any(one["code"] == "narrow" for one in found), "a narrow band is told, and is a remark"
    walk("dataset", "merge", "--clean", "synthetic/clean", "--noise", "synthetic/noise", "-o", "merged")
    walk("features", "merged/all_clean.raw", "merged/all_noise.raw", "-n", 200_000, "-o", "training.h5")
    walk("dataset", "check", "--rows", "training.h5")
    walk("train", "training.h5", "-o", "weights.hdf5", "--epochs", 12, "--window", 500, "--no-tensorboard")
    walk("export", "weights.hdf5", "-o", "mymodel")
    walk("build", "mymodel", "--copy-to", "librnnoise_mymodel.so")
    walk("denoise", "noisy.wav", "mine.wav", "--model", "mymodel/model.rnnn")
    walk("denoise", "noisy.wav", "by_library.wav", "--library", "librnnoise_mymodel.so")
    assert read_model(home / "mymodel" / "model.rnnn") != read_model("default")
    mine, by_library = (soundfile.read(home / name, dtype="int16")[0] for name in ("mine.wav", "by_library.wav"))
    assert np.array_equal(mine, by_library), "without a model, the library's own"
    walk("compare", "noisy.wav", "--model", "mine=mymodel/model.rnnn", "--model", "default", "-o", "report")
    assert (home / "report" / "index.html").is_file()
