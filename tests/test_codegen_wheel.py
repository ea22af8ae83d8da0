"""An installed wheel carries the C sources: export and build work far from the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from codegen.sources import library_sources
from rnnoise_py.model import write_model
from tests.conftest import REPOSITORY
from tests.model_samples import synthetic

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel by way of an sdist, as for a release."""
    pytest.importorskip("build", reason="no build: pip install rnnoise-py[dev]")
    copy = tmp_path_factory.mktemp("source") / "rnnoise-py"
    for name in ("rnnoise_py", "codegen", "reference_c"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("build", "__pycache__"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "NOTICE"):
        shutil.copy(REPOSITORY / name, copy)
    (copy / "README.md").write_text("# rnnoise-py\n")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", str(copy)], check=True, stdout=subprocess.DEVNULL)
    return next((copy / "dist").glob("*.whl"))


def test_export_and_build_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """The sources are package data, and the folder made from them builds."""
    sources = {f"codegen/_c/{path}" for path in library_sources(REPOSITORY / "reference_c")}
    assert sources <= set(zipfile.ZipFile(wheel).namelist())
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    write_model(synthetic("synthetic_a"), tmp_path / "model.rnnn")
    environment = {**os.environ, "PYTHONPATH": str(site)}
    for arguments in (
        ["export", "model.rnnn", "-o", "out"],
        ["build", "out", "--copy-to", "librnnoise_a.so.0.4.1"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "rnnoise_py", *arguments],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    assert Path(done.stdout.strip()) == (tmp_path / "librnnoise_a.so.0.4.1").resolve()
    assert {str(p) for p in library_sources(tmp_path / "out")} >= {
        name.removeprefix("codegen/_c/") for name in sources
    } - {"src/rnn_data.c"}
