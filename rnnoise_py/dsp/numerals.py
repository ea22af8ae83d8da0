"""Small numbers with the type that kernels compute in."""

from typing import Final

import numpy as np

ZERO: Final = np.float32(0)
HALF: Final = np.float32(0.5)
ONE: Final = np.float32(1)
MINUS_ONE: Final = np.float32(-1)
TWO: Final = np.float32(2)
