"""The C library's ``rand()``: glibc's additive feedback generator of degree 31, bit for bit.

State is an int64 array of ``STATE_SIZE``: 31 words of 32 bits and the place of the oldest. Source:
contract/features §23.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.lanes.types import Int64Array

_DEGREE: Final = 31
_SEPARATION: Final = 3
_DISCARDED: Final = 310
_MULTIPLIER: Final = 16807
_MODULUS: Final = 2_147_483_647
_WORD_BITS: Final = 32
_WORD_MASK: Final = (1 << _WORD_BITS) - 1
_SIGN_BIT: Final = 1 << (_WORD_BITS - 1)

STATE_SIZE: Final = _DEGREE + 1


@kernel
def rand_next(state: Int64Array) -> int:
    """Advance the state; return the next value, 0 … RAND_MAX."""
    place = state[_DEGREE]
    word: int = (state[place] + state[(place + _DEGREE - _SEPARATION) % _DEGREE]) & _WORD_MASK
    state[place] = word
    state[_DEGREE] = (place + 1) % _DEGREE
    return word >> 1


@kernel
def rand_seed(state: Int64Array, seed: int) -> None:
    """Set the state as ``srand(seed)`` does; ``seed`` is an unsigned 32-bit number, 0 counts as 1."""
    word = seed & _WORD_MASK
    if word == 0:  # quirk Q-SEED-ZERO
        word = 1
    state[0] = word
    signed = word - (1 << _WORD_BITS) if word >= _SIGN_BIT else word
    for i in range(1, _DEGREE):
        signed = (_MULTIPLIER * signed) % _MODULUS  # the non-negative remainder
        state[i] = signed
    # r[31 … 33] repeat r[0 … 2]: the ring stands at its fourth word
    state[_DEGREE] = _SEPARATION
    for _ in range(_DISCARDED):
        rand_next(state)


def new_rand(seed: int) -> npt.NDArray[np.int64]:
    """Return a state seeded as ``srand(seed)``."""
    state = np.zeros(STATE_SIZE, dtype=np.int64)
    rand_seed(state, seed)
    return state
