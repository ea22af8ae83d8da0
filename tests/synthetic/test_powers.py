"""Powers, exponentials, logarithms: the C library's, on every processor."""

import hashlib
import importlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from rnnoise_py.synthetic.powers import amplitude, exponential, log2, power
from tests.conftest import REPOSITORY

#: what made-up audio is made of, as one digest
_PROGRAM = """
import hashlib
import numpy as np
from rnnoise_py.synthetic import NOISE_KINDS, noise, rooms, speech, voices
rng = np.random.default_rng(3)
clip = speech(2.0, 3)
hertz = np.fft.rfftfreq(9600, 1 / 48000)
parts = [clip, voices.with_effort(clip, 0.7), rooms.room_response(rng), rooms.response_curve(hertz, rng, 6.0)]
parts += [rooms.band_limit(hertz, 300.0, 3400.0), rooms.record(clip, rng, rooms=1, curves=1, limits=1)]
parts += [noise(kind, 0.5, 5) for kind in NOISE_KINDS if kind != "babble"]
print(hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest())
"""


def test_equal_the_c_library() -> None:
    """Number by number, in every shape."""
    draw = np.random.default_rng(1)
    base, exponent = draw.uniform(1e-3, 1e3, (20, 50)), draw.uniform(-5, 5, (20, 50))
    np.testing.assert_array_equal(power(base, exponent), np.vectorize(math.pow)(base, exponent))
    np.testing.assert_array_equal(power(10, exponent[0]), [math.pow(10, value) for value in exponent[0]])
    np.testing.assert_array_equal(amplitude(exponent), np.vectorize(lambda value: math.pow(10, value / 20))(exponent))
    np.testing.assert_array_equal(exponential(exponent), np.vectorize(math.exp)(exponent))
    np.testing.assert_array_equal(log2(base), np.vectorize(math.log2)(base))
    assert power(2.0, 3.0).shape == ()
    assert float(log2(8.0)) == 3.0


def _digest(without: str) -> str:
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": without}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=REPOSITORY, env=environment, capture_output=True, check=True, text=True
    )
    assert len(done.stdout.strip()) == len(hashlib.sha256().hexdigest())
    return done.stdout


def test_made_up_audio_does_not_depend_on_the_processor() -> None:
    """With numpy's AVX-512 and without."""
    place = "numpy._core" if hasattr(np, "_core") else "numpy.core"
    core = importlib.import_module(f"{place}._multiarray_umath")
    dispatched, features = core.__cpu_dispatch__, core.__cpu_features__
    wide = [name for name in dispatched if features.get(name) and ("AVX512" in name or name == "X86_V4")]
    if not wide:
        pytest.skip("no AVX-512 here")
    assert _digest(" ".join(wide)) == _digest("")
