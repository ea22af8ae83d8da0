"""What is built for others: a wheel with the C sources, beside other packages, from any kind of checkout."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import setuptools

from rnnoise_py.codegen.sources import library_sources
from rnnoise_py.model import write_model
from tests.conftest import NOT_HERE, REPOSITORY
from tests.model_samples import synthetic

PACKAGED = "rnnoise_py/codegen/_c"  #: the C sources in a wheel
NOT_INSTALLED = {"rnnoise_py/codegen/headers.py", "rnnoise_py/codegen/targets/wasm_template.py"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the repository, links as links."""
    copy = tmp_path_factory.mktemp("source") / "rnnoise-py"
    ignored = shutil.ignore_patterns("build", "__pycache__")
    for name in ("rnnoise_py", "codegen", "reference_c", "docs", "tests"):
        shutil.copytree(REPOSITORY / name, copy / name, symlinks=True, ignore=ignored)
    for path in REPOSITORY.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    return copy


@pytest.fixture(scope="module")
def dist(checkout: Path) -> Path:
    """Build an sdist and from it a wheel, as for a release."""
    pytest.importorskip("build", reason="no build: pip install rnnoise-py[dev]")
    subprocess.run([sys.executable, "-m", "build", "--no-isolation", str(checkout)], check=True, capture_output=True)
    return checkout / "dist"


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


@pytest.mark.slow
def test_export_and_build_from_an_installed_wheel(wheel: Path, tmp_path: Path) -> None:
    """The sources are package data, and the folder made from them builds."""
    sources = {f"{PACKAGED}/{path}" for path in library_sources(REPOSITORY / "reference_c")}
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
        name.removeprefix(f"{PACKAGED}/") for name in sources
    } - {"src/rnn_data.c"}


def _python(version: str) -> Path:
    """Return an interpreter of this version, by pyenv or by its name; skips where there is none."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [*sorted(root.glob(f"versions/{version}.*/bin/python")), shutil.which(f"python{version}")]
    if found[0] is None:
        pytest.skip(f"{NOT_HERE}no Python {version}")
    return Path(found[0])


@pytest.mark.slow
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


def _modules() -> set[str]:
    """Files of the package, those of ``codegen`` where they are installed."""
    folder = REPOSITORY / "rnnoise_py"
    paths = [*folder.rglob("*"), *(folder / "codegen").rglob("*")]
    files = {path for path in paths if path.is_file() and "__pycache__" not in path.parts}
    return {str(path.relative_to(REPOSITORY)) for path in files}


def test_sdist_and_wheel_hold_the_same_package(dist: Path, wheel: Path) -> None:
    """Each file of the package is in both, once; the sdist has the C sources and the documentation besides."""
    there = _modules()
    assert "rnnoise_py/codegen/package.py" in there
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        packed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    installed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    sources = {f"{PACKAGED}/{path}" for path in library_sources(REPOSITORY / "reference_c")}
    assert {name for name in packed if name.startswith(("rnnoise_py/", "codegen/"))} == there
    assert installed == there - NOT_INSTALLED | sources
    assert packed >= {"reference_c/Makefile", "docs/tutorial.md", "README.md", "CHANGELOG.md", "NOTICE"}
    assert not [name for name in packed if name.startswith("tests/")]


def test_a_checkout_without_symbolic_links_gives_the_same_wheel(checkout: Path, wheel: Path, tmp_path: Path) -> None:
    """Where git cannot make links, ``rnnoise_py/codegen`` is a file; the modules are found all the same."""
    copy = _copy(checkout, tmp_path / "rnnoise-py", links=False)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    (other,) = (copy / "dist").glob("*.whl")
    one, two = zipfile.ZipFile(wheel), zipfile.ZipFile(other)
    assert set(one.namelist()) == set(two.namelist())
    assert one.read("rnnoise_py/codegen/package.py") == two.read("rnnoise_py/codegen/package.py")


def _copy(checkout: Path, place: Path, *, links: bool) -> Path:
    shutil.copytree(checkout, place, symlinks=True, ignore=shutil.ignore_patterns("dist", "*.egg-info"))
    if not links:
        (place / "rnnoise_py" / "codegen").unlink()
        (place / "rnnoise_py" / "codegen").write_text("../codegen")
    return place


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with the few packages that empty environments borrow: numpy, and setuptools to build with."""
    folder = tmp_path_factory.mktemp("lent")
    for module, names in ((np, ["numpy*"]), (setuptools, ["setuptools*", "_distutils_hack"])):
        site = Path(str(module.__file__)).parent.parent
        for path in (path for name in names for path in site.glob(name)):
            (folder / path.name).symlink_to(path)
    return folder


