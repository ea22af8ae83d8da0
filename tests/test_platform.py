"""Which results depend on the C library of the platform: none (contract/inference §14)."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.spec import tables
from tests import golden_frames
from tests.bits import assert_bit_identical
from tests.conftest import REPOSITORY
from tests.other_libm import REPLACED, worse

F = np.float32
TIED, LOG_OF_TIED = np.uint32(0x36AB66F3), np.uint32(0xBFFFF8BC)
TABLES = ("_half_window", "_dct_table", "_twiddles", "_tansig")


@pytest.mark.parametrize("direction", [math.inf, -math.inf], ids=["up", "down"])
@pytest.mark.parametrize("table", TABLES)
def test_tables_do_not_depend_on_it(table: str, direction: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tables from functions that are a unit in the last place off."""
    make = getattr(tables, table)
    expected = make()
    for name in REPLACED:
        monkeypatch.setattr(math, name, worse(getattr(math, name), direction))
    assert_bit_identical(make(), expected)


@pytest.mark.parametrize("direction", ["up", "down"])
def test_recorded_frames_do_not_depend_on_it(direction: str, tmp_path: Path) -> None:
    """Rows, draws, features and denoised audio, all kernels in plain Python, against the compiled ones."""
    out = tmp_path / "out.npz"
    done = subprocess.run(
        [sys.executable, "-m", "tests.other_libm", direction, str(out), str(tmp_path / "calls.json")],
        cwd=REPOSITORY,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    compiled = golden_frames.run()
    with np.load(out) as results:
        assert set(results) == set(compiled)
        for name, values in compiled.items():
            assert_bit_identical(results[name], values, name)


def test_the_tie_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one energy whose logarithm is within a unit of a tie: as glibc and correct rounding have it."""
    energy = np.array([TIED]).view(F)
    logs = np.zeros(1, F)
    log10_energies(energy, logs, np.zeros(1))
    assert logs.view(np.uint32)[0] == LOG_OF_TIED
    value = math.log10(1e-2 + float(energy[0]))
    neighbours = {F(math.nextafter(value, towards)) for towards in (-math.inf, math.inf)}
    assert len(neighbours) == 2, "a C library that is a unit off would round it otherwise"


def test_no_other_energy_near_it_is_tied() -> None:
    """A sample of the exhaustive search: no other of these logarithms changes by a unit in the last place."""
    bits = np.uint32(TIED) + np.arange(-1_000_000, 1_000_000, dtype=np.int64)
    exact = 1e-2 + bits.astype(np.uint32).view(F).astype(np.float64)
    logs = np.log10(exact)
    changed = np.nextafter(logs, -np.inf).astype(F) != np.nextafter(logs, np.inf).astype(F)
    assert bits[changed].tolist() in ([int(TIED)], [])
