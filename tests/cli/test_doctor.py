"""``rnnoise-py doctor``: what is there, without changing or importing much."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnoise_py.version import __version__
from tests.command_line import environment, run_here


def test_report_names_what_matters(capfdbinary: Any) -> None:
    """Packages, compilers, CPU, cache; exit code 0."""
    done = run_here(capfdbinary, "doctor")
    assert done.code == 0
    text = done.out.decode()
    for name in ("python", "cpu", "kernel cache", "numba", "tensorflow", "gcc", "espeak-ng", "ffmpeg", __version__):
        assert name in text


def test_json_is_the_same_as_data(capfdbinary: Any) -> None:
    """``--json``: versions and paths by name."""
    done = run_here(capfdbinary, "doctor", "--json")
    assert done.code == 0
    facts = json.loads(done.out)
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["python"]["executable"] == sys.executable
    assert set(facts["programs"]) >= {"gcc", "clang", "make", "espeak-ng", "flite", "festival", "ffmpeg"}
    assert facts["cpu"]["cores"] >= 1


def test_missing_things_are_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    """No compiler, no TensorFlow: told, and still exit code 0."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("rnnoise_py.cli.doctor.package_version", lambda name: None)
    done = run_here(capfdbinary, "doctor", "--json")
    assert done.code == 0
    problems = json.loads(done.out)["problems"]
    assert any("pip install tensorflow" in problem for problem in problems)
    assert any("no C compiler" in problem for problem in problems)


def test_tensorflow_is_not_imported() -> None:
    """Looking for TensorFlow takes no seconds."""
    script = (
        "import sys\nfrom rnnoise_py.cli.doctor import examine\nexamine()\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "told"), [("gone.so", True), ("", False), ("there.so", False)])
def test_a_library_that_is_not_there_is_named(
    name: str, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    """RNNOISE_LIBRARY that points nowhere would stop every denoising."""
    (tmp_path / "there.so").write_bytes(b"library")
    monkeypatch.setenv("RNNOISE_LIBRARY", str(tmp_path / name) if name else "")
    problems = json.loads(run_here(capfdbinary, "doctor", "--json").out)["problems"]
    assert any("RNNOISE_LIBRARY" in problem for problem in problems) == told


def test_a_report_for_an_issue(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """As code in Markdown, without the name of the home folder."""
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("RNNOISE_LIBRARY", "/home/somebody/mine.so")
    done = run_here(capfdbinary, "doctor", "--report")
    said = done.out.decode()
    assert said.startswith("```\n")
    assert said.endswith("\n```\n")
    assert "/home/somebody" not in said
