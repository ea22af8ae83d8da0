"""Run :mod:`tests.golden_frames` as if the C library were worse: ``python -m tests.other_libm up|down OUT CALLS``.

Every result of sin, cos, tanh, log, log10 and pow is the next binary64 number above, or below. Set NUMBA_DISABLE_JIT=1:
compiled code does not ask Python.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

REPLACED = ("sin", "cos", "tanh", "log", "log10", "pow")


def worse(function: Callable[..., float], towards: float) -> Callable[..., float]:
    """One unit in the last place off; zeros are exact in every library."""

    def replaced(*args: Any) -> float:
        value = function(*args)
        return math.nextafter(value, towards) if value and math.isfinite(value) else value

    return replaced


if __name__ == "__main__":
    direction, out, calls = sys.argv[1:]
    for name in REPLACED:
        setattr(math, name, worse(getattr(math, name), math.inf if direction == "up" else -math.inf))
    from tests.golden_frames import main

    main(out, calls)
