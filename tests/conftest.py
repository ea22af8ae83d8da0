"""Fixtures shared by all tests: recorded figures, optional outside material, bit comparison."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

DATA = Path(__file__).parent / "data"
REPOSITORY = Path(__file__).parent.parent
SHARED = Path(os.environ.get("RNNOISE_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of the recorded figures that travel with the project."""
    return DATA


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Any]:
    """Open a recorded ``.npz`` or ``.json`` of ``tests/data`` by name."""

    def load(name: str) -> Any:
        path = DATA / name
        return json.loads(path.read_text()) if path.suffix == ".json" else np.load(path)

    return load


@pytest.fixture(scope="session")
def golden_pcm() -> Callable[[str], npt.NDArray[np.int16]]:
    """Decode one of the recorded FLAC files (``clean``, ``noise``, ``noisy``) to int16."""
    import soundfile

    def load(name: str) -> npt.NDArray[np.int16]:
        pcm, rate = soundfile.read(DATA / f"{name}.flac", dtype="int16")
        assert rate == 48_000
        return np.asarray(pcm, dtype=np.int16)

    return load


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of material that is read in place and never copied; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"{NOT_HERE}no {SHARED}, material that does not travel with the project")
    return SHARED


@pytest.fixture(scope="session")
def denoise_training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build our C training tool in a temporary folder; skips without sources, make or a compiler."""
    source = REPOSITORY / "reference_c"
    if not (source / "Makefile").is_file():
        pytest.skip("no reference_c here")
    if not shutil.which("make") or not any(map(shutil.which, ("gcc", "clang", "cc"))):
        pytest.skip("no make or no C compiler")
    build = tmp_path_factory.mktemp("reference_c")
    tool = build / "denoise_training"
    subprocess.run(["make", "-j2", "-C", source, f"BUILD={build}", tool], check=True, stdout=subprocess.DEVNULL)
    return tool


_compared: Counter[str] = Counter()


@pytest.fixture(scope="session")
def compared() -> Callable[[str, int], None]:
    """Count what was compared bit for bit; the sums are shown at the end."""

    def count(what: str, number: int) -> None:
        _compared[what] += number

    return count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show how much was compared bit for bit."""
    for what, number in _compared.items():
        terminalreporter.write_line(f"bit for bit: {number:,} {what}")


def pytest_report_header() -> list[str]:
    """Name the versions that matter."""
    import h5py
    import numba
    import soundfile
    import soxr

    return [
        f"numpy {np.__version__}, numba {numba.__version__}, h5py {h5py.__version__}, "
        f"soundfile {soundfile.__version__}, soxr {soxr.__version__}",
        f"shared material: {SHARED if SHARED.is_dir() else 'absent'}",
    ]


#: how the reason of a skip begins that is right even where everything is installed
NOT_HERE = "not here: "
_skips: dict[str, str] = {}  # reason by test or module


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collect skips that hide a missing installation."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _collect_skip(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Collect modules that are skipped as a whole."""
    if report.skipped:
        _collect_skip(report)


def _collect_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if NOT_HERE not in reason:
        _skips[report.nodeid] = reason


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a strict run (RNNOISE_STRICT_SKIPS) that skipped something; RNNOISE_SKIPPED names a file for the names."""
    listing = os.environ.get("RNNOISE_SKIPPED", "").strip()
    if listing and not os.environ.get("PYTEST_XDIST_WORKER"):
        Path(listing).write_text("".join(f"{name}\n" for name in _skips))
    if _skips and os.environ.get("RNNOISE_STRICT_SKIPS"):
        _unexpected_skips = [f"{name}: {reason}" for name, reason in _skips.items()]
        print("\nunexpected skips:", *_unexpected_skips, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
