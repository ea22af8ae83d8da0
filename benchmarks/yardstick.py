"""The yardstick (``yardstick.c``): nanoseconds of a 480-tap one-accumulator inner product on this core, now."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

#: what one row of the original ``denoise_training`` (-O3, no -march) and one frame of its library (-O2) were measured
#: to cost beside the yardstick: the reference's speed on machines where it cannot be run
REFERENCE_YARDSTICKS_A_ROW = 195
REFERENCE_YARDSTICKS_A_FRAME = 415


@functools.cache
def _binary() -> Path | None:
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        return None
    binary = Path(tempfile.mkdtemp(prefix="rnnoise_yardstick_")) / "yardstick"
    source = Path(__file__).with_name("yardstick.c")
    subprocess.run([compiler, "-O3", "-o", str(binary), str(source)], check=True)
    return binary


def yardstick_ns() -> float | None:
    """Measure now (a tenth of a second); None without a C compiler."""
    binary = _binary()
    if binary is None:
        return None
    return float(subprocess.run([binary], capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    print(yardstick_ns())
