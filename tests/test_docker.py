"""The container files agree with the package, are linted, and what they install trains."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.spec.layout import ROW_SIZE
from tests.conftest import NOT_HERE, REPOSITORY

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCKER = REPOSITORY / "docker"
KINDS = {"cpu": "tensorflow-cpu", "gpu": "tensorflow[and-cuda]"}  # kind → how TensorFlow is called there


def _requirements(kind: str) -> set[str]:
    lines = (DOCKER / f"requirements-{kind}.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


@pytest.mark.parametrize("kind", KINDS)
def test_requirements_are_those_of_the_package(kind: str) -> None:
    """Dependencies and the extras train and report, with TensorFlow in the kind's form."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["train"], *extras["report"]]
    wanted = {line.partition(">")[0]: line.replace("tensorflow>", f"{KINDS[kind]}>") for line in lines}
    assert _requirements(kind) == set(wanted.values()), "of what is named twice the extra's line counts"


@pytest.mark.parametrize("kind", KINDS)
def test_dockerfile_is_pinned_and_without_root(kind: str) -> None:
    """Bases have a full version, the last user is not root, the entry point is the command."""
    lines = (DOCKER / f"Dockerfile.{kind}").read_text().splitlines()
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert bases
    assert all(base.partition(":")[2].count(".") == 2 for base in bases)
    assert [line for line in lines if line.startswith("USER ")][-1] != "USER root"
    assert 'ENTRYPOINT ["rnnoise-py"]' in lines
    (warm,) = (number for number, line in enumerate(lines) if line.startswith("RUN rnnoise-py warm-up"))
    assert lines.index("USER 1000") < warm, "its cache is the user's"
    assert f"COPY docker/requirements-{kind}.txt /tmp/requirements.txt" in lines


@pytest.mark.parametrize("kind", KINDS)
def test_dockerfile_is_linted(kind: str) -> None:
    """Hadolint finds nothing."""
    program = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")
    if program is None:
        pytest.skip(f"{NOT_HERE}no hadolint")
    done = subprocess.run([program, str(DOCKER / f"Dockerfile.{kind}")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_requirements_train_in_a_fresh_environment(tmp_path: Path) -> None:
    """Install docker/requirements-cpu.txt and the package as the Dockerfile does; train two epochs."""
    site = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(site)], check=True)
    python = site / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    done = subprocess.run(
        [*pip, "-r", str(DOCKER / "requirements-cpu.txt")], capture_output=True, text=True, check=False
    )
    if "Temporary failure in name resolution" in done.stderr or "Network is unreachable" in done.stderr:
        pytest.skip(f"{NOT_HERE}no network")
    assert done.returncode == 0, done.stderr
    copy = tmp_path / "source"
    ignore = shutil.ignore_patterns("build", "dist", "__pycache__", ".git", ".venv*", "demo", "tests")
    shutil.copytree(REPOSITORY, copy, ignore=ignore)
    subprocess.run([*pip, "--no-deps", str(copy)], check=True)
    rows = np.random.default_rng(1).random((4000, ROW_SIZE), dtype=np.float32)
    rows.tofile(tmp_path / "rows.f32")
    done = subprocess.run(
        [
            str(site / "bin" / "rnnoise-py"),
            "train",
            "rows.f32",
            "-o",
            "weights.hdf5",
            "--epochs",
            "2",
            "--window",
            "500",
            "--batch",
            "2",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "weights.hdf5").is_file()
