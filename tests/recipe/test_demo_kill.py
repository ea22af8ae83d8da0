"""SIGKILL in the middle of stages of the real demo; the same command goes on and ends with the same model."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rnnoise_py.recipe.demo import RECORD
from rnnoise_py.runs.provenance import file_sha256
from tests.command_line import environment

pytestmark = pytest.mark.slow

SCRIPT = """
import sys
from pathlib import Path
from rnnoise_py.pipeline import demo_stages
from rnnoise_py.recipe.demo import run_demo
from rnnoise_py.recipe.demo_stages import Settings
demo_stages.EVALUATION_HOURS = 0.006
run_demo(Path(sys.argv[1]), Settings(files=4, hours=0.03, rows=20_000, epochs=4))
"""
#: stage to be killed → when it is in its middle
MIDDLES: dict[str, Callable[[Path], bool]] = {
    "audio": lambda out: (out / "sources" / "speech" / "speech_2.wav").exists(),
    "synthesize": lambda out: _lines(out / "clips" / "logs" / "clips.jsonl") > 2,
    "features": lambda out: (out / ".training.h5.part").exists(),
    "train": lambda out: (out / "weights.run" / "checkpoint.npz").exists(),
    "export": lambda out: (out / "model").exists(),
    "build": lambda out: (out / "model" / "build").exists(),
}


def _lines(path: Path) -> int:
    return len(path.read_bytes().splitlines()) if path.exists() else 0


def _start(out: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(out)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _done(out: Path) -> set[str]:
    record = out / RECORD
    return set(json.loads(record.read_text())["done"]) if record.exists() else set()


def _digests(out: Path) -> dict[str, str]:
    names = ("streams/all_clean.raw", "weights.hdf5", "model/model.rnn", "librnnoise_demo.so.0.4.1")
    digests = {name: file_sha256(out / name) for name in names}
    return {**digests, **{path.name: file_sha256(path) for path in (out / "denoised").iterdir()}}


def test_killed_in_six_stages_and_gone_on(tmp_path: Path) -> None:
    """What was done is kept each time, and the end is that of a demo that nobody disturbed."""
    if not shutil.which("make") or not shutil.which("gcc"):
        pytest.skip("no make or no gcc")
    out = tmp_path / "demo"
    for stage, in_the_middle in MIDDLES.items():
        before = _done(out)
        process = _start(out)
        while not in_the_middle(out) and process.poll() is None:
            time.sleep(0.005)
        assert process.poll() is None, process.communicate()[1]
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert _done(out) >= before
        assert stage not in _done(out)
    process = _start(out)
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert said.count("there already") >= 8
    again = _start(out)
    assert again.communicate()[1].count("there already") >= 12, "a second run has nothing to do"

    undisturbed = _start(tmp_path / "other")
    undisturbed.communicate()
    expected, found = _digests(tmp_path / "other"), _digests(out)
    assert found == expected