def _empty_environment(place: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    return place / "bin" / "python"


def _install(python: Path, lent: Path, *what: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    options = ["--ignore-requires-python", "--force-reinstall", "--no-build-isolation"]
    environment = {**os.environ, "PYTHONPATH": str(lent)}
    subprocess.run([*command, *options, *map(str, what)], check=True, capture_output=True, env=environment)


def _run(python: Path, lent: Path, code: str) -> str:
    """Run code in an environment that borrows numpy."""
    done = subprocess.run(
        [str(python), "-c", f"import sys; sys.path.append({str(lent)!r})\n{code}"],
        cwd=python.parent,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def environment(wheel: Path, lent: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty environment with the wheel in it; return its interpreter."""
    python = _empty_environment(tmp_path_factory.mktemp("environment"))
    _install(python, lent, wheel)
    return python


def test_another_package_may_be_called_codegen(environment: Path, lent: Path, tmp_path: Path) -> None:
    """Both are imported; neither hides the other."""
    name = "codegen-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / "codegen-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("codegen/__init__.py", "WHOSE = 'theirs'\n")
        archive.writestr(f"{name}/METADATA", "Metadata-Version: 2.1\nName: codegen\nVersion: 1.0\n")
        archive.writestr(f"{name}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}/RECORD", "")
    _install(environment, lent, tmp_path / "codegen-1.0-py3-none-any.whl")
    code = (
        "import codegen, rnnoise_py.codegen.package as ours\n"
        "from rnnoise_py.codegen.sources import source_folder\n"
        "print(codegen.WHOSE, ours.__name__, source_folder().parts[-3:])"
    )
    assert _run(environment, lent, code) == "theirs rnnoise_py.codegen.package ('rnnoise_py', 'codegen', '_c')"


def test_the_distribution_that_is_called_codegen(environment: Path, lent: Path, wheel: Path, tmp_path: Path) -> None:
    """The one on the index: it shares no file with ours, and is what ``import codegen`` finds."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--python-version", "3.12", "--dest", str(tmp_path), "codegen"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(f"{NOT_HERE}the package index does not give codegen")
    (other,) = tmp_path.glob("*.whl")
    assert not set(zipfile.ZipFile(other).namelist()) & set(zipfile.ZipFile(wheel).namelist())
    _install(environment, lent, other)
    code = (
        "import importlib.metadata, importlib.util, rnnoise_py.codegen.package\n"
        "print(importlib.metadata.version('codegen'), importlib.util.find_spec('codegen').origin)"
    )
    version, origin = _run(environment, lent, code).split(" ", 1)
    assert version == other.name.split("-")[1]
    assert Path(origin).is_relative_to(environment.parent.parent)
    assert Path(origin).parts[-2:] == ("codegen", "__init__.py")


@pytest.mark.parametrize("links", [True, False])
def test_an_editable_install_finds_everything(checkout: Path, lent: Path, tmp_path: Path, links: bool) -> None:
    """With ``rnnoise_py/codegen`` as a link and as the file that some checkouts have instead."""
    copy = _copy(checkout, tmp_path / "rnnoise-py", links=links)
    python = _empty_environment(tmp_path / "environment")
    _install(python, lent, "--editable", copy)
    code = (
        "import importlib.util, rnnoise_py.codegen.package, rnnoise_py.codegen.headers\n"
        "from rnnoise_py.codegen.sources import source_folder\n"
        "print(importlib.util.find_spec('codegen'), source_folder())"
    )
    assert _run(python, lent, code) == f"None {copy.resolve() / 'reference_c'}"
