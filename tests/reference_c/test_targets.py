"""Other targets: what a cross compiler makes gives the bits of this machine; what it cannot run at least builds."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from rnnoise_py.spec.constants import FRAME_SIZE
from rnnoise_py.spec.layout import ROW_SIZE
from tests.c_build import SOURCES, built
from tests.conftest import NOT_HERE

Pcm = npt.NDArray[np.int16]

#: compiler → what runs its programs (none: this processor), the order of their bytes
TARGETS = {
    "i686-linux-gnu-gcc": ("", "<"),  # its own floating point has 80 bits: the Makefile asks for another
    "aarch64-linux-gnu-gcc": ("qemu-aarch64", "<"),
    "s390x-linux-gnu-gcc": ("qemu-s390x", ">"),  # floats would be summed as doubles
}
QUICK = "i686-linux-gnu-gcc"  # what it makes runs without an emulator
WINDOWS = ("x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc")
FRAMES, ROWS = 150, 100


def _installed(*programs: str) -> None:
    missing = [program for program in programs if program and not shutil.which(program)]
    if missing:
        pytest.skip(f"{NOT_HERE}no {', '.join(missing)}: apt-get install gcc-i686-linux-gnu … qemu-user")


@pytest.mark.parametrize(
    "compiler", [name if name.startswith("i686") else pytest.param(name, marks=pytest.mark.slow) for name in TARGETS]
)
def test_other_processors_give_the_same_bits(compiler: str, tmp_path: Path, golden_pcm: Callable[[str], Pcm]) -> None:
    """Denoised audio of the built-in model, and training rows; numbers of rows are in the target's own byte order."""
    runner, order = TARGETS[compiler]
    _installed(compiler, runner)
    for name in ("noisy", "clean", "noise"):
        golden_pcm(name)[: FRAMES * FRAME_SIZE].astype("<i2").tofile(tmp_path / name)
    results = []
    for setting, run_by, bytes_in in (("CC=gcc", "", "<"), (f"CC={compiler}", runner, order)):
        settings = (setting, "LDFLAGS=-static")
        demo, training = (built(name, *settings) for name in ("rnnoise_demo", "denoise_training"))
        start = [run_by] if run_by else []
        subprocess.run([*start, demo, tmp_path / "noisy", tmp_path / "out"], check=True)
        rows = subprocess.run(
            [*start, training, tmp_path / "clean", tmp_path / "noise", str(ROWS)], check=True, capture_output=True
        ).stdout
        assert len(rows) == ROWS * ROW_SIZE * 4
        results.append(((tmp_path / "out").read_bytes(), np.frombuffer(rows, f"{bytes_in}u4").astype(np.uint32)))
    (audio, rows_here), (other_audio, other_rows) = results
    assert np.frombuffer(audio, "<i2").any()
    assert other_audio == audio
    assert np.array_equal(other_rows, rows_here)


@pytest.mark.parametrize("compiler", WINDOWS)
def test_the_library_alone_builds_for_windows(compiler: str) -> None:
    """``make lib`` makes a DLL, what links to it, and a static library: the training tool needs POSIX."""
    _installed(compiler)
    folder = built("rnnoise.dll", f"CC={compiler}", "OPT=-O1").parent
    run = subprocess.run(
        ["make", "-s", "-C", str(SOURCES), f"CC={compiler}", "OPT=-O1", f"BUILD={folder}", "lib"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    made = {path.name for path in folder.iterdir() if path.is_file() and path.suffix not in {".o", ".d"}}
    assert made == {"rnnoise.dll", "librnnoise.dll.a", "librnnoise.a", "flags"}
    assert (folder / "rnnoise.dll").read_bytes().startswith(b"MZ")


@pytest.mark.parametrize(("compiler", "name"), [("gcc", "librnnoise.so.0.4.1"), (WINDOWS[0], "rnnoise.dll")])
def test_make_says_where_the_library_will_be(compiler: str, name: str) -> None:
    """``make where`` names the file of the compiler's target and makes nothing."""
    _installed(compiler)
    command = ["make", "-s", "-C", str(SOURCES), f"CC={compiler}", "BUILD=elsewhere", "where"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == f"elsewhere/{name}\n"
    assert not (SOURCES / "elsewhere").exists()


def test_wider_sums_are_refused() -> None:
    """Compiled by hand for a processor that sums in another precision: an error that says what to do."""
    _installed(QUICK)
    command = [QUICK, "-std=c99", "-fsyntax-only", "-iquote", "src", "-iquote", "generated", "-iquote", "include"]
    run = subprocess.run([*command, "src/dense.c"], cwd=SOURCES, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "-msse2 -mfpmath=sse" in run.stderr
