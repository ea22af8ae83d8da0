"""docs/python.md: its first script goes from two folders to a library, and its programs are typed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
from mypy import api

from rnnoise_py.audio import to_int16
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import noise, speech
from tests.c_build import require
from tests.command_line import environment
from tests.conftest import REPOSITORY
from tests.markdown import blocks

DOCUMENT = "docs/python.md"
LINES = 30  #: that the script may have, without blank ones
SMALL = {"ROWS": "6_000", "EPOCHS": "1"}


def script() -> str:
    """The first program of the document, with small numbers."""
    text = next(block.text for block in blocks(DOCUMENT) if block.language == "python")
    for name, value in SMALL.items():
        text, found = re.subn(rf"^{name} = [\d_]+", f"{name} = {value}", text, flags=re.MULTILINE)
        assert found == 1
    return text


def test_the_script_is_short_and_uses_only_steps() -> None:
    """Thirty lines, and nothing of ours but rnnoise_py.stages."""
    lines = [line for line in script().splitlines() if line.strip()]
    assert len(lines) <= LINES
    assert re.findall(r"(?:from|import) (rnnoise_py[\w.]*)", script()) == ["rnnoise_py.stages"]


def test_the_script_goes_from_two_folders_to_a_library(tmp_path: Path) -> None:
    """Audio of a few seconds, one epoch; what comes out is a library that can be loaded."""
    require("make", "gcc")
    for folder, signal in (("speech", speech(12, 1)), ("noise", noise("rain", 14, 2))):
        (tmp_path / folder).mkdir()
        soundfile.write(tmp_path / folder / "one.wav", to_int16(signal)[0], SAMPLE_RATE)
    (tmp_path / "script.py").write_text(script())
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^6000 rows, SHA-256 [0-9a-f]{64}$", done.stdout, re.MULTILINE)
    assert "after 1 epochs" in done.stdout
    model = ["model", "info", "mine/model/model.rnnn"]
    info = [sys.executable, "-m", "rnnoise_py", *model]
    assert subprocess.run(info, cwd=tmp_path, env=environment(), capture_output=True, check=False).returncode == 0
    assert (tmp_path / "mine" / "librnnoise_mine.so.0.4.1").stat().st_size > 50_000


def test_the_script_is_typed(tmp_path: Path) -> None:
    """As a user's own ``mypy --strict`` sees it."""
    (tmp_path / "script.py").write_text(script())
    cache = REPOSITORY / ".mypy_cache" / "face"
    config = ["--strict", "--config-file", str(REPOSITORY / "pyproject.toml"), "--follow-imports", "silent"]
    out, err, code = api.run([*config, "--cache-dir", str(cache), str(tmp_path / "script.py")])
    assert code == 0, out + err


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path) -> None:
    """docs/training.ipynb from its first cell to its last; it holds no outputs."""
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    require("make", "gcc")
    shutil.copy(REPOSITORY / "docs" / "training.ipynb", tmp_path)
    notebook = nbformat.read(tmp_path / "training.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)
    client = nbclient.NotebookClient(
        notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
        client.execute()
    shown = "".join(str(output) for cell in notebook.cells for output in cell.get("outputs", []))
    assert "image/png" in shown
    assert "better" in shown
