"""The types of kernels' arguments, named: what a signature says to a reader, an editor and mypy.

Shapes are in the docstrings. Where one says ``(22·R,)`` the array is in lane order: value i of frame l of R frames is
element ``i*R + l``.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Float32: TypeAlias = np.float32  #: one number
Float64: TypeAlias = np.float64
Truth: TypeAlias = bool | np.bool_

Float32Array: TypeAlias = npt.NDArray[np.float32]  #: in memory, C-contiguous, one-dimensional unless said otherwise
Float64Array: TypeAlias = npt.NDArray[np.float64]
Int16Array: TypeAlias = npt.NDArray[np.int16]
Int64Array: TypeAlias = npt.NDArray[np.int64]  #: indices, counts, flags

#: R zeros: how many frames lie side by side is the tuple's length, and so a part of its type when compiled
Lanes: TypeAlias = tuple[int, ...]

#: a value of R float32, in registers when compiled; one float32 where R = 1
Vector: TypeAlias = npt.NDArray[np.float32]
WideVector: TypeAlias = npt.NDArray[np.float64]  #: the same of float64
Mask: TypeAlias = npt.NDArray[np.bool_]  #: R truth values, of comparing vectors
