"""Without the JIT, kernels are plain Python with the same bits."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rnnoise_py.dsp
from tests import golden_frames
from tests.bits import assert_bit_identical
from tests.conftest import REPOSITORY

FRAMES = 2  # golden frames at least, for each kernel


def _kernels() -> set[str]:
    """``module.function`` of every compiled function of ``rnnoise_py.dsp``, found by looking."""
    from numba.core.registry import CPUDispatcher

    names = set()
    for module in pkgutil.iter_modules(rnnoise_py.dsp.__path__, "rnnoise_py.dsp."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, CPUDispatcher) and value.py_func.__module__ == module.name:
                names.add(f"{module.name.rsplit('.', 1)[1]}.{value.py_func.__name__}")
    return names


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, int]]:
    """Results and calls of a process without the JIT."""
    folder = tmp_path_factory.mktemp("plain")
    out, calls = folder / "out.npz", folder / "calls.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden_frames", str(out), str(calls)],
        cwd=REPOSITORY,
        text=True,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with np.load(out) as results:
        return dict(results), json.loads(calls.read_text())


def test_the_process_had_no_jit(plain: tuple[dict[str, Any], dict[str, int]]) -> None:
    """Inner parts of kernels are seen being called, which compiled code would hide."""
    assert plain[1]["biquad.biquad_step"] > 1000


def test_every_kernel_ran_golden_frames(plain: tuple[dict[str, Any], dict[str, int]]) -> None:
    """A kernel that `tests/golden_frames.py` does not reach is named here; add it there."""
    kernels = _kernels()
    assert len(kernels) > 40
    seldom = {name: plain[1].get(name, 0) for name in sorted(kernels) if plain[1].get(name, 0) < FRAMES}
    assert not seldom, f"kernels that ran fewer than {FRAMES} golden frames in plain Python: {seldom}"


def test_plain_results_are_compiled_ones(plain: tuple[dict[str, Any], dict[str, int]]) -> None:
    """The same bits from the same kernels, compiled."""
    compiled = golden_frames.run()
    assert set(plain[0]) == set(compiled)
    for name, values in compiled.items():
        assert_bit_identical(plain[0][name], values, name)


def test_plain_rows_are_recorded_ones(
    plain: tuple[dict[str, Any], dict[str, int]], golden: Callable[[str], Any]
) -> None:
    """Rows of the reference, pitches of the twin, from plain Python."""
    assert_bit_identical(plain[0]["chosen"], plain[0]["expected"])
    assert_bit_identical(plain[0]["rows"], golden("stages.npz")["row"][: golden_frames.ROWS])


def test_plain_denoising_is_recorded(
    plain: tuple[dict[str, Any], dict[str, int]], golden: Callable[[str], Any]
) -> None:
    """Samples and probabilities of the reference library, from plain Python."""
    recorded = golden("denoise.npz")
    assert_bit_identical(plain[0]["vad"], recorded[f"{golden_frames.MODEL}__vad"][: golden_frames.DENOISED])
    assert_bit_identical(plain[0]["audio"][0], recorded[f"{golden_frames.MODEL}__audio"][0])
