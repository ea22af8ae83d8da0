"""The pages made of documents and docstrings: nothing is missing on them, and they build without a warning."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.markdown import documents, read
from tests.test_face import public_names

API = REPOSITORY / "docs" / "api"


def described(page: str) -> set[str]:
    """Dotted names that a page of the reference describes."""
    return set(re.findall(r"^::: (\S+)", (API / page).read_text(), re.MULTILINE))


def test_every_document_has_a_page() -> None:
    """Each file of docs/ stands in the navigation."""
    listed = set(re.findall(r"([\w./-]+\.md)$", (REPOSITORY / "mkdocs.yml").read_text(), re.MULTILINE))
    assert {name.removeprefix("docs/") for name in documents() if name.startswith("docs/")} == listed


def test_every_stage_is_described() -> None:
    """Each module of rnnoise_py.stages with settings."""
    modules = {
        path for path in (REPOSITORY / "rnnoise_py" / "stages").glob("*.py") if "class Settings" in path.read_text()
    }
    assert {f"rnnoise_py.stages.{path.stem}" for path in modules} <= described("stages.md")


def test_every_public_name_is_described() -> None:
    """What ``import rnnoise_py`` gives, wherever it is defined."""
    names = {name.rpartition(".")[2] for name in described("face.md")} | set(
        re.findall(r"\w+", read("docs/api/face.md"))
    )
    assert set(public_names(importlib.import_module("rnnoise_py"))) - {"stages"} <= names


def test_every_kernel_is_described() -> None:
    """Each module of rnnoise_py.dsp."""
    modules = {f"rnnoise_py.dsp.{path.stem}" for path in (REPOSITORY / "rnnoise_py" / "dsp").glob("[a-z]*.py")}
    assert modules <= described("kernels.md")


def test_pages_build_without_a_warning(tmp_path: Path) -> None:
    """Links, anchors, names of the reference: ``mkdocs build --strict``."""
    pytest.importorskip("mkdocs")
    pytest.importorskip("mkdocstrings")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "site" / "api" / "stages.html").read_text()
    assert "Files OUT.K-of-N.h5" in page, "the help of settings is on the page"
    assert ":func:" not in page
