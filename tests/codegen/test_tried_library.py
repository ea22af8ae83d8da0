"""What `build` made is tried before it is named: it holds the folder's model, and silence goes through it."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnnoise_py.codegen import library as module
from rnnoise_py.codegen.library import MakeError, library_fault, make_library, runs_here
from rnnoise_py.model.c_writer import write_rnn_data
from tests.c_build import SOURCES, require
from tests.model_samples import synthetic

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of shared libraries are those of Linux")

GOOD = """
#include <stdlib.h>
int rnnoise_get_frame_size(void) { return 480; }
void *rnnoise_create(void *model) { (void)model; return malloc(1); }
void rnnoise_destroy(void *state) { free(state); }
float rnnoise_process_frame(void *state, float *out, const float *in) { (void)state; (void)out; (void)in; return 0; }
"""
USED = "extern const char rnnoise_model_orig[];\nconst void *rnnoise_model_used(void) { return rnnoise_model_orig; }\n"

#: what is changed in the good library, and what is said
FAULTS = {
    "crash": ("return malloc(1);", "*(volatile int *)8 = 1; return malloc(1);", "signal 11"),
    "no state": ("return malloc(1);", "return NULL;", "no state can be made"),
    "noise": ("return 0; }", "out[3] = 5; return 0; }", "silence does not stay silence"),
    "no probability": ("return 0; }", "return 7; }", "silence does not stay silence"),
    "NaN": ("return 0; }", "return (float)__builtin_nan(\"\"); }", "silence does not stay silence"),
    "no function": ("float rnnoise_process_frame", "float another_name", "rnnoise_process_frame"),
    "incomplete": ("return 0; }", "extern float other(void); return other(); }", "undefined symbol: other"),
    "endless": ("return malloc(1);", "for (;;) {} return malloc(1);", "takes more than"),
}  # fmt: skip


def compiled(folder: Path, text: str, name: str = "lib.so") -> Path:
    """Make a library of the model in the folder and some functions."""
    require("gcc")
    (folder / "functions.c").write_text(text)
    quoted = [part for where in ("src", "include", "generated") for part in ("-iquote", str(SOURCES / where))]
    command = ["gcc", "-shared", "-fPIC", "-w", *quoted, "rnn_data.c", "functions.c", "-o", name]
    subprocess.run(command, cwd=folder, check=True)
    return folder / name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a model's sources."""
    write_rnn_data(synthetic("synthetic_a"), tmp_path)
    return tmp_path


def test_a_good_library_has_no_fault(folder: Path) -> None:
    """It is for this machine, so it was run."""
    made = compiled(folder, GOOD + USED)
    assert runs_here(made)
    assert library_fault(made, folder) is None


@pytest.mark.parametrize("fault", list(FAULTS))
def test_faults_are_said(fault: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash, no state, noise out of silence, NaN, functions that are missing, an endless loop."""
    monkeypatch.setattr(module, "_TRIAL_SECONDS", 2)
    old, new, words = FAULTS[fault]
    assert old in GOOD
    said = library_fault(compiled(folder, GOOD.replace(old, new) + USED), folder)
    assert said is not None
    assert "\n" not in said
    assert words in said


def test_another_model_is_seen(folder: Path) -> None:
    """Also in a library of another machine, which cannot be run here."""
    made = compiled(folder, GOOD + USED)
    write_rnn_data(synthetic("synthetic_b"), folder)
    assert library_fault(made, folder) == "it has another model in it"


def test_a_damaged_library_is_made_again(folder: Path) -> None:
    """Make has nothing to do, for the file is there and new: it is made from nothing, once."""
    require("make")
    compiled(folder, GOOD + USED, "good.so")
    (folder / "Makefile").write_text(
        "lib: build/lib.so\n\n"
        "build/lib.so:\n\tmkdir -p build\n\techo x >> made\n\tcp good.so $@\n\n"
        "where:\n\t@echo build/lib.so\n\nclean:\n\trm -rf build\n"
    )
    assert make_library(folder, "gcc", 1).read_bytes() == (folder / "good.so").read_bytes()
    for damage in (b"", (folder / "good.so").read_bytes()[:5000]):
        (folder / "build" / "lib.so").write_bytes(damage)
        assert make_library(folder, "gcc", 1).read_bytes() == (folder / "good.so").read_bytes()
    assert (folder / "made").read_text() == "x\n" * 3
    (folder / "good.so").write_bytes(b"no library")
    (folder / "build" / "lib.so").unlink()
    with pytest.raises(MakeError, match=r"was made, but it is no library"):
        make_library(folder, "gcc", 1)


def test_folders_of_older_versions_are_called_so(folder: Path) -> None:
    """Their Makefile has no target for the library alone."""
    require("make")
    (folder / "Makefile").write_text("all:\n\ttrue\n")
    with pytest.raises(MakeError, match=r"older version: export the model again \(--force\)"):
        make_library(folder, "gcc", 1)
