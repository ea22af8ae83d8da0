"""The LLVM instructions that all vector code is made of: places in arrays, broadcasts, halves, sums.

Arithmetic carries no flags, so LLVM neither fuses nor re-associates it. In the kernels of training the decorator
(:func:`rnnoise_py.lanes.jit.training_kernel`) allows fusing, afterwards and for the whole kernel: nothing here knows.
"""

from collections.abc import Sequence
from typing import Any, Final

from llvmlite import ir
from numba.core import types as numba_types

types: Any = numba_types
WORD: Final = ir.IntType(64)  # of indices
_FLOAT_BYTES: Final = 4


class Place:
    """Elements of a contiguous array, for loads and stores of numbers and vectors.

    Parameters
    ----------
    context, builder
        numba's code-generation context and the LLVM builder of the kernel.
    kind, array
        numba's type of the array, and its value.
    """

    def __init__(self, context: Any, builder: ir.IRBuilder, kind: Any, array: ir.Value) -> None:
        self._builder = builder
        self._data = context.make_array(kind)(context, builder, array).data

    def _pointer(self, index: ir.Value, kind: ir.Type) -> ir.Value:
        return self._builder.bitcast(self._builder.gep(self._data, [index]), kind.as_pointer())

    def load(self, index: ir.Value, kind: ir.Type) -> ir.Value:
        """Read a float32, or a vector of them, from an element on."""
        value = self._builder.load(self._pointer(index, kind))
        value.align = _FLOAT_BYTES
        return value

    def store(self, index: ir.Value, value: ir.Value) -> None:
        """Write a float32, or a vector of them, from an element on."""
        self._builder.store(value, self._pointer(index, value.type)).align = _FLOAT_BYTES


def is_flat(array: Any, dtype: Any = types.float32) -> bool:
    """Whether a type is a contiguous one-dimensional array."""
    return isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C" and array.dtype == dtype


def is_index(kind: Any) -> bool:
    """Whether a type is that of an index."""
    return isinstance(kind, types.Integer)


def to_index(context: Any, builder: ir.IRBuilder, kind: Any, value: ir.Value) -> ir.Value:
    """Bring an integer to the width of indices."""
    return context.cast(builder, value, kind, types.intp)


def word(value: int) -> ir.Constant:
    """Make a constant as wide as indices."""
    return ir.Constant(WORD, value)


def lane_number(value: int) -> ir.Constant:
    """Index of a lane in LLVM."""
    return ir.Constant(ir.IntType(32), value)


def lane_order(lanes: Sequence[int]) -> ir.Constant:
    """Lanes to take, for a shuffle of two vectors."""
    return ir.Constant(ir.VectorType(ir.IntType(32), len(lanes)), list(lanes))


def broadcast(builder: ir.IRBuilder, value: ir.Value, width: int) -> ir.Value:
    """One number in every lane."""
    single = builder.insert_element(ir.Constant(ir.VectorType(value.type, width), ir.Undefined), value, lane_number(0))
    return builder.shuffle_vector(single, single, lane_order([0] * width))


def halves(builder: ir.IRBuilder, value: ir.Value) -> list[ir.Value]:
    """First and second half of the lanes; of two lanes, two numbers."""
    half = value.type.count // 2
    if half == 1:
        return [builder.extract_element(value, lane_number(lane)) for lane in (0, 1)]
    return [builder.shuffle_vector(value, value, lane_order(range(first, first + half))) for first in (0, half)]


def total(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    """Sum of the lanes: the first half plus the second, and so on; of a number, the number."""
    while isinstance(value.type, ir.VectorType):
        value = builder.fadd(*halves(builder, value))
    return value
