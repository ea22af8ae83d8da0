"""An installed wheel carries the C sources: export and build work far from the repository."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from rnnoise_py.codegen.sources import library_sources
from rnnoise_py.model import write_model
from tests.conftest import NOT_HERE, REPOSITORY
from tests.model_samples import synthetic

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an sdist and from it a wheel, as for a release."""
    pytest.importorskip("build", reason="no build: pip install rnnoise-py[dev]")
    copy = tmp_path_factory.mktemp("source") / "rnnoise-py"
    for name in ("rnnoise_py", "codegen", "reference_c", "docs", "tests"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("build", "__pycache__"))
    for path in REPOSITORY.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", str(copy)], check=True, stdout=subprocess.DEVNULL)
    return copy / "dist"


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    """Return the wheel of :func:`dist`."""
    return next(dist.glob("*.whl"))


def test_templates_of_the_report_are_in_the_wheel(wheel: Path) -> None:
    """The page's template, style and script are package data."""
    folder = REPOSITORY / "rnnoise_py" / "report" / "templates"
    wanted = {f"rnnoise_py/report/templates/{path.name}" for path in folder.iterdir()}
    assert wanted
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_export_and_build_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """The sources are package data, and the folder made from them builds."""
    sources = {f"codegen/_c/{path}" for path in library_sources(REPOSITORY / "reference_c")}
    assert sources <= set(zipfile.ZipFile(wheel).namelist())
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    write_model(synthetic("synthetic_a"), tmp_path / "model.rnnn")
    environment = {**os.environ, "PYTHONPATH": str(site)}
    for arguments in (["export", "model.rnnn", "-o", "out"], ["build", "out", "--copy-to", "librnnoise_a.so.0.4.1"]):
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


def _python(version: str) -> Path:
    """Return an interpreter of this version, by pyenv or by its name; skips where there is none."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [*sorted(root.glob(f"versions/{version}.*/bin/python")), shutil.which(f"python{version}")]
    if found[0] is None:
        pytest.skip(f"{NOT_HERE}no Python {version}")
    return Path(found[0])


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_wheel_in_an_empty_environment(wheel: Path, data: Path, tmp_path: Path, version: str) -> None:
    """Features, export, build, denoise and doctor work with the core dependencies and no repository beside them."""
    site = tmp_path / "venv"
    subprocess.run([str(_python(version)), "-m", "venv", str(site)], check=True)
    done = subprocess.run(
        [str(site / "bin" / "python"), "-m", "pip", "install", "--quiet", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    work = tmp_path / "work"
    work.mkdir()
    for name in ("clean", "noise", "noisy"):
        shutil.copy(data / f"{name}.flac", work)
    write_model(synthetic("synthetic_a"), work / "model.rnnn")
    environment = {key: value for key, value in os.environ.items() if key not in {"PYTHONPATH", "NUMBA_CACHE_DIR"}}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    for line in (
        "doctor",
        "features clean.flac noise.flac -n 1000 -o rows.h5",
        "export model.rnnn -o out",
        "build out --copy-to librnnoise_a.so.0.4.1",
        "denoise noisy.flac denoised.wav",
    ):
        done = subprocess.run(
            [str(site / "bin" / "rnnoise-py"), *line.split()],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
    assert all((work / name).stat().st_size for name in ("rows.h5", "librnnoise_a.so.0.4.1", "denoised.wav"))


def test_wheel_has_its_metadata(wheel: Path) -> None:
    """Licence and NOTICE travel, the data and the C sources too, the tests do not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.rsplit("/", 1)[1] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}
    assert "rnnoise_py/data/default.rnnn" in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks"))]


def test_sdist_and_wheel_hold_the_same_package(dist: Path, wheel: Path) -> None:
    """Each file of the two packages is in both; the sdist has the C sources and the documentation besides."""
    there = {
        str(path.relative_to(REPOSITORY))
        for package in ("rnnoise_py", "codegen")
        for path in (REPOSITORY / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    installed = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in packed if name.startswith(("rnnoise_py/", "codegen/"))} == there
    assert {name for name in installed if name.startswith(("rnnoise_py/", "codegen/"))} == there | {
        f"codegen/_c/{path}" for path in library_sources(REPOSITORY / "reference_c")
    }
    assert packed >= {"reference_c/Makefile", "docs/tutorial.md", "README.md", "CHANGELOG.md", "NOTICE"}
    assert not [name for name in packed if name.startswith("tests/")]
