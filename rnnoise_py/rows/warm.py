"""Kernels compiled once a machine: processes that start together wait for the first, and then read its code."""

from functools import cache

import numpy as np

from rnnoise_py.lanes.cache import cache_folder
from rnnoise_py.rows.extractor import training_rows
from rnnoise_py.rows.needs import first_run
from rnnoise_py.runs.lock import waiting_for
from rnnoise_py.spec.constants import FRAME_SIZE

_ROWS = 64


@cache
def warm_kernels() -> None:
    """Compile the kernels of rows, unless another process of this machine does or did; once a process."""
    if not first_run():
        return
    folder = cache_folder()
    with waiting_for(folder.with_name(f".{folder.name}.warm")):
        if first_run():
            noise = np.random.default_rng(0).integers(-1000, 1000, 4 * FRAME_SIZE).astype(np.int16)
            training_rows(noise, noise, _ROWS)
