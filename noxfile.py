"""Wheel and sdist in empty environments, on every Python: ``nox``, or ``nox -s wheel-3.12``."""

import shutil
from pathlib import Path

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
FAST = ["-m", "not slow", "-q"]
nox.options.reuse_existing_virtualenvs = False


def _built(session: nox.Session, kind: str) -> Path:
    """Build one distribution in a folder of the session."""
    folder = Path(session.create_tmp()) / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    session.install("build")
    session.run("python", "-m", "build", f"--{kind}", "--outdir", str(folder), silent=True)
    (found,) = folder.iterdir()
    return found


def _test(session: nox.Session, distribution: Path) -> None:
    """Install a distribution and run the fast suite away from the sources of the package."""
    session.install(f"{distribution}[report]", "pytest", "pytest-benchmark", "pytest-xdist", "hypothesis")
    away = Path(session.create_tmp()) / "away"
    shutil.rmtree(away, ignore_errors=True)
    for name in ("tests", "benchmarks", "docs", "recipes", "reference_c", "codegen", "pyproject.toml", "Makefile"):
        source = Path(name)
        if source.is_dir():
            shutil.copytree(source, away / name, ignore=shutil.ignore_patterns("build", "__pycache__"))
        else:
            shutil.copyfile(source, away / name)
    session.chdir(away)
    session.run("python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *FAST, *session.posargs)


@nox.session(python=PYTHONS)
def wheel(session: nox.Session) -> None:
    """The wheel, installed beside nothing of the repository."""
    _test(session, _built(session, "wheel"))


@nox.session(python="3.11")
def sdist(session: nox.Session) -> None:
    """The source distribution, built where it is installed."""
    _test(session, _built(session, "sdist"))
