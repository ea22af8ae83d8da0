"""24 hours of sound through one Denoiser: memory stays where it was after the first minutes."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from rnnoise_py.denoiser import Denoiser
from rnnoise_py.spec.constants import SAMPLE_RATE
from tests.c_build import built

HOURS = 24.0  # RNNOISE_SOAK_HOURS: fewer, or more
BLOCK = 10  # seconds of each piece, and one sample more: frames begin anywhere
SETTLED = 60  # pieces after which a stream has all the memory that it will ever need
GROWTH = 2 * 2**20  # bytes that the interpreter may take beside it


def memory() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["native", "numba"])
def test_a_day_of_sound(backend: str) -> None:
    """Every sample comes out again, and nothing grows."""
    hours = float(os.environ.get("RNNOISE_SOAK_HOURS", HOURS if backend == "native" else HOURS / 8))
    noise = np.random.default_rng(1).normal(0, 3000, 7 * BLOCK * SAMPLE_RATE + 7).astype(np.int16)
    blocks = noise.reshape(7, -1)
    library = built("librnnoise.so.0.4.1") if backend == "native" else None
    taken, given, settled, most = 0, 0, 0, 0
    begin = time.monotonic()
    with Denoiser(library=library, backend=backend) as denoiser:
        for number in range(round(hours * 3600 / BLOCK)):
            block = blocks[number % 7]
            out = denoiser.process(block)
            taken, given = taken + len(block), given + len(out)
            if number == SETTLED:
                settled = memory()
            elif number > SETTLED:
                most = max(most, memory())
        given += len(denoiser.flush())
    heard, took = taken / SAMPLE_RATE / 3600, time.monotonic() - begin
    print(f"\n{heard:.1f} h, {backend}, in {took:.0f} s: {most - settled:+,} bytes")
    assert given == taken
    assert most - settled < GROWTH
